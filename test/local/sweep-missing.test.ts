import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { type AlarmState, evaluateAlarm } from 'local-aws-peering/parts';
import { alarms } from '../../resources/alarms.ts';
import { policyOf } from '../support/fixtures.ts';

/** The alarms of the stack, by the rules of CloudWatch, from a first deployment on. */

const ALL = Object.entries(alarms({ policy: policyOf(), stage: 'prod' })).map(
  ([name, { Properties }]) => [name, Properties as unknown as MetricAlarm] as const,
);
const sweepMissing = ALL.find(([name]) => name === 'SweepMissingAlarm')?.[1];

type Sweeps = number | undefined;

/** What people are told in each period, given how often the sweep ran in it. Nothing was before the first. */
function told(alarm: MetricAlarm, sweeps: readonly Sweeps[]): (AlarmState | undefined)[] {
  let state: AlarmState = 'INSUFFICIENT_DATA';
  const periods = alarm.EvaluationPeriods ?? 1;
  return sweeps.map((_, now) => {
    const seen = Array.from({ length: periods }, (_each, index) => sweeps[now - index]);
    const verdict = evaluateAlarm({ ...alarm, StateValue: state }, seen);
    const actions = {
      ALARM: alarm.AlarmActions,
      OK: alarm.OKActions,
      INSUFFICIENT_DATA: alarm.InsufficientDataActions,
    }[verdict.state];
    const changed = verdict.state !== state;
    state = verdict.state;
    return changed && actions !== undefined ? verdict.state : undefined;
  });
}

const rings = (alarm: MetricAlarm | undefined, sweeps: readonly Sweeps[]) =>
  alarm === undefined
    ? ['no alarm']
    : told(alarm, sweeps).flatMap((state, period) => (state === undefined ? [] : [`${period} ${state}`]));

const _ = undefined;

describe('SweepMissing', () => {
  it.each<[string, readonly Sweeps[], readonly string[]]>([
    ['a first deployment, after which the sweep runs', [1, 1, 1, 1, 1, 1], ['0 OK']],
    ['a first deployment that is seen before the first value arrives', [_, _, 1, 1, 1, 1], ['2 OK']],
    ['a schedule that never works', [1, _, _, _, _, _], ['0 OK', '3 INSUFFICIENT_DATA']],
    ['a sweep that stops', [1, 1, 1, 1, _, _, _, _], ['0 OK', '6 INSUFFICIENT_DATA']],
    ['a single sweep that is missing', [1, 1, _, 1, 1, _, _, 1], ['0 OK']],
    [
      'a sweep that stops, runs, and stops again',
      [1, _, _, _, 1, _, _, _],
      ['0 OK', '3 INSUFFICIENT_DATA', '4 OK', '7 INSUFFICIENT_DATA'],
    ],
  ])('tells of %s', (_what, sweeps, expected) => {
    expect(rings(sweepMissing, sweeps)).toEqual(expected);
  });

  it('would ring on each first deployment if missing data were breaching', () => {
    const before = { ...sweepMissing, TreatMissingData: 'breaching' };
    expect(rings(before, [_, 1, 1, 1])).toEqual(['0 ALARM', '1 OK']);
  });
});

describe('every alarm', () => {
  it.each(ALL)('%s keeps quiet on a first deployment, before there are data', (_name, alarm) => {
    expect(rings(alarm, [_, _, _, _]).filter((text) => !text.endsWith(' OK'))).toEqual([]);
  });
});
