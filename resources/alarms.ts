import { forwardingQueueName } from '../lib/forwarding/desired.ts';
import { MOST_RECEIVES } from '../lib/lambda/receive.ts';
import {
  functionLogicalId,
  getAtt,
  pascalCase,
  type Resource,
  type Resources,
  ref,
  type Value,
} from './cloudformation.ts';
import { METRIC_NAMESPACE, SERVICE, type StackContext } from './context.ts';
import { QUEUED_FUNCTIONS, queueLogicalId, visibilitySeconds } from './queued-functions.ts';

/**
 * Every alarm tells the topic when it goes off. That it is over is told only where people wait for it: a new alarm
 * turns OK as soon as it is deployed, and a message for each would be the first thing the product ever sends.
 */
const TELL = [ref('NotificationTopic')];

interface Threshold {
  readonly description: string;
  readonly metric: { readonly [key: string]: Value };
  readonly period: number;
  readonly periods?: number;
  /** `told`: no value in any of the periods is what the alarm is there to tell. */
  readonly missing?: 'notBreaching' | 'told';
  readonly recovery?: 'told';
  readonly when?: {
    readonly operator: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
    readonly value: number;
  };
}

function alarm(stackName: string, name: string, threshold: Threshold): Resource {
  const { description, metric, period, periods = 1, missing = 'notBreaching', when, recovery } = threshold;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${stackName}-${name}`,
      AlarmDescription: description,
      ...metric,
      Period: period,
      EvaluationPeriods: periods,
      Threshold: when?.value ?? 1,
      ComparisonOperator: when?.operator ?? 'GreaterThanOrEqualToThreshold',
      TreatMissingData: missing === 'told' ? 'missing' : missing,
      AlarmActions: TELL,
      ...(missing === 'told' ? { InsufficientDataActions: TELL } : {}),
      ...(recovery === 'told' ? { OKActions: TELL } : {}),
    },
  };
}

/** Published by the functions; powertools adds the dimension `service`. */
function ownMetric(name: string): { readonly [key: string]: Value } {
  return {
    Namespace: METRIC_NAMESPACE,
    MetricName: name,
    Dimensions: [{ Name: 'service', Value: SERVICE }],
    Statistic: 'Maximum',
  };
}

function lambdaMetric(name: string, functionName: string): { readonly [key: string]: Value } {
  return {
    Namespace: 'AWS/Lambda',
    MetricName: name,
    Dimensions: [{ Name: 'FunctionName', Value: ref(functionLogicalId(functionName)) }],
    Statistic: 'Sum',
  };
}

function queueMetric(name: string, queue: string): { readonly [key: string]: Value } {
  return {
    Namespace: 'AWS/SQS',
    MetricName: name,
    Dimensions: [{ Name: 'QueueName', Value: getAtt(queue, 'QueueName') }],
    Statistic: 'Maximum',
  };
}

/** Three of the longest invocations that a function may have. */
const BACKLOG_SECONDS = 900;

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** Seconds between two runs. A cron expression may leave gaps of any length, so a day is assumed. */
export function intervalSeconds(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return count === undefined || unit === undefined ? 86_400 : Number(count) * (UNIT_SECONDS[unit] ?? 60);
}

/** CloudWatch looks back at most this far (CloudWatch user guide, "Evaluating an alarm"). */
const WEEK_SECONDS = 604_800;

/** With periods below an hour CloudWatch looks back a day, with longer ones a week. */
function withinReach(periods: number, period: number): number {
  return Math.min(periods, Math.floor((period < 3600 ? 86_400 : WEEK_SECONDS) / period));
}

function alarmPeriod(seconds: number): number {
  return Math.min(86_400, Math.max(60, Math.ceil(seconds / 60) * 60));
}

/**
 * Drift that the product repairs has no alarm: the message about it says that it is being repaired, and there is nothing to do. The
 * metric RouteDrift still counts it.
 */
const DRIFT_ALARMS: readonly (readonly [name: string, description: string])[] = [
  [
    'RouteDriftUnrepaired',
    'Something is left to you: drift that the product does not repair, a destination that is routed elsewhere, a repair that something keeps undoing, or an active peering that the policy rejects. Run: peering drift',
  ],
  ['QuotaLow', 'A route table or a VPC has nearly used up its quota of routes or peerings.'],
];

/**
 * No sweep for three intervals: then the alarm has no data, and tells that. A new alarm begins without data and tells nothing.
 * The deployment invokes the sweep once (`SweepStarted`), so that data have come and can be missed, also where the schedule never
 * works; a function that cannot start fails the deployment.
 *
 * Not `TreatMissingData: breaching`: that counts the time before the deployment as missing too, so that each first deployment
 * rings it (recorded). That a sweep runs again is not told: the first one of all would be told as well.
 *
 * Where those are longer than CloudWatch looks back: no sweep within that, or no alarm at
 * all where sweeps lie even further apart.
 */
function sweepMissing(stackName: string, schedule: string): Resources {
  const interval = intervalSeconds(schedule);
  if (interval > WEEK_SECONDS) {
    return {};
  }
  const period = alarmPeriod(interval);
  return {
    SweepMissingAlarm: alarm(stackName, 'SweepMissing', {
      description:
        'The sweep has not run when it should, so changes without an event go unnoticed. Check its schedule rule and its log.',
      metric: lambdaMetric('Invocations', 'sweep'),
      period,
      periods: withinReach(Math.ceil((3 * interval) / period), period),
      missing: 'told',
      when: { operator: 'LessThanThreshold', value: 1 },
    }),
  };
}

export function alarms({ policy, stage }: StackContext): Resources {
  const stackName = `${SERVICE}-${stage}`;
  const sweep = alarmPeriod(intervalSeconds(policy.schedules.sweep));
  const checks = alarmPeriod(intervalSeconds(policy.schedules.connectivity));
  return {
    DeadLetterQueueAlarm: alarm(stackName, 'DeadLetterQueueNotEmpty', {
      description:
        'Events could not be delivered or handled, and wait in the dead-letter queue. The next sweep makes up for most of them; find out why, then purge the queue.',
      metric: queueMetric('ApproximateNumberOfMessagesVisible', 'DeadLetterQueue'),
      period: 300,
    }),
    UnhandledEventsQueueAlarm: alarm(stackName, 'EventsUnhandled', {
      description: `Events failed in their function ${MOST_RECEIVES} times, and wait in the queue ${stackName}-unhandled.fifo. The next sweep makes up for most of them; the function's log says why; then purge the queue.`,
      metric: queueMetric('ApproximateNumberOfMessagesVisible', 'UnhandledEventsQueue'),
      period: 300,
    }),
    ...Object.fromEntries(
      QUEUED_FUNCTIONS.map((name) => [
        `${pascalCase(name)}BacklogAlarm`,
        alarm(stackName, `${pascalCase(name)}Backlog`, {
          description: `Events have waited for ${name} for ${BACKLOG_SECONDS / 60} minutes or longer. Its log says what it is at: /aws/lambda/${stackName}-${name}. A very large change ends by itself. After a crash or a timeout of the function they wait ${visibilitySeconds(name) / 60} minutes.`,
          metric: queueMetric('ApproximateAgeOfOldestMessage', queueLogicalId(name)),
          period: 300,
          when: { operator: 'GreaterThanOrEqualToThreshold', value: BACKLOG_SECONDS },
        }),
      ]),
    ),
    ...sweepMissing(stackName, policy.schedules.sweep),
    PermanentFailuresAlarm: alarm(stackName, 'PermanentFailures', {
      description: `An AWS call fails and will go on failing until somebody does something; or events of another managed Region could not be brought here and wait there in the queue ${forwardingQueueName(stage)}. The functions' logs name the call, the resource and the reason.`,
      metric: ownMetric('PermanentFailures'),
      period: sweep,
    }),
    ConnectivityLostAlarm: alarm(stackName, 'ConnectivityLost', {
      description:
        'Pings across at least one peering are not answered. The message that came with it names the peering and the likely cause.',
      metric: ownMetric('PeeringsUnreachable'),
      period: checks,
      periods: withinReach(policy.connectivity.periods, checks),
      recovery: 'told',
    }),
    ProbesWithoutVerdictAlarm: alarm(stackName, 'ProbesWithoutVerdict', {
      description:
        'The connectivity check could not ping from some instances: look at their SSM agent. This says nothing about the network.',
      metric: ownMetric('ProbesWithoutVerdict'),
      period: checks,
      periods: withinReach(policy.connectivity.periods, checks),
    }),
    ...Object.fromEntries(
      DRIFT_ALARMS.map(([name, description]) => [
        `${name}Alarm`,
        alarm(stackName, name, { description, metric: ownMetric(name), period: sweep }),
      ]),
    ),
  };
}
