import { createClients } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { groupBy } from '../../lib/model/group-by.ts';
import { runLimited } from '../../lib/ports/run-limited.ts';
import { describeError } from '../errors.ts';
import { createStacks } from '../release/stacks.ts';
import type { Template } from '../release/template.ts';
import type { DeployedStack } from '../stack.ts';
import { type DoctorCheck, pass, warn } from './check.ts';
import { lookAtBus, lookAtBusPolicy } from './parts/bus.ts';
import { lookAtFunction } from './parts/functions.ts';
import { lookAtFailureHandling, lookAtPermission } from './parts/invocation.ts';
import type { Judged, Look, Part, PartsPlace } from './parts/part.ts';
import { lookAtQueue, lookAtQueuePolicy } from './parts/queues.ts';
import { propertiesOf, type Referred } from './parts/resolved.ts';
import { lookAtRole } from './parts/roles.ts';
import { lookAtRule } from './parts/rules.ts';
import { lookAtBucket, lookAtDocument } from './parts/storage.ts';
import { lookAtTopicPolicy } from './parts/topics.ts';
import { lookAtAlarm, lookAtDashboard, lookAtLogGroup } from './parts/watching.ts';
import type { Patient } from './patient.ts';

/**
 * What the stack is made of, held against its template: CloudFormation lists what somebody has deleted or changed by hand as before,
 * and compares templates only.
 */

const AREA = 'parts';

/** How each type of resource is looked at here. */
export const LOOKED_AT: Readonly<Record<string, Look>> = {
  'AWS::CloudWatch::Alarm': lookAtAlarm,
  'AWS::CloudWatch::Dashboard': lookAtDashboard,
  'AWS::Events::EventBus': lookAtBus,
  'AWS::Events::EventBusPolicy': lookAtBusPolicy,
  'AWS::Events::Rule': lookAtRule,
  'AWS::IAM::Role': lookAtRole,
  'AWS::Lambda::EventInvokeConfig': lookAtFailureHandling,
  'AWS::Lambda::Function': lookAtFunction,
  'AWS::Lambda::Permission': lookAtPermission,
  'AWS::Logs::LogGroup': lookAtLogGroup,
  'AWS::S3::Bucket': lookAtBucket,
  'AWS::SNS::TopicPolicy': lookAtTopicPolicy,
  'AWS::SQS::Queue': lookAtQueue,
  'AWS::SQS::QueuePolicy': lookAtQueuePolicy,
  'AWS::SSM::Document': lookAtDocument,
};

/** Types that another line of doctor is about. Custom resources are calls, and nothing is there by their names. */
export const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'AWS::DynamoDB::Table',
  'AWS::Lambda::EventSourceMapping',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'Custom::EventForwarding',
  'Custom::SweepStarted',
]);

/** Few, as some of these calls have 15 a second for the whole account (Lambda developer guide, "Quotas"). */
const AT_ONCE = 5;

/** What came of looking at one part. */
export type LookedAt =
  | { readonly part: Part; readonly judged: Judged }
  /** With the error of the call that failed. */
  | { readonly part: Part; readonly unread: unknown };

/** How many of each, as `2 AWS::Chatbot::CustomAction`. */
function countsOf(types: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ');
}

/** What nobody could look at, with why. */
function unreadChecks(region: string, looks: readonly LookedAt[]): readonly DoctorCheck[] {
  const unread = looks.flatMap((look) =>
    'unread' in look ? [{ type: look.part.type, error: look.unread }] : [],
  );
  return [...groupBy(unread, ({ error }) => [classifyAwsError(error).kind])].map(([kind, of]) =>
    warn(
      AREA,
      region,
      `Not looked at: ${countsOf(of.map(({ type }) => type))}. ${describeError(of[0]?.error)}`,
      kind === 'denied'
        ? 'Run it with credentials that may read this. docs/cli.md, "What doctor looks at", lists the calls.'
        : 'Try again; --debug with another command shows more.',
    ),
  );
}

/** @param all of the stack. @param looks at those that are looked at here. */
export function partChecks(
  region: string,
  all: readonly Part[],
  looks: readonly LookedAt[],
): readonly DoctorCheck[] {
  const judged = looks.flatMap((look) => ('unread' in look ? [] : [look]));
  const troubles = judged.flatMap((look) => (look.judged === 'not judged' ? [] : look.judged));
  const unjudged = judged.filter((look) => look.judged === 'not judged').map(({ part }) => part.type);
  const never = all
    .map(({ type }) => type)
    .filter((type) => !(type in LOOKED_AT) && !TOLD_ELSEWHERE.has(type));
  const notLookedAt = [...never, ...unjudged];
  const isHeldAgainst = looks.every(({ part }) => part.properties !== undefined);
  const without = notLookedAt.length === 0 ? '' : ` Not looked at: ${countsOf(notLookedAt)}.`;
  return [
    ...troubles.map(
      ({ result, says, remedy }): DoctorCheck => ({ area: AREA, region, result, says, remedy }),
    ),
    ...unreadChecks(region, looks),
    ...(troubles.length > 0
      ? []
      : [
          pass(
            AREA,
            region,
            `${judged.length - unjudged.length} parts of the stack are there${isHeldAgainst ? ' and as it made them' : ''}.${without}`,
          ),
        ]),
  ];
}

async function lookAt(part: Part, look: Look, place: PartsPlace): Promise<LookedAt> {
  try {
    return { part, judged: await look(part, place) };
  } catch (error) {
    return { part, unread: error };
  }
}

/** The parts with what the template says of them. */
export function partsOf(stack: Omit<Referred, 'template'>, template: Template | undefined): readonly Part[] {
  return stack.stackParts.map((part) => {
    const declared = template?.Resources[part.logicalId];
    return template === undefined || declared === undefined
      ? part
      : { ...part, properties: propertiesOf(declared.Properties ?? {}, { ...stack, template }) };
  });
}

async function templateOf(
  stack: DeployedStack,
): Promise<{ readonly template?: Template; readonly checks: readonly DoctorCheck[] }> {
  try {
    return { template: await createStacks(stack).template(), checks: [] };
  } catch (error) {
    const says = `Whether somebody changed parts of the stack could not be looked at, only whether they are there. ${describeError(error)}`;
    return {
      checks: [warn(AREA, stack.region, says, 'Run it with credentials that may call GetTemplate there.')],
    };
  }
}

function unlistedChecks({ region, unlisted }: DeployedStack): readonly DoctorCheck[] {
  return unlisted === undefined
    ? []
    : [
        warn(
          AREA,
          region,
          `The stack has more resources than CloudFormation describes at once, and the rest was not looked at. ${describeError(unlisted)}`,
          'Run it with credentials that may call ListStackResources there.',
        ),
      ];
}

/** Whether what the stack is made of is there, and as its template says. */
export async function partsInPlace({ stack, caller }: Patient): Promise<readonly DoctorCheck[]> {
  if (stack === undefined) {
    return [];
  }
  const { name, region } = stack;
  const { template, checks } = await templateOf(stack);
  const all = partsOf({ name, region, accountId: caller.accountId, stackParts: stack.stackParts }, template);
  const place = { region, clients: createClients(), stackParts: all };
  const looks: LookedAt[] = [];
  await runLimited(all, AT_ONCE, async (part) => {
    const look = LOOKED_AT[part.type];
    if (look !== undefined) looks.push(await lookAt(part, look, place));
  });
  // In the order of the stack, however fast the answers came.
  looks.sort((a, b) => all.indexOf(a.part) - all.indexOf(b.part));
  return [...checks, ...unlistedChecks(stack), ...partChecks(region, all, looks)];
}
