import fc from 'fast-check';
import { type Diagnosis, diagnose } from '../../lib/connectivity/diagnosis.ts';
import { EndpointError } from '../../lib/connectivity/endpoints.ts';
import { createNetworkModel } from '../../lib/connectivity/network-model.ts';
import type { NetworkAclEntry, NetworkSnapshot } from '../../lib/model/network.ts';
import { PEER, peering, route, vpc } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';
import { seenBy, topologyArbitrary } from '../support/topologies.ts';
import {
  ANYTHING,
  instance,
  network,
  networkAcl,
  OWN,
  PING_FROM_10,
  peerings,
  rule,
  securityGroup,
  subnet,
  tables,
  VPC_A,
  VPC_B,
  VPC_C,
} from './networks.ts';

function failureOf(parts: Partial<NetworkSnapshot>, source = 'i-a', target = 'i-b') {
  const { reachable, firstFailure } = diagnose(network(parts), source, target);
  expect(reachable).toBe(false);
  return firstFailure;
}

function names({ hops }: Diagnosis): string[] {
  return hops.map(({ name, direction, status }) => `${direction} ${name} ${status}`);
}

function deny(parts: Partial<NetworkAclEntry>): NetworkAclEntry[] {
  return [
    { ruleNumber: 50, egress: false, action: 'deny', protocol: '1', cidr: '10.0.0.0/8', ...parts },
    ...networkAcl(VPC_A).entries,
  ];
}

describe('diagnose, where everything is right', () => {
  it('goes hop by hop there and back', () => {
    const diagnosis = diagnose(network(), 'i-a', 'i-b');
    expect(diagnosis.reachable).toBe(true);
    expect(diagnosis.firstFailure).toBeUndefined();
    expect(names(diagnosis)).toEqual([
      'there source passes',
      'there security-group-out passes',
      'there network-acl-out passes',
      'there route-table passes',
      'there peering passes',
      'there peer-cidrs passes',
      'there network-acl-in passes',
      'there security-group-in passes',
      'there target passes',
      'back network-acl-out passes',
      'back route-table passes',
      'back peering passes',
      'back peer-cidrs passes',
      'back network-acl-in passes',
    ]);
    expect(diagnosis.summary).toBe(
      'i-a (10.1.1.13) can ping i-b (10.2.1.139): nothing in the network is in the way.',
    );
  });

  it.each([
    ['10.1.1.13', '10.2.1.139'],
    ['i-a', '10.2.1.139'],
    ['10.1.1.13', 'i-b'],
    ['vpc-a', 'vpc-b'],
    ['vpc-a', 'i-b'],
    ['i-a', 'vpc-b'],
  ])('takes %s and %s for its ends', (source, target) => {
    expect(diagnose(network(), source, target).reachable).toBe(true);
  });

  it('says which instance stands for a VPC', () => {
    expect(diagnose(network(), 'vpc-a', 'vpc-b').summary).toContain('i-a (10.1.1.13) stands for vpc-a.');
  });

  it('judges the routing of a VPC without instances', () => {
    const { reachable, summary, hops } = diagnose(network({ instances: [] }), 'vpc-a', 'vpc-b');
    expect(reachable).toBe('not-visible');
    expect(summary).toContain('no security group was judged for');
    expect(hops.filter(({ status }) => status === 'not-visible').map(({ name }) => name)).toEqual([
      'security-group-out',
      'security-group-in',
    ]);
    expect(hops.filter(({ status }) => status === 'passes').map(({ name }) => name)).toContain('route-table');
  });

  it('sees no network ACL inside one subnet', () => {
    const diagnosis = diagnose(
      network({
        instances: [instance('i-a', VPC_A, 1, 13), instance('i-a2', VPC_A, 1, 14)],
        networkAcls: [networkAcl(VPC_A, [])],
      }),
      'i-a',
      'i-a2',
    );
    expect(diagnosis.reachable).toBe(true);
  });

  it('uses IPv6 where that is what both have in common', () => {
    const open = ['ingress', 'egress'].map((direction) => direction === 'egress');
    const parts = {
      instances: [instance('i-a', VPC_A, 1, 13, { ipv4Addresses: [] }), instance('i-b', VPC_B, 1, 139)],
      routeTables: tables({
        a: [route('2001:db8:2::/56', 'pcx-ab')],
        b: [route('2001:db8:1::/56', 'pcx-ab')],
      }),
      securityGroups: [VPC_A, VPC_B].map((each) =>
        securityGroup(each, {
          ingress: [rule({ protocol: '58', fromPort: 128, toPort: 0, cidrs: ['::/0'] })],
        }),
      ),
      networkAcls: [VPC_A, VPC_B].map((each) =>
        networkAcl(
          each,
          open.map((egress) => ({ ruleNumber: 100, egress, action: 'allow', protocol: '-1', cidr: '::/0' })),
        ),
      ),
    };
    expect(diagnose(network(parts), 'i-a', 'i-b').reachable).toBe(true);
  });
});

