import { CloudWatchClient, type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { shown } from '../output.ts';
import type { DeployedStack } from '../stack.ts';
import { type Check, fail, pass } from './check.ts';

const AREA = 'alarms';

/** DescribeAlarms takes so many names (CloudWatch API reference). */
const MOST_NAMES = 100;

/** What of an alarm is looked at. */
export type Alarm = Pick<
  MetricAlarm,
  'AlarmName' | 'AlarmDescription' | 'StateValue' | 'StateUpdatedTimestamp' | 'InsufficientDataActions'
>;

/** One that tells people when it has no data rings then, too: `SweepMissing` watches whether anything runs at all. */
function isRinging({ StateValue, InsufficientDataActions = [] }: Alarm): boolean {
  return StateValue === 'ALARM' || (StateValue === 'INSUFFICIENT_DATA' && InsufficientDataActions.length > 0);
}

function since({ StateUpdatedTimestamp }: Alarm): string {
  return StateUpdatedTimestamp === undefined
    ? ''
    : ` since ${StateUpdatedTimestamp.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Which alarms of the stack are on, each with what it means. */
export function alarmChecks(region: string, alarms: readonly Alarm[]): Check[] {
  const ringing = alarms.filter(isRinging);
  return ringing.length === 0
    ? [pass(AREA, region, `None of the stack's ${alarms.length} alarms is on.`)]
    : ringing.map((alarm) =>
        fail(
          AREA,
          region,
          `${shown(alarm.AlarmName ?? 'An alarm', 120)} is on${since(alarm)}.`,
          shown(alarm.AlarmDescription ?? 'docs/stack.md says what it means.', 600),
        ),
      );
}

/** @throws AWS errors of DescribeAlarms. */
export async function readAlarms(stack: DeployedStack): Promise<readonly Alarm[]> {
  const names = stack.ofType('AWS::CloudWatch::Alarm');
  const client = createClient(CloudWatchClient, { region: stack.region });
  const alarms: MetricAlarm[] = [];
  try {
    for (let start = 0; start < names.length; start += MOST_NAMES) {
      const AlarmNames = names.slice(start, start + MOST_NAMES);
      for await (const page of paginateDescribeAlarms({ client }, { AlarmNames })) {
        alarms.push(...(page.MetricAlarms ?? []));
      }
    }
  } catch (error) {
    throw new AwsCallError('DescribeAlarms', stack.region, stack.name, error);
  }
  return alarms.sort((a, b) => ((a.AlarmName ?? '') < (b.AlarmName ?? '') ? -1 : 1));
}
