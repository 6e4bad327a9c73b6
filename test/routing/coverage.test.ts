import fc from 'fast-check';
import { inCidr, parseAddress, parseCidr } from '../../lib/network/cidr.ts';
import {
  addressCount,
  coverageOf,
  isCovered,
  percentText,
  sharesOf,
  shareText,
} from '../../lib/routing/coverage.ts';
import { prefixList, route, table, vpc } from '../support/fixtures.ts';

const A = vpc('vpc-a', ['10.1.0.0/16']);
const REMOTE = ['10.2.0.0/16', '2001:db8:2::/56'].map(parseCidr);

function coverage(
  routes: readonly (readonly [string, string])[],
  lists: Parameters<typeof prefixList>[] = [],
) {
  const of = table(
    'rtb-1',
    A,
    routes.map(([destination, target]) => route(destination, target)),
  );
  const known = new Map(lists.map((given) => [given[0], prefixList(...given)]));
  return coverageOf(of, 'pcx-1', REMOTE, known);
}

function shares(...routes: (readonly [string, string])[]): string[] {
  const found = coverage(routes);
  return found.kind === 'known' ? sharesOf(REMOTE, found.routed).map(shareText) : [found.why];
}

describe('how much of the other VPC is routed', () => {
  it('is nothing without a route', () => {
    expect(shares(['0.0.0.0/0', 'nat-1'])).toEqual([
      '0 %, 0 of 65,536 IPv4 addresses',
      '0 %, 0 of 2^72 IPv6 addresses',
    ]);
  });

  it('is the addresses that the table leads to the peering, of each family', () => {
    expect(
      shares(['10.2.1.0/24', 'pcx-1'], ['10.2.2.0/24', 'pcx-1'], ['2001:db8:2:1::/64', 'pcx-1']),
    ).toEqual(['0.78 %, 512 of 65,536 IPv4 addresses', '0.39 %, 2^64 of 2^72 IPv6 addresses']);
  });

  it('counts a wider route only where the VPC is, and no address twice', () => {
    expect(shares(['10.0.0.0/8', 'pcx-1'], ['10.2.1.0/24', 'pcx-1'])[0]).toBe(
      '100 %, 65,536 of 65,536 IPv4 addresses',
    );
  });

  it('leaves out what a narrower route, or an entry of a prefix list, leads elsewhere', () => {
    expect(shares(['10.2.0.0/16', 'pcx-1'], ['10.2.128.0/17', 'tgw-1'], ['10.2.128.0/24', 'pcx-1'])[0]).toBe(
      '50.39 %, 33,024 of 65,536 IPv4 addresses',
    );
    const byList = coverage(
      [
        ['10.2.0.0/16', 'pcx-1'],
        ['pl-1', 'tgw-1'],
      ],
      [['pl-1', ['10.2.0.0/17']]],
    );
    expect(byList.kind === 'known' && byList.routed.map(({ text }) => text)).toEqual(['10.2.128.0/17']);
  });

  it('is not known where a prefix list could not be read', () => {
    expect(coverage([['pl-1', 'tgw-1']], [['pl-1', undefined]])).toEqual({
      kind: 'unknown',
      why: 'rtb-1 has a route to prefix list pl-1: not permitted',
    });
    expect(coverage([['pl-1', 'vpce-1']], [['pl-1', undefined, { owner: 'aws' }]]).kind).toBe('known');
  });

  it('never says none or all of what is nearly so', () => {
    expect(percentText({ all: 1n << 72n, routed: 1n })).toBe('<0.01 %');
    expect(percentText({ all: 1n << 72n, routed: (1n << 72n) - 1n })).toBe('>99.99 %');
    expect([0n, 1n << 72n].map((routed) => percentText({ all: 1n << 72n, routed }))).toEqual([
      '0 %',
      '100 %',
    ]);
    expect(addressCount((1n << 72n) - 1n)).toBe('4.7e+21');
  });

  it('is, address by address, what the longest prefix says', () => {
    const block = fc
      .tuple(fc.nat({ max: 63 }), fc.integer({ min: 26, max: 32 }))
      .map(([at, prefix]) => `10.2.0.${at - (at % 2 ** (32 - prefix))}/${prefix}`);
    const routes = fc.uniqueArray(fc.tuple(block, fc.constantFrom('pcx-1', 'pcx-1', 'tgw-1')), {
      selector: ([destination]) => destination,
      maxLength: 8,
    });
    const remote = ['10.2.0.0/27', '10.2.0.32/28'].map(parseCidr);
    fc.assert(
      fc.property(routes, (given) => {
        const of = table(
          'rtb-1',
          A,
          given.map(([destination, target]) => route(destination, target)),
        );
        const found = coverageOf(of, 'pcx-1', remote, new Map());
        const routed = found.kind === 'known' ? found.routed : [];
        let count = 0n;
        for (let at = 0; at < 64; at += 1) {
          const address = parseAddress(`10.2.0.${at}`);
          const [best] = given
            .map(([destination, target]) => ({ cidr: parseCidr(destination), target }))
            .filter(({ cidr }) => inCidr(cidr, address))
            .sort((a, b) => b.cidr.prefix - a.cidr.prefix);
          const isThere = best?.target === 'pcx-1' && remote.some((cidr) => inCidr(cidr, address));
          expect(routed.filter((each) => inCidr(each, address))).toHaveLength(isThere ? 1 : 0);
          if (isThere) count += 1n;
        }
        expect(sharesOf(remote, routed)).toEqual([{ family: 'ipv4', all: 48n, routed: count }]);
        expect(remote.every((cidr) => isCovered(cidr, routed))).toBe(count === 48n);
      }),
    );
  });
});