describe('diagnose, one thing wrong at each hop', () => {
  it('source instance', () => {
    const instances = [instance('i-a', VPC_A, 1, 13, { state: 'stopped' }), instance('i-b', VPC_B, 1, 139)];
    expect(failureOf({ instances })).toEqual({
      hop: 'source',
      direction: 'there',
      ids: ['i-a'],
      sentence: 'i-a (10.1.1.13) is stopped. Start it.',
    });
  });

  it('source security group', () => {
    const securityGroups = [securityGroup(VPC_A, { egress: [] }), securityGroup(VPC_B)];
    const failure = failureOf({ securityGroups });
    expect(failure).toMatchObject({ hop: 'security-group-out', ids: ['sg-a'] });
    expect(failure?.sentence).toBe(
      'Security group sg-a of i-a (10.1.1.13) does not let ICMP echo request (type 8) out to 10.2.1.139. Add an outbound rule for it.',
    );
  });

  it('source network ACL', () => {
    const networkAcls = [networkAcl(VPC_A, deny({ egress: true })), networkAcl(VPC_B)];
    const failure = failureOf({ networkAcls });
    expect(failure).toMatchObject({ hop: 'network-acl-out', direction: 'there', ids: ['acl-a'] });
    expect(failure?.sentence).toContain('its entry 50 denies it');
  });

  it('route table without a route', () => {
    const failure = failureOf({ routeTables: tables({ a: [] }) });
    expect(failure).toMatchObject({ hop: 'route-table', direction: 'there', ids: ['rtb-a'] });
    expect(failure?.sentence).toContain('rtb-a of subnet-a1 has no route to 10.2.1.139 in vpc-b.');
    expect(failure?.sentence).toContain('Add a route to pcx-ab in rtb-a');
  });

  it('route table of the subnet, not the main one', () => {
    const [main, ...others] = tables();
    const custom = {
      ...main,
      vpcId: 'vpc-a',
      region: VPC_A.region,
      tags: {},
      routeTableId: 'rtb-custom',
      routes: [route('10.1.0.0/16', 'local')],
      associations: [{ main: false, subnetId: 'subnet-a1' }],
    };
    expect(failureOf({ routeTables: [...(main ? [main] : []), custom, ...others] })?.ids).toEqual([
      'rtb-custom',
    ]);
  });

  it('route that is less specific than another', () => {
    const a = [route('10.2.0.0/16', 'pcx-ab'), route('10.2.1.0/24', 'nat-1')];
    const failure = failureOf({ routeTables: tables({ a }) });
    expect(failure).toMatchObject({ hop: 'route-table', ids: ['rtb-a', 'nat-1'] });
    expect(failure?.sentence).toContain('10.2.1.0/24 to nat-1, which does not lead to vpc-b');
  });

  it('default route to an internet gateway', () => {
    const failure = failureOf({ routeTables: tables({ a: [route('0.0.0.0/0', 'igw-1')] }) });
    expect(failure?.sentence).toContain('0.0.0.0/0 to igw-1, which does not lead to vpc-b');
  });

  it.each([
    ['pending-acceptance', `Account ${OWN} has to accept it in us-east-1.`],
    ['provisioning', 'Wait until it is active.'],
    ['deleted', 'It will not come back: delete the route of rtb-a.'],
    ['expired', 'It will not come back'],
  ] as const)('peering that is %s', (status, remedy) => {
    const failure = failureOf({ peerings: peerings(status) });
    expect(failure).toMatchObject({ hop: 'peering', direction: 'there', ids: ['pcx-ab'] });
    expect(failure?.sentence).toContain(`pcx-ab is ${status}. ${remedy}`);
  });

  it('peering that no longer exists', () => {
    const a = [route('10.2.0.0/16', 'pcx-gone', { state: 'blackhole' })];
    const failure = failureOf({ routeTables: tables({ a }) });
    expect(failure).toMatchObject({ hop: 'peering', ids: ['pcx-gone'] });
    expect(failure?.sentence).toContain('no longer exists');
  });

  it('route to the right peering that is a blackhole all the same', () => {
    const a = [route('10.2.0.0/16', 'pcx-ab', { state: 'blackhole' })];
    expect(failureOf({ routeTables: tables({ a }) })).toMatchObject({
      hop: 'peering',
      ids: ['pcx-ab', 'rtb-a'],
    });
  });

  it('target network ACL', () => {
    const networkAcls = [networkAcl(VPC_A), networkAcl(VPC_B, deny({ fromPort: 8, toPort: -1 }))];
    expect(failureOf({ networkAcls })).toMatchObject({
      hop: 'network-acl-in',
      direction: 'there',
      ids: ['acl-b'],
    });
  });

  it('target security group', () => {
    const ingress = [rule({ protocol: 'tcp', fromPort: 22, toPort: 22, cidrs: ['0.0.0.0/0'] })];
    const failure = failureOf({ securityGroups: [securityGroup(VPC_A), securityGroup(VPC_B, { ingress })] });
    expect(failure).toMatchObject({ hop: 'security-group-in', ids: ['sg-b'] });
    expect(failure?.sentence).toContain('in from 10.1.1.13. Add an inbound rule for it.');
  });

  it('target instance', () => {
    const instances = [instance('i-a', VPC_A, 1, 13), instance('i-b', VPC_B, 1, 139, { state: 'stopped' })];
    expect(failureOf({ instances })).toMatchObject({ hop: 'target', ids: ['i-b'] });
  });

  it('address that nothing has', () => {
    const failure = failureOf({}, 'i-a', '10.2.1.77');
    expect(failure?.sentence).toContain('Nothing in vpc-b has the address 10.2.1.77.');
  });

  it('target network ACL that forgets the answer', () => {
    const networkAcls = [
      networkAcl(VPC_A),
      networkAcl(VPC_B, deny({ egress: true, fromPort: 0, toPort: -1 })),
    ];
    const failure = failureOf({ networkAcls });
    expect(failure).toMatchObject({ hop: 'network-acl-out', direction: 'back', ids: ['acl-b'] });
    expect(failure?.sentence).toContain('network ACLs keep no state');
  });

  it('no route back', () => {
    const failure = failureOf({ routeTables: tables({ b: [] }) });
    expect(failure).toMatchObject({ hop: 'route-table', direction: 'back', ids: ['rtb-b'] });
  });

  it('route back by another peering', () => {
    const failure = failureOf({ routeTables: tables({ b: [route('10.1.0.0/16', 'pcx-bc')] }) });
    expect(failure).toMatchObject({ hop: 'route-table', direction: 'back', ids: ['rtb-b', 'pcx-bc'] });
    expect(failure?.sentence).toContain('not to pcx-ab, by which the request came');
  });

  it('source network ACL that forgets the answer', () => {
    const networkAcls = [networkAcl(VPC_A, deny({ fromPort: 0, toPort: 0 })), networkAcl(VPC_B)];
    expect(failureOf({ networkAcls })).toMatchObject({
      hop: 'network-acl-in',
      direction: 'back',
      ids: ['acl-a'],
    });
  });
});

describe('diagnose, peering is not transitive', () => {
  it('says so where a table routes to a third VPC through the one in between', () => {
    const a = [route('10.2.0.0/16', 'pcx-ab'), route('10.3.0.0/16', 'pcx-ab')];
    const failure = failureOf({ routeTables: tables({ a }) }, 'i-a', 'i-c');
    expect(failure).toMatchObject({ hop: 'peer-cidrs', ids: ['pcx-ab', 'vpc-b'] });
    expect(failure?.sentence).toContain(
      '10.3.1.5 is in vpc-c, and the entry 10.3.0.0/16 in rtb-a tries that in vain.',
    );
    expect(failure?.sentence).toContain('Both are peered with vpc-b, but peering is not transitive');
    expect(failure?.sentence).toContain('Peer vpc-a with vpc-c directly');
  });

  it('says so where there is no route at all', () => {
    for (const [source, target] of [
      ['i-c', 'i-a'],
      ['vpc-c', 'vpc-a'],
      ['i-a', '10.3.1.5'],
    ] as const) {
      const failure = failureOf({}, source, target);
      expect(failure?.hop).toBe('route-table');
      expect(failure?.sentence).toContain('peered with vpc-b, but peering is not transitive');
    }
  });
});

