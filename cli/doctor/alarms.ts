import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { append } from '../../lib/model/append.ts';
import { isAlarmName, runbookLine } from '../../lib/model/runbook.ts';
import { shown } from '../output.ts';
import { type DeployedStack, stackName } from '../stack.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';

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

/** What the alarm means, and where its page is: as the deployed alarm says, or in the project where an older stack says nothing. */
function remedyOf({ AlarmName = '', AlarmDescription = '' }: Alarm): string {
  const [, words = AlarmDescription, runbook] = WITH_RUNBOOK.exec(AlarmDescription) ?? [];
  const name = AlarmName.slice(AlarmName.lastIndexOf('-') + 1);
  const page = runbook ?? (isAlarmName(name) ? runbookLine(name) : 'docs/stack.md says what it means.');
  return [words, page]
    .filter((part) => part !== '')
    .map((part) => shown(part, 600))
    .join(' ');
}

/** Which alarms of the stack are on, each with what it means and its page. */
export function alarmChecks(region: string, alarms: readonly Alarm[]): DoctorCheck[] {
  if (alarms.length === 0) {
    return [warn(AREA, region, 'The stack has no alarm that can be seen.', 'peering deploy puts them back.')];
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
export async function readAlarms({ region, stage }: DeployedStack): Promise<readonly Alarm[]> {
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
