import fc from 'fast-check';
import {
  decodeHistory,
  EMPTY_HISTORY,
  encodeHistory,
  isContested,
  MAX_HISTORY_LENGTH,
  type RepairHistory,
  recordRepairs,
  repairKey,
} from '../../lib/routing/contested.ts';

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

  it('is one that was repaired three times in exactly an hour', () => {
    expect(isContested(repairedAt(0, 30, 60), ROUTE, at(60))).toBe(true);
  });

  it('is not one that was repaired twice, however short ago', () => {
    expect(isContested(repairedAt(0, 0), ROUTE, at(0))).toBe(false);
    expect(isContested(EMPTY_HISTORY, ROUTE, at(0))).toBe(false);
  });

  it('is one whatever happened before its last three repairs', () => {
    expect(isContested(repairedAt(0, 50, 55, 60, 100), ROUTE, at(101))).toBe(true);
    expect(isContested(repairedAt(0, 45, 62, 104), ROUTE, at(105))).toBe(true);
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
    expect([...recordRepairs(repairedAt(0), [OTHER], at(60)).repairs.keys()]).toEqual([repairKey(OTHER)]);
    expect(recordRepairs(repairedAt(0), [OTHER], at(59)).repairs.size).toBe(2);
  });

  it('keeps the last three repairs of a route', () => {
    expect(repairedAt(0, 1, 2, 3).repairs.get(repairKey(ROUTE))).toEqual(
      [1, 2, 3].map((minute) => at(minute).getTime() / 1000),
    );
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

  it('writes routes with the most repairs first, then the latest, then by name', () => {
    const named = (name: string) => ({ routeTableId: `rtb-${name}`, destination: '10.0.0.0/8' });
    const rounds = [
      { minute: 0, names: ['f1', 'b2', 'a3'] },
      { minute: 1, names: ['f1', 'b2', 'a3'] },
      { minute: 2, names: ['f1'] },
      { minute: 3, names: ['e4', 'c6', 'd5'] },
      { minute: 4, names: ['e5', 'f6'] },
      { minute: 5, names: ['a7'] },
      { minute: 6, names: ['a0'] },
    ];
    const history = rounds.reduce(
      (sofar, { minute, names }) => recordRepairs(sofar, names.map(named), at(minute)),
      EMPTY_HISTORY,
    );
    const order = ['f1', 'a3', 'b2', 'a0', 'a7', 'e5', 'f6', 'c6', 'd5', 'e4'];
    expect(
      encodeHistory(history)
        .text.match(/rtb-\w\w/g)
        ?.map((id) => id.slice(4)),
    ).toEqual(order);
  });

  it('fills the room to the last character, and skips no route that comes before one it writes', () => {
    const long = { routeTableId: 'rtb-0123456789abcdef0', destination: '10.64.128.0/24' };
    const history = recordRepairs(recordRepairs(EMPTY_HISTORY, [ROUTE], at(0)), [long, OTHER], at(1));
    const { text } = encodeHistory(history);
    expect(encodeHistory(history, text.length)).toEqual({ text, dropped: 0 });
    expect(encodeHistory(history, text.length - 1)).toEqual({
      text: text.slice(0, text.lastIndexOf(' ')),
      dropped: 1,
    });
    // The first route is the longest: the others would fit without it.
    expect(encodeHistory(history, 44)).toEqual({ text: '1', dropped: 3 });
  });

  it('is read whatever white space surrounds and separates its entries', () => {
    const { text } = encodeHistory(repairedAt(0, 5));
    expect(decodeHistory(` \n${text.replace(' ', ' \t ')}\n`)).toEqual({ history: repairedAt(0, 5) });
    expect(decodeHistory(' \n')).toEqual({ history: EMPTY_HISTORY });
  });

  it('says what it cannot read', () => {
    expect(decodeHistory('2 rtb-1=10.0.0.0/8@1')).toEqual({
      history: EMPTY_HISTORY,
      problem: 'The repair history is in a format that this version does not know; it starts anew.',
    });
    for (const damaged of ['rtb-1=10.0.0.0/8@', '@1', 'xrtb-1=10.0.0.0/8@1', 'rtb-1=10.0.0.0/8@1+1+1+1']) {
      expect(decodeHistory(`1 ${damaged} rtb-2=10.0.0.0/8@a`)).toEqual({
        history: { repairs: new Map([['rtb-2=10.0.0.0/8', [10]]]) },
        problem: '1 of 2 entries of the repair history are unreadable and left out.',
      });
    }
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
