import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { intervalSeconds } from '../../lib/policy/interval.ts';
import { alarms } from '../../resources/alarms.ts';
import { policyOf } from '../support/fixtures.ts';
import { playedAlarm } from '../support/played-alarm.ts';

/** ConnectivityLost, played in time with the counts that checks and sweeps publish, for every pair of rates that a policy may have. */

interface Rates {
  readonly sweep: string;
  readonly connectivity: string;
  readonly periods: number;
}

function alarmOf({ sweep, connectivity, periods }: Rates, mode = 'enforce'): MetricAlarm {
  const policy = policyOf({ mode, schedules: { sweep, connectivity }, connectivity: { periods } });
  return alarms({ policy, stage: 'prod' }).ConnectivityLostAlarm?.Properties as unknown as MetricAlarm;
}

/** Lost in so many checks that people are told, and no check since. @returns when the last one was. */
function lostAt({ stateAt }: ReturnType<typeof playedAlarm>, { connectivity, periods }: Rates): number {
  const interval = intervalSeconds(connectivity);
  for (let check = 1; check <= periods; check += 1) {
    stateAt(check * interval, 1);
  }
  return periods * interval;
}

const rate = fc
  .oneof(
    fc.tuple(fc.integer({ min: 1, max: 1500 }), fc.constant('minute')),
    fc.tuple(fc.integer({ min: 1, max: 200 }), fc.constant('hour')),
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constant('day')),
  )
  .map(([count, unit]) => `rate(${count} ${unit}${count === 1 ? '' : 's'})`);

const rates: fc.Arbitrary<Rates> = fc.record({
  sweep: rate,
  connectivity: rate,
  periods: fc.integer({ min: 1, max: 6 }),
});

describe('the alarm of lost pings', () => {
  it('is on once as many checks in a row have lost them as the policy says', () => {
    fc.assert(
      fc.property(rates, (given) => {
        const alarm = playedAlarm(alarmOf(given));
        expect(alarm.stateAt(lostAt(alarm, given))).toBe('ALARM');
      }),
    );
  });

  it('ends in a state that is true however long after the first check it was made, as checks count for an hour after that', () => {
    fc.assert(
      fc.property(
        rates,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 1),
        (given, share, lost) => {
          const alarm = playedAlarm(alarmOf(given), 'INSUFFICIENT_DATA');
          const interval = intervalSeconds(given.connectivity);
          // `sayNothingLost` counts for an hour, and for two checks at least; a loss counts while it lasts.
          const counting = lost === 1 ? (given.periods + 1) * interval : Math.max(3600, 2 * interval);
          const made = share * interval;
          for (let at = 0; at < counting + interval; at += interval) {
            if (at >= made) alarm.stateAt(at, lost);
          }
          expect(alarm.stateAt(counting + interval)).toBe(lost === 1 ? 'ALARM' : 'OK');
        },
      ),
    );
  });

  it('stays on while no check runs, however rare the sweeps are that remember the loss', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 12 }), (given, looks) => {
        const alarm = playedAlarm(alarmOf(given));
        const from = lostAt(alarm, given);
        const sweep = intervalSeconds(given.sweep);
        const states = Array.from({ length: looks }, (_, index) => [
          alarm.stateAt(from + index * sweep + sweep / 2),
          alarm.stateAt(from + (index + 1) * sweep, 1),
        ]);
        expect(new Set(states.flat())).toEqual(new Set(['ALARM']));
      }),
    );
  });

  it('is over by the second check that finds nothing lost', () => {
    fc.assert(
      fc.property(rates, fc.nat({ max: 1_000_000 }), (given, silentFor) => {
        const alarm = playedAlarm(alarmOf(given));
        const again = lostAt(alarm, given) + silentFor;
        alarm.stateAt(again, 0);
        expect(alarm.stateAt(again + intervalSeconds(given.connectivity), 0)).toBe('OK');
      }),
    );
  });

  it('takes silence for fine where the policy only observes, as no check says anything then', () => {
    const given = { sweep: 'rate(5 minutes)', connectivity: 'rate(5 minutes)', periods: 3 };
    const alarm = playedAlarm(alarmOf(given));
    const from = lostAt(alarm, given);
    const observing = playedAlarm(alarmOf(given, 'observe'));
    expect([alarm.stateAt(from + 3600), observing.stateAt(from + 3600)]).toEqual(['ALARM', 'OK']);
  });
});
