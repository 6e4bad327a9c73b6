import { echo, routeFor } from '../../network/deliver.ts';
import {
  aclEntry,
  groupRule,
  hostIn,
  type NetworkSettings,
  networkOf,
  OPEN_ACL,
  routesBetween,
  routeTo,
} from '../../testing/networks.ts';

const B = '10.2.1.10';
const B6 = 'fd00:2::10';

/** `answered`, or where the packet was lost. */
function ping(parts: NetworkSettings, destination = B, from = 'i-a'): string {
  const outcome = echo(networkOf(parts), from, destination);
  if (outcome.answered) {
    return 'answered';
  }
  return outcome.direction === 'none' ? 'not sent' : `${outcome.direction} lost at ${outcome.at}`;
}

describe('an echo request across a peering', () => {
  it.each([B, B6])('to %s is answered when all is open', (address) => {
    expect(echo(networkOf(), 'i-a', address)).toMatchObject({
      answered: true,
      host: { instanceId: 'i-b' },
      peeringIds: ['pcx-ab'],
    });
  });

  it.each<[string, NetworkSettings, string]>([
    ['the source is stopped', { a: { state: 'stopped' } }, 'request lost at source-state'],
    ['the target is stopped', { b: { state: 'stopped' } }, 'request lost at destination-state'],
    ["the source's group lets nothing out", { a: { egress: [] } }, 'request lost at source-group'],
    [
      "the source's group lets only TCP out",
      { a: { egress: [groupRule({ protocol: 'tcp', type: 0, code: 65535, cidrs: ['0.0.0.0/0'] })] } },
      'request lost at source-group',
    ],
    [
      'the ACL lets nothing out',
      { a: { acl: OPEN_ACL.filter((e) => !e.egress) } },
      'request lost at source-acl',
    ],
    ['no route leads there', { a: { routes: [] } }, 'request lost at route'],
    [
      'the route leads to a transit gateway',
      { a: { routes: [routeTo('10.2.0.0/16', 'tgw-1')] } },
      'request lost at route',
    ],
    [
      'a longer prefix leads elsewhere',
      { a: { routes: [...routesBetween('pcx-ab', 'b'), routeTo('10.2.1.0/24', 'nat-1')] } },
      'request lost at route',
    ],
    ['the peering is pending', { peerings: { 'pcx-ab': 'pending-acceptance' } }, 'request lost at peering'],
    ['the peering is deleted', { peerings: { 'pcx-ab': 'deleted' } }, 'request lost at peering'],
    [
      'the peering is unknown',
      { a: { routes: [routeTo('10.2.0.0/16', 'pcx-gone')] } },
      'request lost at peering',
    ],
    [
      'the peering is between two other VPCs',
      { a: { routes: [routeTo('10.2.0.0/16', 'pcx-bc')] } },
      'request lost at peering',
    ],
    ['the peer VPC has no such CIDR', { b: { cidrs: ['10.99.0.0/16'] } }, 'request lost at peering'],
    ['nothing has the address', { b: { addresses: ['10.2.1.11'] } }, 'request lost at destination'],
    [
      "the peer's ACL lets nothing in",
      { b: { acl: OPEN_ACL.filter((e) => e.egress) } },
      'request lost at destination-acl',
    ],
    ["the target's group lets nothing in", { b: { ingress: [] } }, 'request lost at destination-group'],
    [
      "the target's group lets in echo answers only",
      { b: { ingress: [groupRule({ protocol: 'icmp', type: 0, code: -1, cidrs: ['0.0.0.0/0'] })] } },
      'request lost at destination-group',
    ],
    [
      "the peer's ACL lets no answer out",
      { b: { acl: OPEN_ACL.filter((e) => !e.egress) } },
      'answer lost at source-acl',
    ],
    [
      'the own ACL lets in echo requests, which the answer is not',
      { a: { acl: [...OPEN_ACL.filter((e) => e.egress), aclEntry({ protocol: '1', type: 8, code: 0 })] } },
      'answer lost at destination-acl',
    ],
    ['no route leads back', { b: { routes: routesBetween('pcx-bc', 'c') } }, 'answer lost at route'],
    [
      'the route back leads to another peering',
      { b: { routes: [routeTo('10.1.0.0/16', 'pcx-bc')] } },
      'answer lost at peering',
    ],
  ])('is lost when %s', (_, parts, where) => {
    expect(ping(parts)).toBe(where);
  });

  it.each<[string, NetworkSettings]>([
    ['the groups say nothing of answers', { a: { ingress: [] }, b: { egress: [] } }],
    [
      'only the types in question are open',
      {
        b: {
          ingress: [groupRule({ protocol: 'icmp', type: 8, code: 0, cidrs: ['10.1.0.0/16'] })],
          acl: [
            aclEntry({ protocol: '1', type: 8, code: -1, cidr: '10.1.0.0/16' }),
            aclEntry({ protocol: '1', type: 0, code: 0, egress: true, cidr: '10.1.0.0/16' }),
          ],
        },
      },
    ],
    ['the group names the group of the source', { b: { ingress: [groupRule({ groupIds: ['sg-a'] })] } }],
    ['the group out names the group of the target', { a: { egress: [groupRule({ groupIds: ['sg-b'] })] } }],
    [
      'a default route and a longer one to the peering are both there',
      { a: { routes: [routeTo('0.0.0.0/0', 'igw-1'), routeTo('10.2.1.10/32', 'pcx-ab')] } },
    ],
  ])('is answered when %s', (_, parts) => {
    expect(ping(parts)).toBe('answered');
  });

  it('knows group references across Regions for what they are: nothing', () => {
    const ingress = [groupRule({ groupIds: ['sg-a'] })];

    expect(ping({ b: { ingress, region: 'eu-west-1' } })).toBe('request lost at destination-group');
  });

  it('keeps IPv4 and IPv6 apart in groups, ACLs and routes', () => {
    const onlyIpv4 = {
      b: { ingress: [groupRule({ protocol: 'icmp', type: -1, code: -1, cidrs: ['0.0.0.0/0'] })] },
    };
    const onlyIpv6 = { a: { routes: [routeTo('fd00:2::/56', 'pcx-ab')] } };

    expect([ping(onlyIpv4, B), ping(onlyIpv4, B6)]).toEqual([
      'answered',
      'request lost at destination-group',
    ]);
    expect([ping(onlyIpv6, B), ping(onlyIpv6, B6)]).toEqual(['request lost at route', 'answered']);
    expect(
      ping(
        { b: { ingress: [groupRule({ protocol: '58', type: 128, code: 0, cidrs: ['fd00:1::/56'] })] } },
        B6,
      ),
    ).toBe('answered');
  });

  it('is not sent from an instance without an address of that family', () => {
    expect(ping({ a: { addresses: ['10.1.1.10'] } }, B6)).toBe('not sent');
    expect(ping({}, 'not-an-address')).toBe('not sent');
  });

  it('reaches an IPv6 address however it is written', () => {
    expect(ping({}, 'FD00:0002:0:0:0::10')).toBe('answered');
  });
});

