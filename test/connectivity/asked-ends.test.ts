import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import { peering, route, vpc } from '../support/fixtures.ts';
import { instance, network, peerings, subnet, tables, VPC_A, VPC_B, VPC_C } from './networks.ts';

/** What people may ask about beside instances, interfaces, addresses and VPCs: subnets, peerings and names. */

function explained(parts: Partial<NetworkSnapshot>, source: string, target: string) {
  return diagnose(network(parts), source, target);
}

describe('a subnet as an end', () => {
  it('is stood for by a running instance in it', () => {
    const { reachable, summary } = explained({}, 'subnet-a1', 'subnet-b1');
    expect(reachable).toBe(true);
    expect(summary).toContain('i-a (10.1.1.13) stands for subnet-a1.');
    expect(summary).toContain('i-b (10.2.1.139) stands for subnet-b1.');
  });

  it('is else stood for by an address of its own, and by its own table', () => {
    const own = {
      ...tables()[0],
      routeTableId: 'rtb-a2',
      routes: [],
      associations: [{ main: false, subnetId: 'subnet-a2' }],
    };
    const routeTables = [...tables(), own as typeof tables extends () => (infer T)[] ? T : never];
    const { firstFailure, summary } = explained({ routeTables }, 'subnet-a2', 'i-b');
    expect(firstFailure).toMatchObject({ hop: 'route-table', ids: ['rtb-a2'] });
    expect(summary).toContain('10.1.2.4 stands for subnet-a2');
  });

  it('is said once where both ends are the same', () => {
    const { summary } = explained({}, 'subnet-a1', 'subnet-a1');
    expect(summary.match(/stands for subnet-a1/g)).toHaveLength(1);
  });

  it('has to have been read', () => {
    expect(() => explained({}, 'subnet-none', 'i-b')).toThrow(
      'subnet-none is in none of the accounts and Regions that were read.',
    );
  });
});

describe('a peering as an end', () => {
  it('as the target is the VPC at its other end', () => {
    const { reachable, summary } = explained({}, 'i-a', 'pcx-ab');
    expect(reachable).toBe(true);
    expect(summary).toContain('i-b (10.2.1.139) stands for vpc-b, the other end of pcx-ab.');
    expect(explained({}, 'i-b', 'pcx-ab').summary).toContain(
      'i-a (10.1.1.13) stands for vpc-a, the other end of pcx-ab.',
    );
  });

  it('as the source is the VPC at the end that the target is not in', () => {
    expect(explained({}, 'pcx-ab', 'i-b').summary).toMatch(/^i-a \(10\.1\.1\.13\) can ping i-b/);
    expect(explained({}, 'pcx-ab', 'vpc-a').summary).toMatch(/^i-b \(10\.2\.1\.139\) can ping i-a/);
  });

  it('as both ends is its requester and its accepter', () => {
    expect(explained({}, 'pcx-ab', 'pcx-ab').summary).toMatch(/^i-a \(10\.1\.1\.13\) can ping i-b/);
  });

  it('has to have the other end in one of its VPCs', () => {
    expect(() => explained({}, 'i-c', 'pcx-ab')).toThrow(
      'pcx-ab connects vpc-a and vpc-b, and i-c is in neither: it is in vpc-c.',
    );
    expect(() => explained({}, 'i-a', 'pcx-gone')).toThrow(
      'pcx-gone is shown in none of the accounts and Regions that were read. EC2 shows a peering that has ended for some hours only.',
    );
  });

  it('that is pending is the failure, with who has to act', () => {
    const parts = { peerings: [peering('pcx-ab', VPC_A, VPC_B, { status: 'pending-acceptance' })] };
    const { firstFailure, reachable } = explained(parts, 'i-a', 'pcx-ab');
    expect(reachable).toBe(false);
    expect(firstFailure).toMatchObject({ hop: 'peering', ids: ['pcx-ab'] });
    expect(firstFailure?.sentence).toContain('pending-acceptance');
    expect(firstFailure?.sentence).toContain('has to accept it');
  });

  it('that was deleted says when and by whom, and which routes are left', () => {
    const ended = { at: new Date('2026-11-28T22:13:07Z'), by: 'arn:aws:iam::111111111111:user/ada' };
    const parts = { peerings: peerings('deleted'), peeringEnds: new Map([['pcx-ab', ended]]) };
    const { firstFailure, summary } = explained(parts, 'i-a', 'pcx-ab');
    expect(firstFailure?.sentence).toContain(
      'pcx-ab was deleted on 2026-11-28 22:13 UTC by arn:aws:iam::111111111111:user/ada.',
    );
    expect(firstFailure?.sentence).toContain(
      'Routes to it are left: 10.2.0.0/16 in rtb-a, 10.1.0.0/16 in rtb-b.',
    );
    expect(summary).toContain('pcx-ab was deleted on');
    const gone = { peerings: [], peeringEnds: new Map([['pcx-ab', ended]]) };
    expect(() => explained(gone, 'i-a', 'pcx-ab')).toThrow(
      'It was deleted on 2026-11-28 22:13 UTC by arn:aws:iam',
    );
  });

  it('that was deleted and has a living one in its place names that one', () => {
    const parts = { peerings: [...peerings('deleted'), peering('pcx-new', VPC_B, VPC_A)] };
    expect(explained(parts, 'i-a', 'pcx-ab').firstFailure?.sentence).toContain(
      'pcx-new is active between the same VPCs: peering explain vpc-a vpc-b.',
    );
  });
});

