import { driftMetrics } from '../../lib/assessment/metrics.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { PEER, peering, route, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';

/** `guardrails.equalRoutes: wait`: a request is accepted beside a route to elsewhere at the same destination, and waits for it to go. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const OTHER = vpc('vpc-b', ['10.2.0.0/16']);
const REMOTE = vpc('vpc-r', ['10.64.0.0/16'], { accountId: PEER });
const TO_TGW = route('10.64.0.0/16', 'tgw-1');
const WAITS =
  '10.64.0.0/16 goes to tgw-1 in rtb-a. Its route to the peering waits until that one is gone (guardrails.equalRoutes: wait).';

function judged(routes: readonly Route[], status: 'pending-acceptance' | 'active', equalRoutes = 'wait') {
  const network = {
    vpcs: [HERE],
    peerings: [peering('pcx-1', REMOTE, HERE, { status })],
    tables: [table('rtb-a', HERE, routes, { optIn: '*' })],
  };
  const { requests, findings, changes } = assessmentOf(judgingOf(network, { guardrails: { equalRoutes } }));
  const [request] = requests;
  return {
    decision: request?.decision.decision,
    waits: request?.decision.reasons.filter((reason) => reason.includes('waits until')),
    findings: findings.map(({ kind, destination }) => `${kind} ${destination}`),
    changes,
    metrics: driftMetrics(findings),
  };
}

it('the decision on a request says that it is accepted and what its routes wait for, and that is no conflict yet', () => {
  expect(judged([TO_TGW], 'pending-acceptance')).toEqual({
    decision: 'accept',
    waits: [WAITS],
    findings: [],
    changes: [],
    metrics: driftMetrics([]),
  });
});

it('once the peering is live, the route that it waits for is told as a conflict, which rings no alarm', () => {
  expect(judged([TO_TGW], 'active')).toMatchObject({
    findings: ['conflict 10.64.0.0/16'],
    changes: [],
    metrics: { RouteConflict: 1, RouteDrift: 0, RouteDriftUnrepaired: 0 },
  });
});

it.each<[string, readonly Route[], string]>([
  ['the policy does not let it wait', [TO_TGW], 'hold'],
  ['a wider route has the addresses after it', [TO_TGW, route('10.0.0.0/8', 'tgw-1')], 'wait'],
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

it('without the setting the route holds the request, and nothing is said to wait', () => {
  expect(judged([TO_TGW], 'pending-acceptance', 'hold')).toMatchObject({ decision: 'hold', waits: [] });
});

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
});
