import fc from 'fast-check';
import { assess } from '../../lib/assessment/assess.ts';
import { type ComingEnd, comingEnds } from '../../lib/assessment/coming-ends.ts';
import { toldEndNote, toldOverNote } from '../../lib/model/expiry.ts';
import { freezeNote } from '../../lib/model/freeze.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import type { MemoryUpdate, RegionMemory } from '../../lib/model/memory.ts';
import { NOTICE } from '../../lib/policy/expiry.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { scenarioArbitrary } from '../support/arbitraries.ts';
import {
  inventory,
  OWN,
  PEER,
  PREFIX,
  peering,
  policyOf,
  REGION,
  route,
  table,
  vpc,
} from '../support/fixtures.ts';
import { createMemoryEc2 } from '../support/memory-ec2.ts';
import { noted, PLAN_NOW, registryOf, registryWith } from '../support/plan-of.ts';
import { runs } from '../support/runs.ts';

/** What ends soon, as it is listed for people: when, what goes with it, and what keeps it from going. */

const DAY = 86_400;
const HOUR = 3600;
const NOW = Math.floor(PLAN_NOW.getTime() / 1000);
const PCX = 'pcx-11112222';
const tagged = (at: number) => ({
  [`${PREFIX}:expires`]: new Date(at * 1000).toISOString().replace('.000', ''),
});

function endsIn(
  region: RegionInventory,
  policy: Policy,
  memory: RegionMemory,
  now = PLAN_NOW,
): { ends: ComingEnd[]; assessment: ReturnType<typeof assess> } {
  const state = { accountId: OWN, managedRegions: policy.regions, regions: [region] };
  const memories = new Map([[region.region, memory]]);
  const assessment = assess(state, policy, memories, now);
  return { ends: comingEnds({ assessment, state, policy, memory: memories, now }), assessment };
}

const local = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
const remote = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: PEER });
const toldDay = (end: number, at: number) => toldEndNote(PCX, local.vpcId, { end, stage: 'day', at });

interface Given {
  readonly at: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly updates?: readonly MemoryUpdate[];
  readonly own?: readonly string[];
  readonly policy?: Record<string, unknown>;
  readonly rule?: Record<string, unknown>;
}

/** One peering with an own route, one of somebody else, and one to elsewhere. */
function one({ at, tags = {}, updates = [], own = [`rtb-1 10.2.0.0/16 ${PCX}`], policy, rule }: Given) {
  return endsIn(
    inventory({
      vpcs: [local],
      peerings: [peering(PCX, remote, local, { tags: { ...tagged(at), ...tags } })],
      tables: [
        table('rtb-1', local, own.length === 0 ? [] : [route('10.2.0.0/16', PCX)], { optIn: '*' }),
        table('rtb-2', local, [route('10.2.9.0/24', PCX), route('10.9.0.0/16', 'pcx-99999999')]),
      ],
    }),
    policyOf({
      rules: [{ name: 'peers', effect: 'accept', remote: { accounts: [PEER] }, ...rule }],
      ...policy,
    }),
    noted(registryOf(own), updates),
  ).ends;
}

