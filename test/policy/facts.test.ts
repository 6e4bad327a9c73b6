import { viewsOf } from '../../lib/model/views.ts';
import { decide } from '../../lib/policy/decide.ts';
import { factsFor } from '../../lib/policy/facts.ts';
import { inventory, OWN, PEER, peering, policyOf, REGION, route, table, vpc } from '../support/fixtures.ts';

const a = vpc('vpc-a', ['10.1.0.0/16', '10.11.0.0/16']);
const remote = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const second = vpc('vpc-s', ['10.65.0.0/16'], { accountId: PEER });
const request = peering('pcx-1', remote, a, { status: 'pending-acceptance' });
const policy = policyOf();

function factsOf(parts: Partial<Parameters<typeof inventory>[0]>) {
  const read = inventory({
    vpcs: [a],
    peerings: [request],
    tables: [table('rtb-1', a, [], { optIn: '*' })],
    ...parts,
  });
  const [view] = viewsOf(read, [REGION]);
  if (view === undefined) throw new Error('the test needs a view');
  const facts = factsFor(view, read, policy);
  return { ...facts, decision: decide(view, policy, facts).decision };
}

describe('the facts of a view', () => {
  it('hold the account, the local CIDRs that a pending request hides, and a reason to accept', () => {
    expect(factsOf({})).toEqual({
      accountId: OWN,
      localCidrs: ['10.1.0.0/16', '10.11.0.0/16'],
      activePeerings: 0,
      routedDestinations: [],
      decision: 'accept',
    });
  });

  it('count the active and provisioning peerings of the local VPC', () => {
    const { activePeerings } = factsOf({
      peerings: [
        request,
        peering('pcx-2', a, second),
        peering('pcx-3', second, a, { status: 'provisioning' }),
        peering('pcx-4', a, second, { status: 'deleted' }),
        peering('pcx-5', second, remote),
      ],
    });
    expect(activePeerings).toBe(2);
  });

  it('leave unknown what was not read, so that the request is held', () => {
    const unread = factsOf({ vpcs: [] });
    expect(unread.localCidrs).toBeUndefined();
    expect(unread.decision).toBe('hold');
    // Every VPC has a main table: none at all means that they were not read.
    const noTables = factsOf({ tables: [] });
    expect(noTables.routedDestinations).toBeUndefined();
    expect(noTables.activePeerings).toBeUndefined();
    expect(noTables.decision).toBe('hold');
  });

  it('name what opted-in tables route elsewhere, propagated routes included', () => {
    const routes = [
      route('10.64.1.0/24', 'tgw-1'),
      route('10.64.2.0/24', 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
      route('10.64.3.0/24', 'pcx-2'),
      route('10.64.4.0/24', 'pcx-unread'),
      route('10.64.5.0/24', 'pcx-1', { state: 'blackhole' }),
      route('10.64.6.0/24', 'pcx-dead', { state: 'blackhole' }),
      route('10.64.7.0/24', 'pcx-gone', { state: 'blackhole' }),
      route('pl-0123456789abcdef0', 'tgw-1'),
    ];
    const { routedDestinations, decision } = factsOf({
      peerings: [request, peering('pcx-2', a, second), peering('pcx-dead', a, second, { status: 'deleted' })],
      tables: [
        table('rtb-2', a, [route('10.64.0.0/16', 'nat-1')]),
        table('rtb-3', a, [route('10.64.0.0/16', 'nat-1')], { optIn: '*', gatewayId: 'igw-1' }),
        table('rtb-1', a, routes, { optIn: 'peers' }),
      ],
    });
    expect(routedDestinations).toEqual([
      { destination: '10.64.1.0/24', routeTableId: 'rtb-1', targetId: 'tgw-1' },
      { destination: '10.64.2.0/24', routeTableId: 'rtb-1', targetId: 'vgw-1' },
      { destination: '10.64.3.0/24', routeTableId: 'rtb-1', targetId: 'pcx-2' },
      { destination: '10.64.4.0/24', routeTableId: 'rtb-1', targetId: 'pcx-unread' },
    ]);
    expect(decision).toBe('hold');
  });

  it('name routes in the order of tables, destinations and targets', () => {
    const vgw = { origin: 'EnableVgwRoutePropagation' } as const;
    const { routedDestinations } = factsOf({
      tables: [
        table('rtb-2', a, [route('10.64.1.0/24', 'tgw-1')], { optIn: '*' }),
        table(
          'rtb-1',
          a,
          [
            route('10.64.3.0/24', 'tgw-1'),
            route('10.64.2.0/24', 'vgw-1', vgw),
            route('10.64.2.0/24', 'nat-1'),
            route('10.64.2.0/24', 'tgw-1', vgw),
          ],
          { optIn: '*' },
        ),
        table('rtb-3', a, [route('10.64.0.0/24', 'tgw-1')], { optIn: '*' }),
      ],
    });
    expect(
      routedDestinations?.map(({ routeTableId, destination, targetId }) =>
        [routeTableId, destination, targetId].join(' '),
      ),
    ).toEqual([
      'rtb-1 10.64.2.0/24 nat-1',
      'rtb-1 10.64.2.0/24 tgw-1',
      'rtb-1 10.64.2.0/24 vgw-1',
      'rtb-1 10.64.3.0/24 tgw-1',
      'rtb-2 10.64.1.0/24 tgw-1',
      'rtb-3 10.64.0.0/24 tgw-1',
    ]);
  });

  it('take a blackhole of something else than a peering for a route all the same', () => {
    const { routedDestinations } = factsOf({
      tables: [table('rtb-1', a, [route('10.64.1.0/24', 'nat-1', { state: 'blackhole' })], { optIn: '*' })],
    });
    expect(routedDestinations).toHaveLength(1);
  });

  it('hold what is known of the organization of the other account, or why nothing is', () => {
    const read = inventory({ vpcs: [{ ...a, cidrs: [] }], peerings: [request], tables: [] });
    const [view] = viewsOf(read, [REGION]);
    if (view === undefined) throw new Error('the test needs a view');
    const organization = { path: ['Root'], tags: {} } as never;
    expect(
      factsFor(view, read, policy, { organizationOf: (id) => (id === PEER ? organization : undefined) }),
    ).toEqual({
      accountId: OWN,
      organization,
    });
    expect(factsFor(view, read, policy, { organizationProblemOf: (id) => `No role for ${id}.` })).toEqual({
      accountId: OWN,
      organizationProblem: `No role for ${PEER}.`,
    });
  });
});