describe('diagnose, security groups', () => {
  const reference = [rule({ groupIds: ['sg-a'] })];

  it('follows a reference to a group across a peering in one Region', () => {
    const securityGroups = [securityGroup(VPC_A), securityGroup(VPC_B, { ingress: reference })];
    expect(diagnose(network({ securityGroups }), 'i-a', 'i-b').reachable).toBe(true);
  });

  it('does not follow it across Regions', () => {
    const far = vpc('vpc-b', VPC_B.cidrs, { region: 'eu-west-1' });
    const parts = {
      vpcs: [VPC_A, far],
      peerings: [peering('pcx-ab', VPC_A, far)],
      securityGroups: [securityGroup(VPC_A), securityGroup(VPC_B, { ingress: reference })],
    };
    expect(failureOf(parts)).toMatchObject({ hop: 'security-group-in' });
  });

  it('lets answers pass without a rule', () => {
    const securityGroups = [
      securityGroup(VPC_A, { ingress: [] }),
      securityGroup(VPC_B, { ingress: [PING_FROM_10], egress: [] }),
    ];
    expect(diagnose(network({ securityGroups }), 'i-a', 'i-b').reachable).toBe(true);
  });

  it('reads prefix lists, and does not guess those it has not', () => {
    const ingress = [rule({ prefixListIds: ['pl-1'] })];
    const securityGroups = [securityGroup(VPC_A), securityGroup(VPC_B, { ingress })];
    const withList = (cidrs: readonly string[]) =>
      diagnose(network({ securityGroups, prefixLists: new Map([['pl-1', cidrs]]) }), 'i-a', 'i-b').reachable;
    expect(withList(['10.1.0.0/16'])).toBe(true);
    expect(withList(['10.9.0.0/16'])).toBe(false);
    expect(diagnose(network({ securityGroups }), 'i-a', 'i-b').reachable).toBe('not-visible');
  });
});

describe('diagnose, TCP', () => {
  const https = [rule({ protocol: 'tcp', fromPort: 443, toPort: 443, cidrs: ['10.0.0.0/8'] })];
  const securityGroups = [securityGroup(VPC_A), securityGroup(VPC_B, { ingress: https })];
  const traffic = { protocol: 'tcp', port: 443 } as const;
  const answers = (fromPort: number, toPort: number): NetworkAclEntry[] => [
    { ruleNumber: 10, egress: false, action: 'allow', protocol: '6', fromPort, toPort, cidr: '10.0.0.0/8' },
    {
      ruleNumber: 10,
      egress: true,
      action: 'allow',
      protocol: '6',
      fromPort: 443,
      toPort: 443,
      cidr: '0.0.0.0/0',
    },
  ];

  it('needs the port there', () => {
    expect(diagnose(network({ securityGroups }), 'i-a', 'i-b', { traffic }).reachable).toBe(true);
    expect(
      diagnose(network({ securityGroups }), 'i-a', 'i-b', { traffic: { protocol: 'tcp', port: 22 } })
        .firstFailure,
    ).toMatchObject({ hop: 'security-group-in' });
  });

  it('needs every ephemeral port of the client back', () => {
    const with_ = (entries: NetworkAclEntry[]) =>
      diagnose(
        network({ securityGroups, networkAcls: [networkAcl(VPC_A, entries), networkAcl(VPC_B)] }),
        'i-a',
        'i-b',
        { traffic },
      );
    expect(with_(answers(1024, 65535)).reachable).toBe(true);
    expect(with_(answers(32768, 60999)).reachable).toBe(true);
    expect(with_(answers(32768, 50000)).firstFailure).toMatchObject({
      hop: 'network-acl-in',
      direction: 'back',
    });
    // Two entries that cover the range together.
    const [first, out] = answers(32768, 50000);
    const second = { ...answers(50001, 65535)[0], ruleNumber: 11 } as NetworkAclEntry;
    expect(with_([first, second, out] as NetworkAclEntry[]).reachable).toBe(true);
  });
});

/** What stands behind what is not visible in vpc-b, where the other account has it. */
const THEIRS = `: vpc-b is in account ${PEER}, us-east-1.`;

describe('diagnose, what is not visible', () => {
  const foreign = vpc('vpc-b', VPC_B.cidrs, { accountId: PEER });
  const whole = network({
    vpcs: [VPC_A, foreign],
    peerings: [peering('pcx-ab', VPC_A, foreign)],
  });
  const ours = seenBy(OWN, whole);

  it('says so for each hop in another account, and guesses none', () => {
    const diagnosis = diagnose(ours, 'i-a', '10.2.1.139');
    expect(diagnosis.reachable).toBe('not-visible');
    expect(diagnosis.hops.filter(({ status }) => status === 'not-visible').map(({ name }) => name)).toEqual([
      'network-acl-in',
      'security-group-in',
      'target',
      'network-acl-out',
      'route-table',
    ]);
    expect(diagnosis.summary).toContain('is not visible from here');
  });

  it('still finds the fault on this side', () => {
    const routeTables = tables({ a: [] }).filter(({ vpcId }) => vpcId === 'vpc-a');
    expect(diagnose({ ...ours, routeTables }, 'i-a', '10.2.1.139').firstFailure?.hop).toBe('route-table');
  });

  it('takes a VPC of another account for a target, by a destination that is routed to it', () => {
    const routeTables = tables({ a: [route('10.2.7.0/24', 'pcx-ab')] }).filter(
      ({ vpcId }) => vpcId === 'vpc-a',
    );
    const { reachable, summary } = diagnose({ ...ours, routeTables }, 'i-a', 'vpc-b');
    expect(reachable).toBe('not-visible');
    expect(summary).toContain('10.2.7.4 stands for vpc-b');
  });

  it('looks from the other account to here as far as it can', () => {
    const { reachable, hops } = diagnose(ours, '10.2.1.139', 'i-a');
    expect(reachable).toBe('not-visible');
    expect(hops.find(({ name }) => name === 'security-group-in')?.status).toBe('passes');
  });

  it('does not guess what a transit gateway does', () => {
    const { reachable, hops } = diagnose(
      network({ routeTables: tables({ a: [route('10.0.0.0/8', 'tgw-1')] }) }),
      'i-a',
      'i-b',
    );
    expect(reachable).toBe('not-visible');
    expect(hops.at(-1)?.sentence).toContain(
      '10.0.0.0/8 to tgw-1; where that takes the packet is not visible',
    );
  });

  it('does not guess what a prefix list holds', () => {
    const a = [route('10.2.0.0/16', 'pcx-ab'), route('pl-1', 'tgw-1')];
    expect(diagnose(network({ routeTables: tables({ a }) }), 'i-a', 'i-b').reachable).toBe('not-visible');
    const prefixLists = new Map([['pl-1', ['10.2.1.0/24']]]);
    const known = diagnose(network({ routeTables: tables({ a }), prefixLists }), 'i-a', 'i-b');
    expect(known.hops.at(-1)?.ids).toEqual(['rtb-a', 'tgw-1']);
  });
});

