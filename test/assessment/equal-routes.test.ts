import { driftMetrics } from '../../lib/assessment/metrics.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { PEER, peering, prefixList, route, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';

/** `guardrails.equalRoutes: wait`: a request is accepted beside a route to elsewhere at the same destination, and waits for it to go. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const OTHER = vpc('vpc-b', ['10.2.0.0/16']);
const REMOTE = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const TO_TGW = route('10.64.0.0/16', 'tgw-1');
const PROPAGATED = route('10.64.0.0/16', 'vgw-1', { origin: 'EnableVgwRoutePropagation' });
const LISTED = route('pl-1', 'tgw-1');
const PREFIX_LISTS = [prefixList('pl-1', ['10.64.0.0/16'])];
const WAITS =
  '10.64.0.0/16 goes to tgw-1 in rtb-a. Its route to the peering waits until that one is gone (guardrails.equalRoutes: wait).';

function judged(routes: readonly Route[], status: 'pending-acceptance' | 'active', equalRoutes = 'wait') {
  const network = {
    vpcs: [HERE],
    peerings: [peering('pcx-1', REMOTE, HERE, { status })],
    tables: [table('rtb-a', HERE, routes, { optIn: '*' })],
    prefixLists: PREFIX_LISTS,
  };
  const { requests, findings, changes } = assessmentOf(judgingOf(network, { guardrails: { equalRoutes } }));
  const [request] = requests;
  return {
    decision: request?.decision.decision,
    waits: request?.decision.reasons.filter((reason) => reason.includes('waits until')),
    reasons: request?.decision.reasons,
    findings: findings.map(({ kind, destination }) => `${kind} ${destination}`),
    awaited: findings.map(({ awaited }) => awaited === true),
    details: findings.map(({ detail }) => detail),
    changes,
    metrics: driftMetrics(findings),
  };
}

/** What ends each is in docs/policy.md: a static route is deleted, a propagated one announced no more, an entry taken out of its list. */
const EQUAL: readonly (readonly [string, Route, string, string])[] = [
  ['static', TO_TGW, WAITS, 'As soon as that route is deleted, the route to the peering takes its place'],
  [
    'propagated',
    PROPAGATED,
    WAITS.replace('tgw-1', 'vgw-1 by a propagated route'),
    'As soon as that route is gone, the route to the peering takes its place (guardrails.equalRoutes: wait): stop the propagation of that route, or have it announced no more.',
  ],
  [
    'of a prefix list',
    LISTED,
    WAITS.replace('tgw-1', 'tgw-1 by prefix list pl-1'),
    'As soon as that route is gone, the route to the peering takes its place (guardrails.equalRoutes: wait): take 10.64.0.0/16 out of pl-1.',
  ],
];

it.each(EQUAL)(
  'the decision on a request says that it is accepted and what its routes wait for, and that is no conflict yet: %s',
  (_, there, waits) => {
    expect(judged([there], 'pending-acceptance')).toMatchObject({
      decision: 'accept',
      waits: [waits],
      findings: [],
      awaited: [],
      details: [],
      changes: [],
      metrics: driftMetrics([]),
    });
  },
);

it.each(EQUAL)(
  'once the peering is live, the route that it waits for is told as a conflict, which rings no alarm: %s',
  (_, there, __, says) => {
    expect(judged([there], 'active')).toMatchObject({
      findings: ['conflict 10.64.0.0/16'],
      awaited: [true],
      details: [expect.stringContaining(says)],
      changes: [],
      metrics: { RouteConflict: 1, RouteDrift: 0, RouteDriftUnrepaired: 0 },
    });
  },
);

const WIDER = route('10.0.0.0/8', 'nat-1');

it.each(EQUAL)(
  'a request is held where a wider route has the addresses once the equal one is gone, as then none would come: %s',
  (_, there) => {
    const target = there.target.id;
    const list = there === LISTED ? ' of prefix list pl-1' : '';
    const held = judged([there, WIDER], 'pending-acceptance');
    expect(held).toMatchObject({ decision: 'hold', waits: [] });
    expect(held.reasons).toContain(
      `10.64.0.0/16 overlaps 10.0.0.0/8, which already goes to nat-1 (a wider route; guardrails.widerRoutes: allow would let the peering route win, like all such routes of the policy) and has the addresses once 10.64.0.0/16${list} to ${target} is gone, in rtb-a.`,
    );
    expect(judged([there, WIDER], 'pending-acceptance', 'hold').reasons).toContain(
      `10.64.0.0/16 overlaps 10.64.0.0/16${list}, which already goes to ${target} (guardrails.equalRoutes: wait would accept it only beside widerRoutes: allow, as 10.0.0.0/8 to nat-1 has the addresses once that route is gone), in rtb-a.`,
    );
  },
);

