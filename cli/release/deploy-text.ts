import { tellsChat, topicsOf } from '../../lib/policy/notify.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { StackTemplate } from '../../resources/stack-template.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { type Output, shown } from '../output.ts';
import type { AskedStack } from './asked.ts';
import type { ResourceChange } from './change-set.ts';
import { type DeployPlan, goesBack, type ReleaseNames } from './deploy.ts';
import { CLASH_REMEDY, type Clash, clashText } from './route-writing.ts';

/** What people read of a deployment before it is made, and after. */

const COLUMN = 10;

function block(output: Output, title: string, lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    output.line(`${output.paint((index === 0 ? title : '').padEnd(COLUMN), 'bold')}${line}`);
  }
}

function from(before: string | undefined, after: string | undefined): string {
  const now = after ?? 'unknown';
  return before === undefined ? now : before === after ? `${now} (as before)` : `${before} → ${now}`;
}

/** So that a line with its column fits a usual terminal. */
const WIDTH = 100 - COLUMN;

function countsOf(template: StackTemplate): string[] {
  const counts = new Map<string, number>();
  for (const { Type } of Object.values(template.Resources)) {
    const name = Type.replace(/^(AWS|Custom)::/, '');
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const lines: string[] = [];
  for (const [name, count] of counts) {
    const part = `${count} ${name}`;
    const line = lines.at(-1);
    if (line === undefined || line.length + part.length + 3 > WIDTH) lines.push(part);
    else lines[lines.length - 1] = `${line}, ${part}`;
  }
  return lines;
}

const SIGNS: Readonly<Record<ResourceChange['action'], string>> = { add: '+', modify: '~', remove: '-' };
const PAINTS = { add: 'green', modify: 'yellow', remove: 'red' } as const;

function changeLine(output: Output, { action, logicalId, type, replacement }: ResourceChange): string {
  const anew = { yes: ', made anew', perhaps: ', perhaps made anew', no: '', unknown: '' }[replacement];
  return output.paint(`${SIGNS[action]} ${shown(logicalId, 80)} (${shown(type, 80)}${anew})`, PAINTS[action]);
}

/** Functions change with every policy: they are one line. */
function changeLines(output: Output, changes: readonly ResourceChange[]): string[] {
  const isCode = ({ action, type, replacement }: ResourceChange) =>
    action === 'modify' && type === 'AWS::Lambda::Function' && replacement !== 'yes';
  const code = changes.filter(isCode).length;
  if (changes.length === 0) {
    return [output.paint('~ outputs only', 'yellow')];
  }
  return [
    ...(code === 0 ? [] : [output.paint(`~ ${code} functions: code or policy`, 'yellow')]),
    ...changes.filter((change) => !isCode(change)).map((change) => changeLine(output, change)),
    ...(changes.some(({ replacement }) => replacement === 'unknown')
      ? ['whether one of them is made anew only CloudFormation knows: peering deploy shows it, and asks']
      : []),
  ];
}

function policyLine({ mode, rules, regions }: Policy, region: string): string {
  const where = regions.length === 0 ? region : regions.join(', ');
  return `mode ${mode}, ${rules.length === 1 ? '1 rule' : `${rules.length} rules`}, manages ${where}`;
}

function releaseLine({
  before,
  after,
}: {
  readonly before: ReleaseNames;
  readonly after: ReleaseNames;
}): string {
  return from(before.version, after.version);
}

/** Also the rest of a first deployment that did not come to its end: so far there is the bucket alone. */
function isFirst({ action, before, changes }: DeployPlan): boolean {
  return (
    action === 'create' ||
    (action === 'update' &&
      before.fingerprint === undefined &&
      changes.every((each) => each.action === 'add'))
  );
}

const ACTIONS = {
  create: ['new', 'green'],
  update: ['to be updated', 'yellow'],
  unchanged: ['nothing to change', 'green'],
} as const;

/** CloudFormation compares templates, not what is there, so no more is known. */
const UNCHANGED = [
  'none: the template is the one that is deployed',
  'whether somebody deleted or changed a part by hand, this does not tell: peering doctor looks',
] as const;

/** What the functions do no longer, or begin to do; nothing where that stays, or is not known. */
function modeLines({ before, after }: DeployPlan): readonly string[] {
  if (before.mode === undefined || before.mode === after.mode) {
    return [];
  }
  return after.mode === 'observe'
    ? [
        'it acts no longer: requests wait unanswered, routes are neither written, repaired nor taken back, nothing is pinged',
        'what is in place stays, and what would be done is reported',
      ]
    : [
        'it begins to act: requests are answered, routes are written, repaired and taken back, instances ping',
        'what that comes to now: peering plan',
      ];
}

/** A stack may be where nothing is managed. Mostly another Region was meant. */
function elsewhereLines({
  place: { region },
  inputs: { policy },
}: Pick<AskedStack, 'place' | 'inputs'>): string[] {
  return policy.regions.length === 0 || policy.regions.includes(region)
    ? []
    : [
        `${region} is none of the Regions that the policy manages: the functions run here and look there`,
        `if that is not meant: --region ${policy.regions[0]}, or region in peering-stack.yml`,
      ];
}

/** What would be done, with what decides it. */
export function printPlan(
  output: Output,
  { place, accountId, inputs }: AskedStack,
  plan: DeployPlan,
  template: StackTemplate,
): void {
  const [word, paint] = ACTIONS[plan.action];
  block(output, 'Stack', [
    `${place.name} in ${place.region}, account ${accountId}: ${output.paint(word, paint)}`,
    ...(isFirst(plan) ? elsewhereLines({ place, inputs }) : []).map((line) => output.paint(line, 'red')),
  ]);
  block(output, 'Version', [
    releaseLine(plan),
    ...(goesBack(plan)
      ? [
          output.paint(
            `an older one: version ${shown(plan.before.version ?? '', 40)} of the stack is taken back (docs/upgrades.md says what to look at first)`,
            'red',
          ),
        ]
      : []),
  ]);
  block(output, 'Policy', [
    shown(inputs.policyFile, 200),
    policyLine(inputs.policy, place.region),
    ...modeLines(plan).map((line) => output.paint(line, 'yellow')),
    `fingerprint ${from(plan.before.fingerprint?.slice(0, 12), plan.after.fingerprint?.slice(0, 12))}`,
  ]);
  block(
    output,
    'Changes',
    isFirst(plan)
      ? countsOf(template)
      : plan.action === 'unchanged'
        ? UNCHANGED
        : changeLines(output, plan.changes),
  );
}

/** What stands beside the stack, and what to do about it. */
export function printClashes(output: Output, clashes: readonly Clash[]): void {
  block(
    output,
    'Beside',
    clashes.length === 0
      ? []
      : [...clashes.map((clash) => output.paint(shown(clashText(clash), 600), 'red')), CLASH_REMEDY],
  );
}

/** SNS asks each address before it sends anything there. */
function confirmText(count: number, which: '' | 'new '): string {
  const who =
    count === 1
      ? `the ${which}e-mail address gets a mail`
      : `each of ${count} ${which}e-mail addresses gets a mail`;
  return `${who} from AWS Notifications: confirm it there, or nobody is told${which === '' ? '' : ' at it'}`;
}

/** Who is told, as far as somebody has to do something for it. */
function toldText(policy: Policy): string {
  const topics = topicsOf(policy);
  const emails = new Set(topics.flatMap((topic) => (topic.kind === 'made' ? topic.emails : [])));
  if (emails.size > 0) {
    return confirmText(emails.size, '');
  }
  return topics.some(({ kind }) => kind === 'existing') || tellsChat(policy)
    ? 'people are told by the topics that the policy names'
    : 'nobody is told by mail: the policy names no e-mail address and no topic (notify)';
}

/** Subscriptions of an update that are new or have another address, which is all that can change of one. Nobody has confirmed it yet. */
function newSubscriptions({ changes }: DeployPlan): number {
  return changes.filter(({ action, type }) => type === 'AWS::SNS::Subscription' && action !== 'remove')
    .length;
}

/** What comes of an update, and what people have to do for it. */
function afterUpdate({ inputs }: Pick<AskedStack, 'inputs'>, plan: DeployPlan): string[] {
  const { action, before, after } = plan;
  const isNewPolicy = action === 'update' && before.fingerprint !== after.fingerprint;
  const mails = newSubscriptions(plan);
  return [
    ...(mails === 0 ? [] : [confirmText(mails, 'new ')]),
    ...(isNewPolicy && inputs.policy.mode === 'enforce'
      ? ['everything is being looked at by the new policy; peering history says what comes of it']
      : []),
  ];
}

/** What people do next. */
export function printNext(output: Output, asked: AskedStack, plan: DeployPlan): void {
  if (!isFirst(plan)) {
    for (const [index, line] of afterUpdate(asked, plan).entries()) {
      output.line(`${(index === 0 ? 'Next' : '').padEnd(COLUMN)}${line}`);
    }
    return;
  }
  const { inputs, stage } = asked;
  const option = stage === DEFAULT_STAGE ? '' : ` --stage ${shown(stage, 40)}`;
  output.line();
  output.line(`Next      ${toldText(inputs.policy)}`);
  output.line(`          npx peering doctor${option}   whether everything it depends on is there`);
  output.line(`          npx peering plan${option}     what it would do with the peerings that there are`);
}
