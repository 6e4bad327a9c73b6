import fc from 'fast-check';
import { groupCommands, readCommandComment } from '../../lib/connectivity/probe-commands.ts';
import { type Probe, type ProbeInput, selectProbes } from '../../lib/connectivity/probes.ts';
import type { Instance, NetworkSnapshot } from '../../lib/model/network.ts';
import type { Peering, PeeringView, Vpc } from '../../lib/model/peering.ts';
import { PING_ONLY } from '../../lib/model/probe-kinds.ts';
import { parseAddress, parseCidr } from '../../lib/network/cidr.ts';
import type { ViewDecision } from '../../lib/routing/management.ts';
import { OWN, PEER, PREFIX, peering, policyOf, REGION, route, vpc } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';
import { topologyArbitrary } from '../support/topologies.ts';
import { instance, mainTable, VPC_A, VPC_B } from './networks.ts';

const RULES = [{ name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] } }];

function viewOf(of: Peering, localVpcId: string): PeeringView {
  const isRequester = of.requester.vpcId === localVpcId;
  const [local, remote] = isRequester ? [of.requester, of.accepter] : [of.accepter, of.requester];
  return {
    peering: of,
    region: local.region,
    direction: isRequester ? 'outbound' : 'inbound',
    local,
    remote,
  };
}

function decided(view: PeeringView, parts: Partial<ViewDecision['decision']> = {}): ViewDecision {
  return {
    view,
    facts: { accountId: OWN },
    decision: {
      decision: 'accept',
      rule: 'peers',
      effect: 'accept',
      reasons: ['The reason.'],
      rules: [],
      routableCidrs: view.remote.cidrs,
      managed: true,
      ...parts,
    },
  };
}

function input(parts: Partial<ProbeInput> = {}): ProbeInput {
  const instances = parts.instances ?? [
    instance('i-a', VPC_A, 1, 13, { role: 'source' }),
    instance('i-b', VPC_B, 1, 139, { role: 'target' }),
  ];
  return {
    views: [decided(viewOf(peering('pcx-ab', VPC_A, VPC_B), 'vpc-a'))],
    instances,
    onlineInstanceIds: new Set(instances.map(({ instanceId }) => instanceId)),
    routeTables: [
      mainTable(VPC_A, [route('10.2.0.0/16', 'pcx-ab'), route('2001:db8:2::/56', 'pcx-ab')]),
      mainTable(VPC_B, [route('10.1.0.0/16', 'pcx-ab'), route('2001:db8:1::/56', 'pcx-ab')]),
    ],
    policy: policyOf({ rules: RULES }),
    ...parts,
  };
}

function pings(parts: Partial<ProbeInput>): string[] {
  return selectProbes(input(parts)).probes.map((probe) => `${probe.sourceInstanceId} ${probe.target}`);
}

function skipReason(parts: Partial<ProbeInput>): string | undefined {
  const { probes, skipped } = selectProbes(input(parts));
  expect(probes).toEqual([]);
  expect(skipped).toHaveLength(1);
  return skipped[0]?.reason;
}