it.each([
  ['is a default route', route('0.0.0.0/0', 'nat-1')],
  ['drops its traffic', route('10.0.0.0/8', 'nat-1', { state: 'blackhole' })],
])('a request is accepted where what has the addresses once the equal route is gone %s', (_, wider) => {
  expect(judged([TO_TGW, wider], 'pending-acceptance')).toMatchObject({ decision: 'accept', waits: [WAITS] });
});

it.each([
  ['of a prefix list', LISTED],
  ['propagated', PROPAGATED],
])(
  'a request waits for nothing where a static route to it is there, which goes before one that is %s',
  (_, there) => {
    const own = route('10.64.0.0/16', 'pcx-1', { state: 'blackhole' });
    expect(judged([own, there], 'pending-acceptance')).toMatchObject({ decision: 'accept', waits: [] });
  },
);

it('a request waits for nothing where narrower routes lead all its addresses to it', () => {
  const halves = ['10.64.0.0/17', '10.64.128.0/17'].map((each) =>
    route(each, 'pcx-1', { state: 'blackhole' }),
  );
  for (const there of [TO_TGW, LISTED, PROPAGATED]) {
    expect(judged([...halves, there], 'pending-acceptance')).toMatchObject({ decision: 'accept', waits: [] });
  }
});

it('the route is made once all that has just its destination is gone, and not before', () => {
  const created = (routes: readonly Route[]) =>
    judged(routes, 'active').changes.map(({ action, destination }) => `${action} ${destination}`);
  expect(created([TO_TGW, LISTED, PROPAGATED])).toEqual([]);
  expect(judged([TO_TGW, LISTED, PROPAGATED], 'active').awaited).toEqual([true]);
  expect(created([LISTED, PROPAGATED])).toEqual([]);
  expect(created([PROPAGATED])).toEqual([]);
  expect(created([])).toEqual(['create 10.64.0.0/16']);
});

it.each<[string, readonly Route[], string]>([
  ['the policy does not let it wait', [TO_TGW], 'hold'],
  ['a wider route has the addresses after it', [TO_TGW, route('10.0.0.0/8', 'tgw-1')], 'wait'],
  [
    'a wider route has the addresses after a propagated one',
    [PROPAGATED, route('10.0.0.0/8', 'tgw-1')],
    'wait',
  ],
  ['a wider route has the addresses after an entry', [LISTED, route('10.0.0.0/8', 'tgw-1')], 'wait'],
  ['the policy lets no propagated one wait', [PROPAGATED], 'hold'],
  ['the route drops its traffic', [route('10.64.0.0/16', 'nat-1', { state: 'blackhole' })], 'wait'],
])('a conflict rings the alarm where %s', (_, routes, equalRoutes) => {
  expect(judged(routes, 'active', equalRoutes)).toMatchObject({ metrics: { RouteDriftUnrepaired: 1 } });
});

it.each([
  ['nothing is there', []],
  ['the route drops its traffic', [route('10.64.0.0/16', 'nat-1', { state: 'blackhole' })]],
  ['the route is to another destination', [route('10.65.0.0/16', 'tgw-1')]],
])('a request waits for nothing where %s', (_, routes) => {
  expect(judged(routes, 'pending-acceptance')).toMatchObject({ decision: 'accept', waits: [] });
});

it.each(EQUAL)(
  'without the setting the route holds the request, and nothing is said to wait: %s',
  (_, there) => {
    expect(judged([there], 'pending-acceptance', 'hold')).toMatchObject({ decision: 'hold', waits: [] });
  },
);

it("the requester's side of the account waits, too, and is named", () => {
  const network = {
    vpcs: [HERE, OTHER],
    peerings: [peering('pcx-1', OTHER, HERE, { status: 'pending-acceptance' })],
    tables: [
      table('rtb-a', HERE, [], { optIn: '*' }),
      table('rtb-b', OTHER, [route('10.1.0.0/16', 'tgw-1')], { optIn: '*' }),
    ],
  };
  const [request] = assessmentOf(judgingOf(network, { guardrails: { equalRoutes: 'wait' } })).requests;
  expect(request?.decision).toMatchObject({ decision: 'accept' });
  expect(request?.decision.reasons).toContain(
    "Seen from the requester's side (vpc-b): 10.1.0.0/16 goes to tgw-1 in rtb-b. Its route to the peering waits until that one is gone (guardrails.equalRoutes: wait).",
  );
  expect(request?.sides.map(({ waitsFor }) => waitsFor)).toEqual([
    [],
    [
      '10.1.0.0/16 goes to tgw-1 in rtb-b. Its route to the peering waits until that one is gone (guardrails.equalRoutes: wait).',
    ],
  ]);
});
