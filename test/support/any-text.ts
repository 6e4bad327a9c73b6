import fc from 'fast-check';

/** UTF-16 keeps these for halves of pairs: they are no characters. */
const SURROGATES = { first: 0xd800, amount: 0x800 };
const CODE_POINTS = 0x110000;

const anyCharacter = fc.nat({ max: CODE_POINTS - SURROGATES.amount - 1 }).map(
  (index) => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.amount),
  (value) => {
    const point = typeof value === 'string' ? value.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== value) {
      throw new Error('It is no single character.');
    }
    return point < SURROGATES.first ? point : point - SURROGATES.amount;
  },
);

/**
 * Any text: what `fc.string({ unit: 'binary' })` gives, which for each file that asks first makes a table of all 1,112,064
 * characters, and takes a second for it.
 */
export function anyText(constraints: Omit<fc.StringConstraints, 'unit'> = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: anyCharacter });
}
