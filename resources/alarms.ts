import { forwardingQueueName } from '../lib/forwarding/desired.ts';
import { MOST_RECEIVES } from '../lib/lambda/receive.ts';
import { STEADY_SECONDS } from '../lib/model/finding.ts';
import { type AlarmName, runbookLine } from '../lib/model/runbook.ts';
import { intervalSeconds } from '../lib/policy/interval.ts';
import { type AlarmActions, alarmActions } from './alarm-actions.ts';
import {
  functionLogicalId,
  getAtt,
  pascalCase,
  type Resource,
  type Resources,
  ref,
  type Value,
} from './cloudformation.ts';
import { METRIC_NAMESPACE, runbooksOf, SERVICE, type StackContext } from './context.ts';
import {
  type QueuedFunction,
  queuedFunctionsOf,
  queueLogicalId,
  visibilitySeconds,
} from './queued-functions.ts';

interface Threshold {
  /** What it means, in words that help at night. The page of the alarm is named behind it. */
  readonly description: string;
  readonly metric: { readonly [key: string]: Value };
  readonly period: number;
  readonly periods?: number;
  /** Rings at the first value in any of the periods, and is over once there was none in all of them. Left out: each has to have one. */
  readonly rings?: 'at-the-first';
  /** `told`: no value in any of the periods is what the alarm is there to tell. `ignore`: without a value it stays as it is. */
  readonly missing?: 'notBreaching' | 'told' | 'ignore';
  readonly when?: {
    readonly operator: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
    readonly value: number;
  };
}

interface AlarmContext {
  readonly stackName: string;
  /** The folder of the alarms' pages. */
  readonly runbooks: string;
  readonly actions: AlarmActions;
}

/**
 * Every alarm tells people when it goes off, and when it is over. A new alarm turns OK as soon as it is
 * deployed, and tells that too: mostly nobody, as an e-mail address of a new stack has not been confirmed by then.
 */
