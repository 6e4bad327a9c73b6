import fc from 'fast-check';
import type { Assessment } from '../../lib/assessment/types.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { peering, prefixList, route, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';
import { runs } from '../support/runs.ts';

/** A route that the plan is about to make is a way back only if it leads addresses: what is so after the plan is told before it. */

const A = vpc('vpc-a', ['10.1.0.0/16']);
const B = vpc('vpc-b', ['10.2.0.0/16']);

const LISTS = [
  prefixList('pl-halves', ['10.1.0.0/17', '10.1.128.0/17']),
  prefixList('pl-back', ['10.1.0.0/17', '10.1.128.0/17']),
];

function assessed(routesOfB: readonly Route[], policy: Record<string, unknown> = {}): Assessment {
  return assessmentOf(
    judgingOf(
      {
        vpcs: [A, B],
        peerings: [peering('pcx-1', A, B)],
        tables: [
          table('rtb-a', A, [route('10.2.0.0/16', 'pcx-1')], { optIn: '*' }),
          table('rtb-b', B, routesOfB, { optIn: '*' }),
        ],
        prefixLists: LISTS,
      },
      policy,
    ),
  );
}

function oneSided({ findings }: Assessment): string[] {
  return findings.flatMap(({ kind, detail }) => (kind === 'one-sided' ? [detail] : []));
}

function routesOf({ views }: Assessment, vpcId: string) {
  return views.find(({ view }) => view.local.vpcId === vpcId)?.routes;
}

/** The table of the other side once the plan is made. */
function afterPlan(routesOfB: readonly Route[], { changes }: Assessment): readonly Route[] {
  return [
    ...routesOfB,
    ...changes.flatMap(({ action, routeTableId, destination, peeringId, heldBy }) =>
      action === 'create' && routeTableId === 'rtb-b' && heldBy === undefined
        ? [route(destination, peeringId)]
        : [],
    ),
  ];
}

const HALVES = [route('10.1.0.0/17', 'tgw-1'), route('10.1.128.0/17', 'tgw-1')];
const SAYS =
  'pcx-1 is routed from vpc-a (us-east-1), but no route table of vpc-b (us-east-1) leads back to it, so nothing comes back by it. Its route there is wanted and has none of its addresses: shadowed of 10.1.0.0/17 in rtb-b, shadowed of 10.1.128.0/17 in rtb-b. That finding says what helps; a route by hand would take the addresses from what has them now.';

it.each([
  ['that is about to be made', HALVES, {}],
  ['that is held', HALVES, { mode: 'observe' }],
  ['that is there', [...HALVES, route('10.1.0.0/16', 'pcx-1')], {}],
])(
  'a route %s and to which narrower ones leave no address is no way back, and counts as none that is in place',
  (_, routes, policy) => {
    const found = assessed(routes, policy);
    expect(oneSided(found)).toEqual([SAYS]);
    expect(routesOf(found, 'vpc-b')).toEqual({ desired: 1, present: 0 });
    expect(found.inPlaceIn('us-east-1').map(({ routeTableId }) => routeTableId)).toEqual(['rtb-a']);
  },
);

const PROPAGATED = HALVES.map(({ destination }) =>
  route(destination, 'vgw-1', { origin: 'EnableVgwRoutePropagation' }),
);

it.each([
  ['propagated routes', PROPAGATED],
  ['entries of a prefix list', [route('pl-halves', 'tgw-1')]],
])('nor is one whose addresses %s have', (_, narrower) => {
  for (const routes of [narrower, [...narrower, route('10.1.0.0/16', 'pcx-1')]]) {
    const found = assessed(routes);
    expect(oneSided(found)).toHaveLength(1);
    expect(routesOf(found, 'vpc-b')).toEqual({ desired: 1, present: 0 });
  }
});

it('a propagated route has no addresses that an entry of a prefix list leads to the peering', () => {
  const found = assessed([...PROPAGATED, route('pl-back', 'pcx-1')]);
  expect(found.findings).toEqual([]);
  expect(routesOf(found, 'vpc-b')).toEqual({ desired: 1, present: 1 });
});

it('a route that keeps some of its addresses is a way back, and in place', () => {
  const [half] = HALVES;
  const routes = half === undefined ? [] : [half];
  expect(oneSided(assessed(routes))).toEqual([]);
  const then = assessed([...routes, route('10.1.0.0/16', 'pcx-1')]);
  expect(oneSided(then)).toEqual([]);
  expect(routesOf(then, 'vpc-b')).toEqual({ desired: 1, present: 1 });
});

it('whatever the table of the other side has, that one side alone is routed is told before the plan is made, as after it', () => {
  const blocks = [
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.0.0/17',
    '10.1.128.0/17',
    '10.1.128.0/18',
    '10.1.192.0/18',
  ];
  const routes = fc
    .uniqueArray(
      fc.record({
        destination: fc.constantFrom(...blocks),
        target: fc.constantFrom('tgw-1', 'nat-1', 'pcx-1'),
      }),
      { selector: ({ destination }) => destination, maxLength: 5 },
    )
    .map((all) => all.map(({ destination, target }) => route(destination, target)));
  let told = 0;
  fc.assert(
    fc.property(routes, fc.constantFrom('hold', 'allow'), (of, widerRoutes) => {
      const policy = { guardrails: { widerRoutes } };
      const before = assessed(of, policy);
      const after = assessed(afterPlan(of, before), policy);
      told += oneSided(before).length;
      expect(oneSided(before).length).toBe(oneSided(after).length);
      // What is counted as in place leads something.
      if (oneSided(after).length > 0) expect(routesOf(after, 'vpc-b')?.present).toBe(0);
    }),
    { numRuns: runs(300) },
  );
  expect(told).toBeGreaterThan(0);
});