describe('diagnose, what is asked for', () => {
  it.each([
    ['i-nobody', 'i-b', 'i-nobody is in none of the accounts and Regions'],
    ['i-a', 'vpc-nobody', 'vpc-nobody is in none of the accounts and Regions'],
    ['i-a', '192.0.2.1', '192.0.2.1 is in no VPC'],
    ['i-a', 'server1', 'server1 is no instance id'],
    ['\u001b[2Jboo', 'i-b', '\\u{1b}[2Jboo is no instance id'],
  ])('refuses %j to %j in words', (source, target, message) => {
    expect(() => diagnose(network(), source, target)).toThrow(EndpointError);
    expect(() => diagnose(network(), source, target)).toThrow(message);
  });

  it('takes the nearest of several VPCs with the same address, and says if none is nearer', () => {
    const twin = vpc('vpc-z', VPC_B.cidrs);
    const instances = [
      instance('i-a', VPC_A, 1, 13),
      instance('i-b', VPC_B, 1, 139),
      instance('i-z', twin, 1, 139),
    ];
    const snapshot = network({
      vpcs: [VPC_A, VPC_B, VPC_C, twin],
      subnets: [VPC_A, VPC_B, VPC_C, twin].flatMap((each) => [subnet(each, 1), subnet(each, 2)]),
      instances,
    });
    expect(diagnose(snapshot, 'i-a', '10.2.1.139').summary).toContain('can ping i-b');
    expect(diagnose(snapshot, 'i-a', 'i-z').firstFailure?.sentence).toContain('VPCs that share a range');
    expect(() => diagnose(snapshot, '10.2.1.139', '10.1.1.13')).toThrow('belongs to several');
  });
});

