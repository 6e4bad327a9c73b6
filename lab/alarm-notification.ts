import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { AlarmEvaluation } from './alarm-evaluation.ts';
import type { Place } from './types.ts';

/** What of a metric an alarm looks at. */
export interface Watched {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly periodSeconds: number;
}

/** The single metric of an alarm; `undefined` for metric math, which the lab does not compute. */
export function watchedBy(alarm: MetricAlarm): Watched | undefined {
  const single = alarm.Metrics?.length === 1 ? alarm.Metrics[0]?.MetricStat : undefined;
  if (alarm.Metrics?.length && single === undefined) {
    return undefined;
  }
  const { Namespace = '', MetricName = '', Dimensions = [] } = single?.Metric ?? alarm;
  return {
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value])),
    statistic: single?.Stat ?? alarm.Statistic ?? alarm.ExtendedStatistic ?? 'Average',
    periodSeconds: single?.Period ?? alarm.Period ?? 60,
  };
}

/** The message that CloudWatch sends to a topic. */
export function notificationOf(
  alarm: MetricAlarm,
  { state, reason }: AlarmEvaluation,
  place: Place,
  now: Date,
): string {
  const watched = watchedBy(alarm);
  return JSON.stringify({
    AlarmName: alarm.AlarmName,
    AlarmDescription: alarm.AlarmDescription ?? null,
    AWSAccountId: place.accountId,
    NewStateValue: state,
    NewStateReason: reason,
    StateChangeTime: now.toISOString(),
    Region: place.region,
    AlarmArn: alarm.AlarmArn,
    OldStateValue: alarm.StateValue,
    OKActions: alarm.OKActions ?? [],
    AlarmActions: alarm.AlarmActions ?? [],
    InsufficientDataActions: alarm.InsufficientDataActions ?? [],
    Trigger: {
      MetricName: watched?.name,
      Namespace: watched?.namespace,
      Statistic: watched?.statistic,
      Dimensions: Object.entries(watched?.dimensions ?? {}).map(([name, value]) => ({ name, value })),
      Period: watched?.periodSeconds,
      EvaluationPeriods: alarm.EvaluationPeriods,
      DatapointsToAlarm: alarm.DatapointsToAlarm,
      ComparisonOperator: alarm.ComparisonOperator,
      Threshold: alarm.Threshold,
      TreatMissingData: alarm.TreatMissingData ?? 'missing',
    },
  });
}
