import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { evaluateAlarm, statisticOf } from '../../alarm-evaluation.ts';

const alarm: MetricAlarm = {
  AlarmName: 'a',
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  EvaluationPeriods: 3,
  StateValue: 'OK',
};

function points(...values: (number | undefined)[]): (number | undefined)[] {
  return values;
}

describe('the state of an alarm', () => {
  it.each([
    ['goes off when all datapoints breach', {}, points(1, 2, 3), 'ALARM'],
    ['stays quiet when one does not', {}, points(1, 0, 3), 'OK'],
    ['goes off at M of N', { DatapointsToAlarm: 2 }, points(1, 0, 3), 'ALARM'],
    ['has no opinion without data', {}, points(undefined, undefined, undefined), 'INSUFFICIENT_DATA'],
    [
      'takes missing data as quiet',
      { TreatMissingData: 'notBreaching' },
      points(undefined, undefined, undefined),
      'OK',
    ],
    [
      'takes missing data as breaching',
      { TreatMissingData: 'breaching' },
      points(undefined, 1, undefined),
      'ALARM',
    ],
    [
      'keeps its state when missing data are ignored',
      { TreatMissingData: 'ignore', StateValue: 'ALARM' as const },
      points(undefined, undefined, undefined),
      'ALARM',
    ],
    [
      'keeps its state where ignored data could decide it',
      { TreatMissingData: 'ignore', StateValue: 'ALARM' as const },
      points(undefined, 1, undefined),
      'ALARM',
    ],
    [
      'does not go off by fewer data than it needs where the others are ignored',
      { TreatMissingData: 'ignore' },
      points(1, undefined, 1),
      'OK',
    ],
    [
      'calms down where no ignored data could keep it on',
      { TreatMissingData: 'ignore', StateValue: 'ALARM' as const },
      points(0, undefined, undefined),
      'OK',
    ],
    [
      'goes off below a threshold',
      { ComparisonOperator: 'LessThanThreshold' as const },
      points(0, 0, 0),
      'ALARM',
    ],
    [
      'is quiet at the threshold',
      { ComparisonOperator: 'GreaterThanThreshold' as const },
      points(1, 1, 1),
      'OK',
    ],
  ])('%s', (_what, changes, datapoints, expected) => {
    expect(evaluateAlarm({ ...alarm, ...changes }, datapoints).state).toBe(expected);
  });

  it('that is new goes off where missing data are breaching, as CloudWatch was recorded to do', () => {
    const young = evaluateAlarm(
      { ...alarm, StateValue: 'INSUFFICIENT_DATA', TreatMissingData: 'breaching' },
      points(undefined, undefined, undefined),
    );
    expect(young.state).toBe('ALARM');
  });

  it('says why', () => {
    expect(evaluateAlarm(alarm, points(1, 2, 3)).reason).toContain('3 out of the last 3 datapoints breach');
  });
});

describe('statistics', () => {
  it.each([
    ['Sum', 10],
    ['Average', 2.5],
    ['Minimum', 1],
    ['Maximum', 4],
    ['SampleCount', 4],
    ['p50', 2],
    ['p99', 4],
  ])('%s', (statistic, expected) => {
    expect(statisticOf([4, 1, 3, 2], statistic)).toBe(expected);
  });

  it('have no value without values', () => {
    expect(statisticOf([], 'Sum')).toBeUndefined();
  });
});
