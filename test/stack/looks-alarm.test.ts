import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { intervalSeconds } from '../../lib/policy/interval.ts';
import { alarms } from '../../resources/alarms.ts';
import { policyOf } from '../support/fixtures.ts';
import { playedAlarm } from '../support/played-alarm.ts';

/** The alarms of what looks at a network find, played in time with their counts. A count of none is not published. */

const HOUR = 3600;

const ALARMS = ['RouteDriftUnrepaired', 'PermanentFailures', 'QuotaLow'] as const;

/** How often people are told that it goes off, or is over. */
function mails(states: readonly (string | undefined)[]): number {
  return states.filter((state, index) => state !== (states[index - 1] ?? 'OK')).length;
}

const minutes = fc.integer({ min: 2, max: 300 });
const sweeps = minutes.map((count) => `rate(${count} minutes)`);

describe.each(ALARMS)('the alarm %s', (name) => {
  function alarmOf(sweep: string): MetricAlarm {
    const policy = policyOf({ schedules: { sweep } });
    return alarms({ policy, stage: 'prod' })[`${name}Alarm`]?.Properties as unknown as MetricAlarm;
  }

  /** What the alarm says at each sweep. @param found whether something is left to people, sweep by sweep. */
  function statesOf(sweep: string, found: readonly boolean[]): (string | undefined)[] {
    const alarm = playedAlarm(alarmOf(sweep));
    const interval = intervalSeconds(sweep);
    return found.map((isFound, index) => alarm.stateAt((index + 1) * interval, isFound ? 1 : undefined));
  }

  it('is on with the first look that finds something, however rare the sweeps are', () => {
    fc.assert(
      fc.property(sweeps, fc.nat({ max: 50 }), (sweep, before) => {
        const found = [...Array.from({ length: before }, () => false), true];
        expect(statesOf(sweep, found).at(-1)).toBe('ALARM');
      }),
    );
  });

  it('is over an hour after the last look that found something, and one sweep later at most', () => {
    fc.assert(
      fc.property(sweeps, fc.integer({ min: 1, max: 20 }), (sweep, times) => {
        const alarm = playedAlarm(alarmOf(sweep));
        const interval = intervalSeconds(sweep);
        for (let look = 1; look <= times; look += 1) alarm.stateAt(look * interval, 1);
        expect(alarm.stateAt(times * interval + Math.max(HOUR, interval) + interval)).toBe('OK');
      }),
    );
  });

  it('tells people twice of what comes and goes, however often it does, and not at each turn', () => {
    fc.assert(
      fc.property(
        minutes.filter((count) => count <= 30),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }),
        (count, turns) => {
          // It is never away for as long as an hour.
          const most = Math.floor(60 / count) - 1;
          const found = turns.map((isFound, index) => isFound || index % (most + 1) === 0);
          const quiet = Array.from({ length: Math.ceil(60 / count) + 1 }, () => false);
          expect(mails(statesOf(`rate(${count} minutes)`, [...found, ...quiet]))).toBe(2);
        },
      ),
    );
  });

  it('counts each sweep by itself where they lie more than an hour apart', () => {
    expect(alarmOf('rate(2 hours)')).toMatchObject({ Period: 7200, EvaluationPeriods: 1 });
    expect(alarmOf('rate(2 hours)')).not.toHaveProperty('DatapointsToAlarm');
  });
});
