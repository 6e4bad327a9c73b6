import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import type { RouteTable } from '../../lib/model/route-table.ts';
import { PEER, peering, route, vpc } from '../support/fixtures.ts';
import { mainTable, network, peerings, subnet, tables, VPC_A, VPC_B, VPC_C } from './networks.ts';

/** Addresses that are in no VPC, in no subnet, or in the ranges of two peers: what a peering does not carry. */

function failureOf(parts: Partial<NetworkSnapshot>, target: string) {
  const { reachable, firstFailure } = diagnose(network(parts), 'i-a', target);
  expect(reachable).toBe(false);
  return firstFailure;
}

/** The table of vpc-a leads everything to the peering, that of vpc-b some block to some target. */
function through(destination: string, target: string): { routeTables: RouteTable[] } {
  return {
    routeTables: tables({
      a: [route('0.0.0.0/0', 'pcx-ab')],
      b: [route('10.1.0.0/16', 'pcx-ab'), route(destination, target)],
    }),
  };
}

describe('an address beyond the peer', () => {
  it.each([
    ['the internet', '198.51.100.7', '0.0.0.0/0', 'igw-1', 'the internet gateway'],
    ['the internet by NAT', '198.51.100.7', '0.0.0.0/0', 'nat-1', 'the NAT gateway'],
    [
      'a network by VPN or Direct Connect',
      '192.168.7.7',
      '192.168.0.0/16',
      'vgw-1',
      'the virtual private gateway',
    ],
    ['a network behind a transit gateway', '192.168.7.7', '192.168.0.0/16', 'tgw-1', 'the transit gateway'],
  ])('%s is not carried, and the entry that tries is named', (_, address, destination, target, kind) => {
    const failure = failureOf(through(destination, target), address);
    expect(failure).toMatchObject({ hop: 'peer-cidrs', direction: 'there' });
    expect(failure?.ids).toEqual(['pcx-ab', 'vpc-b', 'rtb-a', 'rtb-b', target]);
    const text = failure?.sentence ?? '';
    expect(text).toContain(`${address} is in no VPC`);
    expect(text).toContain(`0.0.0.0/0 to pcx-ab in rtb-a`);
    expect(text).toContain(`${kind} ${target} of vpc-b (${destination} in rtb-b)`);
    expect(text).toContain('edge-to-edge');
    expect(text).not.toContain('lost a CIDR');
    expect(text).not.toContain('Peer vpc-a');
  });

  it('is told so where the tables of the peer are not visible', () => {
    const foreign = vpc('vpc-b', ['10.2.0.0/16'], { accountId: PEER });
    const failure = failureOf(
      {
        vpcs: [VPC_A],
        peerings: [peering('pcx-ab', VPC_A, foreign)],
        routeTables: [mainTable(VPC_A, [route('0.0.0.0/0', 'pcx-ab')])],
      },
      '198.51.100.7',
    );
    expect(failure?.hop).toBe('peer-cidrs');
    expect(failure?.sentence).toContain('edge-to-edge');
  });

  it('is not advised to be routed where nothing routes it, but the peer could reach it', () => {
    const failure = failureOf(
      {
        routeTables: tables({
          b: [route('10.1.0.0/16', 'pcx-ab'), route('192.168.0.0/16', 'vgw-1')],
        }),
      },
      '192.168.7.7',
    );
    expect(failure?.hop).toBe('route-table');
    expect(failure?.sentence).toContain('rtb-a of subnet-a1 has no route to 192.168.7.7');
    expect(failure?.sentence).toContain(
      'the virtual private gateway vgw-1 of vpc-b (192.168.0.0/16 in rtb-b)',
    );
    expect(failure?.sentence).not.toMatch(/Add a route|Peer vpc-a/);
  });

  it('is nobody’s where neither a table nor a peer knows it', () => {
    expect(() => diagnose(network(), 'i-a', '192.168.7.7')).toThrow(
      '192.168.7.7 is in no VPC that was read or that a peering shows, and rtb-a of subnet-a1 has no route to it.',
    );
  });

  it('goes its own way where the source has one, and not through a peering', () => {
    const { reachable, hops, summary } = diagnose(
      network({ routeTables: tables({ a: [route('0.0.0.0/0', 'igw-1')] }) }),
      'i-a',
      '198.51.100.7',
    );
    expect(reachable).toBe('not-visible');
    expect(hops.at(-1)?.sentence).toContain('0.0.0.0/0 to igw-1, so it goes through no peering');
    expect(summary).not.toContain('outside');
  });

  it('is another peering of the peer, which leads no further, either', () => {
    const failure = failureOf(through('10.9.0.0/16', 'pcx-bx'), '10.9.1.1');
    expect(failure?.sentence).toContain('the peering pcx-bx of vpc-b (10.9.0.0/16 in rtb-b)');
    expect(failure?.sentence).toContain('Peer vpc-a with the VPC behind pcx-bx itself');
  });

  it('is an interface endpoint of a third VPC, and the entry that tries is named', () => {
    const failure = failureOf(
      {
        interfaces: [
          {
            interfaceId: 'eni-9',
            vpcId: 'vpc-c',
            subnetId: 'subnet-c1',
            addresses: ['10.3.1.50'],
            securityGroupIds: ['sg-c'],
            kind: 'vpc_endpoint',
          },
        ],
        routeTables: tables({ a: [route('10.3.0.0/16', 'pcx-ab')] }),
      },
      '10.3.1.50',
    );
    expect(failure?.hop).toBe('peer-cidrs');
    expect(failure?.sentence).toContain(
      '10.3.1.50 (of an interface endpoint) is in vpc-c, and the entry 10.3.0.0/16 in rtb-a tries that in vain.',
    );
    expect(failure?.sentence).toContain('peering is not transitive');
  });

  it('is no interface endpoint of the peer itself: that is reached like any address of it', () => {
    const endpoint = {
      interfaceId: 'eni-9',
      vpcId: 'vpc-b',
      subnetId: 'subnet-b1',
      addresses: ['10.2.1.50'],
      securityGroupIds: ['sg-a'],
      kind: 'vpc_endpoint',
    };
    const { hops } = diagnose(network({ interfaces: [endpoint] }), 'i-a', 'eni-9', {
      traffic: { protocol: 'tcp', port: 443 },
    });
    expect(hops.find(({ name }) => name === 'peer-cidrs')?.status).toBe('passes');
  });

  it('stays behind a dead peering that is named as the cause', () => {
    const failure = failureOf(
      { ...through('0.0.0.0/0', 'igw-1'), peerings: peerings('deleted') },
      '198.51.100.7',
    );
    expect(failure?.hop).toBe('peering');
    expect(failure?.sentence).not.toMatch(/Add a route|Peer vpc-a/);
  });
});

