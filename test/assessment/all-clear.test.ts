import fc from 'fast-check';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { contains } from '../../lib/network/cidr.ts';
import { readDestination } from '../../lib/network/destination.ts';
import { destinationsOf } from '../../lib/policy/destinations.ts';
import { type Scenario, scenarioArbitrary } from '../support/arbitraries.ts';
import { inventory, PEER, peering, policyOf, route, table, vpc } from '../support/fixtures.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { type PlanOf, planOf, registryOf, registryWith } from '../support/plan-of.ts';
import { runs } from '../support/runs.ts';

/** A side counts as routed only where each of the addresses that the policy wants leads to its peering now. */

describe('an own route to another peering inside the route of a peering', () => {
  const local = vpc('vpc-local', ['10.1.0.0/16']);
  const wanted = vpc('vpc-wanted', ['10.2.0.0/16'], { accountId: PEER });
  const formerVpc = vpc('vpc-former', ['10.2.64.0/18'], { accountId: '999999999999' });
  const peerings = [peering('pcx-wanted', wanted, local), peering('pcx-former', formerVpc, local)];

  function side(parts: Record<string, unknown>, narrow = '10.2.64.0/19', more: readonly Route[] = []) {
    const former = [route(narrow, 'pcx-former'), ...more].filter(({ target }) => target.id === 'pcx-former');
    const plan = planOf(
      inventory({
        vpcs: [local],
        peerings,
        tables: [
          table('rtb-1', local, [route('10.2.0.0/16', 'pcx-wanted'), route(narrow, 'pcx-former'), ...more], {
            optIn: '*',
          }),
        ],
      }),
      policyOf({
        rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] } }],
        drift: { onUntag: 'remove' },
        ...parts,
      }),
      {
        memory: registryOf([
          'rtb-1 10.2.0.0/16 pcx-wanted',
          ...former.map(({ destination }) => `rtb-1 ${destination} pcx-former`),
        ]),
      },
    );
    const { routes, ledAway } =
      plan.decisions.find(({ view }) => view.peering.peeringId === 'pcx-wanted') ?? {};
    return { routes, ledAway, kinds: plan.findings.map(({ kind }) => kind), changes: plan.changes };
  }

  it.each<[string, Record<string, unknown>]>([
    ['is made next', {}],
    ['is held observing', { mode: 'observe' }],
    ['is too many deletes at once', { guardrails: { maxDeletesPercent: 1 } }],
  ])('keeps it from being in place until it is deleted: that %s', (_, parts) => {
    const { routes, ledAway, changes } = side(parts);
    expect(changes).toEqual([
      expect.objectContaining({ action: 'delete', destination: '10.2.64.0/19', peeringId: 'pcx-former' }),
    ]);
    expect(routes).toEqual({ desired: 1, present: 0 });
    expect(ledAway).toEqual([{ routeTableId: 'rtb-1', destination: '10.2.64.0/19' }]);
  });

  it('is told once, of the route that goes', () => {
    expect(side({ mode: 'observe' }).kinds).toEqual(['stale']);
  });

  it('is named by its addresses, in whatever order EC2 lists the routes', () => {
    const second = [route('10.2.96.0/20', 'pcx-former')];
    const { ledAway } = side({}, '10.2.64.0/19', second);
    expect(ledAway?.map(({ destination }) => destination)).toEqual(['10.2.64.0/19', '10.2.96.0/20']);
    expect(side({}, '10.2.96.0/20', [route('10.2.64.0/19', 'pcx-former')]).ledAway).toEqual(ledAway);
  });

  it('takes nothing that a still narrower route leads where it is wanted', () => {
    const back = [route('10.2.64.0/20', 'pcx-wanted'), route('10.2.80.0/20', 'pcx-wanted')];
    const { routes, ledAway } = side({}, '10.2.64.0/19', back);
    expect(routes).toEqual({ desired: 1, present: 1 });
    expect(ledAway).toEqual([]);
  });
});

