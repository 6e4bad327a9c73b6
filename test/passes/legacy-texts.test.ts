import fc from 'fast-check';
import { readHistoryText, readToldText } from '../../lib/passes/legacy-texts.ts';
import { repairKey } from '../../lib/routing/contested.ts';
import { anyText } from '../support/any-text.ts';
import { historyText } from '../support/legacy-texts.ts';

describe('the text of what was told', () => {
  it('is read whatever white space surrounds and separates its entries', () => {
    const seen = new Map([
      ['aa', 36],
      ['bb', 72],
      ['zz', 1],
    ]);
    expect(readToldText(' 1 bb@20  aa@10\nzz@1 ')).toEqual({ seen });
    expect(readToldText('1+ bb@20 aa@10 zz@1')).toEqual({ seen, full: true });
    expect(readToldText('1')).toEqual({ seen: new Map() });
  });

  it.each([
    '',
    '2 aa@10',
    '1 aa',
    '1 aa@',
    '1 @10',
    '1 aaaaaaaa@10',
    '1 aa@123456789',
    '1 xaa@1 x-aa@1'.slice(0, 2),
    '1 -aa@10 aa@10-',
  ])('counts as nothing told where it cannot be read: %p', (text) => {
    expect(readToldText(text)).toEqual({ seen: new Map() });
  });
});

describe('the text of repairs', () => {
  const TIMES = new Map([['rtb-0123456789abcdef0=10.64.0.0/16', [1_769_860_800, 1_769_861_100]]]);

  it('is read as it was written, whatever it holds', () => {
    const key = fc
      .record({
        routeTableId: fc.nat({ max: 99 }).map((number) => `rtb-${number.toString(16).padStart(17, '0')}`),
        destination: fc.constantFrom('10.64.0.0/16', '10.65.0.0/24', '2001:db8::/56', '::/0'),
      })
      .map(repairKey);
    const times = fc
      .array(fc.nat({ max: 4_000_000_000 }), { minLength: 1, maxLength: 3 })
      .map((unsorted) => unsorted.sort((a, b) => a - b));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, times), { maxLength: 60 }).map((entries) => new Map(entries)),
        (repairs) => {
          expect(readHistoryText(historyText(repairs))).toEqual(repairs);
        },
      ),
    );
  });

  it('is read whatever white space surrounds and separates its entries', () => {
    const text = '1 rtb-0123456789abcdef0=10.64.0.0/16@t9q9c0+8c';
    expect(historyText(TIMES)).toBe(text);
    expect(readHistoryText(` \n${text.replace(' ', ' \t ')}\n`)).toEqual(TIMES);
    expect(readHistoryText(' \n')).toEqual(new Map());
  });

  it('is read without what is damaged', () => {
    expect(readHistoryText('2 rtb-1=10.0.0.0/8@1')).toEqual(new Map());
    expect(readHistoryText('9 future')).toEqual(new Map());
    for (const damaged of [
      'rubbish',
      'rtb-1=10.0.0.0/8@!',
      'rtb-1=10.0.0.0/8@',
      '@1',
      'xrtb-1=10.0.0.0/8@1',
      'rtb-1=10.0.0.0/8@1+1+1+1',
    ]) {
      expect(readHistoryText(`1 ${damaged} rtb-2=10.0.0.0/8@a`)).toEqual(
        new Map([['rtb-2=10.0.0.0/8', [10]]]),
      );
    }
  });

  it('never makes it throw, whatever it is', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(readHistoryText(text)).toBeInstanceOf(Map);
        expect(readHistoryText(`1 ${text}`)).toBeInstanceOf(Map);
      }),
    );
  });
});
