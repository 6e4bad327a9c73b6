import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { Traffic } from '../../lib/connectivity/traffic.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import { peering, route, vpc } from '../support/fixtures.ts';
import { instance, mainTable, network, subnet, tables, VPC_A, VPC_B } from './networks.ts';

const DNS: Traffic = { protocol: 'udp', port: 53 };
const CLOSED = { securityGroups: [], networkAcls: [] };

function asked(target: string, traffic: Traffic, parts: Partial<NetworkSnapshot> = {}, source = 'i-a') {
  return diagnose(network(parts), source, target, { traffic });
}

describe('what Amazon answers on the host of an instance', () => {
  it.each<[string, Traffic, string]>([
    ['10.1.0.2', DNS, 'DNS'],
    ['10.1.0.2', { protocol: 'tcp', port: 53 }, 'DNS'],
    ['169.254.169.253', DNS, 'DNS'],
    ['fd00:ec2::253', DNS, 'DNS'],
    ['169.254.169.254', { protocol: 'tcp', port: 80 }, 'metadata'],
    ['fd00:ec2::254', { protocol: 'tcp', port: 80 }, 'metadata'],
    ['169.254.169.123', { protocol: 'udp', port: 123 }, 'Time'],
    ['fd00:ec2::123', { protocol: 'udp', port: 123 }, 'Time'],
  ])('%s is reached, whatever routes, groups and network ACLs say', (target, traffic, name) => {
    const { reachable, summary, hops } = asked(target, traffic, { ...CLOSED, routeTables: [] });
    expect(reachable).toBe(true);
    expect(summary).toContain(name);
    expect(summary).toContain('nothing of it goes through a peering');
    expect(hops.map(({ name: hop }) => hop)).toEqual(['source', 'target']);
  });

  it.each([[[subnet(VPC_A, 0)]], [[]]])('the resolver is there in a subnet or in none', (subnets) => {
    expect(asked('10.1.0.2', DNS, { subnets: [subnet(VPC_A, 1), ...subnets] }).reachable).toBe(true);
  });

  it('the resolver lies in the primary block of a VPC, and in no other', () => {
    const wide = vpc('vpc-a', ['10.1.0.0/16', '10.8.0.0/16']);
    const parts = { vpcs: [wide, VPC_B], routeTables: [mainTable(wide, [])] };
    expect(asked('10.1.0.2', DNS, parts).reachable).toBe(true);
    expect(asked('10.8.0.2', DNS, parts).reachable).toBe(false);
  });

  it('is not said to answer what it is not there for', () => {
    const { reachable, summary } = asked('169.254.169.254', { protocol: 'tcp', port: 443 });
    expect(reachable).toBe('not-visible');
    expect(summary).toContain('which is there for TCP port 80');
  });

  it('is reached by an instance that runs only', () => {
    const stopped = instance('i-a', VPC_A, 1, 13, { state: 'stopped' });
    const { reachable, firstFailure } = asked('169.254.169.253', DNS, { instances: [stopped] });
    expect(reachable).toBe(false);
    expect(firstFailure?.hop).toBe('source');
  });

  it('has IPv4 addresses for an instance of IPv6 alone, too', () => {
    const instances = [instance('i-a', VPC_A, 1, 13, { ipv4Addresses: [] })];
    expect(asked('169.254.169.253', DNS, { instances }).reachable).toBe(true);
  });
});

describe('the resolver of a peer', () => {
  it.each([
    ['routed', network()],
    ['not routed', network({ routeTables: tables({ a: [] }) })],
    [
      'in an account that was not read',
      network({
        vpcs: [VPC_A],
        subnets: [subnet(VPC_A, 1)],
        instances: [instance('i-a', VPC_A, 1, 13)],
        peerings: [peering('pcx-ab', VPC_A, VPC_B)],
        routeTables: [mainTable(VPC_A, [route('10.2.0.0/16', 'pcx-ab')])],
      }),
    ],
  ])('is not reached by a peering: %s', (_, snapshot) => {
    const { reachable, summary } = diagnose(snapshot, 'i-a', '10.2.0.2', { traffic: DNS });
    expect(reachable).toBe(false);
    expect(summary).toContain('10.2.0.2 is the Amazon DNS resolver of vpc-b');
    expect(summary).toContain('10.1.0.2 or 169.254.169.253');
    expect(summary).not.toContain('Add a route');
  });
});
