import { alike } from '../../cli/alike.ts';

/** How sentences that say the same of many things are folded. */

const of = (...texts: readonly string[]) => alike(texts, (text) => text);
const undecided = (number: number) =>
  `pcx-${String(number).padStart(17, '0')} cannot be decided for account ${String(number).padStart(12, '0')} (team-${number}) in 10.${number}.0.0/16 and ou-ab12-cdef345${number}.`;

it('shows few of a kind each on its own', () => {
  expect(of(undecided(1), undecided(2), undecided(3)).map(({ more }) => more)).toEqual([0, 0, 0]);
});

it('shows one of many, with how many more there are', () => {
  expect(of(...[1, 2, 3, 4, 5].map(undecided))).toEqual([{ first: undecided(1), more: 4 }]);
});

it('never folds what says something else, wherever it stands', () => {
  const other = `${undecided(6)} Its table is full.`;
  expect(of(undecided(1), undecided(2), other, undecided(3), undecided(4))).toEqual([
    { first: undecided(1), more: 3 },
    { first: other, more: 0 },
  ]);
  expect(of('a 1', 'a 2', 'a 3', 'a 4').map(({ more }) => more)).toEqual([0, 0, 0, 0]);
});
