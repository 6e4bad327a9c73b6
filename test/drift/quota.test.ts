import { quotaWarnings } from '../../lib/drift/quota.ts';
import { policyOf, route, table, vpc } from '../support/fixtures.ts';

const local = vpc('vpc-a', ['10.1.0.0/16']);
const policy = policyOf({ guardrails: { routesPerTable: 10, peeringsPerVpc: 50, quotaHeadroom: 5 } });
const ipv4 = (count: number) =>
  Array.from({ length: count }, (_, index) => route(`10.${64 + index}.0.0/16`, 'pcx-1'));
const ipv6 = (count: number) =>
  Array.from({ length: count }, (_, index) => route(`2001:db8:${index + 1}::/56`, 'pcx-1'));

function warned(
  routes: readonly ReturnType<typeof route>[],
  peerings: ReadonlyMap<string, number> = new Map(),
) {
  return quotaWarnings([table('rtb-1', local, routes)], peerings, policy).map(
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

  it('counts a prefix list in both families, because a route does not say of which it is', () => {
    const list = route('pl-0123456789abcdef0', 'pcx-1');
    expect(warned([...ipv4(5), ...ipv6(5), list])).toEqual(['rtb-1 6/10', 'rtb-1 6/10']);
  });

  it('counts active peerings of each VPC, and says what to do', () => {
    const peerings = new Map([
      ['vpc-b', 45],
      ['vpc-a', 46],
    ]);
    expect(warned([], peerings)).toEqual(['vpc-a 46/50']);
    expect(quotaWarnings([], peerings, policy)[0]?.sentence).toContain('Have the quota raised');
  });
});