describe('diagnose, in words', () => {
  const foreign = vpc('vpc-b', VPC_B.cidrs, { accountId: PEER });
  const whole = network({ vpcs: [VPC_A, foreign], peerings: [peering('pcx-ab', VPC_A, foreign)] });
  const ours = seenBy(OWN, whole);
  const A = 'pcx-ab is active and leads to vpc-a of account 111111111111 (10.1.0.0/16, 2001:db8:1::/56).';
  const B = (account: string) =>
    `pcx-ab is active and leads to vpc-b of account ${account} (10.2.0.0/16, 2001:db8:2::/56).`;
  const toB = 'The most specific route of rtb-a (subnet-a1) for 10.2.1.139 is';
  const direct =
    'Add a route to pcx-ab in rtb-a, by hand; or, where a policy routes the peering, by tagging the table for this product.';
  const sentences = ({ hops }: Diagnosis) => hops.map(({ sentence }) => sentence);

  it('says of each hop what lets the packet on', () => {
    expect(sentences(diagnose(network(), 'i-a', 'i-b'))).toEqual([
      'i-a (10.1.1.13) is running.',
      'Security group sg-a of i-a (10.1.1.13) lets ICMP echo request (type 8) out to 10.2.1.139.',
      'Network ACL acl-a of subnet-a1 lets ICMP echo request (type 8), out to 10.2.1.139.',
      `${toB} 10.2.0.0/16 to pcx-ab.`,
      B(OWN),
      '10.2.1.139 is in vpc-b, the VPC at the other end.',
      'Network ACL acl-b of subnet-b1 lets ICMP echo request (type 8), in from 10.1.1.13.',
      'Security group sg-b of i-b (10.2.1.139) lets ICMP echo request (type 8) in from 10.1.1.13.',
      'i-b (10.2.1.139) is running.',
      'Network ACL acl-b of subnet-b1 lets the answer, ICMP echo reply (type 0), out to 10.1.1.13.',
      'The most specific route of rtb-b (subnet-b1) for 10.1.1.13 is 10.1.0.0/16 to pcx-ab.',
      A,
      '10.1.1.13 is in vpc-a, the VPC at the other end.',
      'Network ACL acl-a of subnet-a1 lets the answer, ICMP echo reply (type 0), in from 10.2.1.139.',
    ]);
  });

  it('says of each hop in another account that it is not visible, and whose it is', () => {
    const { hops, summary } = diagnose(ours, 'i-a', '10.2.1.139');
    expect(hops.filter(({ status }) => status === 'not-visible')).toEqual(
      [
        ['there', 'network-acl-in', `The network ACL of the subnet in vpc-b is not visible${THEIRS}`],
        ['there', 'security-group-in', `The security groups of 10.2.1.139 in vpc-b are not visible${THEIRS}`],
        ['there', 'target', `What has the address 10.2.1.139 in vpc-b is not visible${THEIRS}`],
        ['back', 'network-acl-out', `The network ACL of the subnet in vpc-b is not visible${THEIRS}`],
        ['back', 'route-table', `The route table of vpc-b is not visible${THEIRS}`],
      ].map(([direction, name, sentence]) => ({
        direction,
        name,
        status: 'not-visible',
        ids: ['vpc-b'],
        sentence,
      })),
    );
    expect(hops[4]?.sentence).toBe(B(PEER));
    expect(summary).toBe(
      `Whether i-a (10.1.1.13) can ping 10.2.1.139 in vpc-b is not visible from here: 5 of 12 hops are not, and nothing is wrong with the others. The network ACL of the subnet in vpc-b is not visible${THEIRS} For the rest, ask account ${PEER} to type there: peering explain 10.1.1.13 10.2.1.139 --region us-east-1`,
    );
  });

  it('says from the other account to here what is not visible, and takes the peering for the way', () => {
    const { hops, summary } = diagnose(ours, '10.2.1.139', 'i-a');
    expect(hops.slice(0, 6)).toEqual(
      [
        [
          'source',
          'not-visible',
          'vpc-b',
          `What has the address 10.2.1.139 in vpc-b is not visible${THEIRS}`,
        ],
        [
          'security-group-out',
          'not-visible',
          'vpc-b',
          `The security groups of 10.2.1.139 in vpc-b are not visible${THEIRS}`,
        ],
        [
          'network-acl-out',
          'not-visible',
          'vpc-b',
          `The network ACL of the subnet in vpc-b is not visible${THEIRS}`,
        ],
        ['route-table', 'not-visible', 'vpc-b', `The route table of vpc-b is not visible${THEIRS}`],
        ['peering', 'passes', 'pcx-ab', 'pcx-ab between vpc-b and vpc-a is active.'],
        [
          'network-acl-in',
          'passes',
          'acl-a',
          'Network ACL acl-a of subnet-a1 lets ICMP echo request (type 8), in from 10.2.1.139.',
        ],
      ].map(([name, status, id, sentence]) => ({ direction: 'there', name, status, ids: [id], sentence })),
    );
    expect(summary).toMatch(/^Whether 10\.2\.1\.139 in vpc-b can ping i-a \(10\.1\.1\.13\) is not visible/);
    expect(summary).toContain(
      `ask account ${PEER} to type there: peering explain 10.2.1.139 10.1.1.13 --region us-east-1`,
    );
  });

  it('says for which port to ask there', () => {
    const { summary } = diagnose(ours, 'i-a', '10.2.1.139', { traffic: { protocol: 'udp', port: 53 } });
    expect(summary).toContain(
      'peering explain 10.1.1.13 10.2.1.139 --protocol udp --port 53 --region us-east-1',
    );
  });

  it('says how to read another Region of an account of which this one was read', () => {
    const far = vpc('vpc-b', VPC_B.cidrs, { region: 'eu-west-1' });
    const parts = network({ peerings: [peering('pcx-ab', VPC_A, far)], vpcs: [VPC_A] });
    const { hops, summary } = diagnose(seenBy(OWN, { ...parts, vpcs: [VPC_A] }), 'i-a', '10.2.1.200');
    const hidden = hops.find(({ status }) => status === 'not-visible');
    expect(hidden?.sentence).toContain(`vpc-b is in account ${OWN}, eu-west-1.`);
    expect(summary).toContain('For the rest, read eu-west-1, too: --region us-east-1 --region eu-west-1');
  });

  it('names nobody to ask for what this account has and did not read', () => {
    const { hops, summary } = diagnose(network({ networkAcls: [] }), 'i-a', 'i-b');
    expect(hops.filter(({ status }) => status === 'not-visible')).not.toEqual([]);
    expect(hops.map(({ sentence }) => sentence).join(' ')).not.toContain('is in account');
    expect(summary).not.toContain('ask account');
  });

  it('finds no way from another account to here where no active peering is visible', () => {
    const pending = [peering('pcx-ab', VPC_A, foreign), peering('pcx-ac', VPC_A, VPC_C)];
    for (const status of ['provisioning', 'deleted'] as const) {
      const parts = { peerings: pending.map((each) => ({ ...each, status })) };
      const { reachable, hops } = diagnose({ ...ours, ...parts }, '10.2.1.139', 'i-a');
      expect(reachable).toBe('not-visible');
      expect(hops.at(-1)).toEqual({
        name: 'peering',
        direction: 'there',
        status: 'not-visible',
        ids: ['vpc-b', 'vpc-a'],
        sentence: `No active peering between vpc-b and vpc-a is visible. ${
          status === 'deleted'
            ? 'Peer vpc-b with vpc-a directly, or connect both to a transit gateway.'
            : 'pcx-ab between vpc-b and vpc-a is provisioning; it has to be active, and then routed.'
        }`,
      });
    }
  });

  it('names what was asked for in its answer', () => {
    const https = [rule({ protocol: 'tcp', fromPort: 443, toPort: 443, cidrs: ['10.0.0.0/8'] })];
    const open = network({
      securityGroups: [securityGroup(VPC_A), securityGroup(VPC_B, { ingress: https })],
    });
    const traffic = { protocol: 'tcp', port: 443 } as const;
    const allowed = diagnose(open, 'i-a', 'i-b', { traffic });
    expect(allowed.summary).toBe(
      'i-a (10.1.1.13) can reach TCP port 443 of i-b (10.2.1.139): nothing in the network is in the way.',
    );
    expect(allowed.hops.at(-1)?.sentence).toBe(
      'Network ACL acl-a of subnet-a1 lets the answer, TCP ports 32768-60999, in from 10.2.1.139.',
    );
    expect(diagnose(network(), 'i-a', 'i-b', { traffic }).summary).toBe(
      'i-a (10.1.1.13) cannot reach TCP port 443 of i-b (10.2.1.139). Security group sg-b of i-b (10.2.1.139) does not let TCP port 443 in from 10.1.1.13. Add an inbound rule for it.',
    );
    expect(diagnose(network({ routeTables: tables({ a: [] }) }), 'vpc-a', 'vpc-b').summary).toBe(
      `i-a (10.1.1.13) cannot ping i-b (10.2.1.139). rtb-a of subnet-a1 has no route to 10.2.1.139 in vpc-b. ${direct} i-a (10.1.1.13) stands for vpc-a. i-b (10.2.1.139) stands for vpc-b.`,
    );
  });

  it('asks nothing of the network where both ends are the same interface', () => {
    const { reachable, hops } = diagnose(network({ networkAcls: [] }), 'i-a', '10.1.1.13');
    expect(reachable).toBe(true);
    expect(hops.map(({ name }) => name)).toEqual(['source']);
  });

  it('asks the security groups and both machines inside one subnet, and nothing else', () => {
    const neighbours = (parts: Partial<NetworkSnapshot>, state: 'running' | 'stopped') =>
      diagnose(
        network({
          instances: [instance('i-a', VPC_A, 1, 13), instance('i-a2', VPC_A, 1, 14, { state })],
          networkAcls: [],
          routeTables: [],
          ...parts,
        }),
        'i-a',
        'i-a2',
      );
    expect(neighbours({}, 'running').hops.map(({ name }) => name)).toEqual([
      'source',
      'security-group-out',
      'security-group-in',
      'target',
    ]);
    expect(neighbours({}, 'stopped').firstFailure?.hop).toBe('target');
    const closed = { securityGroups: [securityGroup(VPC_A, { ingress: [] })] };
    expect(neighbours(closed, 'running').firstFailure?.hop).toBe('security-group-in');
    // A group reference holds inside a VPC.
    const own = { securityGroups: [securityGroup(VPC_A, { ingress: [rule({ groupIds: ['sg-a'] })] })] };
    expect(neighbours(own, 'running').reachable).toBe(true);
  });

  it('goes by the local route from subnet to subnet of one VPC', () => {
    const instances = [instance('i-a', VPC_A, 1, 13), instance('i-a2', VPC_A, 2, 14)];
    const diagnosis = diagnose(network({ instances }), 'i-a', 'i-a2');
    expect(diagnosis.reachable).toBe(true);
    expect(names(diagnosis).slice(2, 6)).toEqual([
      'there network-acl-out passes',
      'there route-table passes',
      'there network-acl-in passes',
      'there security-group-in passes',
    ]);
    expect(sentences(diagnosis)[3]).toBe(
      'The most specific route of rtb-a (subnet-a1) for 10.1.2.14 is 10.1.0.0/16 to local.',
    );
    const hidden = diagnose(network({ instances, routeTables: [] }), 'i-a', 'i-a2');
    expect(names(hidden)).toContain('there target passes');
    expect(sentences(hidden)[3]).toBe('The route table of subnet-a1 is not visible.');
  });

  const twin = vpc('vpc-z', VPC_A.cidrs);
  const twins = network({
    vpcs: [VPC_A, twin],
    subnets: [subnet(VPC_A, 1), subnet(twin, 1)],
    instances: [instance('i-a', VPC_A, 1, 13), instance('i-z', twin, 2, 1)],
    peerings: [peering('pcx-az', VPC_A, twin)],
  });
  const acls = (a: NetworkAclEntry[], b: NetworkAclEntry[]) => ({
    networkAcls: [
      networkAcl(VPC_A, [...a, ...networkAcl(VPC_A).entries]),
      networkAcl(VPC_B, [...b, ...networkAcl(VPC_B).entries]),
    ],
  });
  const denial = (egress: boolean, type: number): NetworkAclEntry[] => [
    { ruleNumber: 50, egress, action: 'deny', protocol: '1', cidr: '10.0.0.0/8', fromPort: type, toPort: -1 },
  ];
  const routes = (...a: Parameters<typeof route>[]) => ({
    routeTables: tables({ a: a.map((each) => route(...each)) }),
  });
  const interfaceB = {
    interfaceId: 'eni-1',
    vpcId: 'vpc-b',
    subnetId: 'subnet-b1',
    addresses: ['10.2.1.50'],
    securityGroupIds: ['sg-b'],
  };
  const withGroups = (groups: readonly string[]) => [
    instance('i-a', VPC_A, 1, 13),
    instance('i-b', VPC_B, 1, 139, { securityGroupIds: groups }),
  ];

  it.each<[string, NetworkSnapshot, string, Partial<Diagnosis['hops'][number]>]>([
    [
      'an interface of no instance',
      network({ interfaces: [interfaceB] }),
      '10.2.1.50',
      {
        name: 'target',
        status: 'not-visible',
        ids: ['eni-1'],
        sentence: 'eni-1 (10.2.1.50) belongs to no instance; what is behind it is not visible.',
      },
    ],
    [
      'an address of a VPC with the same range',
      twins,
      'i-z',
      {
        name: 'route-table',
        status: 'fails',
        ids: ['rtb-a'],
        sentence:
          'The most specific route of rtb-a (subnet-a1) for 10.1.2.1 is 10.1.0.0/16 to local: the address lies in vpc-a itself, so it never leaves to vpc-z. VPCs that share a range cannot reach each other there.',
      },
    ],
    [
      'a blackhole that is no peering',
      network(routes(['10.2.0.0/16', 'tgw-1', { state: 'blackhole' }])),
      'i-b',
      {
        name: 'route-table',
        status: 'fails',
        ids: ['rtb-a', 'tgw-1'],
        sentence: `${toB} 10.2.0.0/16 to tgw-1, which is a blackhole. Point 10.2.0.0/16 in rtb-a to pcx-ab by hand; or, where a policy routes the peering, delete that route and tag the table for this product.`,
      },
    ],
    [
      'a prefix list that was not read',
      network(routes(['10.2.0.0/16', 'pcx-ab'], ['pl-1', 'tgw-1'])),
      'i-b',
      {
        name: 'route-table',
        status: 'not-visible',
        ids: ['rtb-a', 'pl-1'],
        sentence:
          'rtb-a of subnet-a1 routes prefix list pl-1 to tgw-1, and whether 10.2.1.139 is in the list is not visible.',
      },
    ],
    [
      'a route to a live peering that is a blackhole',
      network(routes(['10.2.0.0/16', 'pcx-ab', { state: 'blackhole' }])),
      'i-b',
      {
        name: 'peering',
        status: 'fails',
        ids: ['pcx-ab', 'rtb-a'],
        sentence:
          'pcx-ab is active, but EC2 shows its route in rtb-a as a blackhole. Delete the route and create it again.',
      },
    ],
    [
      'a peering that was not read',
      network(routes(['10.2.0.0/16', 'pcx-zz'])),
      'i-b',
      { name: 'peering', status: 'not-visible', ids: ['pcx-zz'], sentence: 'pcx-zz is not visible.' },
    ],
    [
      'a peering that is gone',
      network(routes(['10.2.0.0/16', 'pcx-zz', { state: 'blackhole' }])),
      'i-b',
      {
        name: 'peering',
        status: 'fails',
        ids: ['pcx-zz'],
        sentence: `pcx-zz no longer exists, and its route in rtb-a is a blackhole. Delete the route. ${direct}`,
      },
    ],
    [
      'a peering of other VPCs',
      network(routes(['10.2.0.0/16', 'pcx-bc'])),
      'i-b',
      {
        name: 'peering',
        status: 'fails',
        ids: ['pcx-bc'],
        sentence: 'pcx-bc has no side in vpc-a, so rtb-a cannot use it.',
      },
    ],
    [
      'a CIDR that the VPC at the other end lost',
      network({ peerings: [peering('pcx-ab', VPC_A, vpc('vpc-b', ['10.9.0.0/16', '10.8.0.0/16']))] }),
      'i-b',
      {
        name: 'peer-cidrs',
        status: 'fails',
        ids: ['pcx-ab', 'vpc-b'],
        sentence:
          'pcx-ab leads to vpc-b of account 111111111111 (10.9.0.0/16, 10.8.0.0/16) and no further, and 10.2.1.139 is not there. Look whether vpc-b lost a CIDR.',
      },
    ],
    [
      'a third VPC behind the one at the other end',
      network(routes(['10.3.0.0/16', 'pcx-ab'])),
      'i-c',
      {
        name: 'peer-cidrs',
        status: 'fails',
        sentence:
          'pcx-ab leads to vpc-b of account 111111111111 (10.2.0.0/16, 2001:db8:2::/56) and no further, and 10.3.1.5 is not there. 10.3.1.5 is in vpc-c, and the entry 10.3.0.0/16 in rtb-a tries that in vain. Both are peered with vpc-b, but peering is not transitive: no packet goes through a VPC in between. Peer vpc-a with vpc-c directly, or connect both to a transit gateway.',
      },
    ],
    [
      'a peering that is not active yet and has no route',
      network({ peerings: peerings('pending-acceptance'), ...routes() }),
      'i-b',
      {
        name: 'route-table',
        sentence:
          'rtb-a of subnet-a1 has no route to 10.2.1.139 in vpc-b. pcx-ab between vpc-a and vpc-b is pending-acceptance; it has to be active, and then routed.',
      },
    ],
    [
      'a peering that is deleted and has no route',
      network({ peerings: peerings('deleted'), ...routes() }),
      'i-b',
      {
        name: 'route-table',
        sentence:
          'rtb-a of subnet-a1 has no route to 10.2.1.139 in vpc-b. pcx-ab is deleted. Peer vpc-a with vpc-b directly, or connect both to a transit gateway.',
      },
    ],
    [
      'a deleted peering beside one that is active',
      network({
        peerings: [peering('pcx-old', VPC_A, VPC_B, { status: 'deleted' }), ...peerings()],
        ...routes(),
      }),
      'i-b',
      { name: 'route-table', sentence: `rtb-a of subnet-a1 has no route to 10.2.1.139 in vpc-b. ${direct}` },
    ],
    [
      'a pending peering beside one that is active',
      network({
        peerings: [peering('pcx-new', VPC_A, VPC_B, { status: 'pending-acceptance' }), ...peerings()],
        ...routes(),
      }),
      'i-b',
      { name: 'route-table', sentence: `rtb-a of subnet-a1 has no route to 10.2.1.139 in vpc-b. ${direct}` },
    ],
    [
      'several VPCs in between, some of them by peerings that are no more',
      network({
        vpcs: [VPC_A, VPC_C],
        peerings: ['vpc-y', 'vpc-x', 'vpc-w', 'vpc-v'].flatMap((id) => {
          const middle = vpc(id, ['10.7.0.0/16']);
          const status = id === 'vpc-w' ? 'deleted' : 'active';
          return [
            peering(`pcx-a${id}`, VPC_A, middle, { status }),
            ...(id === 'vpc-v' ? [] : [peering(`pcx-c${id}`, middle, VPC_C)]),
          ];
        }),
        ...routes(),
      }),
      'i-c',
      {
        name: 'route-table',
        sentence:
          'rtb-a of subnet-a1 has no route to 10.3.1.5 in vpc-c. Both are peered with vpc-x, vpc-y, but peering is not transitive: no packet goes through a VPC in between. Peer vpc-a with vpc-c directly, or connect both to a transit gateway.',
      },
    ],
    [
      'a network ACL that was not read',
      network({ networkAcls: [networkAcl(VPC_A)] }),
      'i-b',
      {
        name: 'network-acl-in',
        status: 'not-visible',
        ids: ['subnet-b1'],
        sentence: 'The network ACL of subnet-b1 is not visible.',
      },
    ],
    [
      'a network ACL that denies on the way out',
      network(acls(denial(true, 8), [])),
      'i-b',
      {
        name: 'network-acl-out',
        sentence:
          'Network ACL acl-a of subnet-a1 does not let ICMP echo request (type 8), out to 10.2.1.139: its entry 50 denies it. Allow it in an outbound entry with a number below 50.',
      },
    ],
    [
      'a network ACL that denies on the way in',
      network(acls([], denial(false, 8))),
      'i-b',
      {
        name: 'network-acl-in',
        sentence:
          'Network ACL acl-b of subnet-b1 does not let ICMP echo request (type 8), in from 10.1.1.13: its entry 50 denies it. Allow it in an inbound entry with a number below 50.',
      },
    ],
    [
      'a network ACL that denies the answer',
      network(acls([], denial(true, 0))),
      'i-b',
      {
        name: 'network-acl-out',
        direction: 'back',
        sentence:
          'Network ACL acl-b of subnet-b1 does not let the answer, ICMP echo reply (type 0), out to 10.1.1.13: its entry 50 denies it. Allow it in an outbound entry with a number below 50; network ACLs keep no state, so answers need entries of their own.',
      },
    ],
    [
      'several security groups of which none lets it',
      network({
        instances: withGroups(['sg-b', 'sg-b2']),
        securityGroups: [
          securityGroup(VPC_A),
          ...['sg-b', 'sg-b2'].map((groupId) => securityGroup(VPC_B, { groupId, ingress: [] })),
        ],
      }),
      'i-b',
      {
        name: 'security-group-in',
        ids: ['sg-b', 'sg-b2'],
        sentence:
          'Security group sg-b, sg-b2 of i-b (10.2.1.139) does not let ICMP echo request (type 8) in from 10.1.1.13. Add an inbound rule for it.',
      },
    ],
    [
      'a security group with a prefix list that was not read',
      network({
        securityGroups: [
          securityGroup(VPC_A),
          securityGroup(VPC_B, { ingress: [rule({ prefixListIds: ['pl-1'] })] }),
        ],
      }),
      'i-b',
      {
        name: 'security-group-in',
        status: 'not-visible',
        sentence:
          'Whether Security group sg-b of i-b (10.2.1.139) lets ICMP echo request (type 8) in from 10.1.1.13 is not visible: pl-1 is not visible.',
      },
    ],
    [
      'a way back by the local route of a VPC with the same range',
      network({
        routeTables: tables({ b: [route('10.1.0.0/16', 'igw-1')] }),
      }),
      'i-b',
      {
        name: 'route-table',
        direction: 'back',
        ids: ['rtb-b', 'igw-1'],
        sentence:
          'The most specific route of rtb-b (subnet-b1) for 10.1.1.13 is 10.1.0.0/16 to igw-1, which does not lead to vpc-a. Point 10.1.0.0/16 in rtb-b to pcx-ab by hand; or, where a policy routes the peering, delete that route and tag the table for this product.',
      },
    ],
  ])('names %s', (_, snapshot, target, expected) => {
    const diagnosis = diagnose(snapshot, 'i-a', target);
    const hop = diagnosis.hops.find(({ status }) => status !== 'passes');
    expect(hop).toMatchObject(expected);
    if (hop?.status === 'fails') {
      expect(diagnosis.summary).toContain(` cannot ping ${target} (`);
      expect(diagnosis.summary).toContain(`). ${hop.sentence}`);
    } else {
      expect(diagnosis.summary).toMatch(/: 1 of \d+ hops are not, and |: 2 of \d+ hops are not, and /);
      expect(diagnosis.summary).toContain(`${hop?.sentence}`);
    }
  });

  it('names the group that lets the packet on, not those beside it', () => {
    const parts = {
      instances: withGroups(['sg-b2', 'sg-b']),
      securityGroups: [
        securityGroup(VPC_A),
        securityGroup(VPC_B),
        securityGroup(VPC_B, { groupId: 'sg-b2', ingress: [] }),
      ],
    };
    expect(sentences(diagnose(network(parts), 'i-a', 'i-b'))[7]).toMatch(/^Security group sg-b of i-b /);
  });

  it('reads the CIDRs of the VPC itself where the peering does not show them', () => {
    const shown = peering('pcx-ab', VPC_A, VPC_B);
    const hidden = { ...shown, accepter: { ...shown.accepter, cidrs: [] } };
    const read = diagnose(network({ peerings: [hidden] }), 'i-a', 'i-b');
    expect(read.reachable).toBe(true);
    expect(read.hops[4]?.sentence).toBe('pcx-ab is active and leads to vpc-b of account 111111111111.');
  });

  it('takes an address for the one that the route leads to, where several VPCs have it', () => {
    const other = vpc('vpc-z', VPC_B.cidrs);
    const vpcs = [VPC_A, other, VPC_B];
    const snapshot = (target: string) =>
      network({
        vpcs,
        subnets: vpcs.flatMap((each) => [subnet(each, 1)]),
        instances: [
          instance('i-a', VPC_A, 1, 13),
          instance('i-z', other, 1, 139),
          instance('i-b', VPC_B, 1, 139),
        ],
        peerings: [...peerings(), peering('pcx-az', VPC_A, other)],
        ...routes(['10.2.0.0/16', target]),
      });
    expect(diagnose(snapshot('pcx-az'), 'i-a', '10.2.1.139').summary).toContain('i-z (10.2.1.139)');
    expect(diagnose(snapshot('pcx-ab'), 'i-a', '10.2.1.139').summary).toContain('i-b (10.2.1.139)');
    expect(diagnose(snapshot('pcx-ab'), 'i-a', 'i-z').firstFailure).toMatchObject({
      hop: 'peer-cidrs',
      sentence:
        'pcx-ab leads to vpc-b of account 111111111111 (10.2.0.0/16, 2001:db8:2::/56), where 10.2.1.139 is another address than the one in vpc-z. VPCs that share a range cannot both be reached at it. A route to pcx-az here would take it from vpc-b: give one of them other addresses, or lead it from a subnet with a route table of its own.',
    });
  });

  it('takes the source for the one that is nearest to a target that is clear', () => {
    const other = vpc('vpc-z', VPC_A.cidrs);
    const snapshot = network({
      vpcs: [VPC_A, other, VPC_B],
      subnets: [VPC_A, other, VPC_B].flatMap((each) => [subnet(each, 1)]),
      instances: [
        instance('i-a', VPC_A, 1, 13),
        instance('i-z', other, 1, 13),
        instance('i-b', VPC_B, 1, 139),
      ],
    });
    expect(() => diagnose(snapshot, '10.1.1.13', '10.2.1.139')).toThrow('belongs to several');
    expect(diagnose(snapshot, '10.1.1.13', 'i-b').summary).toContain('i-a (10.1.1.13) can ping i-b');
    expect(diagnose(snapshot, '10.1.1.13', 'i-z').summary).toContain('can ping i-z');
    expect(diagnose(snapshot, '10.1.1.13', 'vpc-z').summary).toContain('can ping i-z');
  });
});

