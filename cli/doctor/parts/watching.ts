import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { namingCall } from '../../../lib/aws/call-error.ts';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import { shown } from '../../output.ts';
import {
  inShell,
  type Judged,
  type Look,
  NOT_AS_DEPLOYED,
  otherwise,
  type Part,
  type PartTrouble,
  trouble,
} from './part.ts';
import type { ResolvedProperties } from './resolved.ts';

/** What tells people that something is wrong: alarms, and the logs that the functions' metrics come from. */

/** What an alarm watches, and whom it calls. */
const WATCHED = [
  'Namespace',
  'MetricName',
  'Dimensions',
  'Statistic',
  'Period',
  'EvaluationPeriods',
  'DatapointsToAlarm',
  'Threshold',
  'ComparisonOperator',
  'TreatMissingData',
] as const;
const CALLED = ['AlarmActions', 'OKActions', 'InsufficientDataActions'] as const;

/** The command that makes the alarm as the template has it, whatever is there. */
function putAlarm(region: string, wanted: ResolvedProperties): string {
  const input = inShell(wanted);
  return `aws cloudwatch put-metric-alarm --region ${region} --cli-input-json ${input ?? 'as the template of the stack says'}`;
}

/** @param seen undefined: there is none of this name. */
export function alarmTroubles(region: string, part: Part, seen: MetricAlarm | undefined): Judged {
  const { properties } = part;
  const name = shown(String(properties?.AlarmName ?? part.physicalId ?? part.logicalId), 140);
  if (seen === undefined) {
    return [
      trouble(
        'fail',
        `The alarm ${name} is gone: what it is there to tell nobody is told.`,
        properties === undefined ? NO_TEMPLATE : putAlarm(region, properties),
      ),
    ];
  }
  const switchedOff: PartTrouble[] =
    seen.ActionsEnabled === false
      ? [
          trouble(
            'fail',
            `The actions of the alarm ${name} are disabled: it goes off and tells nobody.`,
            `aws cloudwatch enable-alarm-actions --region ${region} --alarm-names ${shellWord(name)}`,
          ),
        ]
      : [];
  if (properties === undefined) {
    return switchedOff;
  }
  const watched = otherwise(properties, { ...seen }, WATCHED);
  const called = otherwise(properties, { ...seen }, CALLED);
  return watched.length + called.length === 0
    ? switchedOff
    : [
        ...switchedOff,
        trouble(
          'fail',
          `The alarm ${name} ${NOT_AS_DEPLOYED} (${[...watched, ...called].join(', ')}): ${called.length > 0 ? 'it may tell nobody' : 'it may not go off'}.`,
          putAlarm(region, properties),
        ),
      ];
}

const NO_TEMPLATE =
  'The template of the stack says what it should be, and may not be read with these credentials.';

export const lookAtAlarm: Look = async (part, { region, clients }) => {
  const name = part.properties?.AlarmName ?? part.physicalId;
  if (typeof name !== 'string') {
    return 'not judged';
  }
  const cloudWatch = clients.of(CloudWatchClient, region);
  const { MetricAlarms: [seen] = [] } = await namingCall('DescribeAlarms', region, name, () =>
    cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] })),
  );
  return alarmTroubles(region, part, seen);
};

/** Functions may write into their log group, and not make one. What they count goes out by their log. */
export function logGroupTroubles(region: string, part: Part, isThere: boolean): Judged {
  if (isThere) {
    return [];
  }
  const name = part.physicalId ?? '';
  const days = part.properties?.RetentionInDays;
  const retention =
    typeof days === 'number' || typeof days === 'string'
      ? ` && aws logs put-retention-policy --region ${region} --log-group-name ${shellWord(name)} --retention-in-days ${days}`
      : '';
  return [
    trouble(
      'fail',
      `The log group ${shown(name, 200)} is gone: what its function writes is lost, and with it what it counts, so that alarms stay silent.`,
      `aws logs create-log-group --region ${region} --log-group-name ${shellWord(name)}${retention}`,
    ),
  ];
}

export const lookAtLogGroup: Look = async (part, { region, clients }) => {
  const name = part.physicalId ?? '';
  const logs = clients.of(CloudWatchLogsClient, region);
  const { logGroups = [] } = await namingCall('DescribeLogGroups', region, name, () =>
    // The one of just this name is the first of those that begin so.
    logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name })),
  );
  return logGroupTroubles(
    region,
    part,
    logGroups.some(({ logGroupName }) => logGroupName === name),
  );
};

export const lookAtDashboard: Look = async (part, { region, clients }) => {
  const DashboardName = part.physicalId ?? '';
  const cloudWatch = clients.of(CloudWatchClient, region);
  const found = await ifPresent('GetDashboard', region, DashboardName, () =>
    cloudWatch.send(new GetDashboardCommand({ DashboardName })),
  );
  return found === undefined
    ? [
        trouble(
          'warn',
          `The dashboard ${shown(DashboardName, 140)} is gone. Nothing depends on it.`,
          'To have it back: dashboard: none in peering-stack.yml and peering deploy, then without that line and peering deploy again.',
        ),
      ]
    : [];
};