describe('what ends soon', () => {
  it('is listed within a week, with own routes and those of others', () => {
    const [end, ...more] = one({ at: NOW + 3 * DAY });
    expect(more).toEqual([]);
    expect(end).toMatchObject({
      region: REGION,
      at: NOW + 3 * DAY,
      end: { state: 'running', by: 'tag', rule: 'peers' },
      routes: { own: 1, untagged: 0, others: 1, kept: [] },
    });
    expect(end).not.toHaveProperty('heldBy');
    expect(one({ at: NOW + 7 * DAY })).toHaveLength(1);
    expect(one({ at: NOW + 7 * DAY + 60 })).toEqual([]);
  });

  it('ends no sooner than a day after people are told', () => {
    expect(one({ at: NOW + HOUR })[0]?.at).toBe(NOW + NOTICE);
    const end = NOW - HOUR;
    expect(one({ at: end })[0]).toMatchObject({ at: NOW + NOTICE, end: { state: 'due' } });
    expect(one({ at: end, updates: [toldDay(end, NOW - 10 * HOUR)] })[0]).toMatchObject({
      at: NOW + 13 * HOUR,
      end: { state: 'due' },
    });
  });

  it('is listed once it has ended as long as routes or the deletion are still to come', () => {
    const end = NOW - 3 * DAY;
    const over = { at: end, updates: [toldDay(end, end - DAY), toldOverNote(PCX, local.vpcId, end, end)] };
    expect(one(over)[0]).toMatchObject({ at: end, end: { state: 'over' }, routes: { own: 1, others: 1 } });
    expect(one({ ...over, own: [] })).toEqual([]);
    const gone = { ...over, own: [], rule: { onExpiry: 'delete' } };
    expect(one(gone)[0]?.deletion?.waitsFor).toContain('people are told first');
    const marked = { ...gone, tags: { [`${PREFIX}:ended-at`]: '2026-01-28T12:00:00.000Z' } };
    expect(one(marked)[0]?.deletion).toMatchObject({ peeringId: PCX, rule: 'peers' });
    expect(one(marked)[0]?.deletion).not.toHaveProperty('waitsFor');
  });

  it('says what holds it, and which routes stay', () => {
    const at = NOW + DAY;
    expect(one({ at, policy: { mode: 'observe' } })[0]?.heldBy).toBe('observe');
    const frozen = freezeNote({ by: 'x', because: 'y', since: NOW - 60, until: NOW + 60 });
    expect(one({ at, updates: [frozen] })[0]?.heldBy).toBe('frozen');
    const end = NOW - DAY;
    const over = one({ at: end, updates: [toldDay(end, end - DAY), frozen] })[0];
    expect(over?.routes.kept).toEqual([{ heldBy: 'frozen', count: 1 }]);
  });

  it('is one of both sides of a Region that end alike, as late as people were told of the later one', () => {
    const other = vpc('vpc-bbbbbbbb', ['10.2.0.0/16']);
    const end = NOW - HOUR;
    const { ends } = endsIn(
      inventory({
        vpcs: [local, other],
        peerings: [peering(PCX, other, local, { tags: tagged(end) })],
        tables: [
          table('rtb-1', local, [route('10.2.0.0/16', PCX)], { optIn: '*' }),
          table('rtb-2', other, [route('10.1.0.0/16', PCX)], { optIn: '*' }),
        ],
      }),
      policyOf({ rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self'] } }] }),
      noted(registryOf([`rtb-1 10.2.0.0/16 ${PCX}`, `rtb-2 10.1.0.0/16 ${PCX}`]), [
        toldDay(end, NOW - 10 * HOUR),
      ]),
    );
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ at: NOW + NOTICE, routes: { own: 2, others: 0 } });
    expect(ends[0]?.sides.map(({ view }) => view.local.vpcId).sort()).toEqual([local.vpcId, other.vpcId]);
  });

  it.each([
    [local.vpcId, 'vpc-bbbbbbbb'],
    ['vpc-bbbbbbbb', local.vpcId],
  ])('names the side that asked first, whatever the ids are: %s asked %s', (requester, accepter) => {
    const vpcs = [local, vpc('vpc-bbbbbbbb', ['10.2.0.0/16'])];
    const [from, to] = [requester, accepter].map((id) => vpcs.find(({ vpcId }) => vpcId === id) ?? local);
    const { ends } = endsIn(
      inventory({
        vpcs,
        peerings: [peering(PCX, from ?? local, to ?? local, { tags: tagged(NOW + 3 * DAY) })],
        tables: [],
      }),
      policyOf({ rules: [{ name: 'peers', effect: 'accept', remote: { accounts: ['self'] } }] }),
      registryOf([]),
    );
    expect(ends.map(({ sides }) => sides.map(({ view }) => view.local.vpcId))).toEqual([
      [requester, accepter],
    ]);
  });
});

describe('over generated accounts', () => {
  it('every side that ends within a week is in it once, and what goes when its time comes was counted', () => {
    let gone = 0;
    fc.assert(
      fc.property(scenarioArbitrary, fc.infiniteStream(fc.integer({ min: -3, max: 12 })), (of, days) => {
        const peerings = of.account.peerings.map((each) => {
          const { value } = days.next();
          return { ...each, tags: { ...each.tags, ...tagged(NOW + Number(value) * DAY) } };
        });
        const region = createMemoryEc2({ ...of.account, peerings }).inventory();
        // All that leads to a peering is own, or few examples would have something that goes.
        const own = region.tables.flatMap(({ routeTableId, routes }) =>
          routes.flatMap(({ destination, target, origin }) =>
            target.kind === 'peering' && origin === 'CreateRoute'
              ? of.policy.rules.slice(0, 1).map(({ name }) => ({
                  routeTableId,
                  destination,
                  peeringId: target.id,
                  rule: name,
                }))
              : [],
          ),
        );
        const memory = registryWith([...of.own, ...own]);
        const { ends, assessment } = endsIn(region, of.policy, memory);
        const listed = ends.flatMap(({ sides }) => sides);
        const expected = assessment.views.filter(({ management, decision: { expiry } }) => {
          const state = expiry?.end?.state;
          const isSoon = (expiry?.end?.at ?? 0) <= NOW + 7 * DAY;
          return management === 'managed' && (state === 'due' || (state === 'running' && isSoon));
        });
        expect(listed.filter(({ management }) => management === 'managed')).toEqual(
          expect.arrayContaining(expected),
        );
        expect(new Set(listed).size).toBe(listed.length);
        for (const { at, end, sides, routes } of ends.filter(({ end: { state } }) => state !== 'over')) {
          const told = sides.map(
            ({
              view: {
                peering: { peeringId },
                local: { vpcId },
              },
            }) => toldEndNote(peeringId, vpcId, { end: end.at, stage: 'day', at: at - NOTICE }),
          );
          const then = endsIn(region, of.policy, noted(memory, told), new Date(at * 1000)).assessment;
          const vpcs = new Set(sides.map(({ view }) => view.local.vpcId));
          const tables = new Map(region.tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId]));
          const deletes = then.changes.filter(
            ({ action, routeTableId, seen }) =>
              action === 'delete' &&
              seen?.target.id === sides[0].view.peering.peeringId &&
              vpcs.has(tables.get(routeTableId) ?? ''),
          );
          expect(deletes.length).toBeLessThanOrEqual(routes.own);
          gone += deletes.length;
        }
      }),
      // A few would not meet what is counted below.
      { numRuns: Math.max(100, runs(200)) },
    );
    expect(gone).toBeGreaterThan(0);
  });
});