describe('selectProbes', () => {
  it('pings a tagged target in both families, and says what it costs', () => {
    const base = {
      peeringId: 'pcx-ab',
      region: REGION,
      rule: 'peers',
      sourceVpcId: 'vpc-a',
      sourceInstanceId: 'i-a',
      sourceZoneId: 'use1-az1',
      targetVpcId: 'vpc-b',
      targetInstanceId: 'i-b',
      targetZoneId: 'use1-az1',
      priceClass: 'same-zone',
    };
    expect(selectProbes(input())).toEqual({
      probes: [
        { ...base, target: '10.2.1.139', asked: { ...PING_ONLY, sizes: [9001, 1500] } },
        { ...base, target: '2001:db8:2:1::139', asked: PING_ONLY },
      ],
      skipped: [],
    });
  });

  it('spreads over Availability Zones, one source and one target in each', () => {
    const only4 = { ipv6Addresses: [] };
    const instances = [
      instance('i-a1', VPC_A, 1, 11, { role: 'source', ...only4 }),
      instance('i-a2', VPC_A, 1, 12, { role: 'both', ...only4 }),
      instance('i-a3', VPC_A, 2, 13, { role: 'source', ...only4 }),
      instance('i-b1', VPC_B, 1, 11, { role: 'target', ...only4 }),
      instance('i-b2', VPC_B, 2, 12, { role: 'both', ...only4 }),
      instance('i-b3', VPC_B, 2, 13, { role: 'target', ...only4 }),
    ];
    expect(pings({ instances })).toEqual(['i-a1 10.2.1.11', 'i-a3 10.2.2.12']);
  });

  it('pings one target from every source zone', () => {
    const instances = [
      ...[1, 2, 3].map((zone) =>
        instance(`i-a${zone}`, VPC_A, zone, 11, { role: 'source', ipv6Addresses: [] }),
      ),
      instance('i-b', VPC_B, 1, 11, { role: 'target' }),
    ];
    expect(pings({ instances })).toEqual(['i-a1 10.2.1.11', 'i-a2 10.2.1.11', 'i-a3 10.2.1.11']);
  });

  it('takes the instance with the lowest id of a zone, and pairs zones in their order', () => {
    const only4 = { ipv6Addresses: [] };
    const instances = [
      instance('i-a3', VPC_A, 2, 13, { role: 'source', ...only4 }),
      instance('i-a1', VPC_A, 2, 11, { role: 'source', ...only4 }),
      instance('i-a2', VPC_A, 1, 12, { role: 'source', ...only4 }),
      instance('i-b2', VPC_B, 2, 12, { role: 'target', ...only4 }),
      instance('i-b1', VPC_B, 1, 11, { role: 'target', ...only4 }),
    ];
    expect(pings({ instances })).toEqual(['i-a2 10.2.1.11', 'i-a1 10.2.2.12']);
  });

  it('takes instances of different subnets for those of different zones where zones are not known', () => {
    const zoneless = (id: string, subnetNumber: number, host: number) => {
      const { availabilityZoneId: _, ...rest } = instance(id, VPC_A, subnetNumber, host, { role: 'source' });
      return { ...rest, ipv6Addresses: [] };
    };
    const instances = [
      zoneless('i-a1', 1, 11),
      zoneless('i-a2', 1, 12),
      zoneless('i-a3', 2, 13),
      instance('i-b', VPC_B, 1, 9, { role: 'target' }),
    ];
    expect(pings({ instances })).toEqual(['i-a1 10.2.1.9', 'i-a3 10.2.1.9']);
    const [first] = selectProbes(input({ instances })).probes;
    expect(first).not.toHaveProperty('sourceZoneId');
  });

  it('takes instances of different subnets of one zone for one', () => {
    const zone = { availabilityZoneId: 'use1-az1', ipv6Addresses: [] };
    const instances = [
      instance('i-a1', VPC_A, 1, 11, { role: 'source', ...zone }),
      instance('i-a2', VPC_A, 2, 12, { role: 'source', ...zone }),
      instance('i-b', VPC_B, 1, 9, { role: 'target' }),
    ];
    expect(pings({ instances })).toEqual(['i-a1 10.2.1.9']);
  });

  it('pings no instance that is not tagged as a target', () => {
    const instances = [
      instance('i-a', VPC_A, 1, 13, { role: 'source' }),
      instance('i-b', VPC_B, 1, 1, { ipv6Addresses: [] }),
      instance('i-b2', VPC_B, 2, 2, { role: 'source', ipv6Addresses: [] }),
      instance('i-b3', VPC_B, 3, 3, { role: 'target', ipv6Addresses: [] }),
    ];
    expect(pings({ instances })).toEqual(['i-a 10.2.3.3']);
  });

  it('lets a source ping the targets that it is routed to, of several', () => {
    const only4 = { ipv6Addresses: [] };
    const instances = [
      instance('i-a1', VPC_A, 1, 11, { role: 'source', ...only4 }),
      instance('i-a2', VPC_A, 1, 12, { role: 'source', ...only4, subnetId: 'subnet-a2' }),
      instance('i-a3', VPC_A, 3, 13, { role: 'source', ...only4, subnetId: 'subnet-a2' }),
      instance('i-b1', VPC_B, 1, 11, { role: 'target', ...only4 }),
      instance('i-b2', VPC_B, 2, 12, { role: 'target', ...only4 }),
    ];
    const narrow = (destination: string, subnetId: string, id: string) => ({
      ...mainTable(VPC_A, [route(destination, 'pcx-ab')]),
      routeTableId: id,
      associations: [{ main: false, subnetId }],
    });
    const to = (a1: string, a2: string) => ({
      instances,
      routeTables: [narrow(a1, 'subnet-a1', 'rtb-1'), narrow(a2, 'subnet-a2', 'rtb-2')],
    });
    expect(pings(to('10.9.0.0/16', '10.2.2.0/24'))).toEqual(['i-a2 10.2.2.12', 'i-a3 10.2.2.12']);
    expect(pings(to('10.2.1.0/24', '10.2.2.0/24'))).toEqual(['i-a1 10.2.1.11', 'i-a3 10.2.2.12']);
  });

  it('heeds neither prefix lists nor routes that go elsewhere, nor the table of a gateway', () => {
    const gateway = {
      ...mainTable(VPC_A, [route('10.2.0.0/16', 'pcx-ab')]),
      routeTableId: 'rtb-gateway',
      associations: [{ main: false, gatewayId: 'igw-1' }],
    };
    const routes = [route('pl-1', 'pcx-ab'), route('pl-2', 'tgw-1'), route('10.2.0.0/16', 'tgw-1')];
    expect(pings({ routeTables: [mainTable(VPC_A, routes), gateway] })).toEqual([]);
  });

  it('reaches every target zone from one source', () => {
    const instances = [
      instance('i-a', VPC_A, 1, 11, { role: 'source', ipv6Addresses: [] }),
      instance('i-b1', VPC_B, 1, 11, { role: 'target' }),
      instance('i-b2', VPC_B, 2, 12, { role: 'target' }),
    ];
    expect(pings({ instances })).toEqual(['i-a 10.2.1.11', 'i-a 10.2.2.12']);
  });

  it('pings from each side that this account owns', () => {
    const both = peering('pcx-ab', VPC_A, VPC_B);
    const views = [decided(viewOf(both, 'vpc-a')), decided(viewOf(both, 'vpc-b'))];
    const instances = [
      instance('i-a', VPC_A, 1, 13, { role: 'both', ipv6Addresses: [] }),
      instance('i-b', VPC_B, 2, 139, { role: 'both', ipv6Addresses: [] }),
    ];
    const { probes } = selectProbes(input({ views, instances }));
    expect(probes.map(({ sourceInstanceId, target }) => `${sourceInstanceId} ${target}`)).toEqual([
      'i-a 10.2.2.139',
      'i-b 10.1.1.13',
    ]);
    expect(probes.map(({ priceClass }) => priceClass)).toEqual(['other-zone', 'other-zone']);
  });

  it("pings the rule's targets where it sees none, each of them", () => {
    const instances = [instance('i-a', VPC_A, 1, 13, { role: 'source' })];
    const policy = policyOf({
      rules: [{ ...RULES[0], probe: { targets: ['10.2.1.10', '10.9.0.1', '10.2.1.11'] } }],
    });
    expect(pings({ instances, policy })).toEqual(['i-a 10.2.1.10', 'i-a 10.2.1.11']);
    expect(selectProbes(input({ instances, policy })).probes[0]?.priceClass).toBe('unknown');
  });

  it('takes tagged targets over those of the rule, for each family apart', () => {
    const instances = [
      instance('i-a', VPC_A, 1, 13, { role: 'source' }),
      instance('i-b', VPC_B, 1, 139, { role: 'target', ipv6Addresses: [] }),
    ];
    const targets = ['10.2.1.10', '2001:db8:2:1::10'];
    const policy = policyOf({ rules: [{ ...RULES[0], probe: { targets } }] });
    expect(pings({ instances, policy })).toEqual(['i-a 10.2.1.139', 'i-a 2001:db8:2:1::10']);
  });

  it('knows the price of another Region', () => {
    const far = vpc('vpc-b', VPC_B.cidrs, { region: 'eu-west-1' });
    const views = [decided(viewOf(peering('pcx-ab', VPC_A, far), 'vpc-a'))];
    expect(selectProbes(input({ views })).probes.map(({ priceClass }) => priceClass)).toEqual([
      'other-region',
      'other-region',
    ]);
  });

  it('does not compare zones that it does not know', () => {
    const { availabilityZoneId: _, ...unknown } = instance('i-a', VPC_A, 1, 13, { role: 'source' });
    const instances: Instance[] = [unknown, instance('i-b', VPC_B, 1, 139, { role: 'target' })];
    expect(
      selectProbes(input({ instances })).probes.every(({ priceClass }) => priceClass === 'unknown'),
    ).toBe(true);
  });

  it('chooses a source whose subnet is routed', () => {
    const instances = [
      instance('i-a1', VPC_A, 1, 11, { role: 'source' }),
      instance('i-a2', VPC_A, 2, 12, { role: 'source' }),
      instance('i-b', VPC_B, 1, 139, { role: 'target', ipv6Addresses: [] }),
    ];
    const plain = {
      ...mainTable(VPC_A, []),
      routeTableId: 'rtb-plain',
      associations: [{ main: false, subnetId: 'subnet-a1' }],
    };
    expect(pings({ instances, routeTables: [...input().routeTables, plain] })).toEqual(['i-a2 10.2.1.139']);
  });

  it('still pings where a route that should be there is gone', () => {
    const routeTables = [mainTable(VPC_A, [])];
    const expectedRoutes = [
      {
        region: REGION,
        routeTableId: 'rtb-a',
        destination: '10.2.0.0/16',
        peeringId: 'pcx-ab',
        rule: 'peers',
      },
    ];
    expect(pings({ routeTables, expectedRoutes })).toEqual(['i-a 10.2.1.139']);
  });
});

