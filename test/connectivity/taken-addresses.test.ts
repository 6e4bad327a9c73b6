import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { peering, route, vpc } from '../support/fixtures.ts';
import { followed } from '../support/followed.ts';
import { mainTable, network, peerings, subnet, tables, VPC_A } from './networks.ts';

/** A route has the address that another peering should have: advice that was followed must help, and move no working path. */

const dead = (destination: string, target: string) => route(destination, target, { state: 'blackhole' });

function advised(routes: readonly Route[], parts: Partial<NetworkSnapshot> = {}): string {
  return diagnose(network({ routeTables: tables({ a: routes }), ...parts }), 'i-a', 'i-b').summary;
}

describe('where the route to the peering is there, behind a narrower one', () => {
  const wide = route('10.2.0.0/16', 'pcx-ab');

  it.each([
    ['a peering that is gone', dead('10.2.1.0/24', 'pcx-gone'), 'Delete the route: '],
    ['a NAT gateway that is gone', dead('10.2.1.0/24', 'nat-gone'), 'Delete that route: '],
    [
      'an interface that is not modelled',
      route('10.2.1.0/24', 'eni-1'),
      'If it should take pcx-ab, delete that route: ',
    ],
    ['a transit gateway', route('10.2.1.0/24', 'tgw-1'), 'If it should take pcx-ab, delete that route: '],
  ])('to %s, deleting that is all', (_, narrow, first) => {
    const says = advised([wide, narrow]);
    expect(says).toContain(`${first}10.2.0.0/16 to pcx-ab has 10.2.1.139 then.`);
    expect(says).not.toMatch(/[Aa]dd a route|tagging|has to say so/);
  });

  it('that a gateway propagates, a static one of the same block is made by hand', () => {
    const propagated = route('10.2.1.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
    expect(advised([wide, propagated])).toContain(
      'If it should take pcx-ab, add a route to 10.2.1.0/24 by hand',
    );
  });

  it('nothing is promised of a route that drops its traffic, too', () => {
    const says = advised([dead('10.2.0.0/16', 'pcx-ab'), dead('10.2.1.0/24', 'pcx-gone')]);
    expect(says).not.toContain('has 10.2.1.139 then');
  });
});

describe('where a route to elsewhere is at the block of the peer', () => {
  it.each(['10.2.0.0/16', '10.2.1.0/24'])(
    'that to %s is pointed to the peering, as no tag and no other route helps',
    (block) => {
      expect(advised([dead(block, 'nat-gone')])).toContain(
        `which is a blackhole. Point ${block} in rtb-a to pcx-ab by hand; or, where a policy routes the peering, delete that route and tag the table`,
      );
    },
  );

  it('a new route is advised where it is narrower than what has the address', () => {
    expect(advised([route('0.0.0.0/0', 'nat-1')])).toContain('Add a route to pcx-ab in rtb-a, by hand');
    expect(advised([route('10.0.0.0/8', 'igw-1')])).toContain('Add a route to pcx-ab in rtb-a, by hand');
  });

  it('the policy is asked with that route', () => {
    const asked: (string | undefined)[] = [];
    const adviseRoute = ({ instead }: { readonly instead?: Route }) => {
      asked.push(instead?.destination);
      return undefined;
    };
    const of = (routes: readonly Route[]) =>
      diagnose(network({ routeTables: tables({ a: routes }) }), 'i-a', 'i-b', { adviseRoute });
    of([dead('10.2.0.0/16', 'nat-gone')]);
    of([route('0.0.0.0/0', 'nat-1')]);
    expect(asked).toEqual(['10.2.0.0/16', undefined]);
  });
});

describe('where what has the address leads out of sight', () => {
  const list = (cidrs: readonly string[]): Partial<NetworkSnapshot> => ({
    prefixLists: new Map([['pl-1', cidrs]]),
  });
  const propagated = { origin: 'EnableVgwRoutePropagation' } as const;

  it.each<[string, Route, string, Partial<NetworkSnapshot>?]>([
    ['a wider route', route('10.0.0.0/8', 'tgw-1'), 'add a route to 10.2.0.0/16, which goes before it'],
    ['a route at the block of the peer', route('10.2.0.0/16', 'tgw-1'), 'point that route to it'],
    ['a route inside it', route('10.2.1.0/24', 'tgw-1'), 'point that route to it'],
    ['a propagated route at it', route('10.2.0.0/16', 'vgw-1', propagated), 'add a route to 10.2.0.0/16'],
    ['a propagated route inside it', route('10.2.1.0/24', 'vgw-1', propagated), 'add a route to 10.2.1.0/24'],
    ['a list with a wider entry', route('pl-1', 'tgw-1'), 'add a route to 10.2.0.0/16', list(['10.0.0.0/8'])],
    [
      'a list with an entry inside it',
      route('pl-1', 'tgw-1'),
      'add a route to 10.2.1.0/24',
      list(['10.2.1.0/24', '10.9.0.0/16']),
    ],
  ])(
    'the command that is named for %s leads it to the peering, and takes nothing else',
    (_, taker, how, parts = {}) => {
      const before = tables({ a: [taker] });
      const says = advised([taker], parts);
      expect(says).toContain(`If it should take pcx-ab, ${how}`);
      const routeTables = followed(says, before);
      expect(diagnose(network({ ...parts, routeTables }), 'i-a', 'i-b').reachable).toBe(true);
      const left = routeTables[0]?.routes.find(({ destination }) => destination === taker.destination);
      expect(left?.target.id).toBe(how.startsWith('point') ? 'pcx-ab' : taker.target.id);
    },
  );

  it('a list that is dead is not turned as a whole', () => {
    const says = advised([dead('pl-1', 'nat-gone')], list(['10.2.1.0/24', '10.9.0.0/16']));
    expect(says).toContain(
      'Add a route to 10.2.1.0/24 to pcx-ab in rtb-a by hand: it goes before that entry of pl-1.',
    );
  });
});

describe('of two peers with the same range', () => {
  const twin = vpc('vpc-z', ['10.2.0.0/16']);
  /** vpc-a routes the range to vpc-z; i-b asks. */
  const shared = (parts: Partial<NetworkSnapshot> = {}) => {
    const all = network();
    return network({
      vpcs: [...all.vpcs, twin],
      subnets: [...all.subnets, subnet(twin, 2)],
      peerings: [...peerings(), peering('pcx-az', VPC_A, twin, { status: 'active' })],
      routeTables: [...tables({ a: [route('10.2.0.0/16', 'pcx-az')] }), mainTable(twin, [])],
      ...parts,
    });
  };
  const safe =
    'vpc-z has no subnet in 10.2.1.0/24: a route to that, to pcx-ab, by hand leads it to vpc-b and takes nothing from vpc-z.';
  const taken =
    'A route to pcx-ab here would take it from vpc-z: give one of them other addresses, or lead it from a subnet with a route table of its own.';

  it.each([
    ['there', 'i-a', 'i-b'],
    ['back', 'i-b', 'i-a'],
  ])('the way %s may be narrowed to a subnet that the other one has not', (_, from, to) => {
    const { firstFailure } = diagnose(shared(), from, to);
    expect(firstFailure?.sentence).toContain(safe);
    expect(firstFailure?.sentence).not.toMatch(/[Tt]ag/);
  });

  it.each<[string, Partial<NetworkSnapshot>]>([
    ['where the other one has the subnet, too', { subnets: [...network().subnets, subnet(twin, 1)] }],
    ['where no subnet of the other one is known', { subnets: network().subnets }],
    ['where a part of the other one is not seen', { partialVpcs: new Set(['vpc-z']) }],
    ['where the route is as narrow', { routeTables: [...tables({ a: [route('10.2.1.0/24', 'pcx-az')] })] }],
    [
      'where a wider route to the right peering is behind it',
      {
        routeTables: tables({ a: [route('10.2.0.0/16', 'pcx-ab'), route('10.2.1.0/24', 'pcx-az')] }),
      },
    ],
  ])('nothing is taken from the other one: %s', (_, parts) => {
    for (const [from, to] of [
      ['i-a', 'i-b'],
      ['i-b', 'i-a'],
    ] as const) {
      expect(diagnose(shared(parts), from, to).firstFailure?.sentence).toContain(taken);
    }
  });

  it('an answer that goes to a peer without the address is led right by a route', () => {
    const stray = vpc('vpc-z', ['10.9.0.0/16']);
    const parts = { peerings: [...peerings(), peering('pcx-az', VPC_A, stray, { status: 'active' })] };
    const of = (destination: string) =>
      diagnose(
        network({ ...parts, routeTables: tables({ a: [route(destination, 'pcx-az')] }) }),
        'i-b',
        'i-a',
      ).summary;
    expect(of('10.0.0.0/8')).toContain('Add a route to pcx-ab in rtb-a, by hand');
    expect(of('10.2.0.0/16')).toContain('Point 10.2.0.0/16 in rtb-a to pcx-ab by hand');
  });
});

describe('a network ACL that denies by an entry before which no number is free', () => {
  const allow = { egress: false, action: 'allow' as const, protocol: '-1', cidr: '0.0.0.0/0' };
  const deny = { ...allow, action: 'deny' as const, cidr: '10.0.0.0/8' };
  const of = (entries: readonly { readonly ruleNumber: number }[]) => {
    const [a, b, c] = network().networkAcls;
    const open = [...(b?.entries.filter(({ egress }) => egress) ?? []), ...entries];
    const acls = [a, { ...b, entries: open }, c].flatMap((each) => each ?? []);
    return diagnose(network({ networkAcls: acls as NetworkSnapshot['networkAcls'] }), 'i-a', 'i-b').summary;
  };

  it('is told to delete it or to give it another number', () => {
    const full = 'delete that entry, or give it a higher number and allow it in an inbound entry before it';
    expect(of([{ ...deny, ruleNumber: 1 }])).toContain(`No number below 1 is free: ${full}`);
    const other = { ...allow, cidr: '192.168.0.0/16', ruleNumber: 1 };
    expect(of([other, { ...deny, ruleNumber: 2 }])).toContain(`No number below 2 is free: ${full}`);
  });

  it('is not where one is', () => {
    expect(of([{ ...deny, ruleNumber: 2 }])).toContain('Allow it in an inbound entry with a number below 2.');
    const outbound = { ...allow, egress: true, ruleNumber: 1 };
    expect(of([outbound, { ...deny, ruleNumber: 2 }])).toContain('with a number below 2.');
  });
});
