import fc from 'fast-check';
import type { Change } from '../../lib/model/change.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { type Cidr, contains } from '../../lib/network/cidr.ts';
import { readDestination } from '../../lib/network/destination.ts';
import { applyPlan } from '../../lib/passes/apply-changes.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { type Plan, plan } from '../../lib/routing/plan.ts';
import { scenarioArbitrary } from '../support/arbitraries.ts';
import { PREFIX } from '../support/fixtures.ts';
import {
  type Account,
  awsError,
  createMemoryEc2,
  type Fault,
  type MemoryEc2,
} from '../support/memory-ec2.ts';
import { runs } from '../support/runs.ts';
import { createSimulatedClock } from '../support/simulated-clock.ts';

const RUNS = { numRuns: runs(400) };

/** One pass as the functions make it: read, plan, apply. */
async function pass(ec2: MemoryEc2, policy: Policy) {
  const clock = createSimulatedClock();
  const planned = plan(ec2.inventory(), policy);
  const result = await clock.run(
    applyPlan(planned.changes, { ec2, clock, pace: createPace(clock), mode: policy.mode, tagPrefix: PREFIX }),
  );
  return { planned, result };
}

function routesOf(account: Pick<Account, 'tables'>): Record<string, readonly Route[]> {
  return Object.fromEntries(
    account.tables.map(({ routeTableId, routes }) => [
      routeTableId,
      [...routes].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    ]),
  );
}

function isOptedIn({ tags, associations }: RouteTable): boolean {
  return (
    (tags[`${PREFIX}:routes`] ?? '').trim() !== '' &&
    associations.every(({ gatewayId }) => gatewayId === undefined)
  );
}

/** Whether the product may ever touch a route: its table opted in, its target a peering, its destination a CIDR. */
function isTouchable(table: RouteTable, { target, destination, origin }: Route): boolean {
  return (
    isOptedIn(table) &&
    target.kind === 'peering' &&
    origin === 'CreateRoute' &&
    !destination.startsWith('pl-')
  );
}

function foreignRoutes({ tables }: Pick<Account, 'tables'>): string {
  return JSON.stringify(
    tables.map((table) => [table.routeTableId, table.routes.filter((route) => !isTouchable(table, route))]),
  );
}

function staticDestinations({ tables }: Pick<Account, 'tables'>): Map<string, Set<string>> {
  return new Map(
    tables.map(({ routeTableId, routes }) => [
      routeTableId,
      new Set(routes.filter(({ origin }) => origin === 'CreateRoute').map(({ destination }) => destination)),
    ]),
  );
}

/** The blocks of a table through which traffic flows to some peering. */
function served(account: Pick<Account, 'tables'>, routeTableId: string): Cidr[] {
  const table = account.tables.find((each) => each.routeTableId === routeTableId);
  return (table?.routes ?? [])
    .filter(({ target, state }) => target.kind === 'peering' && state === 'active')
    .flatMap(({ destination }) => readDestination(destination) ?? []);
}

function shuffled(inventory: RegionInventory, seed: number): RegionInventory {
  const order = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item, index) => ({ item, at: Math.imul(index + 1, seed | 1) >>> 0 }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  return {
    ...inventory,
    peerings: order(inventory.peerings),
    vpcs: new Map(order([...inventory.vpcs])),
    tables: order(inventory.tables).map((table) => ({ ...table, routes: order(table.routes) })),
  };
}

