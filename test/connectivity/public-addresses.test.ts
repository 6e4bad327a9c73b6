import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import type { Peering } from '../../lib/model/peering.ts';
import type { RouteTargetKind } from '../../lib/model/route-table.ts';
import { peering, route, vpc } from '../support/fixtures.ts';
import {
  ANYTHING,
  instance,
  mainTable,
  network,
  networkAcl,
  OPEN_ENTRIES,
  peerings,
  securityGroup,
  tables,
  VPC_A,
  VPC_B,
} from './networks.ts';

const HTTPS = { protocol: 'tcp', port: 443 } as const;
const OPEN: Partial<NetworkSnapshot> = {
  securityGroups: [VPC_A, VPC_B].map((each) => securityGroup(each, { ingress: [ANYTHING] })),
  networkAcls: [VPC_A, VPC_B].map((each) => networkAcl(each, OPEN_ENTRIES)),
};

function leading(destination: string, kind: RouteTargetKind, id: string) {
  return { ...route(destination, id), target: { kind, id } };
}

function bothTo(kind: RouteTargetKind, id: string, peers: readonly Peering[] = peerings()) {
  const routes = [leading('::/0', kind, id)];
  return { ...OPEN, peerings: peers, routeTables: tables({ a: routes, b: routes }) };
}

describe('an IPv6 address of a peer that the source has by the internet', () => {
  it.each<[RouteTargetKind, string]>([
    ['internet-gateway', 'igw-1'],
    ['egress-only-internet-gateway', 'eigw-1'],
  ])('is not said to be out of reach by an %s, but to be reached by no peering', (kind, id) => {
    const { reachable, summary, hops } = diagnose(network(bothTo(kind, id)), 'i-a', '2001:db8:2:1::139', {
      traffic: HTTPS,
    });
    expect(reachable).toBe('not-visible');
    expect(summary).toContain(`it goes by ${id} over the internet, and not by pcx-ab`);
    expect(hops.at(-1)).toMatchObject({ name: 'route-table', direction: 'there', status: 'not-visible' });
  });

  it('is said so, too, where nothing connects the two VPCs', () => {
    const parts = bothTo('internet-gateway', 'igw-1', []);
    const { reachable, summary } = diagnose(network(parts), 'i-a', 'i-b', { traffic: HTTPS, family: 'ipv6' });
    expect(reachable).toBe('not-visible');
    expect(summary).toContain('over the internet, and by no peering');
    expect(summary).not.toContain('Peer vpc-a with');
  });

  it('is still stopped by the filters of the source', () => {
    const parts = {
      ...bothTo('internet-gateway', 'igw-1'),
      networkAcls: [networkAcl(VPC_A, [])],
    };
    expect(diagnose(network(parts), 'i-a', 'i-b', { traffic: HTTPS, family: 'ipv6' })).toMatchObject({
      reachable: false,
      firstFailure: { hop: 'network-acl-out' },
    });
  });

  it('is not reached by the peering, for whoever asks about that', () => {
    const parts = bothTo('internet-gateway', 'igw-1');
    const ofPeering = diagnose(network(parts), 'i-a', 'pcx-ab', { traffic: HTTPS, family: 'ipv6' });
    expect(ofPeering).toMatchObject({ reachable: false, firstFailure: { hop: 'route-table' } });
    const ofPing = diagnose(network(parts), 'i-a', '2001:db8:2:1::139', { by: 'peering' });
    expect(ofPing).toMatchObject({ reachable: false, firstFailure: { hop: 'route-table' } });
  });

  it('is out of reach by a gateway that is gone, or where the address is a private one', () => {
    const routes = [{ ...leading('::/0', 'internet-gateway', 'igw-1'), state: 'blackhole' as const }];
    const gone = { ...OPEN, routeTables: tables({ a: routes, b: routes }) };
    expect(diagnose(network(gone), 'i-a', 'i-b', { family: 'ipv6' }).reachable).toBe(false);

    const local = vpc('vpc-b', ['10.2.0.0/16', 'fd12:3456:789a::/56']);
    const private6 = instance('i-b', VPC_B, 1, 139, { ipv6Addresses: ['fd12:3456:789a::139'] });
    const parts = {
      ...OPEN,
      vpcs: [VPC_A, local],
      instances: [instance('i-a', VPC_A, 1, 13), private6],
      peerings: [peering('pcx-ab', VPC_A, local)],
      routeTables: [mainTable(VPC_A, [leading('::/0', 'internet-gateway', 'igw-1')]), mainTable(local, [])],
    };
    expect(diagnose(network(parts), 'i-a', 'i-b', { family: 'ipv6' }).reachable).toBe(false);
  });
});

describe('a public IPv4 address', () => {
  it('goes by the internet gateway and through no peering', () => {
    const routes = [route('10.2.0.0/16', 'pcx-ab'), leading('0.0.0.0/0', 'internet-gateway', 'igw-1')];
    const { reachable, summary } = diagnose(
      network({ ...OPEN, routeTables: tables({ a: routes }) }),
      'i-a',
      '203.0.113.9',
      { traffic: HTTPS },
    );
    expect(reachable).toBe('not-visible');
    expect(summary).toContain('igw-1, so it goes through no peering');
  });

  it('in the range of a VPC is a private one', () => {
    const routes = [leading('0.0.0.0/0', 'internet-gateway', 'igw-1')];
    expect(
      diagnose(network({ ...OPEN, routeTables: tables({ a: routes }) }), 'i-a', 'i-b', { traffic: HTTPS }),
    ).toMatchObject({ reachable: false, firstFailure: { hop: 'route-table' } });
  });
});
