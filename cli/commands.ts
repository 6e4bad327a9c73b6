import type { Command } from './verb.ts';

const SOURCE = ['policy', 'region', 'snapshot', 'account', 'accounts', 'stage', 'profile'] as const;
const REQUEST = 'the request, by the id (pcx-…) or the tag Name of its peering';
const EVERYWHERE = ['json', 'debug', 'help'] as const;
/** Verbs whose answer is a list. */
const LISTS = ['output', ...EVERYWHERE] as const;
/** Of verbs that are about the stack itself. */
const STACK_REGION =
  'Region of the stack (default: that of peering-stack.yml, else the one of your AWS settings)';

export const COMMANDS: readonly Command[] = [
  {
    name: 'plan',
    summary: 'every request it would answer and route it would change, with the reason',
    positionals: [],
    options: [...SOURCE, 'vpc', 'all', 'fail-on', ...LISTS, 'out'],
    meanings: { out: 'also a file of the plan, for peering apply' },
    examples: [
      ['plan', 'the account and Regions of your AWS settings and policy'],
      ['plan --snapshot ./saved --vpc vpc-0a1b2c3d4e5f60718', 'one VPC, from saved answers, without AWS'],
      ['plan --json | jq .changes', 'the changes, for a program'],
      ['plan --out change-4711.json', 'a file for peering apply, which carries out just that'],
    ],
    more: 'Reads only. Exit 2 when there is something to do, or something is held; 3 when not, but of --accounts some could not be read.',
    load: () => import('./verbs/plan.ts'),
  },
  {
    name: 'apply',
    summary: 'carries a plan out, after asking',
    positionals: [
      { name: 'FILE', need: 'optional', help: 'the plan of plan --out FILE: just that, or nothing' },
    ],
    options: ['policy', 'region', 'vpc', 'stage', 'profile', 'all', 'yes', ...EVERYWHERE],
    examples: [
      ['apply', 'shows the plan and asks'],
      ['apply --yes --region eu-west-1', 'one Region, without asking'],
      ['apply change-4711.json', 'the plan in this file if it still holds; else it says what has changed'],
    ],
    more: 'Everything is read and decided again before it is written. What has changed since the plan was shown is left alone. With FILE exit 2 when something else would be done now: then nothing is.',
    load: () => import('./verbs/apply.ts'),
  },
  {
    name: 'status',
    summary: 'one line for each peering and side, unhealthy first: health, names, state, routes, last ping',
    positionals: [],
    options: [...SOURCE, 'vpc', 'filter', 'sort', 'wide', 'watch', 'fail-on', ...LISTS],
    examples: [
      ['status', 'all managed Regions, the worst first'],
      [
        'status --filter health!=ok --filter name=prod-*',
        'what is not well, of VPCs and peerings of these names',
      ],
      ['status --sort expires', 'what ends first comes first'],
      ['status --watch', 'read again every 10 seconds, until Ctrl-C'],
      ['status --region us-east-1 -o csv', 'one Region, for a spreadsheet'],
      ['status --accounts all', 'every account of the organization, by the role of peering-stack.yml'],
    ],
    more: 'On a terminal the table fits its width: columns that matter less are left out and named, names are shortened, ids never. In a pipe every row is whole.',
    load: () => import('./verbs/status.ts'),
  },
  {
    name: 'requests',
    summary:
      'requests that wait: who asks, why they are held, what would be routed, when they expire; and peerings that end within a week',
    positionals: [],
    options: [...SOURCE, 'vpc', ...EVERYWHERE],
    examples: [
      ['requests', 'all managed Regions, own requests to others too'],
      ['requests --json | jq .requests[].peeringId', 'their ids, for a program'],
    ],
    more: 'Reads only. Exit 2 when a request waits for a person.',
    load: () => import('./verbs/requests.ts'),
  },
  {
    name: 'accept',
    summary: 'accepts a request that waits, after showing what follows and asking',
    positionals: [{ name: 'PEERING', need: 'required', help: REQUEST }],
    options: ['as', 'policy', 'region', 'stage', 'profile', 'yes', ...EVERYWHERE],
    examples: [
      ['accept pcx-0a1b2c3d4e5f60718', 'a request that a rule holds'],
      [
        'accept pcx-0a1b2c3d4e5f60718 --as shared-services',
        'one that no rule matches, with the routes of a rule',
      ],
      ['accept shop-to-hub', 'the one live peering that has this tag Name'],
    ],
    more: 'Everything is read and decided again. What a rule rejects and what a guardrail keeps back is not accepted. The stack manages the peering from then on. Exit 1 when it was not accepted.',
    load: () => import('./verbs/accept.ts'),
  },
  {
    name: 'reject',
    summary: 'rejects a request that waits, after asking',
    positionals: [{ name: 'PEERING', need: 'required', help: REQUEST }],
    options: ['because', 'policy', 'region', 'stage', 'profile', 'yes', ...EVERYWHERE],
    examples: [['reject pcx-0a1b2c3d4e5f60718 --because "not our partner"', 'with a reason for the history']],
    more: 'A rejected request cannot be accepted any more; it has to be made again. Exit 1 when it was not rejected.',
    load: () => import('./verbs/reject.ts'),
  },
  {
    name: 'history',
    summary: 'what was decided, accepted by hand, routed, found and repaired, by whom and why',
    positionals: [
      {
        name: 'RESOURCE',
        need: 'optional',
        help: 'only this peering (pcx-…) or route table (rtb-…), by its id or its tag Name',
      },
    ],
    options: ['since', 'policy', 'region', 'stage', 'profile', ...EVERYWHERE],
    examples: [
      ['history', 'the last 7 days'],
      ['history pcx-0a1b2c3d4e5f60718 --since 30d', 'one peering, the last 30 days'],
      ['history shop-to-hub', 'the same by its tag Name'],
    ],
    more: 'Reads only, from the registry of the stack, which keeps it for 90 days.',
    load: () => import('./verbs/history.ts'),
  },
  {
    name: 'logs',
    summary: 'what went wrong in the functions, in words, from their logs',
    positionals: [
      { name: 'FUNCTION', need: 'optional', help: 'only this one, such as sweep or sync-routes' },
    ],
    options: ['since', 'all', 'policy', 'region', 'stage', 'profile', ...EVERYWHERE],
    meanings: { all: 'warnings, too' },
    examples: [
      ['logs', 'errors of the last 24 hours'],
      ['logs sync-routes --all --since 2h', 'one function, its warnings too'],
    ],
    more: 'Reads only. What is said again and again stands once, with how often. Exit 2 when there was an error.',
    load: () => import('./verbs/logs.ts'),
  },
  {
    name: 'silence',
    summary: 'for a time nobody is sent messages about a peering, route table or VPC; lists what is silenced',
    positionals: [
      {
        name: 'RESOURCE',
        need: 'optional',
        help: 'what is silenced: a peering, route table or VPC, by its id (pcx-…, rtb-…, vpc-…) or its tag Name',
      },
    ],
    options: ['for', 'because', 'end', 'policy', 'region', 'stage', 'profile', ...EVERYWHERE],
    examples: [
      ['silence', 'what is silenced, by whom, until when and why'],
      ['silence pcx-0a1b2c3d4e5f60718 --for 4h --because "moved on Sunday"', 'for four hours'],
      ['silence pcx-0a1b2c3d4e5f60718 --end', 'messages are sent again'],
    ],
    more: 'At most 30 days. The product works as ever meanwhile; history and bus have what happens. What still is so when the time is over is told then.',
    load: () => import('./verbs/silence.ts'),
  },
  {
    name: 'freeze',
    summary: 'without a deployment: nothing is accepted, rejected or written until peering thaw',
    positionals: [],
    options: ['because', 'for', 'policy', 'region', 'stage', 'profile', 'yes', ...EVERYWHERE],
    examples: [
      ['freeze --because "change freeze until Monday"', 'all managed Regions, until peering thaw'],
      ['freeze --because "audit" --for 2d --region eu-west-1', 'one Region, for two days'],
    ],
    more: 'What differs is still found and told. peering apply, accept and reject do nothing in a frozen Region either.',
    load: () => import('./verbs/freeze.ts'),
  },
  {
    name: 'thaw',
    summary: 'ends a freeze',
    positionals: [],
    options: ['because', 'policy', 'region', 'stage', 'profile', 'yes', ...EVERYWHERE],
    examples: [['thaw --because "audit is done"', 'all managed Regions']],
    more: 'Look at peering plan first: what has been held back is done from then on. Exit 1 when nothing was frozen.',
    load: () => import('./verbs/thaw.ts'),
  },
  {
    name: 'renew',
    summary: 'gives a peering that ends more time, after showing what follows and asking',
    positionals: [
      { name: 'PEERING', need: 'required', help: 'the peering, by its id (pcx-…) or its tag Name' },
    ],
    options: ['for', 'until', 'because', 'policy', 'region', 'stage', 'profile', 'yes', ...EVERYWHERE],
    examples: [
      ['renew pcx-0a1b2c3d4e5f60718 --for 30d --because "migration is late"', 'thirty days from now'],
      ['renew pcx-0a1b2c3d4e5f60718 --until 2027-03-01 --because "audit"', 'until the end of that day, UTC'],
    ],
    more: 'For peerings whose rule says expireAfter or that have the tag expires; of a rule, no longer than that. Routes that went come back. peering status --sort expires lists what ends. Exit 1 when it was not renewed.',
    load: () => import('./verbs/renew.ts'),
  },
  {
    name: 'drift',
    summary: 'how route tables and peerings differ from the policy',
    positionals: [],
    options: [...SOURCE, 'vpc', 'fail-on', ...LISTS],
    examples: [
      ['drift', 'all managed Regions'],
      ['drift --vpc vpc-0a1b2c3d4e5f60718', 'the tables of one VPC'],
      ['drift --vpc prod-shop', 'the same by its tag Name'],
      ['drift --fail-on missing,conflict', 'for a script: exit 2 for these kinds alone'],
    ],
    more: 'Reads only. Exit 2 when there is drift, 3 when none was found but not everything could be judged.',
    load: () => import('./verbs/drift.ts'),
  },
  {
    name: 'explain',
    summary: 'hop by hop, why one end reaches the other or not',
    positionals: [
      {
        name: 'SOURCE',
        need: 'required',
        help: 'instance, network interface, private address, subnet, VPC or peering, by id or by its tag Name',
      },
      {
        name: 'TARGET',
        need: 'optional',
        help: 'the same, or any address; a database or load balancer by the private address of its interface. May be left out where SOURCE is a peering',
      },
    ],
    options: ['port', 'protocol', ...SOURCE, ...EVERYWHERE],
    examples: [
      ['explain i-0a1b2c3d4e5f60718 10.2.1.139', 'whether an instance can ping an address'],
      ['explain i-0a1b2c3d4e5f60718 10.2.1.50 --port 5432', 'whether it reaches a database there'],
      ['explain pcx-0a1b2c3d4e5f60718', 'what is wrong with a peering'],
      [
        'explain vpc-0a1b2c3d4e5f60718 vpc-0b1c2d3e4f5a60718 --snapshot ./saved',
        'two VPCs, from saved answers',
      ],
    ],
    more: 'Without --port it is about ping (ICMP); where that is closed, it names the ports that are open. Exit 2 when a packet, or its answer, gets lost.',
    load: () => import('./verbs/explain.ts'),
  },
  {
    name: 'ping',
    summary: 'pings across the managed peerings through Systems Manager, waits, shows the answers',
    positionals: [],
    options: ['policy', 'region', 'vpc', 'stage', 'profile', 'timeout', ...EVERYWHERE],
    examples: [
      ['ping', 'every managed peering with tagged probe instances'],
      ['ping --vpc vpc-0a1b2c3d4e5f60718', 'from one VPC'],
    ],
    more: 'Exit 2 unless every ping is answered.',
    load: () => import('./verbs/ping.ts'),
  },
  {
    name: 'graph',
    summary: 'draws the VPCs and their peerings',
    positionals: [],
    options: [...SOURCE, 'vpc', 'format', 'out', 'debug', 'help'],
    examples: [
      ['graph --out peerings.svg', 'a picture'],
      ['graph --format mermaid', 'text that many wikis draw'],
      ['graph --format dot | less', 'for Graphviz'],
    ],
    load: () => import('./verbs/graph.ts'),
  },
  {
    name: 'report',
    summary: 'one HTML page with summary, findings, tables and graph, for those who do not type',
    positionals: [],
    options: [...SOURCE, 'vpc', 'out', 'publish', 'url', 'compliance', 'json', 'debug', 'help'],
    examples: [
      ['report --out peerings.html', 'a page that needs no network and nothing beside it'],
      ['report --accounts all --publish s3://my-team-reports/network/', 'for those who may read the bucket'],
      ['report --url', 'opens the page that the stack keeps in its bucket'],
      ['report --compliance', 'evidence for auditors, check by check'],
      ['report --compliance --json > findings.json', 'the same for Security Hub'],
    ],
    more: 'Reads only, but for the page. A bucket that does not block all public access gets none.',
    load: () => import('./verbs/report.ts'),
  },
  {
    name: 'doctor',
    summary: 'whether everything that the automation depends on is in place, and what to do',
    positionals: [],
    options: ['policy', 'region', 'stage', 'profile', ...EVERYWHERE],
    examples: [['doctor', 'trail, rules, tables, probes, quotas, permissions, policy']],
    more: 'Reads only; permissions are asked with DryRun. Exit 1 when a check fails.',
    load: () => import('./verbs/doctor.ts'),
  },
  {
    name: 'policy check',
    summary: 'checks the policy file: errors with line and column, then warnings',
    positionals: [
      { name: 'FILE', need: 'optional', help: 'a policy, or a folder of them (default: peering-policy.yml)' },
    ],
    options: ['policy', 'account', 'stage', ...EVERYWHERE],
    meanings: {
      account: 'of a folder the file that judges this account; of any, rules that never match in it',
    },
    examples: [
      ['policy check', 'peering-policy.yml of this directory'],
      ['policy check --account 123456789012', 'with rules that never match in this account'],
      ['policy check policies', 'every file of a folder'],
    ],
    load: () => import('./verbs/policy-check.ts'),
  },
  {
    name: 'policy explain',
    summary: 'what the policy says about one peering or event, and why',
    positionals: [],
    options: [...SOURCE, 'event', 'peering', 'expect', ...EVERYWHERE],
    examples: [
      ['policy explain --peering pcx-0a1b2c3d4e5f60718', 'a peering of this account'],
      [
        'policy explain --event request.json --expect hold',
        'a request that nobody has made yet; exit 1 unless held',
      ],
    ],
    load: () => import('./verbs/policy-explain.ts'),
  },
  {
    name: 'policy test',
    summary: 'runs test cases against the policy',
    positionals: [{ name: 'FILE', need: 'required', help: 'YAML list of cases' }],
    options: ['policy', 'stage', ...EVERYWHERE],
    examples: [['policy test peering-policy.test.yml', 'shows what failed; exit 1 if any did']],
    load: () => import('./verbs/policy-test.ts'),
  },
  {
    name: 'snapshot',
    summary: 'saves what the read-only verbs read, for --snapshot',
    positionals: [],
    options: ['policy', 'region', 'accounts', 'stage', 'profile', 'out', ...EVERYWHERE],
    meanings: { out: 'the folder to write to' },
    examples: [
      ['snapshot --out ./saved', 'into ./saved/accounts/<account>/<region>/'],
      ['snapshot --accounts all --out ./saved', 'every account of the organization'],
    ],
    more: 'Reads only. Exit 3 when an account or Region could not be read: the snapshot says so, and what is judged by it too.',
    load: () => import('./verbs/snapshot.ts'),
  },
  {
    name: 'init',
    summary: 'writes the files of a first installation into this directory; what is there stays',
    positionals: [],
    options: ['account', 'region', 'email', 'ci', 'stage', 'yes', 'profile', ...EVERYWHERE],
    meanings: {
      account: 'the account that the stack belongs to (default: that of your credentials)',
      region:
        'a Region to work in, the first one for the stack; repeatable (default: the one of your AWS settings)',
    },
    examples: [
      ['init', 'asks for account, Regions and an e-mail address'],
      ['init --yes --region eu-west-1 --email network@example.com', 'asks nothing'],
      ['init --yes --ci github', 'also a pipeline: check, test, plan beside each change, deploy on main'],
    ],
    more: 'peering-policy.yml (mode observe), peering-stack.yml, peering-policy.test.yml, .gitignore; with --ci the pipeline and peering-ci-roles.yml.',
    load: () => import('./verbs/init.ts'),
  },
  {
    name: 'deploy',
    summary: 'makes or updates the stack of this account, after showing what will change and asking',
    positionals: [],
    options: ['policy', 'stage', 'region', 'bucket', 'back-to', 'dry-run', 'yes', 'profile', ...EVERYWHERE],
    meanings: { region: STACK_REGION },
    examples: [
      ['deploy', 'peering-policy.yml of this directory, with peering-stack.yml beside it'],
      ['deploy --dry-run', 'what would change; uploads nothing. Exit 2 when something would'],
      ['deploy --stage test --yes', 'another stage, in a pipeline'],
    ],
    more: 'The same stack as npx serverless deploy in a clone: either goes on with what the other made. With --bucket the code goes into a bucket that is there, else into one of the stack. A stack of a newer version is taken back only with --back-to, or by your answer. Exit 1 when nothing was deployed that should have been.',
    load: () => import('./verbs/deploy.ts'),
  },
  {
    name: 'remove',
    summary: 'removes the stack, after saying what stays and asking',
    positionals: [],
    options: ['policy', 'stage', 'region', 'all', 'yes', 'profile', ...EVERYWHERE],
    meanings: { region: STACK_REGION, all: 'own routes and tags of the product go, too: their traffic ends' },
    examples: [
      ['remove', 'routes and peerings stay as they are, traffic goes on'],
      ['remove --all', 'own routes and tags of the product go too: their traffic ends'],
    ],
    more: 'Peerings are never deleted. Exit 1 when it was not removed.',
    load: () => import('./verbs/remove.ts'),
  },
  {
    name: 'package',
    summary: 'writes one plain CloudFormation template and the functions, for whatever deploys them',
    positionals: [],
    options: ['out', 'bucket', 'policy', 'stage', 'account', 'region', 'profile', ...EVERYWHERE],
    meanings: {
      region: STACK_REGION,
      account: 'whose policy of a folder it is (default: that of your credentials)',
      out: 'the folder to write to (default: peering-package)',
    },
    examples: [
      ['package --out ./package', 'a template and zips; prints the commands that deploy them'],
      ['package --out ./package --bucket example-artifacts', 'uploads the zips too'],
    ],
    more: 'The same policy gives the same bytes, on any machine: names come from content. docs/deploy.md shows it with Terraform, CDK, SAM and StackSets.',
    load: () => import('./verbs/package.ts'),
  },
  {
    name: 'version',
    summary: 'the versions of the command, the deployed stack and the policy, and whether they fit',
    positionals: [],
    options: ['policy', 'stage', 'region', 'profile', ...EVERYWHERE],
    meanings: { region: STACK_REGION },
    examples: [['version', 'before and after an upgrade']],
    more: 'Reads only. Exit 2 when the stack is of another version or policy, or cannot be asked.',
    load: () => import('./verbs/version.ts'),
  },
  {
    name: 'rollout',
    summary: 'deploys to many accounts of an organization with one CloudFormation StackSet',
    positionals: [],
    options: [
      ...([
        'bucket',
        'bucket-owner',
        'ou',
        'policy',
        'stage',
        'region',
        'name',
        'apply',
        'remove',
        'back-to',
        'dry-run',
      ] as const),
      ...(['delegated-admin', 'max-concurrent', 'failure-tolerance', 'profile', ...EVERYWHERE] as const),
    ],
    meanings: { region: 'Region of the StackSet (default: the one of your AWS settings)' },
    examples: [
      [
        'rollout --bucket example-artifacts --ou ou-ab12-pilot123',
        'shows what would change; uploads the package',
      ],
      ['rollout --bucket example-artifacts --ou ou-ab12-pilot123 --apply', 'carries it out, and waits'],
      ['rollout --remove --ou ou-ab12-pilot123 --apply', 'removes it from the accounts of a unit'],
    ],
    more: 'Service-managed, with automatic deployment to every account that an organizational unit has or gets. All accounts run one policy: of a folder STAGE.yml, else default.yml. Only --apply changes anything in CloudFormation; a StackSet of a newer version it takes back only with --back-to. Exit 1 when an account failed.',
    load: () => import('./verbs/rollout.ts'),
  },
  {
    name: 'completion',
    summary: 'prints a completion script for your shell',
    positionals: [{ name: 'SHELL', need: 'required', help: 'bash, zsh or fish' }],
    options: ['debug', 'help'],
    examples: [['completion bash > ~/.local/share/bash-completion/completions/peering', 'for bash']],
    load: () => import('./verbs/completion.ts'),
  },
];
