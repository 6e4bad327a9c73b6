import fc from 'fast-check';
import { runs } from '../support/runs.ts';

/** Runs of the tests can be compared with one another: a property fails for what was changed, not for what was drawn. */

function drawn(): number[] {
  const numbers: number[] = [];
  fc.check(
    fc.property(fc.nat(), (number) => {
      numbers.push(number);
    }),
    { numRuns: runs(20) },
  );
  return numbers;
}

it('a property that sets no seed gets the same examples each time', () => {
  expect(drawn()).toEqual(drawn());
  expect(new Set(drawn()).size).toBeGreaterThan(1);
});
