import type { MetricAlarm, StateValue } from '@aws-sdk/client-cloudwatch';

/** The rules by which CloudWatch turns datapoints into an alarm's state. */

export type AlarmState = Extract<StateValue, 'ALARM' | 'OK' | 'INSUFFICIENT_DATA'>;

export interface AlarmEvaluation {
  readonly state: AlarmState;
  /** In CloudWatch's words. */
  readonly reason: string;
}

const COMPARISONS: Readonly<
  Record<string, { readonly words: string; readonly breaches: (value: number, threshold: number) => boolean }>
> = {
  GreaterThanOrEqualToThreshold: {
    words: 'greater than or equal to',
    breaches: (value, limit) => value >= limit,
  },
  GreaterThanThreshold: { words: 'greater than', breaches: (value, limit) => value > limit },
  LessThanThreshold: { words: 'less than', breaches: (value, limit) => value < limit },
  LessThanOrEqualToThreshold: { words: 'less than or equal to', breaches: (value, limit) => value <= limit },
};

function percentile(values: readonly number[], rank: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * One datapoint from the values of a period; `undefined` from no values.
 * @throws {Error} for a statistic that the lab does not know.
 */
export function statisticOf(values: readonly number[], statistic: string): number | undefined {
  if (values.length === 0) {
    return undefined;
  }
  const sum = values.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'Average':
      return sum / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    case 'SampleCount':
      return values.length;
    default: {
      const rank = /^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1];
      if (rank === undefined) {
        throw new Error(`The lab does not know the statistic "${statistic}".`);
      }
      return percentile(values, Number(rank));
    }
  }
}

/**
 * Where missing data are ignored, an alarm keeps its state as long as they could decide it either way ("Configuring how CloudWatch
 * alarms treat missing data").
 *
 * What was before the alarm is missing like any other value: a new alarm that takes missing data as breaching goes off (recorded).
 *
 * @param datapoints one per evaluation period, the newest first; undefined where there is no value
 */
export function evaluateAlarm(
  alarm: MetricAlarm,
  datapoints: readonly (number | undefined)[],
): AlarmEvaluation {
  const comparison = COMPARISONS[alarm.ComparisonOperator ?? ''];
  if (comparison === undefined) {
    throw new Error(`The lab does not know the comparison "${alarm.ComparisonOperator}".`);
  }
  const threshold = alarm.Threshold ?? 0;
  const evaluated = alarm.EvaluationPeriods ?? 1;
  const needed = alarm.DatapointsToAlarm ?? evaluated;
  const treatment = alarm.TreatMissingData ?? 'missing';
  const known = datapoints.flatMap((value) => value ?? []);
  const missing = datapoints.length - known.length;
  const breaching =
    known.filter((value) => comparison.breaches(value, threshold)).length +
    (treatment === 'breaching' ? missing : 0);

  if (known.length === 0 && treatment === 'missing') {
    return { state: 'INSUFFICIENT_DATA', reason: 'Insufficient Data: no datapoints were received.' };
  }
  const isOpen = breaching < needed && breaching + missing >= needed;
  if (treatment === 'ignore' && isOpen) {
    return {
      state: (alarm.StateValue as AlarmState | undefined) ?? 'INSUFFICIENT_DATA',
      reason: alarm.StateReason ?? 'Unchecked: too few datapoints were received.',
    };
  }
  const shown = known.length === 0 ? 'no datapoints were received' : `datapoints [${known.join(', ')}]`;
  const of = `${breaching} out of the last ${evaluated} datapoints`;
  return breaching >= needed
    ? {
        state: 'ALARM',
        reason: `Threshold Crossed: ${shown}; ${of} breach: ${comparison.words} the threshold (${threshold}); ${needed} needed.`,
      }
    : {
        state: 'OK',
        reason: `Threshold not crossed: ${shown}; ${of} breach: ${comparison.words} the threshold (${threshold}); ${needed} needed.`,
      };
}