describe('an address in no subnet of the peer', () => {
  it('is told, and no route is advised', () => {
    const failure = failureOf({ routeTables: tables({ a: [] }) }, '10.2.200.1');
    expect(failure?.hop).toBe('route-table');
    expect(failure?.sentence).toContain('10.2.200.1 is in no subnet of vpc-b, so nothing can have it');
    expect(failure?.sentence).not.toContain('Add a route');
  });

  it('is told where it is routed, too', () => {
    const failure = failureOf({}, '10.2.200.1');
    expect(failure?.hop).toBe('target');
    expect(failure?.sentence).toContain('10.2.200.1 is in no subnet of vpc-b, so nothing can have it');
  });

  it('is left open where the subnets of the peer are not visible', () => {
    const foreign = vpc('vpc-b', ['10.2.0.0/16'], { accountId: PEER });
    const failure = failureOf(
      {
        vpcs: [VPC_A],
        subnets: [subnet(VPC_A, 1)],
        peerings: [peering('pcx-ab', VPC_A, foreign)],
        routeTables: [mainTable(VPC_A, [])],
      },
      '10.2.200.1',
    );
    expect(failure?.sentence).toContain('Add a route to pcx-ab');
  });
});

describe('an address in the ranges of two peers', () => {
  const twin = vpc('vpc-t', ['10.2.0.0/16'], { accountId: PEER });
  const parts = {
    vpcs: [VPC_A, VPC_B, VPC_C],
    peerings: [peering('pcx-ab', VPC_A, VPC_B), peering('pcx-at', VPC_A, twin)],
  };

  it('is told, and no route is advised, where nothing is routed', () => {
    for (const target of ['10.2.1.77', '10.2.1.139']) {
      const failure = failureOf({ ...parts, routeTables: tables({ a: [] }) }, target);
      expect(failure?.hop).toBe('route-table');
      expect(failure?.sentence).toContain(
        `${target} is in the ranges of two peers of vpc-a: vpc-b (pcx-ab) and vpc-t (pcx-at)`,
      );
      expect(failure?.sentence).not.toContain('Add a route');
    }
  });

  it('is the one to which the table leads, and the other one is named', () => {
    const { reachable, summary } = diagnose(network(parts), 'i-a', '10.2.1.139');
    expect(reachable).toBe(true);
    expect(summary).toContain('10.2.1.139 is in a range of vpc-t (pcx-at), too');
  });

  it('is clear where the instance is named', () => {
    const failure = diagnose(
      network({ ...parts, routeTables: tables({ a: [] }) }),
      'i-a',
      'i-b',
    ).firstFailure;
    expect(failure?.sentence).toContain('Add a route to pcx-ab');
  });
});
