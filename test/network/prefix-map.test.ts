import fc from 'fast-check';
import { type Cidr, compareCidrs, contains, parseAddress, parseCidr } from '../../lib/network/cidr.ts';
import { PrefixMap } from '../../lib/network/prefix-map.ts';
import { runs } from '../support/runs.ts';

/** Blocks that nest, touch and repeat. */
const blocks: fc.Arbitrary<Cidr> = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 32 })).map(([bits, prefix]) => {
    const value = (0x0a000000 | (bits << 12) | bits) >>> 0;
    const network = prefix === 0 ? 0 : ((value >>> (32 - prefix)) << (32 - prefix)) >>> 0;
    return parseCidr(
      `${network >>> 24}.${(network >>> 16) & 255}.${(network >>> 8) & 255}.${network & 255}/${prefix}`,
    );
  }),
  fc.tuple(fc.integer({ min: 0, max: 15 }), fc.constantFrom(0, 16, 32, 48, 64, 128)).map(([bits, prefix]) => {
    const groups = ['2001', `db${bits.toString(16)}`, `${bits}`, '0', '0', '0', '0', '1'].map(
      (group, index) => (index * 16 < prefix ? group : '0'),
    );
    return parseCidr(`${groups.join(':')}/${prefix}`);
  }),
);

function texts(entries: readonly { readonly cidr: Cidr }[]): string[] {
  return entries.map(({ cidr }) => cidr.text);
}

describe('PrefixMap', () => {
  it('finds the longest prefix, as routing does', () => {
    const map = new PrefixMap<string>()
      .set(parseCidr('0.0.0.0/0'), 'default')
      .set(parseCidr('10.0.0.0/8'), 'wide')
      .set(parseCidr('10.1.0.0/16'), 'narrow');
    expect(map.longestMatch(parseAddress('10.1.2.3'))?.value).toBe('narrow');
    expect(map.longestMatch(parseAddress('10.2.2.3'))?.value).toBe('wide');
    expect(map.longestMatch(parseCidr('10.0.0.0/9'))?.value).toBe('wide');
    expect(map.longestMatch(parseAddress('192.0.2.1'))?.value).toBe('default');
    expect(map.longestMatch(parseAddress('2001:db8::1'))).toBeUndefined();
  });

  it('keeps one value per block: the last one set', () => {
    const map = new PrefixMap<number>();
    map.set(parseCidr('10.0.0.0/8'), 1).set(parseCidr('10.0.0.0/8'), 2);
    expect(map.size).toBe(1);
    expect(map.get(parseCidr('10.0.0.0/8'))).toBe(2);
    expect(map.get(parseCidr('10.0.0.0/9'))).toBeUndefined();
  });

  it('holds undefined and false as values like any other', () => {
    const map = new PrefixMap<false | undefined>();
    map.set(parseCidr('10.0.0.0/8'), undefined).set(parseCidr('10.0.0.0/16'), false);
    expect(texts(map.covering(parseAddress('10.0.0.1')))).toEqual(['10.0.0.0/8', '10.0.0.0/16']);
  });

  it('answers every lookup as a scan of all blocks does', () => {
    fc.assert(
      fc.property(fc.array(blocks, { maxLength: 40 }), blocks, (set, key) => {
        const map = new PrefixMap<string>();
        for (const cidr of set) {
          map.set(cidr, cidr.text);
        }
        const distinct = [...new Map(set.map((cidr) => [cidr.text, cidr])).values()].sort(compareCidrs);
        const covering = distinct.filter((cidr) => contains(cidr, key));
        expect(map.size).toBe(distinct.length);
        expect(texts(map.covering(key))).toEqual(texts(covering.map((cidr) => ({ cidr }))));
        expect(map.longestMatch(key)?.value).toBe(covering.at(-1)?.text);
        expect(map.get(key)).toBe(distinct.find(({ text }) => text === key.text)?.text);
        expect(texts(map.within(key))).toEqual(
          distinct.filter((cidr) => contains(key, cidr)).map(({ text }) => text),
        );
        const address = { family: key.family, value: key.last, text: '' };
        expect(texts(map.covering(address))).toEqual(
          distinct
            .filter(
              ({ family, first, last }) => family === key.family && first <= key.last && key.last <= last,
            )
            .map(({ text }) => text),
        );
      }),
      { numRuns: runs(1000) },
    );
  });
});
