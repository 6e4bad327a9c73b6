import type { PrefixList } from '../../lib/model/prefix-list.ts';
import { quotaWarnings } from '../../lib/routing/quota.ts';
import { policyOf, prefixList, route, table, vpc } from '../support/fixtures.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const policy = policyOf({ guardrails: { routesPerTable: 10, peeringsPerVpc: 50, quotaHeadroom: 5 } });
const ipv4 = (count: number) =>
  Array.from({ length: count }, (_, index) => route(`10.${64 + index}.0.0/16`, 'pcx-1'));
const ipv6 = (count: number) =>
  Array.from({ length: count }, (_, index) => route(`2001:db8:${index + 1}::/56`, 'pcx-1'));

function warned(
  routes: readonly ReturnType<typeof route>[],
  peerings: ReadonlyMap<string, number> = new Map(),
  prefixLists: readonly PrefixList[] = [],
) {
  const lists = new Map(prefixLists.map((list) => [list.prefixListId, list]));
  return quotaWarnings([table('rtb-1', local, routes)], peerings, policy, lists).map(
    ({ resource, used, quota }) => `${resource} ${used}/${quota}`,
  );
}

describe('the warning of a quota that is nearly used up', () => {
  it('comes when fewer than the headroom are left, not before', () => {
    expect(warned(ipv4(5))).toEqual([]);
    expect(warned(ipv4(6))).toEqual(['rtb-1 6/10']);
  });

  it('counts IPv4 and IPv6 apart, and neither local nor propagated routes', () => {
    expect(warned([...ipv4(5), ...ipv6(5)])).toEqual([]);
    expect(warned([...ipv4(5), ...ipv6(6)])).toEqual(['rtb-1 6/10']);
    const propagated = (['EnableVgwRoutePropagation', 'Advertisement'] as const).flatMap((origin) =>
      ipv4(9).map((each) => ({
        ...each,
        target: { kind: 'virtual-private-gateway' as const, id: 'vgw-1' },
        origin,
      })),
    );
    expect(warned(propagated)).toEqual([]);
  });

  it('counts a prefix list that nobody could read in both families, because a route does not say of which it is', () => {
    const list = route('pl-0123456789abcdef0', 'pcx-1');
    expect(warned([...ipv4(5), ...ipv6(5), list])).toEqual(['rtb-1 6/10', 'rtb-1 6/10']);
    const unread = prefixList('pl-0123456789abcdef0', undefined, { maxEntries: 3 });
    expect(warned([...ipv4(5), ...ipv6(5), list], new Map(), [unread])).toEqual(['rtb-1 8/10', 'rtb-1 8/10']);
  });

  it.each([
    ['its maximum', ['10.0.0.0/24'], { maxEntries: 4 }, ['rtb-1 9/10']],
    ['its maximum in its own family', ['2001:db8::/56'], { maxEntries: 4 }, ['rtb-1 9/10']],
    ['its maximum, however few it holds', [], { maxEntries: 4 }, ['rtb-1 9/10', 'rtb-1 9/10']],
    [
      'what it holds where it has no maximum',
      ['10.0.0.0/24', '10.0.1.0/24'],
      { maxEntries: undefined },
      ['rtb-1 7/10'],
    ],
  ])('counts a prefix list with %s', (_, cidrs, { maxEntries }, expected) => {
    const list = {
      prefixListId: 'pl-1',
      name: 'list',
      owner: 'customer' as const,
      cidrs,
      ...(maxEntries === undefined ? {} : { maxEntries }),
    };
    expect(warned([...ipv4(5), ...ipv6(5), route('pl-1', 'tgw-1')], new Map(), [list])).toEqual(expected);
  });

  it('counts active peerings of each VPC, and says what to do', () => {
    const peerings = new Map([
      ['vpc-b', 45],
      ['vpc-a', 46],
    ]);
    expect(warned([], peerings)).toEqual(['vpc-a 46/50']);
    expect(quotaWarnings([], peerings, policy, new Map())[0]?.sentence).toBe(
      'vpc-a has 46 of 50 active peerings, fewer than 5 left. Have the quota raised, set guardrails.peeringsPerVpc to it and deploy; or remove some.',
    );
  });

  it('names the family of the routes', () => {
    const full = table('rtb-1', local, [...ipv4(6), ...ipv6(7)]);
    expect(quotaWarnings([full], new Map(), policy, new Map()).map(({ sentence }) => sentence)).toEqual([
      'rtb-1 has 6 of 10 IPv4 routes, fewer than 5 left. Have the quota raised, set guardrails.routesPerTable to it and deploy; or remove some.',
      'rtb-1 has 7 of 10 IPv6 routes, fewer than 5 left. Have the quota raised, set guardrails.routesPerTable to it and deploy; or remove some.',
    ]);
  });

  it('names VPCs in the order of their ids', () => {
    const peerings = new Map(['vpc-b', 'vpc-d', 'vpc-a', 'vpc-c'].map((vpcId) => [vpcId, 50]));
    expect(warned([], peerings)).toEqual(['vpc-a 50/50', 'vpc-b 50/50', 'vpc-c 50/50', 'vpc-d 50/50']);
  });
});
