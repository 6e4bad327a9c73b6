import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePolicy } from '../lib/policy/load.ts';
import type { Value } from '../resources/cloudformation.ts';
import type { StackContext } from '../resources/context.ts';
import {
  deployerPolicy,
  deployerPolicyForChat,
  deployerPolicyForChatChannel,
  deployerPolicyForLooking,
  deployerPolicyForReport,
} from '../resources/deployer-policy.ts';
import { fleetReaderStatements } from '../resources/fleet-reader.ts';
import { FUNCTIONS, type FunctionName, functionsOf } from '../resources/functions.ts';
import { type Statement, statementsOf } from '../resources/roles.ts';

/** docs/permissions.md: what each function's role allows, when, and why some of it is for every resource. */

const DESCRIBES = 'Amazon EC2 has no resource-level permissions for its Describe actions.';

/** The reason for each action that is allowed on `*`. Source: AWS service authorization reference. */
export const WHY_EVERY_RESOURCE: Readonly<Record<string, string>> = {
  'ec2:DescribeVpcPeeringConnections': DESCRIBES,
  'ec2:DescribeVpcs': DESCRIBES,
  'ec2:DescribeRouteTables': DESCRIBES,
  'ec2:DescribeManagedPrefixLists': DESCRIBES,
  'ec2:DescribeInstances': DESCRIBES,
  'ec2:DescribeSubnets': DESCRIBES,
  'ec2:DescribeSecurityGroups': DESCRIBES,
  'ec2:DescribeStaleSecurityGroups': DESCRIBES,
  'ec2:DescribeNetworkAcls': DESCRIBES,
  'ec2:DescribeNetworkInterfaces': DESCRIBES,
  'ec2:DescribeRegions': DESCRIBES,
  'events:ListRules':
    'Amazon EventBridge has no resource-level permissions for it. It shows rules, no event.',
  'ssm:ListCommandInvocations':
    'Systems Manager has no resource-level permissions for it. A command of another document is read and dropped.',
  'ssm:DescribeInstanceInformation': 'Systems Manager has no resource-level permissions for it.',
};

const STAGE = 'prod';

/** What a policy may say for which roles get statements, by what the column "Only with" calls it. */
const SAYS: Readonly<Record<string, { readonly top?: string; readonly rule?: string }>> = {
  '`trust`': { top: 'trust: {accounts: ["222222222222"], organization: o-a1b2c3d4e5}' },
  '`notify.chat`': { top: 'notify: {chat: buttons}' },
  '`guardrails.ipam`': {
    top:
      'guardrails: {ipam: {pools: [{id: ipam-pool-0a1b2c3d4e5f60718, region: us-east-1}], ' +
      'scope: {id: ipam-scope-0a1b2c3d4e5f60718, region: us-east-1}}}',
  },
  '`onExpiry: delete`': { rule: 'onExpiry: delete' },
  '`routes.destinations.subnetTags`': { rule: 'routes: {destinations: {subnetTags: {Tier: shared}}}' },
  '`report.publish`': { top: 'report: {publish: stack}' },
};

const ENFORCE = '`mode: enforce`';

const [CONNECT, ON_LEAVE, SPOKES_ELSEWHERE, SPOKE_UNITS] = [
  '`connect` or `mesh`',
  '`onLeave: delete`',
  '`spokes.accounts`',
  '`spokes.organizationalUnits`',
];

/** What `connect` says where it says all of it but one. */
function connectWithout(left: string | undefined): string[] {
  const accounts = left === SPOKES_ELSEWHERE ? ', accounts: [self]' : ', accounts: [self, "222222222222"]';
  const units = left === SPOKE_UNITS ? '' : ', organizationalUnits: [ou-ab12-cdef3456]';
  const onLeave = left === ON_LEAVE ? '' : ', onLeave: delete';
  return left === CONNECT
    ? []
    : [
        `connect: [{name: shared, hub: {tags: {Role: hub}}, spokes: {tags: {Role: spoke}${accounts}${units}}${onLeave}}]`,
      ];
}

/** The stack of a policy that says everything but one. */
function contextWithout(left?: string): StackContext {
  const said = Object.entries(SAYS).flatMap(([label, says]) => (label === left ? [] : [says]));
  const rule = [
    'name: own',
    'effect: accept',
    'remote: {accounts: [self, "222222222222"]}',
    ...said.flatMap((each) => each.rule ?? []),
  ];
  const lines = [
    'version: 1',
    ...(left === ENFORCE ? ['mode: observe'] : []),
    ...said.flatMap(({ top }) => top ?? []),
    ...connectWithout(left),
    `rules: [{${rule.join(', ')}}, {name: reviewed, effect: hold, remote: {accounts: ["333333333333"]}}]`,
  ];
  return { policy: parsePolicy(`${lines.join('\n')}\n`, 'peering-policy.yml').policy, stage: STAGE };
}