describe('selectProbes, what cannot give a verdict', () => {
  const source = instance('i-a', VPC_A, 1, 13, { role: 'source' });
  const target = instance('i-b', VPC_B, 1, 139, { role: 'target' });

  it.each(['pending-acceptance', 'provisioning', 'deleted'] as const)(
    'skips a peering that is %s',
    (status) => {
      const views = [decided(viewOf(peering('pcx-ab', VPC_A, VPC_B, { status }), 'vpc-a'))];
      expect(skipReason({ views })).toBe(`pcx-ab is ${status}; only an active peering can be pinged across.`);
    },
  );

  it('skips a peering that is not managed, or cannot be decided', () => {
    const view = viewOf(peering('pcx-ab', VPC_A, VPC_B), 'vpc-a');
    expect(skipReason({ views: [decided(view, { managed: false })] })).toBe(
      'pcx-ab is not managed for vpc-a, so it is not checked. The reason.',
    );
    expect(skipReason({ views: [decided(view, { managed: false, undecidable: true })] })).toContain(
      'cannot be decided now',
    );
  });

  it('skips without a source, and says how to get one', () => {
    const tag = `${PREFIX}:probe`;
    const expected = `No running instance in vpc-a has the tag ${tag} = source or both. Tag one in each Availability Zone.`;
    expect(skipReason({ instances: [target] })).toBe(expected);
    expect(skipReason({ instances: [{ ...source, state: 'stopped' }, target] })).toBe(
      `No source in vpc-a runs: i-a is stopped. Start one, or tag a running instance in each Availability Zone with ${tag} = source or both.`,
    );
    expect(skipReason({ instances: [{ ...source, tags: { [tag]: 'target' } }, target] })).toBe(expected);
  });

  it('skips when Systems Manager sees no source online', () => {
    expect(skipReason({ onlineInstanceIds: new Set(['i-b']) })).toMatch(
      /^Systems Manager does not see i-a of vpc-a online\./,
    );
    const instances = [source, { ...source, instanceId: 'i-a2' }, target];
    expect(skipReason({ instances, onlineInstanceIds: new Set(['i-b']) })).toContain(
      'see i-a, i-a2 of vpc-a',
    );
  });

  it('skips without a target, and says where it looked', () => {
    expect(skipReason({ instances: [source] })).toContain('probe.targets of rule peers is empty');
    const policy = policyOf({ rules: [{ ...RULES[0], probe: { targets: ['10.9.0.1'] } }] });
    expect(skipReason({ instances: [source], policy })).toContain(
      'probe.targets of rule peers (10.9.0.1) is outside its CIDRs',
    );
    const several = policyOf({ rules: [{ ...RULES[0], probe: { targets: ['10.9.0.1', '10.9.0.2'] } }] });
    expect(skipReason({ instances: [source], policy: several })).toBe(
      'There is nothing to ping in vpc-b (10.2.0.0/16, 2001:db8:2::/56): no running instance with the tag peering-autopilot:probe = target or both is visible there, and probe.targets of rule peers (10.9.0.1, 10.9.0.2) is outside its CIDRs.',
    );
  });

  it('skips a target outside the CIDRs of the peering', () => {
    const narrowed: Vpc = vpc('vpc-b', ['10.2.128.0/17']);
    const views = [decided(viewOf(peering('pcx-ab', VPC_A, narrowed), 'vpc-a'))];
    expect(skipReason({ views })).toContain('There is nothing to ping in vpc-b (10.2.128.0/17)');
  });

  it('skips without a route, and names the table', () => {
    expect(skipReason({ routeTables: [mainTable(VPC_A, [])] })).toContain('by pcx-ab in rtb-a.');
    expect(skipReason({ routeTables: [mainTable(VPC_A, [route('10.2.0.0/16', 'pcx-other')])] })).toContain(
      'rtb-a',
    );
    expect(skipReason({ routeTables: [] })).toContain('a table that was not read');
  });

  it('names every table and target without a route, and says what to do', () => {
    const instances = [
      instance('i-a1', VPC_A, 1, 13, { role: 'source' }),
      instance('i-a2', VPC_A, 2, 13, { role: 'source' }),
      target,
    ];
    const other = {
      ...mainTable(VPC_A, []),
      routeTableId: 'rtb-2',
      associations: [{ main: false, subnetId: 'subnet-a1' }],
    };
    expect(skipReason({ instances, routeTables: [mainTable(VPC_A, []), other] })).toBe(
      'No source in vpc-a has an address of the right family and a route to 10.2.1.139, 2001:db8:2:1::139 by pcx-ab in rtb-2, rtb-a. Run "peering explain i-a1 10.2.1.139" to see what to do about it, or tag a source whose subnet is routed.',
    );
  });

  it('skips where the families of source and target differ', () => {
    const instances = [
      { ...source, ipv6Addresses: [] },
      { ...target, ipv4Addresses: [] },
    ];
    expect(skipReason({ instances })).toContain('an address of the right family');
  });
});