describe('over generated accounts', () => {
  /** By longest prefix; static before lists before propagated. */
  function leadOf(
    { routes }: RouteTable,
    address: string,
    { account: { prefixLists = [] } }: Scenario,
  ): Route | undefined {
    const block = readDestination(address);
    const order = ({ destination, origin }: Route) =>
      origin !== 'CreateRoute' ? 2 : destination.startsWith('pl-') ? 1 : 0;
    return routes
      .flatMap((each) => {
        const list = prefixLists.find(({ prefixListId }) => prefixListId === each.destination);
        return (list?.cidrs ?? [each.destination]).flatMap((text) => {
          const cidr = readDestination(text);
          const holds = cidr !== undefined && block !== undefined && contains(cidr, block);
          return holds ? [{ each, prefix: cidr.prefix }] : [];
        });
      })
      .sort((a, b) => b.prefix - a.prefix || order(a.each) - order(b.each))[0]?.each;
  }

  /** Where anything may change inside a block: the first address of each route there, and its own. */
  function addressesIn(text: string, { routes }: RouteTable, { account }: Scenario): string[] {
    const outer = readDestination(text);
    return [
      text,
      ...routes.map(({ destination }) => destination),
      ...(account.prefixLists ?? []).flatMap(({ cidrs = [] }) => cidrs),
    ].flatMap((each) => {
      const cidr = readDestination(each);
      return cidr !== undefined && outer !== undefined && contains(outer, cidr)
        ? [`${cidr.text.replace(/\/.*/, '')}/${cidr.family === 'ipv4' ? 32 : 128}`]
        : [];
    });
  }

  function judged({ account, policy, own }: Scenario): PlanOf {
    return planOf(createMemoryEc2(account).inventory(), policy, { memory: registryWith(own) });
  }

  /** The same account once all routes of its plan are made, and none is deleted. */
  function withAllMade(of: Scenario): Scenario {
    const making = judged(of).changes.flatMap(
      ({ action, routeTableId, destination, peeringId, rule = '' }) =>
        action === 'delete' ? [] : [{ routeTableId, destination, peeringId, rule }],
    );
    const isMade = (id: string, at: string) =>
      making.some(({ routeTableId, destination }) => routeTableId === id && destination === at);
    const tables = of.account.tables.map((each) => ({
      ...each,
      routes: [
        ...each.routes.filter(
          ({ destination, origin }) => origin !== 'CreateRoute' || !isMade(each.routeTableId, destination),
        ),
        ...making
          .filter(({ routeTableId }) => routeTableId === each.routeTableId)
          .map(({ destination, peeringId }) => route(destination, peeringId)),
      ],
    }));
    const own = of.own.filter((each) => !isMade(each.routeTableId, each.destination));
    return { ...of, account: { ...of.account, tables }, own: [...own, ...making] };
  }

  /** The same with an own route inside each one that was made, to a peering that ended long ago or to another one of the VPC. */
  function withNarrower({ account, own, ...rest }: Scenario, pick: number): Scenario {
    const inside = account.tables.flatMap(({ routeTableId, vpcId, routes }) => {
      const ids = account.peerings
        .filter(({ requester, accepter }) => [requester.vpcId, accepter.vpcId].includes(vpcId))
        .map(({ peeringId }) => peeringId);
      const targets = ['pcx-vanished', ...ids];
      return routes.flatMap(({ destination, target }, index) => {
        const peeringId = targets[(pick + index) % targets.length] ?? 'pcx-vanished';
        return target.kind !== 'peering' || !/^[1-9][^:]*\/(?:1|2[0-4])/.test(destination)
          ? []
          : [{ routeTableId, destination: destination.replace(/\/.*/, '/27'), peeringId, rule: 'alpha' }];
      });
    });
    const tables = account.tables.map((each) => ({
      ...each,
      routes: [
        ...each.routes,
        ...inside
          .filter(({ routeTableId }) => routeTableId === each.routeTableId)
          .map(({ destination, peeringId }) => route(destination, peeringId)),
      ].filter(
        ({ destination }, index, all) => all.findIndex((one) => one.destination === destination) === index,
      ),
    }));
    return { ...rest, account: { ...account, tables }, own: [...own, ...inside] };
  }

  const scenario = fc.tuple(scenarioArbitrary, fc.option(fc.nat({ max: 5 }))).map(([each, pick]) => {
    const full = withAllMade(each);
    return pick === null ? full : withNarrower(full, pick);
  });

  function isClear(
    { view, routes, management }: PlanOf['decisions'][number],
    plan: PlanOf,
    tables: Set<string>,
  ) {
    const { peeringId, status } = view.peering;
    return (
      management === 'managed' &&
      status === 'active' &&
      routes.present === routes.desired &&
      plan.notJudged.length === 0 &&
      !plan.findings.some(
        (each) =>
          each.peeringId === peeringId && (each.routeTableId === undefined || tables.has(each.routeTableId)),
      )
    );
  }

  it('a side of which all is in place and nothing is told has each of its addresses', () => {
    let looked = 0;
    fc.assert(
      fc.property(scenario, (of) => {
        const { account, policy } = of;
        const plan = judged(of);
        for (const each of plan.decisions) {
          const { view, decision } = each;
          const rule = policy.rules.find(({ name }) => name === decision.rule);
          const ofVpc = account.tables.filter(({ vpcId }) => vpcId === view.local.vpcId);
          const tables = new Set(ofVpc.map(({ routeTableId }) => routeTableId));
          if (rule === undefined || !isClear(each, plan, tables)) continue;
          const asked = new Set(['*', rule.name]);
          for (const one of ofVpc) {
            const isGateway = one.associations.some(({ gatewayId }) => gatewayId !== undefined);
            const tag = one.tags[`${policy.tagPrefix}:routes`] ?? '';
            if (isGateway || !tag.split(/\s+/).some((word) => asked.has(word))) continue;
            for (const { text } of destinationsOf(rule, decision)) {
              for (const address of addressesIn(text, one, of)) {
                const lead = leadOf(one, address, of);
                expect({ table: one.routeTableId, address, to: lead?.target.id }).toEqual({
                  table: one.routeTableId,
                  address,
                  to: view.peering.peeringId,
                });
                looked += 1;
              }
            }
          }
        }
      }),
      // A few would not meet what is counted below.
      { numRuns: Math.max(400, runs(800)) },
    );
    expect(looked).toBeGreaterThan(0);
  });
});
