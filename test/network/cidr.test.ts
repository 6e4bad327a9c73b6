import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import {
  type AddressFamily,
  addressIn,
  type Cidr,
  CidrError,
  commonBlock,
  compareCidrs,
  contains,
  intersect,
  middleOf,
  overlaps,
  parseAddress,
  parseCidr,
  subtract,
} from '../../lib/network/cidr.ts';
import { anyText } from '../support/any-text.ts';
import { runs } from '../support/runs.ts';

const BITS = { ipv4: 32, ipv6: 128 } as const;

interface Generated {
  readonly family: AddressFamily;
  readonly value: bigint;
  readonly prefix: number;
}

/** Dotted or colon text of a value, in a plain form that is not canonical for IPv6. */
function longText(family: AddressFamily, value: bigint): string {
  if (family === 'ipv4') {
    return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  }
  const hex = value.toString(16).padStart(32, '0');
  return (hex.match(/.{4}/g) ?? []).join(':');
}

const networks: fc.Arbitrary<Generated> = fc
  .constantFrom<AddressFamily>('ipv4', 'ipv6')
  .chain((family) =>
    fc.record({
      family: fc.constant(family),
      // Few distinct bits, so that blocks meet often and IPv6 has runs of zeros.
      value: fc.oneof(
        fc.bigInt(0n, (1n << BigInt(BITS[family])) - 1n),
        fc
          .tuple(fc.bigInt(0n, 15n), fc.integer({ min: 0, max: BITS[family] - 4 }))
          .map(([bits, shift]) => bits << BigInt(shift)),
      ),
      prefix: fc.integer({ min: 0, max: BITS[family] }),
    }),
  )
  .map(({ family, value, prefix }) => {
    const host = BigInt(BITS[family] - prefix);
    return { family, value: (value >> host) << host, prefix };
  });

const cidrs = networks.map(({ family, value, prefix }) => parseCidr(`${longText(family, value)}/${prefix}`));

function reference(cidr: Cidr): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return ipaddr.parseCIDR(cidr.text);
}

/** Containment as ipaddr.js sees it. */
function referenceContains(outer: Cidr, inner: Cidr): boolean {
  const [address, prefix] = reference(inner);
  const [network, length] = reference(outer);
  if (address.kind() !== network.kind() || prefix < length) {
    return false;
  }
  return address instanceof ipaddr.IPv4 && network instanceof ipaddr.IPv4
    ? address.match(network, length)
    : address instanceof ipaddr.IPv6 && network instanceof ipaddr.IPv6 && address.match(network, length);
}

