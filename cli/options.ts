/** The stage where `--stage` names none. */
export const DEFAULT_STAGE = 'prod';

/** Every option of every command, once: what it is called, what it takes, and what the help says. */

interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  readonly short?: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** The value where the option is given without one; only a number behind it is taken for one. */
  readonly otherwise?: string;
  readonly help: string;
}

export const OPTIONS = {
  policy: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    help: 'policy file or folder of policies (default: peering-policy.yml); 123456789012=FILE is that of one account, repeatable',
  },
  region: {
    type: 'string',
    multiple: true,
    value: 'REGION',
    help: 'only this Region; repeatable (default: those of the policy, else the one of your AWS settings)',
  },
  vpc: {
    type: 'string',
    multiple: true,
    value: 'VPC',
    help: 'only this local VPC, by its id or its tag Name; repeatable',
  },
  snapshot: {
    type: 'string',
    value: 'DIR',
    help: 'read saved describe answers instead of AWS: DIR/<region>/Vpcs.json, …',
  },
  account: {
    type: 'string',
    value: 'ID',
    help: 'the account: the one to look at of several, and whose a snapshot is whose files do not say',
  },
  accounts: {
    type: 'string',
    value: 'LIST',
    help: 'many accounts: all, organizational units, IDs, with commas between; -ID leaves one out',
  },
  stage: { type: 'string', value: 'STAGE', help: 'stage of the deployed stack (default: prod)' },
  json: { type: 'boolean', help: 'one JSON document on stdout' },
  all: {
    type: 'boolean',
    help: 'decisions that change nothing, too',
  },
  wide: { type: 'boolean', help: 'every column, and nothing shortened' },
  filter: {
    type: 'string',
    multiple: true,
    value: 'KEY=PATTERN',
    help: 'only what matches, such as state=active, name=prod-* or health!=ok; repeatable, see docs/cli.md',
  },
  sort: {
    type: 'string',
    value: 'KEY',
    help: 'order by a key of --filter (default: health, the worst first)',
  },
  output: {
    type: 'string',
    short: 'o',
    value: 'FORMAT',
    choices: ['table', 'json', 'csv', 'yaml'],
    help: 'table (default), json, csv or yaml',
  },
  watch: {
    type: 'string',
    value: '[SECONDS]',
    otherwise: '10',
    help: 'read and draw again every so often (default: 10 seconds), until Ctrl-C',
  },
  'fail-on': {
    type: 'string',
    multiple: true,
    value: 'KINDS',
    help: 'exit 2 for these alone, such as missing,conflict,lost or any; none: never. See docs/cli.md',
  },
  profile: { type: 'string', value: 'NAME', help: 'profile of your AWS settings (default: AWS_PROFILE)' },
  expect: {
    type: 'string',
    value: 'DECISION',
    choices: ['accept', 'hold', 'reject'],
    help: 'accept, hold or reject: exit 1 if the decision is another one',
  },
  event: {
    type: 'string',
    value: 'FILE',
    help: 'an event that describes a request (CreateVpcPeeringConnection)',
  },
  peering: {
    type: 'string',
    value: 'PEERING',
    help: 'a peering of the account or snapshot, by its id or its tag Name',
  },
  as: {
    type: 'string',
    value: 'RULE',
    help: 'the rule by whose routes a request that no rule matches is managed',
  },
  because: { type: 'string', value: 'TEXT', help: 'why, for the history' },
  for: { type: 'string', value: 'DURATION', help: 'for how long: 30m, 4h, 7d' },
  until: { type: 'string', value: 'TIME', help: 'until when: 2027-03-01, 2027-03-01T18:00:00+01:00' },
  end: { type: 'boolean', help: 'end it now' },
  since: {
    type: 'string',
    value: 'TIME',
    help: 'how far back: 90m, 12h, 7d, 2026-11-28, 2026-11-28T12:00:00Z',
  },
  yes: { type: 'boolean', short: 'y', help: 'do not ask' },
  format: {
    type: 'string',
    value: 'FORMAT',
    choices: ['svg', 'mermaid', 'dot'],
    help: 'svg (default), mermaid or dot',
  },
  out: {
    type: 'string',
    short: 'o',
    value: 'PATH',
    help: 'write there instead of to stdout',
  },
  url: {
    type: 'boolean',
    help: 'a link to the page that the stack keeps (report.publish of the policy), for 15 minutes',
  },
  publish: {
    type: 'string',
    value: 'PLACE',
    help: 'put it into a private bucket of this account: s3://BUCKET or s3://BUCKET/DIRECTORY/peerings.html',
  },
  compliance: {
    type: 'boolean',
    help: 'what CIS, Prowler and AWS Config check of peerings, as a table; with --json for Security Hub (ASFF)',
  },
  timeout: { type: 'string', value: 'SECONDS', help: 'how long to wait for answers (default: 60)' },
  port: { type: 'string', value: 'PORT', help: 'a connection to this port (default: a ping, ICMP)' },
  protocol: {
    type: 'string',
    value: 'PROTOCOL',
    choices: ['tcp', 'udp', 'icmp'],
    help: 'of --port: tcp (default) or udp; icmp, without a port, is a ping',
  },
  email: { type: 'string', value: 'ADDRESS', help: 'who is told by mail' },
  ci: {
    type: 'string',
    value: 'HOST',
    choices: ['github', 'gitlab'],
    help: 'also a pipeline for github or gitlab, with roles that it assumes without keys',
  },
  bucket: {
    type: 'string',
    value: 'BUCKET',
    help: 'bucket for the package, in the Region of the stack; who deploys from it has to be able to read it',
  },
  'back-to': {
    type: 'string',
    value: 'VERSION',
    help: 'the version of this command, where what is deployed is of a newer one: go back to it',
  },
  'bucket-owner': {
    type: 'string',
    value: 'ACCOUNT',
    help: "account that owns the bucket (default: the caller's)",
  },
  ou: {
    type: 'string',
    multiple: true,
    value: 'OU',
    help: 'organizational unit (ou-…) or root (r-…) to deploy to; repeatable. Others are kept',
  },
  name: {
    type: 'string',
    value: 'NAME',
    help: 'name of the StackSet (default: vpc-peering-autopilot-<stage>)',
  },
  apply: { type: 'boolean', help: 'carry it out, wait, and show each account that failed' },
  remove: {
    type: 'boolean',
    help: 'instead: remove the stacks of the named OUs, or of all, and with the last the StackSet',
  },
  'dry-run': { type: 'boolean', help: 'only show it: nothing is uploaded or changed' },
  'delegated-admin': {
    type: 'boolean',
    help: 'the caller is a delegated administrator for StackSets, not the management account',
  },
  'max-concurrent': {
    type: 'string',
    value: 'N|N%',
    help: 'accounts at the same time (default: 10%)',
  },
  'failure-tolerance': {
    type: 'string',
    value: 'N|N%',
    help: 'accounts that may fail before CloudFormation stops (default: 5%)',
  },
  debug: { type: 'boolean', help: 'show stack traces and every AWS call that changes something' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof OPTIONS;

type ValueOf<Spec> = Spec extends { readonly multiple: true }
  ? readonly string[]
  : Spec extends { readonly type: 'boolean' }
    ? true
    : Spec extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** What was given on the command line; what was not is absent. */
export type Options = { readonly [Name in OptionName]?: ValueOf<(typeof OPTIONS)[Name]> };

export function optionSpec(name: OptionName): OptionSpec {
  return OPTIONS[name];
}

export function isOptionName(text: string): text is OptionName {
  return Object.hasOwn(OPTIONS, text);
}
