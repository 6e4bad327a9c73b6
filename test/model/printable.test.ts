import fc from 'fast-check';
import { printable } from '../../lib/model/printable.ts';
import { anyText } from '../support/any-text.ts';
import { runs } from '../support/runs.ts';

describe('printable', () => {
  it('leaves ordinary text alone, in any script', () => {
    expect(printable('prod-01 Größe 東京 🙂', 100)).toBe('prod-01 Größe 東京 🙂');
  });

  it.each([
    ['a line break', 'a\nb', 'a\\u{a}b'],
    ['a terminal escape', '\u001b[2J', '\\u{1b}[2J'],
    ['a control of the second set', '\u0085', '\\u{85}'],
    ['a change of writing direction', 'a\u202eb', 'a\\u{202e}b'],
    ['a character of no width', 'a\u200bb', 'a\\u{200b}b'],
    ['a line separator', '\u2028', '\\u{2028}'],
    ['half a character', 'a\ud800b', 'a\\u{d800}b'],
  ])('shows %s as an escape', (_, text, shown) => {
    expect(printable(text, 100)).toBe(shown);
  });

  it('cuts long text and says so', () => {
    expect(printable('abcdefghij', 10)).toBe('abcdefghij');
    expect(printable('abcdefghijk', 10)).toBe('abcdefg...');
    expect(printable('abcdef🙂🙂🙂', 10)).toBe('abcdef...');
    expect(printable('東京東京東', 5)).toBe('東京東京東');
    expect(printable('東京東京東京', 5)).toBe('東京...');
    expect(printable('abcdefg🙂', 9)).toBe('abcdefg🙂');
    expect(printable('🙂abcdefghi', 10)).toBe('🙂abcde...');
    expect(printable('abc', 0)).toBe('');
  });

  it('never exceeds its length or lets anything unprintable through', () => {
    fc.assert(
      fc.property(anyText(), fc.nat(40), (text, max) => {
        const shown = printable(text, max);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
      { numRuns: runs(1000) },
    );
  });
});
