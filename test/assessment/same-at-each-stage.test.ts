import fc from 'fast-check';
import { routesOnceLive } from '../../lib/assessment/proposal.ts';
import type { Assessment } from '../../lib/assessment/types.ts';
import type { PeeringStatus } from '../../lib/model/peering.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { PEER, peering, prefixList, route, table, vpc } from '../support/fixtures.ts';
import { assessmentOf, judgingOf } from '../support/judging.ts';
import { runs } from '../support/runs.ts';

/** A peering is one judgement: as a request, while it is provisioning, and once it is active. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const REMOTE = vpc('vpc-r', ['10.2.0.0/16', '10.9.0.0/16'], { accountId: PEER });
const OTHER = vpc('vpc-o', ['10.200.0.0/16'], { accountId: PEER });

type Stage = Extract<PeeringStatus, 'pending-acceptance' | 'provisioning' | 'active'>;

interface Given {
  /** Of each table, as they are once the peering is active. */
  readonly tables: readonly (readonly Route[])[];
  readonly guardrails: Readonly<Record<string, unknown>>;
  readonly entries?: readonly (readonly string[])[];
}

/** Every route to a peering that is not active is a blackhole. */
function asEc2Shows(shown: Route, stage: Stage): Route {
  return shown.target.id === 'pcx-1' && stage !== 'active' ? { ...shown, state: 'blackhole' } : shown;
}

function judging({ tables, guardrails, entries = [[], []] }: Given, stage: Stage) {
  return judgingOf(
    {
      vpcs: [HERE],
      peerings: [peering('pcx-1', REMOTE, HERE, { status: stage }), peering('pcx-2', OTHER, HERE)],
      tables: tables.map((routes, index) =>
        table(
          `rtb-${index}`,
          HERE,
          routes.map((each) => asEc2Shows(each, stage)),
          { optIn: '*' },
        ),
      ),
      prefixLists: entries.map((cidrs, index) => prefixList(`pl-${index}`, [...cidrs])),
    },
    { guardrails },
  );
}

function written(changes: Assessment['changes']): string[] {
  return changes
    .filter(({ peeringId, action }) => peeringId === 'pcx-1' && action !== 'delete')
    .map(({ action, routeTableId, destination }) => `${action} ${destination} in ${routeTableId}`)
    .sort();
}

function inPlace({ inPlaceIn }: Assessment): string[] {
  return inPlaceIn('us-east-1')
    .filter(({ peeringId }) => peeringId === 'pcx-1')
    .map(({ routeTableId, destination }) => `${destination} in ${routeTableId}`)
    .sort();
}

function conflicts({ findings }: Assessment): string[] {
  return findings
    .filter(({ peeringId, kind }) => peeringId === 'pcx-1' && kind === 'conflict')
    .map(({ routeTableId, destination }) => `${destination} in ${routeTableId}`)
    .sort();
}

/** What is said at each stage. */
function saidOf(given: Given) {
  const asked = judging(given, 'pending-acceptance');
  const pending = assessmentOf(asked);
  const [request] = pending.requests;
  if (request === undefined) throw new Error('the request is not judged');
  return {
    request,
    pending,
    onceLive: routesOnceLive(asked, request),
    provisioning: assessmentOf(judging(given, 'provisioning')),
    active: assessmentOf(judging(given, 'active')),
  };
}

it.each([
  ['a wider one', '10.2.0.0/15'],
  ['a default route', '0.0.0.0/0'],
  ['an equal one', '10.2.0.0/16'],
])(
  'a route to the asking peering that somebody made before: %s; none is made beside it at any stage, and it is said to be there',
  (_, destination) => {
    const { pending, onceLive, provisioning, active } = saidOf({
      tables: [[route(destination, 'pcx-1')]],
      guardrails: {},
    });
    const others = ['create 10.9.0.0/16 in rtb-0'];
    const expected = destination === '0.0.0.0/0' ? [] : others;
    for (const changes of [pending.changes, onceLive.changes, provisioning.changes, active.changes]) {
      expect(written(changes)).toEqual(expected);
    }
    for (const each of [pending, provisioning, active]) {
      expect(inPlace(each)).toContain('10.2.0.0/16 in rtb-0');
    }
    expect(onceLive.inPlace.map((each) => each.destination)).toContain('10.2.0.0/16');
  },
);

/** `10.2.0.0/16 in rtb-0`: what its decision says that the request waits for. */
function waits(reasons: readonly string[]): string[] {
  return reasons
    .flatMap((reason) => {
      const found = /(\S+) goes to .* in (\S[^.]*)\. Its route to the peering waits/.exec(reason);
      return (found?.[2]?.split(', ') ?? []).map((routeTableId) => `${found?.[1]} in ${routeTableId}`);
    })
    .sort();
}