/** Every statement that a role can have. */
const EVERYTHING = contextWithout();

/** What is missing where the policy says otherwise. */
const WHEN: readonly (readonly [label: string, otherwise: StackContext])[] = [
  ENFORCE,
  ...Object.keys(SAYS),
  CONNECT,
  ON_LEAVE,
  SPOKES_ELSEWHERE,
  SPOKE_UNITS,
].map((label) => [label, contextWithout(label)]);

function textOf(value: Value): string {
  if (Array.isArray(value)) {
    return value.map((each) => textOf(each)).join('<br>');
  }
  if (typeof value !== 'object' || value === null) {
    return `\`${String(value)}\``;
  }
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = value as Readonly<Record<string, Value>>;
  if (typeof sub === 'string') {
    const words: Readonly<Record<string, string>> = {
      'AWS::Partition': 'aws',
      'AWS::AccountId': '<account>',
      'AWS::Region': '<region>',
    };
    return `\`${sub.replace(/\$\{([^}]+)\}/g, (_, name: string) => words[name] ?? `<${name}>`)}\``;
  }
  const [logicalId] = Array.isArray(getAtt) ? getAtt : [Ref];
  return `the stack's \`${String(logicalId)}\``;
}

function conditionText({ Condition }: Statement): string {
  return Object.entries(Condition ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys as Readonly<Record<string, Value>>).map(
        ([key, wanted]) => `\`${key}\` ${operator} ${textOf(wanted)}`,
      ),
    )
    .join('<br>');
}