function alarm(
  { stackName, runbooks, actions }: AlarmContext,
  name: AlarmName,
  threshold: Threshold,
): Resource {
  const { description, metric, period, periods = 1, rings, missing = 'notBreaching', when } = threshold;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${stackName}-${name}`,
      AlarmDescription: `${description} ${runbookLine(name, runbooks)}`,
      ...metric,
      Period: period,
      EvaluationPeriods: periods,
      ...(rings === 'at-the-first' && periods > 1 ? { DatapointsToAlarm: 1 } : {}),
      Threshold: when?.value ?? 1,
      ComparisonOperator: when?.operator ?? 'GreaterThanOrEqualToThreshold',
      TreatMissingData: missing === 'told' ? 'missing' : missing,
      AlarmActions: actions.alarm,
      ...(missing === 'told' ? { InsufficientDataActions: actions.noData } : {}),
      OKActions: actions.ok,
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
 * No sweep for three intervals: then the alarm has no data, and tells that. A new alarm begins without data and tells nothing.
 * The deployment invokes the sweep once (`SweepStarted`), so that data have come and can be missed, also where the schedule never
 * works; a function that cannot start fails the deployment.
 *
 * Not `TreatMissingData: breaching`: that counts the time before the deployment as missing too, so that each first deployment
 * rings it (recorded).
 *
 * Where those are longer than CloudWatch looks back: no sweep within that, or no alarm at
 * all where sweeps lie even further apart.
 */
function sweepMissing(context: AlarmContext, schedule: string): Resources {
  const interval = intervalSeconds(schedule);
  if (interval > WEEK_SECONDS) {
    return {};
  }
  const period = alarmPeriod(interval);
  return {
    SweepMissingAlarm: alarm(context, 'SweepMissing', {
      description:
        'The sweep does not run, so nobody looks: whatever changes without an event goes unnoticed, and the other alarms may be silent for that reason alone. Its state is then INSUFFICIENT_DATA, not ALARM. Run: peering doctor.',
      metric: lambdaMetric('Invocations', 'sweep'),
      period,
      periods: withinReach(Math.ceil((3 * interval) / period), period),
      missing: 'told',
      when: { operator: 'LessThanThreshold', value: 1 },
    }),
  };
}

/** What is behind while the events of a function wait. */
const BACKLOGS: Readonly<Record<QueuedFunction, { readonly name: AlarmName; readonly behind: string }>> = {
  'accept-requests': {
    name: 'AcceptRequestsBacklog',
    behind: 'Requests to peer are not decided meanwhile. Routes are not affected.',
  },
  'sync-routes': {
    name: 'SyncRoutesBacklog',
    behind:
      'New peerings get no routes meanwhile, and drift is neither told nor repaired. Routes in place stay.',
  },
  'record-connectivity': {
    name: 'RecordConnectivityBacklog',
    behind: 'Pings are sent, and nobody reads what became of them: a loss is not told meanwhile.',
  },
  'request-peerings': {
    name: 'RequestPeeringsBacklog',
    behind: 'VPCs that connect or mesh wants peered are not requested meanwhile. What is peered stays.',
  },
  'publish-report': {
    name: 'PublishReportBacklog',
    behind: 'The page in the bucket is as old as it says meanwhile. Peerings and routes are not affected.',
  },
};

function queueAlarms(context: AlarmContext, policy: StackContext['policy']): Resources {
  return {
    DeadLetterQueueAlarm: alarm(context, 'DeadLetterQueueNotEmpty', {
      description:
        'An event could not be delivered, or failed in its function three times, and lies in the dead-letter queue. The next sweep makes up for most of them. Find out why, then empty the queue: the alarm is on until then.',
      metric: queueMetric('ApproximateNumberOfMessagesVisible', 'DeadLetterQueue'),
      period: 300,
    }),
    UnhandledEventsQueueAlarm: alarm(context, 'EventsUnhandled', {
      description: `Events failed in their function ${MOST_RECEIVES} times and lie in the queue ${context.stackName}-unhandled.fifo. The next sweep makes up for most of them. The log of the function says why; then empty the queue: the alarm is on until then.`,
      metric: queueMetric('ApproximateNumberOfMessagesVisible', 'UnhandledEventsQueue'),
      period: 300,
    }),
    ...Object.fromEntries(
      queuedFunctionsOf(policy).map((name) => [
        `${pascalCase(name)}BacklogAlarm`,
        alarm(context, BACKLOGS[name].name, {
          description: `Events have waited for ${name} for ${BACKLOG_SECONDS / 60} minutes or longer. ${BACKLOGS[name].behind} A very large change ends by itself; after a crash or a timeout of the function they wait ${visibilitySeconds(name) / 60} minutes. Its log: /aws/lambda/${context.stackName}-${name}.`,
          metric: queueMetric('ApproximateAgeOfOldestMessage', queueLogicalId(name)),
          period: 300,
          when: { operator: 'GreaterThanOrEqualToThreshold', value: BACKLOG_SECONDS },
        }),
      ]),
    ),
  };
}

/** @param period seconds, of one sweep. */
function sweptAlarms(context: AlarmContext, stage: string, period: number): Resources {
  // What comes and goes rings once, and not each time: it is over once it was for an hour, as for the messages (`sortFindings`).
  const steady = {
    period,
    periods: withinReach(Math.ceil(STEADY_SECONDS / period), period),
    rings: 'at-the-first',
  } as const;
  return {
    PermanentFailuresAlarm: alarm(context, 'PermanentFailures', {
      description: `AWS refuses a call and will go on refusing it until somebody does something, or events of another managed Region lie undelivered in its queue ${forwardingQueueName(stage)}. The log of the function names the call, the resource and the reason; peering doctor names the Region.`,
      metric: ownMetric('PermanentFailures'),
      ...steady,
    }),
    // Drift that the product repairs has no alarm: its message says so, and there is nothing to do. The metric RouteDrift counts it.
    RouteDriftUnrepairedAlarm: alarm(context, 'RouteDriftUnrepaired', {
      description:
        'Something is left to you that the product does not mend by itself. Run: peering drift. It names each finding, with what to do. The alarm is over once nothing was left for an hour, so that what comes and goes rings once.',
      metric: ownMetric('RouteDriftUnrepaired'),
      ...steady,
    }),
    QuotaLowAlarm: alarm(context, 'QuotaLow', {
      description:
        'A route table or a VPC has nearly used up its quota of routes or peerings. Everything still works; what comes next may find no room. Run: peering doctor.',
      metric: ownMetric('QuotaLow'),
      ...steady,
    }),
  };
}

/**
 * What was lost is not well because nobody looks, however far apart the sweeps lie that remember it: without data ConnectivityLost stays
 * as it is, until a check says that nothing is lost (`sayNothingLost`). Where the policy only observes no check will say so.
 *
 * Checks that lie further apart than the longest period leave periods without data between them, so each counts by itself.
 */
function connectivityAlarms(
  context: AlarmContext,
  { connectivity, mode, schedules }: StackContext['policy'],
): Resources {
  const interval = intervalSeconds(schedules.connectivity);
  const period = alarmPeriod(interval);
  const periods = interval > period ? 1 : withinReach(connectivity.periods, period);
  return {
    ConnectivityLostAlarm: alarm(context, 'ConnectivityLost', {
      description:
        'Pings across at least one peering are not answered. A message names the peering and the likely cause, of the pings or of the route that they miss. Run: peering status.',
      metric: ownMetric('PeeringsUnreachable'),
      period,
      periods,
      missing: mode === 'enforce' ? 'ignore' : 'notBreaching',
    }),
    ProbesWithoutVerdictAlarm: alarm(context, 'ProbesWithoutVerdict', {
      description:
        'The connectivity check cannot ping from some instances, or learns nothing from their pings. This says nothing about the network: nobody knows whether it carries traffic. Run: peering doctor.',
      metric: ownMetric('ProbesWithoutVerdict'),
      period,
      periods,
    }),
  };
}

/** The alarms of the stack; test/stack/runbooks.test.ts holds them to the pages in docs/runbooks. */
export function alarms(context: StackContext): Resources {
  const { policy, stage } = context;
  const { sweep } = policy.schedules;
  const each = {
    stackName: `${SERVICE}-${stage}`,
    runbooks: runbooksOf(context),
    actions: alarmActions(context),
  };
  return {
    ...queueAlarms(each, policy),
    ...sweepMissing(each, sweep),
    ...sweptAlarms(each, stage, alarmPeriod(intervalSeconds(sweep))),
    ...connectivityAlarms(each, policy),
  };
}