describe('peering is not transitive', () => {
  it('so a route to C through the peering with B loses the packet', () => {
    const routes = [...routesBetween('pcx-ab', 'b'), ...routesBetween('pcx-ab', 'c')];

    expect(echo(networkOf({ a: { routes } }), 'i-a', '10.3.1.10')).toEqual({
      answered: false,
      direction: 'request',
      at: 'peering',
      detail: '10.3.1.10 is not in vpc-b, the other end of pcx-ab',
    });
  });
});

describe('inside one VPC', () => {
  const neighbour = hostIn('a', { instanceId: 'i-a2', addresses: ['10.1.1.20'] });

  it('instances of one subnet meet groups, and neither ACLs nor routes', () => {
    expect(ping({ a: { acl: [], routes: [] }, more: [neighbour] }, '10.1.1.20')).toBe('answered');
    expect(ping({ a: { ingress: [] }, more: [neighbour] }, '10.1.1.20')).toBe(
      'request lost at destination-group',
    );
  });

  it('an instance answers itself, whatever the groups say', () => {
    expect(ping({ a: { ingress: [], egress: [] } }, '10.1.1.10')).toBe('answered');
  });
});

describe('VPCs that share a range', () => {
  it('do not take the answer for each other', () => {
    // C has A's range, and B routes that range to C: A's request arrives, its answer goes to C.
    const parts: NetworkSettings = {
      b: { routes: [routeTo('10.1.0.0/16', 'pcx-bc')] },
      c: { cidrs: ['10.1.0.0/16'], addresses: ['10.1.1.10'] },
    };

    expect(ping(parts)).toBe('answer lost at destination-group');
  });
});

describe('routeFor', () => {
  it('takes the longest prefix, then static before prefix list before propagated', () => {
    const routes = [
      routeTo('10.0.0.0/8', 'a'),
      routeTo('10.2.0.0/16', 'b', 'propagated'),
      routeTo('10.2.0.0/16', 'c', 'prefix-list'),
      routeTo('10.2.0.0/16', 'd'),
      routeTo('::/0', 'e'),
    ];
    const target = (address: string, among = routes) => routeFor(among, address)?.target;

    expect(target('10.2.1.1')).toEqual({ kind: 'other', id: 'd' });
    expect(target('10.2.1.1', routes.slice(0, 3))).toEqual({ kind: 'other', id: 'c' });
    expect(target('10.3.1.1')).toEqual({ kind: 'other', id: 'a' });
    expect(target('fd00::1')).toEqual({ kind: 'other', id: 'e' });
    expect(target('11.0.0.1')).toBeUndefined();
  });
});

describe('network ACLs', () => {
  it('are decided by the lowest number that fits', () => {
    const deny = (number: number) => aclEntry({ number, allow: false, cidr: '10.1.0.0/16' });
    const withEntry = (number: number) => ({ b: { acl: [...OPEN_ACL, deny(number)] } });

    expect(ping(withEntry(99))).toBe('request lost at destination-acl');
    expect(ping(withEntry(101))).toBe('answered');
  });
});
