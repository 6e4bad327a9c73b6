import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { append } from '../../lib/model/append.ts';
import { type AlarmName, isAlarmName, runbookLine } from '../../lib/model/runbook.ts';
import { shown } from '../output.ts';
import { type DeployedStack, stackName } from '../stack.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';
import { MADE_ANEW } from './made-anew.ts';
import type { Patient } from './patient.ts';

const AREA = 'alarms';

/** What of an alarm is looked at. */
export type Alarm = Pick<
  MetricAlarm,
  | 'AlarmName'
  | 'AlarmDescription'
  | 'StateValue'
  | 'StateReason'
  | 'StateUpdatedTimestamp'
  | 'InsufficientDataActions'
  | 'TreatMissingData'
>;

/**
 * One that is there to tell that it has no data rings then, too: `SweepMissing` watches whether anything runs at all, also where the
 * policy has it tell nobody. A new alarm has none either until it is looked at first, with the reason "Unchecked: Initial alarm
 * creation", and tells nobody.
 */
function isRinging({
  StateValue,
  StateReason = '',
  InsufficientDataActions = [],
  TreatMissingData,
}: Alarm): boolean {
  const isWithoutData = StateValue === 'INSUFFICIENT_DATA' && !StateReason.startsWith('Unchecked');
  const isTold = InsufficientDataActions.length > 0 || TreatMissingData === 'missing';
  return StateValue === 'ALARM' || (isWithoutData && isTold);
}

function since({ StateUpdatedTimestamp }: Alarm): string {
  return StateUpdatedTimestamp === undefined
    ? ''
    : ` since ${StateUpdatedTimestamp.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `… Runbook: https://…`, as the stack wrote it. */
const WITH_RUNBOOK = /^(.*?) ?(Runbook: [^ ]+)$/s;

/** Where doctor's other lines say whether events are taken, which is the more frequent cause. */
function backlog(name: string): string {
  return `The lines about queues say whether its events are taken. Where they are, run: peering logs ${name} --all --since 1h.`;
}

const OF_QUEUE = 'The lines about queues say how many, and how to see them. Why, says: peering logs.';

/** What helps with an alarm whoever runs doctor already. */
const HELP: Readonly<Record<AlarmName, string>> = {
  AcceptRequestsBacklog: backlog('accept-requests'),
  ConnectivityLost: 'Run: peering status.',
  DeadLetterQueueNotEmpty: OF_QUEUE,
  EventsUnhandled: OF_QUEUE,
  PermanentFailures:
    'Run: peering logs --since 1h. The lines about forwarding say whether events of another Region wait.',
  ProbesWithoutVerdict:
    'Run: peering drift. It names the peerings that are not checked, and why; the lines about probes name the instances.',
  PublishReportBacklog: backlog('publish-report'),
  QuotaLow: 'The lines about quotas name it, with how much is left.',
  RecordConnectivityBacklog: backlog('record-connectivity'),
  RequestPeeringsBacklog: backlog('request-peerings'),
  RouteDriftUnrepaired: 'Run: peering drift.',
  SweepMissing:
    'The lines about rules say whether its schedule runs. Where it does, run: peering logs sweep --all.',
  SyncRoutesBacklog: backlog('sync-routes'),
};

/** Descriptions are read in the console and in mails too, where `peering doctor` is the first thing to run. */
const ABOUT_DOCTOR = /(?:;|(?<=^|\.)) *[^.;]*\bpeering doctor\b[^.;]*(?:\.|$)/g;

/** The description without the advice to run doctor, and what helps, where it does not say that itself. */
function withHelp(description: string, name: string): readonly string[] {
  const words = description.replaceAll(ABOUT_DOCTOR, (clause) => (clause.startsWith(';') ? '.' : '')).trim();
  const help = isAlarmName(name) ? HELP[name] : '';
  return words.includes(help.replace(/\.$/, '')) ? [words] : [words, help];
}

/** What the alarm means, what helps, and where its page is: as the deployed alarm says, or in the project where an older stack says nothing. */
function remedyOf({ AlarmName = '', AlarmDescription = '' }: Alarm): string {
  const [, words = AlarmDescription, runbook] = WITH_RUNBOOK.exec(AlarmDescription) ?? [];
  const name = AlarmName.slice(AlarmName.lastIndexOf('-') + 1);
  const page = runbook ?? (isAlarmName(name) ? runbookLine(name) : 'docs/stack.md says what it means.');
  return [...withHelp(words, name), page]
    .filter((part) => part !== '')
    .map((part) => shown(part, 600))
    .join(' ');
}

/** Which alarms of the stack are on, each with what it means and its page. */
export function alarmChecks(region: string, alarms: readonly Alarm[]): DoctorCheck[] {
  if (alarms.length === 0) {
    return [warn(AREA, region, 'The stack has no alarm that can be seen.', MADE_ANEW)];
  }
  const ringing = alarms.filter(isRinging);
  return ringing.length === 0
    ? [pass(AREA, region, `None of the stack's ${alarms.length} alarms is on.`)]
    : ringing.map((alarm) =>
        fail(
          AREA,
          region,
          `${shown(alarm.AlarmName ?? 'An alarm', 120)} is on${since(alarm)}.`,
          remedyOf(alarm),
        ),
      );
}

/**
 * By their names, as a stack of a StackSet has them too.
 *
 * @throws AWS errors of DescribeAlarms.
 */
async function readAlarms({ region, stage }: DeployedStack): Promise<readonly Alarm[]> {
  const prefix = `${stackName(stage)}-`;
  const client = createClient(CloudWatchClient, { region });
  const alarms: MetricAlarm[] = [];
  try {
    for await (const page of paginateDescribeAlarms({ client }, { AlarmNamePrefix: prefix })) {
      append(alarms, page.MetricAlarms ?? []);
    }
  } catch (error) {
    throw new AwsCallError('DescribeAlarms', region, prefix, error);
  }
  return (
    alarms
      // Of a stage whose name goes on: prod-eu beside prod.
      .filter(({ AlarmName = '' }) => !AlarmName.slice(prefix.length).includes('-'))
      .sort((a, b) => ((a.AlarmName ?? '') < (b.AlarmName ?? '') ? -1 : 1))
  );
}

/** Of the alarms of the stack. */
export async function alarms({ stack }: Patient): Promise<readonly DoctorCheck[]> {
  return stack === undefined ? [] : alarmChecks(stack.region, await readAlarms(stack));
}
