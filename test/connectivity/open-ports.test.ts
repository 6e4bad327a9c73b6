import { type DiagnoseOptions, diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkInterface, NetworkSnapshot, SecurityGroupRule } from '../../lib/model/network.ts';
import { PEER, peering, vpc } from '../support/fixtures.ts';
import { seenBy } from '../support/topologies.ts';
import {
  ANYTHING,
  instance,
  network,
  networkAcl,
  OWN,
  rule,
  securityGroup,
  VPC_A,
  VPC_B,
} from './networks.ts';

/** A database of vpc-b: an interface that belongs to no instance. */
const DATABASE: NetworkInterface = {
  interfaceId: 'eni-db',
  vpcId: 'vpc-b',
  subnetId: 'subnet-b1',
  addresses: ['10.2.1.60'],
  securityGroupIds: ['sg-b'],
};

function port(protocol: string, fromPort: number, toPort = fromPort): SecurityGroupRule {
  return rule({ protocol, fromPort, toPort, cidrs: ['10.1.0.0/16'] });
}

function withDatabase(ingress: readonly SecurityGroupRule[], parts: Partial<NetworkSnapshot> = {}) {
  return network({
    interfaces: [DATABASE],
    securityGroups: [securityGroup(VPC_A), securityGroup(VPC_B, { ingress })],
    ...parts,
  });
}

const UNSAID: DiagnoseOptions = { suggest: 'other-ports', extent: 'whole-regions' };

function asked(snapshot: NetworkSnapshot, target = '10.2.1.60') {
  return diagnose(snapshot, 'i-a', target, UNSAID);
}