describe('selectProbes, on generated networks', () => {
  const policy = policyOf({ rules: [{ ...RULES[0], probe: { targets: ['10.1.1.200', '10.3.1.200'] } }] });

  function inputsOf(network: NetworkSnapshot): ProbeInput {
    return {
      views: network.peerings.flatMap((each) => [
        decided(viewOf(each, each.requester.vpcId)),
        decided(viewOf(each, each.accepter.vpcId)),
      ]),
      instances: network.instances,
      onlineInstanceIds: new Set(network.instances.map(({ instanceId }) => instanceId)),
      routeTables: network.routeTables,
      policy,
    };
  }

  it('gives every view either probes or a reason, and only probes that can give a verdict', () => {
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const given = inputsOf(snapshot);
        const { probes, skipped } = selectProbes(given);
        for (const { view } of given.views) {
          const { peeringId } = view.peering;
          const own = probes.filter(
            (probe) => probe.peeringId === peeringId && probe.sourceVpcId === view.local.vpcId,
          );
          const reasons = skipped.filter(
            (each) => each.peeringId === peeringId && each.localVpcId === view.local.vpcId,
          );
          expect(reasons.length).toBe(own.length === 0 ? 1 : 0);
          for (const { sourceInstanceId, target } of own) {
            const from = snapshot.instances.find(({ instanceId }) => instanceId === sourceInstanceId);
            expect(from?.state).toBe('running');
            expect(['source', 'both']).toContain(from?.tags[`${PREFIX}:probe`]);
            const { value, family } = parseAddress(target);
            const inside = view.remote.cidrs
              .map(parseCidr)
              .some((cidr) => cidr.family === family && cidr.first <= value && value <= cidr.last);
            expect(inside).toBe(true);
          }
        }
      }),
      { numRuns: runs(200) },
    );
  });

  it('gives the same in whatever order things were read', () => {
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const given = inputsOf(snapshot);
        const reversed: ProbeInput = {
          ...given,
          views: given.views.toReversed(),
          instances: given.instances.toReversed(),
          routeTables: given.routeTables.toReversed(),
        };
        expect(selectProbes(reversed)).toEqual(selectProbes(given));
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('groupCommands', () => {
  const probe = (number: number, parts: Partial<Probe> = {}): Probe => ({
    peeringId: 'pcx-0123456789abcdef0',
    region: REGION,
    rule: 'peers',
    sourceVpcId: 'vpc-a',
    sourceInstanceId: `i-${String(number).padStart(3, '0')}`,
    target: '10.2.1.139',
    targetVpcId: 'vpc-b',
    priceClass: 'unknown',
    asked: PING_ONLY,
    ...parts,
  });

  it('puts sources of one target in one command, as far as 50', () => {
    const commands = groupCommands(Array.from({ length: 120 }, (_, index) => probe(index)));
    expect(commands.map(({ instanceIds }) => instanceIds.length)).toEqual([50, 50, 20]);
    expect(new Set(commands.flatMap(({ instanceIds }) => instanceIds)).size).toBe(120);
  });

  it('never mixes Regions, peerings or targets, and loses no probe', () => {
    const any = fc.record({
      number: fc.integer({ min: 0, max: 70 }),
      region: fc.constantFrom(REGION, 'eu-west-1'),
      peeringId: fc.constantFrom('pcx-00000001', 'pcx-00000002'),
      target: fc.constantFrom('10.2.1.139', '2001:db8:2::139'),
    });
    const key = (region: string, peeringId: string, target: string, id: string) =>
      [region, peeringId, target, id].join(' ');
    fc.assert(
      fc.property(fc.array(any, { maxLength: 200 }), (parts) => {
        const probes = parts.map(({ number, ...rest }) => probe(number, rest));
        const commands = groupCommands(probes);
        const sent = commands.flatMap(({ region, peeringId, target, instanceIds }) =>
          instanceIds.map((id) => key(region, peeringId, target, id)),
        );
        const wanted = new Set(
          probes.map((each) => key(each.region, each.peeringId, each.target, each.sourceInstanceId)),
        );
        expect(sent).toHaveLength(wanted.size);
        expect(new Set(sent)).toEqual(wanted);
        expect(commands.every(({ instanceIds }) => instanceIds.length > 0 && instanceIds.length <= 50)).toBe(
          true,
        );
        expect(groupCommands(probes.toReversed())).toEqual(commands);
      }),
    );
  });

  it('writes a comment that tells what the command is about', () => {
    const target = '2001:db8:1111:2222:3333:4444:5555:6666';
    const [command] = groupCommands([probe(1, { target })]);
    expect(command?.comment.length).toBeLessThanOrEqual(100);
    expect(readCommandComment(command?.comment ?? '')).toEqual({
      peeringId: 'pcx-0123456789abcdef0',
      target,
      priceClass: 'unknown',
      asks: { ping: true, mtu: false, name: false, ports: [] },
    });
    const comment = 'pcx-11112222 10.2.1.139 same-zone';
    expect(readCommandComment(comment)).toBeDefined();
    for (const other of [`x${comment}`, `${comment}x`, `${comment}\n`, 'pcx-11112222 10.2.1.139 next-zone']) {
      expect(readCommandComment(other)).toBeUndefined();
    }
    expect(readCommandComment('something else')).toBeUndefined();
    expect(readCommandComment('')).toBeUndefined();
  });
});