function errorOf(call: () => unknown): CidrError {
  try {
    call();
  } catch (error) {
    if (error instanceof CidrError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected a CidrError');
}

describe('parseCidr', () => {
  it.each([
    ['10.1.0.0/16', '10.1.0.0/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001/128', '2001:db8::1/128'],
    ['::/0', '::/0'],
    ['::1/128', '::1/128'],
    ['1::/16', '1::/16'],
    ['2001:db8:0:1:0:0:0:0/64', '2001:db8:0:1::/64'],
    ['2001:0:0:1:0:0:0:1/128', '2001:0:0:1::1/128'],
    ['2001:db8:0:1:1:1:1:1/128', '2001:db8:0:1:1:1:1:1/128'],
    ['1:0:0:2:0:0:3:4/128', '1::2:0:0:3:4/128'],
    ['64:ff9b::192.0.2.33/128', '64:ff9b::c000:221/128'],
    ['1:2:3:4:5:6:1.2.3.4/128', '1:2:3:4:5:6:102:304/128'],
  ])('reads %s and writes %s', (text, canonical) => {
    expect(parseCidr(text).text).toBe(canonical);
  });

  it.each([
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['10.0.0.1', '10.0.0.1/32'],
    ['2001:DB8::1', '2001:db8::1/128'],
  ])('refuses %s and suggests %s', (text, suggestion) => {
    const error = errorOf(() => parseCidr(text));
    expect(error.suggestion).toBe(suggestion);
    expect(error.message).toContain(`did you mean ${suggestion}?`);
    expect(error.input).toBe(text);
  });

  it.each([
    '',
    ' ',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '/8',
    '010.0.0.0/8',
    '10.0.0.00/8',
    '0x0a.0.0.0/8',
    '10.0.0/8',
    '10/8',
    '10.0.0.0.0/8',
    '10..0.0/8',
    '256.0.0.0/8',
    '10.0.0.0 /8',
    ' 10.0.0.0/8',
    '10.0.0.0/8\n',
    '١٠.0.0.0/8',
    '::/129',
    ':::/0',
    ':/0',
    '1:2:3:4:5:6:7/112',
    '1:2:3:4:5:6:7:8:9/128',
    '1:2:3:4:5:6:7::8/128',
    '1::2::3/128',
    '1:2:3:4:5:6:7:8:/128',
    ':1:2:3:4:5:6:7:8/128',
    '1:2:3:4:5:6:7:/112',
    '12345::/16',
    'g::/16',
    '::1.2.3/128',
    '::1.2.3.4.5/128',
    '1.2.3.4::/16',
    '::1.2.3.4:5/128',
    '1:2:3:4:5:6:7:1.2.3.4/128',
    'fe80::1%eth0/64',
    'pl-12345678',
    '9'.repeat(1000),
    '1a.0.0.0/8',
    '1-.0.0.0/8',
    '-1.0.0.0/8',
    '1..0.0.0/8',
    '10.0.0.0/1a',
    '10.0.0.0/1-',
    '0255.0.0.0/8',
    '1;2:3:4:5:6:7:8/128',
    '1:2:3:4:5:6:7;8/128',
    '1:2:3:4:5:6:7:8./128',
    '1:2:3:4:5:6:7:g/128',
    '::g/128',
    '1::2:/128',
    '1:2:3:4:5:6:7:8::/128',
    '::1:2:3:4:5:6:7:8/128',
  ])('refuses %j', (text) => {
    expect(() => parseCidr(text)).toThrow(CidrError);
  });

  it.each([
    ['1:2:3:4:5:6:7::/112', '1:2:3:4:5:6:7:0/112'],
    ['::2:3:4:5:6:7:8/128', '0:2:3:4:5:6:7:8/128'],
  ])('writes a single zero group out: %s', (text, canonical) => {
    expect(parseCidr(text).text).toBe(canonical);
  });

  it('says what is wrong in words', () => {
    expect(errorOf(() => parseCidr('010.0.0.0/8')).message).toContain('leading zero');
    expect(errorOf(() => parseCidr('10.0.0.0/33')).message).toContain('from 0 to 32');
    expect(errorOf(() => parseCidr('10.0.0.0/8 ')).message).toContain('white space');
    expect(errorOf(() => parseCidr('fe80::1%eth0/64')).message).toContain('zone id');
  });

  it.each([
    ['', '"" is empty where an address block was expected'],
    ['10.0.0.0/8 ', '"10.0.0.0/8 " contains white space'],
    ['9'.repeat(50), `"${'9'.repeat(50)}" is too long for an address block`],
    ['9'.repeat(60), `"${'9'.repeat(60)}" is too long for an address block`],
    ['9'.repeat(61), `"${'9'.repeat(60)}..." is too long for an address block`],
    [
      '9'.repeat(49),
      `"${'9'.repeat(49)}" is not an IPv4 address: that is four numbers from 0 to 255 with dots between them`,
    ],
    [
      '10.0.0/8',
      '"10.0.0/8" is not an IPv4 address: that is four numbers from 0 to 255 with dots between them',
    ],
    ['10.012.0.0/16', '"10.012.0.0/16" has a number with a leading zero, which some programs read as octal'],
    ['1:2/16', '"1:2/16" is not an IPv6 address'],
    ['fe80::1%eth0/64', '"fe80::1%eth0/64" has a zone id, which means nothing outside one host'],
    ['10.0.0.0', '"10.0.0.0" has no prefix length; did you mean 10.0.0.0/32?'],
    ['10.0.0.0/33', '"10.0.0.0/33" needs a prefix length from 0 to 32 after the slash, as IPv4 has 32 bits'],
    ['::/129', '"::/129" needs a prefix length from 0 to 128 after the slash, as IPv6 has 128 bits'],
    ['10.0.0.1/8', '"10.0.0.1/8" has bits set behind its prefix length of 8; did you mean 10.0.0.0/8?'],
    [
      '1٠.0.0.0/8',
      '"1?.0.0.0/8" is not an IPv4 address: that is four numbers from 0 to 255 with dots between them',
    ],
  ])('says of %j what is wrong', (text, message) => {
    const error = errorOf(() => parseCidr(text));
    expect(error.message).toBe(message);
    expect(error.name).toBe('CidrError');
    expect(error.suggestion !== undefined).toBe(message.includes('did you mean'));
  });

  it.each([
    [null, '"null" is the type of a value that should be text'],
    [undefined, '"undefined" is the type of a value that should be text'],
    [['10.0.0.0/8'], '"object" is the type of a value that should be text'],
  ])('says of %j that it is no text', (input, message) => {
    expect(errorOf(() => (parseCidr as (input: unknown) => Cidr)(input)).message).toBe(message);
  });

  it('reads the longest text there is', () => {
    const text = '0000:0000:0000:0000:0000:0000:255.255.255.255/128';
    expect(text).toHaveLength(49);
    expect(parseCidr(text).text).toBe('::ffff:ffff/128');
  });

  it('agrees with ipaddr.js on first address, last address and canonical text', () => {
    fc.assert(
      fc.property(networks, ({ family, value, prefix }) => {
        const cidr = parseCidr(`${longText(family, value)}/${prefix}`);
        const [address] = ipaddr.parseCIDR(`${longText(family, value)}/${prefix}`);
        const canonical = address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
        expect(cidr.text).toBe(`${canonical}/${prefix}`);
        const host = BigInt(BITS[family] - prefix);
        expect([cidr.first, cidr.last].map(BigInt)).toEqual([value, value + (1n << host) - 1n]);
        expect(typeof cidr.first).toBe(family === 'ipv4' ? 'number' : 'bigint');
        expect(parseCidr(cidr.text)).toEqual(cidr);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('answers any input with a CIDR or a CidrError, and never reads what ipaddr.js does not', () => {
    const texts = fc.oneof(
      anyText({ maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefF.:/% '), maxLength: 50 }),
      fc.string({
        unit: fc.constantFrom('::', ':', '0', '1', 'ffff', '.', '/', '64', '1.2.3.4'),
        maxLength: 20,
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const cidr = parseCidr(text);
          expect(ipaddr.isValidCIDR(text)).toBe(true);
          expect(cidr.text).toBe(parseCidr(cidr.text).text);
        } catch (error) {
          expect(error).toBeInstanceOf(CidrError);
        }
      }),
      { numRuns: runs(1500) },
    );
  });

  it('refuses what is no text at all, as data from outside may be', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        // Whatever a JSON document holds where a CIDR should be.
        const parse = parseCidr as (input: unknown) => Cidr;
        try {
          expect(typeof parse(input).text).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(CidrError);
        }
      }),
    );
  });
});

describe('parseAddress', () => {
  it('agrees with ipaddr.js', () => {
    fc.assert(
      fc.property(networks, ({ family, value }) => {
        const address = parseAddress(longText(family, value));
        const expected = ipaddr.parse(longText(family, value));
        expect(BigInt(address.value)).toBe(value);
        expect(address.text).toBe(
          expected instanceof ipaddr.IPv6 ? expected.toRFC5952String() : expected.toString(),
        );
      }),
    );
  });

  it('takes no block', () => {
    expect(() => parseAddress('10.0.0.0/8')).toThrow(CidrError);
  });
});

describe('comparing blocks', () => {
  it('agrees with ipaddr.js on containment, overlap and intersection', () => {
    fc.assert(
      fc.property(cidrs, cidrs, (a, b) => {
        const inner = referenceContains(a, b);
        const outer = referenceContains(b, a);
        expect(contains(a, b)).toBe(inner);
        expect(overlaps(a, b)).toBe(inner || outer);
        expect(intersect(a, b)?.text).toBe(inner ? b.text : outer ? a.text : undefined);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('contains itself, and nothing of the other family', () => {
    expect(contains(parseCidr('10.0.0.0/8'), parseCidr('10.0.0.0/8'))).toBe(true);
    expect(contains(parseCidr('::/0'), parseCidr('10.0.0.0/8'))).toBe(false);
    expect(overlaps(parseCidr('0.0.0.0/0'), parseCidr('::/0'))).toBe(false);
    expect(commonBlock(parseCidr('0.0.0.0/0'), parseCidr('::/0'))).toBeUndefined();
  });

  it('finds that blocks of one address overlap themselves only', () => {
    const [one, next] = [parseCidr('10.0.0.1/32'), parseCidr('10.0.0.2/32')];
    expect([overlaps(one, one), overlaps(one, next), overlaps(next, one)]).toEqual([true, false, false]);
    expect(intersect(parseCidr('10.0.0.0/31'), one)).toBe(one);
    expect(intersect(one, parseCidr('10.0.0.0/31'))).toBe(one);
    expect(intersect(one, parseCidr('10.0.0.1/32'))).toBe(one);
  });

  it('sorts by family, address and width, the same from any order', () => {
    const sorted = ['10.0.0.0/8', '10.0.0.0/16', '10.1.0.0/16', '192.168.0.0/16', '::/0', '2001:db8::/32'];
    fc.assert(
      fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
        expect(
          shuffled
            .map(parseCidr)
            .sort(compareCidrs)
            .map(({ text }) => text),
        ).toEqual(sorted);
      }),
    );
  });

  it('counts addresses from the first of a block, and stays in it', () => {
    fc.assert(
      fc.property(cidrs, fc.nat({ max: 300 }), (block, offset) => {
        const { family, value, text } = addressIn(block, offset);
        const isInside = BigInt(offset) < BigInt(block.last) - BigInt(block.first) + 1n;
        expect(parseAddress(text)).toEqual({ family, value, text });
        expect(BigInt(value)).toBe(BigInt(block.first) + (isInside ? BigInt(offset) : 0n));
      }),
    );
  });

  it('finds the narrowest block that contains both', () => {
    fc.assert(
      fc.property(cidrs, cidrs, (a, b) => {
        const common = commonBlock(a, b);
        fc.pre(common !== undefined);
        expect(contains(common, a) && contains(common, b)).toBe(true);
        if (common.prefix < Math.min(a.prefix, b.prefix)) {
          const middle = middleOf(common);
          expect(BigInt(middle) * 2n).toBe(BigInt(common.first) + BigInt(common.last) + 1n);
          expect(a.first < middle).not.toBe(b.first < middle);
        }
      }),
    );
  });
});

describe('subtract', () => {
  it('leaves out what is excluded, in the fewest blocks', () => {
    expect(
      subtract(parseCidr('10.0.0.0/8'), [parseCidr('10.64.0.0/10'), parseCidr('10.1.0.0/16')]).map(
        ({ text }) => text,
      ),
    ).toEqual([
      '10.0.0.0/16',
      '10.2.0.0/15',
      '10.4.0.0/14',
      '10.8.0.0/13',
      '10.16.0.0/12',
      '10.32.0.0/11',
      '10.128.0.0/9',
    ]);
  });

  it('leaves nothing of a block inside a hole, and everything of one without holes', () => {
    const block = parseCidr('2001:db8::/56');
    expect(subtract(block, [parseCidr('2001:db8::/32')])).toEqual([]);
    expect(subtract(block, [parseCidr('0.0.0.0/0'), parseCidr('2001:db9::/32')])).toEqual([block]);
  });

  it('covers exactly the rest, disjoint, sorted, and no two blocks can be joined', () => {
    // Close together, so that holes nest, repeat and touch.
    const near = (family: AddressFamily, from: bigint, prefix: number) =>
      fc
        .tuple(fc.integer({ min: prefix - 2, max: prefix + 6 }), fc.bigInt(0n, 63n))
        .map(([length, index]) => {
          const host = BigInt(BITS[family] - length);
          const value = ((from + (index << BigInt(BITS[family] - prefix - 6))) >> host) << host;
          return parseCidr(`${longText(family, value)}/${length}`);
        });
    const cases = fc.oneof(
      fc.record({
        from: fc.constant(parseCidr('10.8.0.0/16')),
        holes: fc.array(near('ipv4', BigInt(parseCidr('10.8.0.0/16').first), 16), { maxLength: 12 }),
      }),
      fc.record({
        from: fc.constant(parseCidr('2001:db8:0:ff00::/56')),
        holes: fc.array(near('ipv6', BigInt(parseCidr('2001:db8:0:ff00::/56').first), 56), { maxLength: 12 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ from, holes }) => {
        const rest = subtract(from, holes);
        const size = ({ first, last }: Cidr) => BigInt(last) - BigInt(first) + 1n;
        for (const [index, block] of rest.entries()) {
          expect(contains(from, block)).toBe(true);
          expect(holes.some((hole) => overlaps(hole, block))).toBe(false);
          const previous = rest[index - 1];
          expect(previous === undefined || previous.last < block.first).toBe(true);
          if (previous !== undefined) {
            const joined = commonBlock(previous, block);
            expect(joined && size(joined)).not.toBe(size(previous) + size(block));
          }
        }
        const removed = holes
          .map((hole) => intersect(from, hole))
          .filter((hole) => hole !== undefined)
          .filter((hole, index, all) =>
            all.every(
              (other, at) => !contains(other, hole) || (contains(hole, other) ? at >= index : at === index),
            ),
          );
        const total = [...rest, ...removed].reduce((sum, block) => sum + size(block), 0n);
        expect(total).toBe(size(from));
      }),
      { numRuns: runs(1000) },
    );
  });
});