describe('plan and apply, over generated accounts', () => {
  it('reach a state in one pass in which a second pass finds nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, async ({ account, policy }) => {
        const ec2 = createMemoryEc2(account, { routesPerTable: policy.guardrails.routesPerTable });
        const first = await pass(ec2, policy);
        expect(first.result.outcomes.map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual(
          first.planned.changes.map(({ reason }) => `written: ${reason}`),
        );
        expect(first.result.findings).toEqual([]);
        const writes = ec2.writes.length;
        const second = await pass(ec2, policy);
        expect(second.planned.changes).toEqual([]);
        expect(second.planned.pending).toEqual([]);
        expect(second.planned.findings.filter(({ repairable }) => repairable)).toEqual([]);
        expect(ec2.writes).toHaveLength(writes);
      }),
      RUNS,
    );
  });

  it('put every desired route in place, or say by a finding why not', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, async ({ account, policy }) => {
        const ec2 = createMemoryEc2(account, { routesPerTable: policy.guardrails.routesPerTable });
        await pass(ec2, policy);
        const { desired, findings } = plan(ec2.inventory(), policy);
        const tables = new Map(ec2.account().tables.map((table) => [table.routeTableId, table]));
        for (const { routeTableId, destination, peeringId } of desired) {
          const inPlace = tables
            .get(routeTableId)
            ?.routes.some((route) => route.destination === destination && route.target.id === peeringId);
          const explained = findings.some(
            (finding) =>
              ['conflict', 'over-limit'].includes(finding.kind) &&
              finding.routeTableId === routeTableId &&
              finding.destination === destination &&
              finding.peeringId === peeringId,
          );
          expect([destination, inPlace !== explained]).toEqual([destination, true]);
        }
      }),
      RUNS,
    );
  });

  it('leave every route that is not theirs byte for byte as it was', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, async ({ account, policy }) => {
        const ec2 = createMemoryEc2(account);
        const before = foreignRoutes(ec2.account());
        await pass(ec2, policy);
        const after = ec2.account();
        expect(foreignRoutes(after)).toBe(before);
        for (const { routeTableId } of ec2.writes) {
          const table = account.tables.find((each) => each.routeTableId === routeTableId);
          expect(table && isOptedIn(table)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('touch only routes of peerings that are managed, dead, or no longer wanted', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, async ({ account, policy }) => {
        const ec2 = createMemoryEc2(account);
        const { changes, decisions } = plan(ec2.inventory(), policy);
        const vpcOf = new Map(account.tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId]));
        const status = new Map(account.peerings.map((peering) => [peering.peeringId, peering]));
        for (const { action, routeTableId, peeringId, seen, mends } of changes) {
          const touched = action === 'create' ? peeringId : seen?.target.id;
          const peering = touched === undefined ? undefined : status.get(touched);
          const dead =
            peering === undefined ||
            !['active', 'provisioning', 'pending-acceptance', 'initiating-request'].includes(peering.status);
          const managed = decisions.some(
            ({ view, decision }) =>
              view.peering.peeringId === touched &&
              view.local.vpcId === vpcOf.get(routeTableId) &&
              decision.managed,
          );
          const asked =
            action === 'delete' &&
            mends === 'stale' &&
            policy.drift.onUntag === 'remove' &&
            peering?.tags[`${PREFIX}:routes-synced-at`] !== undefined;
          expect([touched, dead || managed || asked]).toEqual([touched, true]);
        }
      }),
      RUNS,
    );
  });

  it('give the same plan whatever the order in which things were read', () => {
    fc.assert(
      fc.property(scenarioArbitrary, fc.integer(), ({ account, policy }, seed) => {
        const inventory = createMemoryEc2(account).inventory();
        const comparable = ({ changes, desired, pending, findings, warnings, decisions }: Plan) => ({
          changes,
          desired,
          pending,
          findings,
          warnings,
          decisions: decisions.map(({ view, decision }) => ({ view, decision })),
        });
        expect(comparable(plan(shuffled(inventory, seed), policy))).toEqual(
          comparable(plan(inventory, policy)),
        );
      }),
      RUNS,
    );
  });

  it('end in the same state whichever peering is synced first', async () => {
    await fc.assert(
      fc.asyncProperty(
        scenarioArbitrary,
        fc.array(fc.nat({ max: 5 }), { maxLength: 6 }),
        async ({ account, policy: { guardrails, ...rest } }, first) => {
          // In a table without room for all, what comes first takes the room.
          const policy = { ...rest, guardrails: { ...guardrails, routesPerTable: 500 } };
          const atOnce = createMemoryEc2(account);
          await pass(atOnce, policy);
          const oneByOne = createMemoryEc2(account);
          for (const index of first) {
            const peeringId = account.peerings[index]?.peeringId;
            const only = plan(oneByOne.inventory(), policy).changes.filter(
              (change) => change.peeringId === peeringId,
            );
            await applyOnly(oneByOne, only);
          }
          await pass(oneByOne, policy);
          expect(routesOf(oneByOne.account())).toEqual(routesOf(atOnce.account()));
        },
      ),
      RUNS,
    );
  });

  it('write nothing in observe mode', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, async ({ account, policy }) => {
        const ec2 = createMemoryEc2(account);
        const { planned, result } = await pass(ec2, { ...policy, mode: 'observe' });
        expect(ec2.calls).toEqual([]);
        expect(result.outcomes.map(({ change }) => change)).toEqual(planned.changes);
        expect(result.outcomes.every(({ outcome }) => outcome === 'observed')).toBe(true);
      }),
      RUNS,
    );
  });

  it('never leave a destination without a route that had one before and has one after, even if a call fails', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, fc.nat({ max: 60 }), async ({ account, policy }, at) => {
        const between: Account[] = [];
        const ec2 = createMemoryEc2(account, {
          routesPerTable: policy.guardrails.routesPerTable,
          onWrite: (_, now) => between.push(now),
          faultAt: (_, index) =>
            index === at ? { when: 'before', error: awsError('InternalError', 'try again', 500) } : undefined,
        });
        const start = ec2.account();
        await pass(ec2, policy);
        await pass(ec2, policy);
        const end = ec2.account();
        const before = staticDestinations(start);
        const after = staticDestinations(end);
        for (const now of between) {
          const present = staticDestinations(now);
          for (const { routeTableId } of account.tables) {
            for (const destination of before.get(routeTableId) ?? []) {
              if (after.get(routeTableId)?.has(destination)) {
                expect(present.get(routeTableId)).toContain(destination);
              }
            }
            // The same of blocks: what a route to a peering carried before and carries after, it carries all the time.
            for (const block of served(start, routeTableId)) {
              if (served(end, routeTableId).some((route) => contains(route, block))) {
                expect(served(now, routeTableId).some((route) => contains(route, block))).toBe(true);
              }
            }
          }
        }
      }),
      RUNS,
    );
  });

  it('end in the same state after a fault at any single call and one clean pass', async () => {
    const faults: readonly Fault[] = [
      { when: 'before', error: awsError('RequestLimitExceeded', 'Request limit exceeded.', 503) },
      { when: 'after', error: Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }) },
      { when: 'before', error: awsError('InvalidRouteTableID.NotFound', 'not yet visible') },
      { when: 'before', error: awsError('UnauthorizedOperation', 'not permitted', 403) },
      { when: 'before', error: awsError('SomethingNew', 'never seen before', 400) },
    ];
    await fc.assert(
      fc.asyncProperty(
        scenarioArbitrary,
        fc.nat({ max: 30 }),
        fc.constantFrom(...faults),
        fc.constantFrom('refused' as const, 'accepted' as const),
        async ({ account, policy }, at, fault, repeatedCreate) => {
          const routesPerTable = policy.guardrails.routesPerTable;
          const clean = createMemoryEc2(account, { routesPerTable });
          await pass(clean, policy);
          const faulty = createMemoryEc2(account, {
            routesPerTable,
            repeatedCreate,
            faultAt: (_, index) => (index === at ? fault : undefined),
          });
          await pass(faulty, policy);
          await pass(faulty, policy);
          expect(routesOf(faulty.account())).toEqual(routesOf(clean.account()));
        },
      ),
      RUNS,
    );
  });

  it('converge when somebody edits the tables while the changes are made', async () => {
    await fc.assert(
      fc.asyncProperty(scenarioArbitrary, fc.nat({ max: 10 }), async ({ account, policy }, at) => {
        const ec2 = createMemoryEc2(account, {
          faultAt: ({ routeTableId, destination }, index) => {
            if (index === at && destination !== undefined) {
              ec2.edit(routeTableId, (routes) =>
                routes.filter((route) => route.destination !== destination || route.origin !== 'CreateRoute'),
              );
            }
            return undefined;
          },
        });
        await pass(ec2, policy);
        await pass(ec2, policy);
        expect(plan(ec2.inventory(), policy).changes).toEqual([]);
      }),
      RUNS,
    );
  });
});

async function applyOnly(ec2: MemoryEc2, changes: readonly Change[]): Promise<void> {
  const clock = createSimulatedClock();
  await clock.run(applyPlan(changes, { ec2, clock, pace: createPace(clock), mode: 'enforce' }));
}