describe('a deleted peering that nobody asked about', () => {
  const ended = { at: new Date('2026-11-28T22:13:07Z'), by: 'ada' };

  it('is named as the cause after its routes are gone', () => {
    const parts = {
      peerings: peerings('deleted'),
      routeTables: tables({ a: [], b: [] }),
      peeringEnds: new Map([['pcx-ab', ended]]),
    };
    const { firstFailure } = explained(parts, 'i-a', 'i-b');
    expect(firstFailure?.hop).toBe('route-table');
    expect(firstFailure?.sentence).toContain('pcx-ab was deleted on 2026-11-28 22:13 UTC by ada.');
    expect(firstFailure?.sentence).toContain('Peer vpc-a with vpc-b');
  });

  it('is named where only a blackhole is left of it', () => {
    const parts = {
      peerings: [],
      routeTables: tables({ a: [route('10.2.0.0/16', 'pcx-ab', { state: 'blackhole' })] }),
      peeringEnds: new Map([['pcx-ab', ended]]),
    };
    expect(explained(parts, 'i-a', '10.2.1.139').firstFailure?.sentence).toContain(
      'pcx-ab was deleted on 2026-11-28 22:13 UTC by ada',
    );
  });
});

describe('a name as an end', () => {
  const tags = { Name: 'web' };
  const named = {
    instances: [
      instance('i-a', VPC_A, 1, 13, { tags }),
      instance('i-b', VPC_B, 1, 139, { tags: { Name: 'db one' } }),
    ],
    vpcs: [{ ...VPC_A, tags: { Name: 'shop' } }, { ...VPC_B, tags: { Name: 'data' } }, VPC_C],
    subnets: [VPC_A, VPC_B].flatMap((each) => [
      { ...subnet(each, 1), name: `${each.vpcId}-one` },
      subnet(each, 2),
    ]),
    peerings: [peering('pcx-ab', VPC_A, VPC_B, { tags: { Name: 'shop-data' } })],
  };

  it.each([
    ['web', 'db one', 'db one is i-b.'],
    ['shop', 'data', 'data is vpc-b.'],
    ['vpc-a-one', 'db one', 'vpc-a-one is subnet-a1.'],
    ['web', 'shop-data', 'shop-data is pcx-ab.'],
  ])('%s and %s are found by their Name tags', (source, target, note) => {
    const { reachable, summary } = explained(named, source, target);
    expect(reachable).toBe(true);
    expect(summary).toContain(note);
  });

  it('of several is refused with their ids, and with what tells them apart', () => {
    const vpcs = [{ ...VPC_A, tags }, VPC_B, VPC_C];
    expect(() => explained({ ...named, vpcs }, 'web', 'i-b')).toThrow(
      /^web is the name of several\. Name one by its id:\n {2}i-a \(web\) {2}of .*10\.1\.1\.13, .*\n {2}vpc-a \(web\) {2}of .*10\.1\.0\.0\/16, .*$/,
    );
  });

  it('of a peering that has ended and of one that is there is that of the latter', () => {
    const before = peering('pcx-old', VPC_A, VPC_B, { status: 'deleted', tags: { Name: 'shop-data' } });
    const { summary } = explained({ ...named, peerings: [before, ...named.peerings] }, 'web', 'shop-data');
    expect(summary).toContain('shop-data is pcx-ab. pcx-old had the name, too, and has ended.');
  });

  it('in commands to copy is its id', () => {
    const shut = {
      ...named,
      securityGroups: network().securityGroups.map((each) => ({ ...each, ingress: [] })),
    };
    const { summary } = diagnose(network(shut), 'web', 'db one', { suggest: 'other-ports' });
    expect(summary).toContain('peering explain i-a i-b --port PORT');
  });

  it('of nothing says what may be asked about', () => {
    expect(() => explained(named, 'nobody', 'i-b')).toThrow(
      'nobody is no instance id (i-...), no VPC id (vpc-...) and no IPv4 or IPv6 address.',
    );
  });
});

it('names the entry of a prefix list by which a route and a rule apply', () => {
  const far = vpc('vpc-b', ['10.2.0.0/16']);
  const lists = new Map([['pl-1', ['10.9.0.0/16', '10.2.0.0/17']]]);
  const parts = {
    routeTables: tables({ a: [route('pl-1', 'pcx-ab')] }),
    prefixLists: lists,
    peerings: [peering('pcx-ab', VPC_A, far)],
    securityGroups: network().securityGroups.map((each) =>
      each.groupId === 'sg-a'
        ? { ...each, egress: [{ protocol: '-1', cidrs: [], prefixListIds: ['pl-1'], groupIds: [] }] }
        : each,
    ),
  };
  const { hops } = explained(parts, 'i-a', 'i-b');
  expect(hops.find(({ name }) => name === 'route-table')?.sentence).toContain(
    'prefix list pl-1 to pcx-ab, by its entry 10.2.0.0/17',
  );
  expect(hops.find(({ name }) => name === 'security-group-out')?.sentence).toContain(
    'by entry 10.2.0.0/17 of pl-1',
  );
});