describe('a database behind a peering', () => {
  const snapshot = withDatabase([port('tcp', 3306)]);
  const mysql = { traffic: { protocol: 'tcp', port: 3306 } } as const;

  it.each(['10.2.1.60', 'eni-db'])('is reached on its port, asked for as %s', (target) => {
    const { reachable, summary, hops } = diagnose(snapshot, 'i-a', target, mysql);
    expect(reachable).toBe(true);
    expect(summary).toBe(
      'i-a (10.1.1.13) can reach TCP port 3306 of eni-db (10.2.1.60): nothing in the network is in the way.',
    );
    expect(hops.find(({ name }) => name === 'target')).toEqual({
      name: 'target',
      direction: 'there',
      status: 'passes',
      ids: ['eni-db'],
      sentence:
        'eni-db (10.2.1.60) belongs to no instance (but to a database, a load balancer, a function, …); whether a service listens there on TCP port 3306 is up to that service.',
    });
  });

  it('is not reached on another port or protocol', () => {
    for (const traffic of [
      { protocol: 'tcp', port: 3307 },
      { protocol: 'udp', port: 3306 },
    ] as const) {
      expect(diagnose(snapshot, 'i-a', '10.2.1.60', { traffic }).firstFailure?.hop).toBe('security-group-in');
    }
  });

  it('sends from its own interface, to whose every ephemeral port the answers have to come back', () => {
    const acl = (toPort: number) => ({
      networkAcls: [
        networkAcl(VPC_A),
        networkAcl(VPC_B, [
          { ruleNumber: 1, egress: true, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' },
          {
            ruleNumber: 1,
            egress: false,
            action: 'allow',
            protocol: '6',
            fromPort: 1024,
            toPort,
            cidr: '0.0.0.0/0',
          },
        ]),
      ],
      securityGroups: [securityGroup(VPC_A, { ingress: [ANYTHING] }), securityGroup(VPC_B)],
    });
    const from = (toPort: number) => diagnose(withDatabase([], acl(toPort)), 'eni-db', 'i-a', mysql);
    expect(from(65535).reachable).toBe(true);
    expect(from(60999).firstFailure).toMatchObject({
      hop: 'network-acl-in',
      direction: 'back',
      ids: ['acl-b'],
    });
  });

  it('is an interface that has to have been read, with an address of the family', () => {
    expect(() => diagnose(snapshot, 'i-a', 'eni-none')).toThrow(
      'eni-none is in none of the accounts and Regions that were read.',
    );
    expect(() => diagnose(snapshot, 'i-a', 'eni-db', { family: 'ipv6' })).toThrow(
      'eni-db has no private IPv6 address.',
    );
  });

  it('is not found by its name, and the error says what to look up', () => {
    expect(() => diagnose(snapshot, 'i-a', 'orders.abc.us-east-1.rds.amazonaws.com')).toThrow(
      'Look up the private address of that name, and ask about the address.',
    );
  });
});

describe('a ping that nobody asked for by name', () => {
  it('names the port that is open where ICMP is closed, before the advice about ICMP', () => {
    const { reachable, summary, firstFailure } = asked(withDatabase([port('tcp', 3306)]));
    expect(reachable).toBe(false);
    expect(firstFailure?.hop).toBe('security-group-in');
    expect(firstFailure?.sentence).toBe(
      'Security group sg-b of eni-db (10.2.1.60) does not let ICMP echo request (type 8) in from 10.1.1.13. But TCP 3306 is open from here: peering explain i-a 10.2.1.60 --port 3306. Only to ping it: add an inbound rule for it.',
    );
    expect(summary).toContain('TCP 3306 is open from here');
  });

  it.each<[string, SecurityGroupRule[], string]>([
    [
      'UDP',
      [port('17', 53)],
      'But UDP 53 is open from here: peering explain i-a i-b --port 53 --protocol udp.',
    ],
    [
      'several ports, the narrowest first',
      [port('tcp', 8000, 8100), port('tcp', 22), port('tcp', 5432)],
      'But TCP 22, TCP 5432, TCP 8000-8100 are open from here: peering explain i-a i-b --port 22.',
    ],
    [
      'every port',
      [port('tcp', 0, 65535)],
      'But every TCP port is open from here: peering explain i-a i-b --port PORT.',
    ],
    [
      'ports side by side as one range',
      [port('tcp', 80), port('tcp', 81)],
      'But TCP 80-81 is open from here',
    ],
    [
      'many ports, of which five',
      [1, 3, 5, 7, 9, 11, 13].map((each) => port('tcp', each)),
      'But TCP 1, TCP 3, TCP 5, TCP 7, TCP 9 and 2 more are open from here',
    ],
    [
      'none',
      [rule({ protocol: 'tcp', fromPort: 22, toPort: 22, cidrs: ['192.0.2.0/24'] })],
      'No TCP or UDP port is open from here, either. What is missing for a port: peering explain i-a i-b --port PORT.',
    ],
  ])('names %s', (_, ingress, sentence) => {
    expect(asked(withDatabase(ingress), 'i-b').firstFailure?.sentence).toContain(sentence);
  });

  it('names only what every filter lets through, there and back', () => {
    const ingress = [port('tcp', 22), port('tcp', 5432), port('tcp', 8443)];
    const egress = [rule({ protocol: 'tcp', fromPort: 1024, toPort: 65535, cidrs: ['0.0.0.0/0'] })];
    const snapshot = withDatabase(ingress, {
      securityGroups: [securityGroup(VPC_A, { egress }), securityGroup(VPC_B, { ingress })],
      networkAcls: [
        networkAcl(VPC_A),
        networkAcl(VPC_B, [
          {
            ruleNumber: 9,
            egress: false,
            action: 'deny',
            protocol: '6',
            fromPort: 8443,
            toPort: 8443,
            cidr: '0.0.0.0/0',
          },
          ...networkAcl(VPC_B).entries,
        ]),
      ],
    });
    expect(asked(snapshot).firstFailure?.sentence).toContain('But TCP 5432 is open from here:');
  });

  it('is told of ports where the network ACL is what closes ICMP', () => {
    const snapshot = withDatabase([ANYTHING], {
      networkAcls: [
        networkAcl(VPC_A),
        networkAcl(VPC_B, [
          {
            ruleNumber: 9,
            egress: false,
            action: 'deny',
            protocol: '1',
            fromPort: -1,
            toPort: -1,
            cidr: '0.0.0.0/0',
          },
          ...networkAcl(VPC_B).entries,
        ]),
      ],
    });
    expect(asked(snapshot).firstFailure?.sentence).toContain(
      'But every TCP port, every UDP port are open from here',
    );
  });

  it('says it once, however many filters are closed', () => {
    const snapshot = withDatabase([port('tcp', 3306)], {
      networkAcls: [
        networkAcl(VPC_A),
        networkAcl(VPC_B, [
          {
            ruleNumber: 9,
            egress: true,
            action: 'deny',
            protocol: '1',
            fromPort: -1,
            toPort: -1,
            cidr: '0.0.0.0/0',
          },
          ...networkAcl(VPC_B).entries,
        ]),
      ],
    });
    const told = asked(snapshot).hops.filter(({ sentence }) => sentence.includes('TCP 3306'));
    expect(told.map(({ name }) => name)).toEqual(['security-group-in']);
  });

  it('says nothing of ports where it is routing that is missing, and where ping gets through', () => {
    expect(asked(withDatabase([port('tcp', 3306)], { routeTables: [] })).summary).not.toContain(
      'open from here:',
    );
    expect(asked(network(), 'i-b').summary).not.toContain('open from here');
  });

  it('is cautious where a part of the way lies in another account', () => {
    const foreign = vpc('vpc-a', VPC_A.cidrs, { accountId: PEER });
    const whole = withDatabase([port('tcp', 3306)], {
      vpcs: [foreign, VPC_B],
      peerings: [peering('pcx-ab', foreign, VPC_B)],
      instances: [instance('i-b', VPC_B, 1, 139)],
    });
    const { firstFailure } = diagnose(seenBy(OWN, whole), '10.1.1.13', '10.2.1.60', UNSAID);
    expect(firstFailure?.sentence).toContain('But TCP 3306 is open from here as far as is visible:');
  });
});
