import fc from 'fast-check';
import {
  decodeHistory,
  EMPTY_HISTORY,
  encodeHistory,
  isContested,
  MAX_HISTORY_LENGTH,
  type RepairHistory,
  recordRepairs,
} from '../../lib/drift/contested.ts';
import { permittedChanges } from '../../lib/drift/repair.ts';
import type { Change } from '../../lib/routing/types.ts';
import { REGION, route } from '../support/fixtures.ts';

const ROUTE = { routeTableId: 'rtb-0123456789abcdef0', destination: '10.64.0.0/16' };
const OTHER = { routeTableId: 'rtb-0123456789abcdef0', destination: '2001:db8::/56' };

function at(minutes: number): Date {
  return new Date(Date.UTC(2026, 0, 31, 12, minutes));
}

function repairedAt(...minutes: number[]): RepairHistory {
  return minutes.reduce((history, minute) => recordRepairs(history, [ROUTE], at(minute)), EMPTY_HISTORY);
}

describe('a contested route', () => {
  it('is one that was repaired three times within an hour', () => {
    expect(isContested(repairedAt(0, 5), ROUTE, at(10))).toBe(false);
    expect(isContested(repairedAt(0, 5, 10), ROUTE, at(15))).toBe(true);
    expect(isContested(repairedAt(0, 5, 10), OTHER, at(15))).toBe(false);
  });

  it('is not one that was repaired three times over a longer time', () => {
    expect(isContested(repairedAt(0, 30, 61), ROUTE, at(62))).toBe(false);
  });

  it('is repaired anew an hour after the last repair', () => {
    const history = repairedAt(0, 5, 10);
    expect(isContested(history, ROUTE, at(69))).toBe(true);
    expect(isContested(history, ROUTE, at(70))).toBe(false);
    expect(isContested(recordRepairs(history, [ROUTE], at(71)), ROUTE, at(72))).toBe(false);
  });
});

describe('the repair history', () => {
  it('forgets routes that have been quiet for an hour', () => {
    expect(recordRepairs(repairedAt(0), [OTHER], at(61)).repairs.size).toBe(1);
  });

  it('survives encoding, whatever it holds', () => {
    const destination = fc.constantFrom('10.64.0.0/16', '10.65.0.0/24', '2001:db8::/56', '::/0');
    const table = fc.nat({ max: 99 }).map((number) => `rtb-${number.toString(16).padStart(17, '0')}`);
    fc.assert(
      fc.property(
        fc.array(fc.record({ routeTableId: table, destination, minute: fc.nat({ max: 90 }) }), {
          maxLength: 60,
        }),
        (repairs) => {
          const history = [...repairs]
            .sort((a, b) => a.minute - b.minute)
            .reduce((sofar, repair) => recordRepairs(sofar, [repair], at(repair.minute)), EMPTY_HISTORY);
          const { text, dropped } = encodeHistory(history);
          expect(dropped).toBe(0);
          expect(text).toMatch(/^[A-Za-z0-9 _.:/=+@-]+$/);
          expect(decodeHistory(text)).toEqual({ history });
        },
      ),
    );
  });

  it('drops the routes with the fewest repairs when there is no room', () => {
    const many = Array.from({ length: 200 }, (_, index) => ({
      ...ROUTE,
      destination: `10.64.${index}.0/24`,
    }));
    const history = recordRepairs(repairedAt(0, 5), many, at(10));
    const { text, dropped } = encodeHistory(recordRepairs(history, [ROUTE], at(11)));
    expect(text.length).toBeLessThanOrEqual(MAX_HISTORY_LENGTH);
    expect(dropped).toBeGreaterThan(0);
    expect(isContested(decodeHistory(text).history, ROUTE, at(12))).toBe(true);
  });

  it('reads what it can of damaged text and says what it left out', () => {
    const { text } = encodeHistory(repairedAt(0));
    const decoded = decodeHistory(`${text} rubbish rtb-1=10.0.0.0/8@!`);
    expect(decoded.history).toEqual(repairedAt(0));
    expect(decoded.problem).toContain('2 of 3 entries');
    expect(decodeHistory('')).toEqual({ history: EMPTY_HISTORY });
    expect(decodeHistory('9 future').history).toEqual(EMPTY_HISTORY);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeHistory(text).history.repairs).toBeInstanceOf(Map);
        expect(decodeHistory(`1 ${text}`).history.repairs).toBeInstanceOf(Map);
      }),
    );
  });
});

describe('permittedChanges', () => {
  const create: Change = {
    action: 'create',
    region: REGION,
    ...ROUTE,
    peeringId: 'pcx-1',
    rule: 'peers',
    reason: 'wanted.',
    mends: 'missing',
  };
  const { rule: _, ...unruled } = create;
  const stale: Change = {
    ...unruled,
    action: 'delete',
    destination: '10.99.0.0/16',
    mends: 'stale',
    seen: route('10.99.0.0/16', 'pcx-1', { state: 'blackhole' }),
  };
  const { mends: __, ...fresh } = { ...create, destination: '10.65.0.0/16' };
  const calm = { repair: true, history: EMPTY_HISTORY, now: at(15) };

  it('lets everything through when nothing is contested', () => {
    expect(permittedChanges([create, fresh, stale], calm)).toEqual({
      changes: [create, fresh, stale],
      withheld: [],
      findings: [],
    });
  });

  it('withholds repairs when the policy does not repair, and goes on with new work and clean-up', () => {
    const { changes, withheld } = permittedChanges([create, fresh, stale], { ...calm, repair: false });
    expect(changes).toEqual([fresh, stale]);
    expect(withheld).toEqual([create]);
  });

  it('withholds the repair of a contested route and says so', () => {
    const result = permittedChanges([create, fresh], { ...calm, history: repairedAt(0, 5, 10) });
    expect(result.changes).toEqual([fresh]);
    expect(result.withheld).toEqual([create]);
    expect(result.findings).toEqual([
      expect.objectContaining({ kind: 'contested', ...ROUTE, peeringId: 'pcx-1', repairable: false }),
    ]);
  });

  it('withholds a delete whose addresses a withheld create was to take over', () => {
    const narrow = route('10.64.3.0/24', 'pcx-1');
    const gap: Change = {
      ...create,
      action: 'delete',
      destination: '10.64.3.0/24',
      mends: 'unexpected',
      seen: narrow,
    };
    const { withheld } = permittedChanges([create, gap], { ...calm, history: repairedAt(0, 5, 10) });
    expect(withheld).toEqual([create, gap]);
  });

  it('lets a blackhole go all the same, because it carries no traffic', () => {
    const inside: Change = {
      ...stale,
      destination: '10.64.3.0/24',
      seen: route('10.64.3.0/24', 'pcx-1', { state: 'blackhole' }),
    };
    const { changes } = permittedChanges([create, inside], { ...calm, history: repairedAt(0, 5, 10) });
    expect(changes).toEqual([inside]);
  });
});