function whenOf(name: FunctionName, { Sid }: Statement, action: string): string {
  return WHEN.filter(
    ([, otherwise]) =>
      !functionsOf(otherwise.policy).includes(name) ||
      !statementsOf(name, otherwise).some((each) => each.Sid === Sid && each.Action.includes(action)),
  )
    .map(([label]) => label)
    .join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

const HEAD = [
  row(['statement', 'allows', 'on', 'if', 'only with']),
  row(['---', '---', '---', '---', '---']),
];

/** One row for each group of its actions that the policy brings about together. */
function rowsOf(statement: Statement, when: (action: string) => string): string[] {
  const whens = [...new Set(statement.Action.map(when))];
  return whens.map((each) =>
    row([
      statement.Sid,
      statement.Action.filter((action) => when(action) === each)
        .map((action) => `\`${action}\``)
        .join('<br>'),
      textOf(statement.Resource),
      conditionText(statement),
      each,
    ]),
  );
}

function roleTable(name: FunctionName): string[] {
  const rows = statementsOf(name, EVERYTHING).flatMap((statement) =>
    rowsOf(statement, (action) => whenOf(name, statement, action)),
  );
  return [`## ${name}`, '', ...HEAD, ...rows, ''];
}

function fleetReaderSection(): string[] {
  return [
    '## fleet-reader',
    '',
    'No function has this role, and there is none unless `fleetReader` of [peering-stack.yml](stack.md#options) asks for it. The one',
    'account that is named there may assume it, as long as it is in the organization that is named there, and its own policies say who',
    'of it (`sts:AssumeRole` on the role). `peering … --accounts` reads by it ([Many accounts](cli.md#many-accounts)).',
    '',
    ...HEAD,
    ...fleetReaderStatements().flatMap((statement) => rowsOf(statement, () => '`fleetReader`')),
    '',
  ];
}

/** Somebody's own account and Region go in place of these. */
const EXAMPLE = { partition: 'aws', region: 'us-east-1', accountId: '111122223333', stage: STAGE };

function deployerSection(): string[] {
  return [
    '## Who deploys',
    '',
    'Whoever deploys and removes the stack, with `peering` or `npx serverless`, needs this, for one account, Region and stage: the calls of both,',
    'and those that CloudFormation makes in their name. It fits into one managed policy if the stage has up to ten letters; make',
    'two of a longer one. A test holds it against the CloudFormation registry (`test/stack/deployer-policy.test.ts`).',
    'The framework also looks for container images (`ecr:DescribeRepositories`), and goes on when that is denied: there are none.',
    '',
    'Options of [peering-stack.yml](stack.md#options) need more: `permissionsBoundary` takes `iam:PutRolePermissionsBoundary` and',
    '`iam:DeleteRolePermissionsBoundary`, `keys.logs` takes `logs:AssociateKmsKey` and `logs:DisassociateKmsKey`, an OpsItem or a response',
    'plan in `alarmActions` takes `iam:CreateServiceLinkedRole` the first time, and `rolePath`',
    'goes before `vpc-peering-autopilot` in the ARNs of roles. Who may write these roles may give them any right, and pass it to a',
    'function: only a boundary limits that. Then allow `iam:CreateRole` and `iam:PutRolePolicy` with the condition',
    '`iam:PermissionsBoundary`, and leave `iam:DeleteRolePermissionsBoundary` out.',
    '',
    '```json',
    JSON.stringify(deployerPolicy(EXAMPLE), null, 2),
    '```',
    '',
    'With `notify.chat` it takes this besides:',
    '',
    '```json',
    JSON.stringify(deployerPolicyForChat(EXAMPLE), null, 2),
    '```',
    '',
    'With [`chatChannel`](chat.md#the-channel-by-the-stack) in peering-stack.yml it takes this too:',
    '',
    '```json',
    JSON.stringify(deployerPolicyForChatChannel(EXAMPLE), null, 2),
    '```',
    '',
    'With `report.publish: stack` it takes this besides. The bucket and its policy stay when the stack goes: nothing deletes them.',
    '',
    '```json',
    JSON.stringify(deployerPolicyForReport(EXAMPLE), null, 2),
    '```',
    '',
    'Before they ask, `peering deploy` looks for other stacks of the account that write the same route tables, and `peering remove` for what the',
    'stack wrote that stays. That reads what is not of this stack alone, so that it is a policy of its own. Without it both say that they did',
    'not look, with the call that was denied, and go on; `peering doctor` looks for other stacks with the rights of whoever runs it.',
    '',
    '```json',
    JSON.stringify(deployerPolicyForLooking(EXAMPLE), null, 2),
    '```',
    '',
  ];
}

export function permissionsDocument(): string {
  const reasons = [...new Set(Object.values(WHY_EVERY_RESOURCE))];
  return [
    '# Permissions',
    '',
    'Each function has a role of its own, with what it calls and nothing more. `npm run lab` and the tests run every',
    'function under exactly its role: the lab checks each call as IAM does (see [The local AWS](lab.md)). For each action',
    'of each statement, a test shows a call that is denied once that action is taken away (`test/proof/permissions.test.ts`).',
    '',
    `The tables are for stage \`${STAGE}\`, tag prefix \`peering-autopilot\` and a policy that accepts requests of its own account`,
    'and of account 222222222222, holds those of account 333333333333, trusts account 222222222222 and organization o-a1b2c3d4e5,',
    'and says everything else for which roles get statements. "Only with" names what the policy has to say for the line to be there. This file is made by `node --import tsx build/permissions-doc.ts`; a test compares',
    'it with the roles.',
    '',
    '**Whose requests may be accepted** is in the role of accept-requests too (`ec2:RequesterVpc`), where every accept rule of the',
    'policy names its accounts one by one: 12 digits or `self`. An accept rule with a pattern, `"*"`, or with organizational units',
    'or account tags alone leaves it to the code, for all rules. So do more accounts than fit into the policy of a role: 133, and',
    'fewer with accounts in `trust`; `peering policy check` says so. Without any accept rule the role may accept nothing.',
    'The same holds of answer-request and the accounts that hold rules name.',
    '',
    '**Where people are told** is in each role as the policy says: `TellPeople` names the topics of the stack that `notify` has it make,',
    'or just the existing ones that it names ([Who is told](policy.md#who-is-told)), and is not there where no message goes to a topic but chat.',
    '',
    '**The page of the report** is the one object that publish-report may write. With `report.publish: s3://…` its statements name that bucket and',
    'page, and with `keys.report` it may also have S3 make data keys with that key (`kms:GenerateDataKey`). No function may read the page.',
    '',
    '**Freezes and silences** are items of the `Registry`, which the functions read with what they read of it anyway: they need no',
    'permission of their own. Who may write the table may order both, and end them: see [Threat model](threat-model.md).',
    'The same holds of renewals (`peering renew`).',
    '',
    '## On every resource',
    '',
    row(['allowed on `*`', 'why']),
    row(['---', '---']),
    ...reasons.map((reason) =>
      row([
        Object.entries(WHY_EVERY_RESOURCE)
          .filter(([, why]) => why === reason)
          .map(([action]) => `\`${action}\``)
          .join('<br>'),
        reason,
      ]),
    ),
    '',
    ...FUNCTIONS.flatMap(roleTable),
    ...fleetReaderSection(),
    ...deployerSection(),
  ].join('\n');
}

// `node --import tsx build/permissions-doc.ts` writes the file; a test compares it.
if (process.argv[1]?.endsWith('permissions-doc.ts')) {
  writeFileSync(fileURLToPath(new URL('../docs/permissions.md', import.meta.url)), permissionsDocument());
}
