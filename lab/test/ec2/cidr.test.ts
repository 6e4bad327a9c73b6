import fc from 'fast-check';
import { contains, exactBlock, networkOf, overlaps } from '../../ec2/cidr.ts';

const block = (text: string) => {
  const found = networkOf(text);
  if (found === undefined) throw new Error(`${text} is no block`);
  return found;
};

describe('a CIDR block', () => {
  it.each([
    ['10.1.2.3/16', '10.1.0.0/16'],
    ['10.1.0.0/16', '10.1.0.0/16'],
    ['2001:DB8::1/56', '2001:db8::/56'],
    ['2001:db8:0:0:0:0:0:0/56', '2001:db8::/56'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
  ])('%s means %s', (text, network) => {
    expect(networkOf(text)?.text).toBe(network);
  });

  it.each([
    '10.1.0.0',
    '10.1.0.0/33',
    '010.1.0.0/16',
    '10.1/16',
    '10.1.0.0/016',
    'pl-1',
    '',
    '::1%eth0/64',
    '1.2.3.4/-1',
  ])('%s is none', (text) => {
    expect(networkOf(text)).toBeUndefined();
    expect(exactBlock(text)).toBeUndefined();
  });

  it('is exact only without bits behind its prefix', () => {
    expect(exactBlock('10.1.2.3/16')).toBeUndefined();
    expect(exactBlock('10.1.0.0/16')?.text).toBe('10.1.0.0/16');
    expect(exactBlock('2001:db8::1/56')).toBeUndefined();
    expect(exactBlock('2001:DB8:0::/56')?.text).toBe('2001:db8::/56');
  });

  it('contains and overlaps as its addresses do', () => {
    const any = fc.tuple(fc.nat(0xffffffff), fc.integer({ min: 0, max: 32 })).map(([value, prefix]) => {
      const size = 2 ** (32 - prefix);
      const first = Math.floor(value / size) * size;
      const text = `${[24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join('.')}/${prefix}`;
      return { cidr: block(text), first, last: first + size - 1 };
    });
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(contains(a.cidr, b.cidr)).toBe(a.first <= b.first && b.last <= a.last);
        expect(overlaps(a.cidr, b.cidr)).toBe(a.first <= b.last && b.first <= a.last);
      }),
    );
    expect(contains(block('::/0'), block('10.0.0.0/8'))).toBe(false);
    expect(overlaps(block('::/0'), block('0.0.0.0/0'))).toBe(false);
  });
});
