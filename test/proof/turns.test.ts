import { everything, ROTATION_DAYS, turnOf } from '../../proof/turns.ts';

describe('what takes turns', () => {
  const items = Array.from({ length: 23 }, (_, index) => index);
  const day = (nth: number) => new Date(Date.UTC(2026, 10, 28 + nth, 23 * (nth % 2)));

  it('has one in as many days as are said, each as often, and another one the next day', () => {
    const days = Array.from({ length: ROTATION_DAYS }, (_, nth) => turnOf(day(nth))(items));
    expect(days.flat().sort((a, b) => a - b)).toEqual(items);
    for (const one of days) expect(Math.abs(one.length - items.length / ROTATION_DAYS)).toBeLessThan(1);
    expect(turnOf(day(ROTATION_DAYS))(items)).toEqual(days[0]);
  });

  it('is all there where all is asked for', () => {
    expect(everything(items)).toEqual(items);
  });
});