const routes = fc
  .array(
    fc.record({
      destination: fc.constantFrom(
        '0.0.0.0/0',
        '10.0.0.0/8',
        '10.2.0.0/15',
        '10.2.0.0/16',
        '10.2.0.0/17',
        '10.2.128.0/17',
        '10.9.0.0/16',
        'pl-0',
        'pl-1',
      ),
      target: fc.constantFrom('pcx-1', 'pcx-1', 'pcx-2', 'tgw-1', 'nat-1'),
      broken: fc.constantFrom(false, false, false, true),
      propagated: fc.constantFrom(false, false, true),
    }),
    { maxLength: 5 },
  )
  .map((all) => {
    const kept = new Map<string, Route>();
    for (const { destination, target, broken, propagated } of all) {
      const isPropagated = propagated && !destination.startsWith('pl-') && !target.startsWith('pcx-');
      const isBroken = broken && !target.startsWith('pcx-');
      kept.set(
        `${destination} ${isPropagated}`,
        route(destination, isPropagated ? 'vgw-1' : target, {
          ...(isPropagated ? { origin: 'EnableVgwRoutePropagation' as const } : {}),
          ...(isBroken ? { state: 'blackhole' as const } : {}),
        }),
      );
    }
    return [...kept.values()];
  });

const anyGiven: fc.Arbitrary<Given> = fc.record({
  tables: fc.array(routes, { minLength: 1, maxLength: 2 }),
  guardrails: fc.record({
    widerRoutes: fc.constantFrom('hold', 'allow'),
    equalRoutes: fc.constantFrom('hold', 'wait'),
  }),
  entries: fc.tuple(
    fc.subarray(['10.2.0.0/16', '10.2.0.0/17', '10.0.0.0/8', '10.9.0.0/16']),
    fc.subarray(['10.2.0.0/16', '10.9.0.0/16']),
  ),
});

it('what requests says will be written is what the plan says, and what is made while it is provisioning and once it is active', () => {
  let accepted = 0;
  fc.assert(
    fc.property(anyGiven, (given) => {
      const { request, pending, onceLive, provisioning, active } = saidOf(given);
      const then = written(active.changes);
      expect(written(onceLive.changes)).toEqual(then);
      expect(onceLive.inPlace.map((each) => `${each.destination} in ${each.routeTableId}`).sort()).toEqual(
        inPlace(active),
      );
      expect(written(provisioning.changes)).toEqual(then);
      expect(inPlace(provisioning)).toEqual(inPlace(active));
      expect(conflicts(provisioning)).toEqual(conflicts(active));
      if (request.decision.decision === 'accept') {
        accepted += 1;
        expect(written(pending.changes)).toEqual(then);
        expect(inPlace(pending)).toEqual(inPlace(active));
      }
    }),
    { numRuns: runs(300) },
  );
  expect(accepted).toBeGreaterThan(0);
});

/** What a person does: everything that has just this destination goes, whatever kind it is. */
function withoutEqual(given: Given, destination: string): Given {
  const inLists = (given.entries ?? []).map((cidrs) => cidrs.filter((cidr) => cidr !== destination));
  return {
    ...given,
    entries: inLists,
    tables: given.tables.map((all) =>
      all.filter((each) => each.destination !== destination || each.target.id === 'pcx-1'),
    ),
  };
}

/** Which of two lists has a block nobody knows. */
function isPlain({ entries = [] }: Given): boolean {
  const [first = [], second = []] = entries;
  return !first.some((cidr) => second.includes(cidr));
}

it('an accepted request says that it waits for just what its routes wait for once it is live, and they come when that is gone', () => {
  let waiting = 0;
  fc.assert(
    fc.property(anyGiven.filter(isPlain), (any) => {
      const given = { ...any, guardrails: { ...any.guardrails, equalRoutes: 'wait' } };
      const { request, active } = saidOf(given);
      if (request.decision.decision !== 'accept') return;
      const said = waits(request.decision.reasons);
      const awaited = active.findings.filter((each) => each.awaited === true);
      expect(said.filter((each, index) => said.indexOf(each) === index)).toEqual(
        awaited.map(({ routeTableId, destination }) => `${destination} in ${routeTableId}`).sort(),
      );
      for (const { routeTableId, destination = '' } of awaited) {
        waiting += 1;
        const then = assessmentOf(judging(withoutEqual(given, destination), 'active'));
        const here = `${destination} in ${routeTableId}`;
        expect([
          ...written(then.changes).map((each) => each.replace(/^\w+ /, '')),
          ...inPlace(then),
        ]).toContain(here);
      }
    }),
    { numRuns: runs(300) },
  );
  expect(waiting).toBeGreaterThan(0);
});

it('a request that a rule accepts is held only for what is in the way once it is live', () => {
  let held = 0;
  fc.assert(
    fc.property(anyGiven, (given) => {
      const { request, active } = saidOf(given);
      const inTheWay = active.findings.filter(
        ({ kind, peeringId }) => peeringId === 'pcx-1' && (kind === 'conflict' || kind === 'shadowed'),
      );
      if (request.decision.decision === 'hold') {
        held += 1;
        expect([inTheWay.length, request.decision.reasons]).not.toEqual([0, request.decision.reasons]);
      } else {
        // A route that drops its traffic holds nothing.
        const rings = ({ awaited, detail }: (typeof inTheWay)[number]) =>
          awaited !== true && !detail.includes('drops');
        expect(inTheWay.filter(rings)).toEqual([]);
      }
    }),
    { numRuns: runs(300) },
  );
  expect(held).toBeGreaterThan(0);
});
