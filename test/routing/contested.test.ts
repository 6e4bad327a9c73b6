import { isContested, type RepairHistory, recordRepairs, repairKey } from '../../lib/routing/contested.ts';

const ROUTE = { routeTableId: 'rtb-0123456789abcdef0', destination: '10.64.0.0/16' };
const OTHER = { routeTableId: 'rtb-0123456789abcdef0', destination: '2001:db8::/56' };

const NO_REPAIRS: RepairHistory = { repairs: new Map() };

function at(minutes: number): Date {
  return new Date(Date.UTC(2026, 0, 31, 12, minutes));
}

function repairedAt(...minutes: number[]): RepairHistory {
  return minutes.reduce((history, minute) => recordRepairs(history, [ROUTE], at(minute)), NO_REPAIRS);
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
    expect(isContested(NO_REPAIRS, ROUTE, at(0))).toBe(false);
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
});
