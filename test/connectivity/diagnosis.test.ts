import fc from 'fast-check';
import { type Diagnosis, diagnose } from '../../lib/connectivity/diagnosis.ts';
import { EndpointError } from '../../lib/connectivity/endpoints.ts';
import { createNetworkModel } from '../../lib/connectivity/network-model.ts';
import type { NetworkAclEntry, NetworkSnapshot } from '../../lib/connectivity/types.ts';
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
    expect(reachable).toBe(true);
    expect(summary).toContain('no security group is judged there');
    expect(hops.map(({ name }) => name)).not.toContain('security-group-in');
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
    expect(failure?.sentence).toContain('10.3.1.5 is in vpc-c.');
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

describe('diagnose, on generated networks', () => {
  const pairs = ({ instances }: NetworkSnapshot) =>
    instances.flatMap((source) => instances.map((target) => [source.instanceId, target.instanceId] as const));

  it('is sure only when no hop is hidden, and names what fails', () => {
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const model = createNetworkModel(snapshot);
        for (const [source, target] of pairs(snapshot)) {
          const { reachable, hops, firstFailure, summary } = diagnose(model, source, target);
          const failed = hops.find(({ status }) => status === 'fails');
          const hidden = hops.some(({ status }) => status === 'not-visible');
          expect(reachable).toBe(failed !== undefined ? false : hidden ? 'not-visible' : true);
          expect(firstFailure?.sentence).toBe(failed?.sentence);
          expect(hops.filter(({ ids, sentence }) => ids.length === 0 || !/^\S.*\.$/.test(sentence))).toEqual(
            [],
          );
          expect(summary).not.toContain('undefined');
        }
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
        for (const [source, target] of pairs(snapshot)) {
          expect(diagnose(other, source, target)).toEqual(diagnose(one, source, target));
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('never turns from sure to the opposite when more is seen', () => {
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const part = seenBy(OWN, snapshot);
        const [narrow, wide] = [createNetworkModel(part), createNetworkModel(snapshot)];
        for (const [source, target] of pairs(part)) {
          const less = diagnose(narrow, source, target).reachable;
          const more = diagnose(wide, source, target).reachable;
          if (less !== 'not-visible' && more !== 'not-visible') {
            expect(more).toBe(less);
          }
        }
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
        for (const [source, target] of pairs(snapshot)) {
          if (diagnose(snapshot, source, target).reachable === true) {
            expect(diagnose(open, source, target).reachable).toBe(true);
          }
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
