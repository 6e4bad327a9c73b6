import { didYouMean } from '../../lib/policy/did-you-mean.ts';

describe('the word that was probably meant', () => {
  it.each([
    ['tag_prefix', 'tagPrefix'],
    ['Tag-Prefix', 'tagPrefix'],
    ['tagPerfix', 'tagPrefix'],
    ['atgPrefix', 'tagPrefix'],
    ['tagPrefxi', 'tagPrefix'],
    ['tagPrfix', 'tagPrefix'],
    ['ttagPrefix', 'tagPrefix'],
    ['tagPrexxx', 'tagPrefix'],
    ['tagPyyyyy', undefined],
    ['regoins', 'regions'],
    ['gerions', 'regions'],
    ['ergiosn', 'regions'],
    ['rules', 'rules'],
    ['ruels', 'rules'],
    ['urels', undefined],
    ['sleur', undefined],
    ['xules', 'rules'],
    ['mdoe', 'mode'],
    ['mdeo', undefined],
    ['', undefined],
    ['toaccounts', 'accounts'],
  ])('is, for %j, %j', (text, word) => {
    expect(didYouMean(text, ['mode', 'rules', 'regions', 'tagPrefix', 'accounts'])).toBe(word);
  });

  it('is the nearest of several, and the first of those that are as near', () => {
    expect(didYouMean('accoutns', ['accountTags', 'accounts', 'account'])).toBe('accounts');
    expect(didYouMean('hodl', ['hole', 'hold', 'held'])).toBe('hold');
    expect(didYouMean('cidrx', ['cidrs', 'cidra'])).toBe('cidrs');
  });

  it('is none of a long text', () => {
    const word = 'a'.repeat(64);
    expect(didYouMean(word, [word])).toBe(word);
    expect(didYouMean(`${word}a`, [word])).toBeUndefined();
  });
});
