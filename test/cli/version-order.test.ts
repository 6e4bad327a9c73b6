import fc from 'fast-check';
import { isOlder } from '../../cli/release/version-order.ts';

/** Which of two versions is the older one. */

/** From the oldest on, as the specification of semantic versioning lists them. */
const IN_ORDER = [
  '0.0.9',
  '0.1.0',
  '0.9.0',
  '0.10.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '2.0.0',
  '10.0.0',
];

it('is told of each two of a list', () => {
  fc.assert(
    fc.property(fc.nat(IN_ORDER.length - 1), fc.nat(IN_ORDER.length - 1), (a, b) => {
      expect(isOlder(IN_ORDER[a], IN_ORDER[b])).toBe(a < b);
    }),
  );
});

it.each([
  [undefined, '1.0.0'],
  ['0.1.0', undefined],
  ['not built', '1.0.0'],
  ['1.0', '1.0.1'],
  ['1.0.0+a', '1.0.0+b'],
])('is not said of %s and %s', (a, b) => {
  expect(isOlder(a, b)).toBe(false);
});