describe('diagnose, on generated networks', () => {
  const pairs = ({ instances }: NetworkSnapshot) =>
    instances.flatMap((source) => instances.map((target) => [source.instanceId, target.instanceId] as const));

  it('is sure only when no hop is hidden, and names what fails', () => {
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const model = createNetworkModel(snapshot);
        const diagnosed = pairs(snapshot).map(([source, target]) => diagnose(model, source, target));
        const failed = diagnosed.map(({ hops }) => hops.find(({ status }) => status === 'fails'));
        // Compared in one go: thousands of calls of `expect` take longer than the diagnoses.
        expect(diagnosed.map(({ reachable }) => reachable)).toEqual(
          diagnosed.map(({ hops }, index) =>
            failed[index] !== undefined
              ? false
              : hops.some(({ status }) => status === 'not-visible')
                ? 'not-visible'
                : true,
          ),
        );
        expect(diagnosed.map(({ firstFailure }) => firstFailure?.sentence)).toEqual(
          failed.map((hop) => hop?.sentence),
        );
        expect(
          diagnosed.flatMap(({ hops }) =>
            hops.filter(({ ids, sentence }) => ids.length === 0 || !/^\S.*\.$/.test(sentence)),
          ),
        ).toEqual([]);
        expect(diagnosed.filter(({ summary }) => summary.includes('undefined'))).toEqual([]);
      }),
      { numRuns: runs(100) },
    );
  });

  it('finds the same in whatever order things were read', () => {
    const reversed = (snapshot: NetworkSnapshot): NetworkSnapshot => ({
      vpcs: snapshot.vpcs.toReversed(),
      subnets: snapshot.subnets.toReversed(),
      routeTables: snapshot.routeTables.toReversed(),
      peerings: snapshot.peerings.toReversed(),
      securityGroups: snapshot.securityGroups.toReversed(),
      networkAcls: snapshot.networkAcls.toReversed(),
      instances: snapshot.instances.toReversed(),
      interfaces: snapshot.interfaces.toReversed(),
      prefixLists: snapshot.prefixLists,
    });
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const [one, other] = [createNetworkModel(snapshot), createNetworkModel(reversed(snapshot))];
        expect(pairs(snapshot).map(([source, target]) => diagnose(other, source, target))).toEqual(
          pairs(snapshot).map(([source, target]) => diagnose(one, source, target)),
        );
      }),
      { numRuns: runs(100) },
    );
  });

  it('never turns from sure to the opposite when more is seen', () => {
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const part = seenBy(OWN, snapshot);
        const [narrow, wide] = [createNetworkModel(part), createNetworkModel(snapshot)];
        const opposite = pairs(part).filter(([source, target]) => {
          const less = diagnose(narrow, source, target).reachable;
          const more = diagnose(wide, source, target).reachable;
          return less !== 'not-visible' && more !== 'not-visible' && more !== less;
        });
        expect(opposite).toEqual([]);
      }),
      { numRuns: runs(200) },
    );
  });

  it('is never made worse by opening every filter', () => {
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const open: NetworkSnapshot = {
          ...snapshot,
          securityGroups: snapshot.securityGroups.map((group) => ({
            ...group,
            ingress: [ANYTHING],
            egress: [ANYTHING],
          })),
          networkAcls: snapshot.networkAcls.map((acl) => ({
            ...acl,
            entries: [true, false].flatMap((egress) =>
              ['0.0.0.0/0', '::/0'].map((cidr, index) => ({
                ruleNumber: index + 1,
                egress,
                action: 'allow' as const,
                protocol: '-1',
                cidr,
              })),
            ),
          })),
        };
        const [filtered, unfiltered] = [createNetworkModel(snapshot), createNetworkModel(open)];
        const worse = pairs(snapshot).filter(
          ([source, target]) =>
            diagnose(filtered, source, target).reachable === true &&
            diagnose(unfiltered, source, target).reachable !== true,
        );
        expect(worse).toEqual([]);
      }),
      { numRuns: runs(100) },
    );
  });
});
