import fc from 'fast-check';
import { csvOf } from '../../cli/formats.ts';
import { anyText } from '../support/any-text.ts';

/** What `-o csv` writes. */

const cell = (value: string | number) => csvOf(['name'], [{ name: value }]).slice('name\r\n'.length, -2);

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠SUM(A1)'])(
  'makes %j harmless: text of others is no formula',
  (text) => {
    expect(cell(text).replace(/^"/, '')).toMatch(/^'/);
  },
);

it('leaves no cell of text that begins as a formula does, whatever the text is', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      expect(cell(text)).not.toMatch(/^"?[=+\-@\t\r\n＝＋－＠]/);
    }),
  );
});

it('leaves numbers and other text as they are', () => {
  expect([cell(-1), cell('pcx-1'), cell('a=b'), cell('a,b')]).toEqual(['-1', 'pcx-1', 'a=b', '"a,b"']);
});
