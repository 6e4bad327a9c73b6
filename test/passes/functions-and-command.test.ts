import fc from 'fast-check';
import { type Assessment, assess } from '../../cli/assess.ts';
import { onePolicy } from '../../cli/policy.ts';
import type { Source } from '../../cli/source/types.ts';
import type { Invocation } from '../../cli/verb.ts';
import type { Hint } from '../../lib/model/hint.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import { type Policy, policySchema } from '../../lib/policy/schema.ts';
import { createPace } from '../../lib/ports/pace.ts';
import { isHeldBack } from '../../lib/report/held.ts';
import { workOf } from '../../lib/report/outcome.ts';
import { answeredRequests } from '../../lib/report/shown-assessment.ts';
import { inventoryOf } from '../assessment/judged.ts';
import { existingNetworks, ownAmong, policies } from '../existing/generate.ts';
import type { OwnRoute } from '../existing/invariants.ts';
import { type Network, placesOf } from '../existing/shapes.ts';
import type { PolicyShape } from '../existing/wanted.ts';
import { createMemoryAws, type MemoryAws } from '../support/memory-aws.ts';
import { decideRequests, syncRoutes } from '../support/passes.ts';
import { runs } from '../support/runs.ts';

/** `peering plan` and the functions look at the same account, whose network was there before: do they do the same? */

const RUNS = { numRuns: runs(100) };
const NOW = new Date();

/** What is written of a peering's tags, messages and memory is none of a plan. */
const PLANNED = /^(accept|reject|createRoute|replaceRoute|deleteRoute|setDnsResolution) /;

interface World {
  readonly aws: MemoryAws;
  readonly accountId: string;
  readonly regions: readonly string[];
  readonly policy: Policy;
}

/** An account in all its Regions, as one AWS; a peering between two of them stands in both answers. */
async function worldOf(
  inventories: readonly RegionInventory[],
  policy: Policy,
  own: readonly OwnRoute[],
): Promise<World> {
  const peerings = new Map(
    inventories.flatMap((each) => each.peerings.map((peering) => [peering.peeringId, peering] as const)),
  );
  const aws = createMemoryAws(
    {
      peerings: [...peerings.values()],
      vpcs: inventories.flatMap(({ vpcs }) => [...vpcs.values()]),
      tables: inventories.flatMap(({ tables }) => [...tables]),
      prefixLists: inventories.flatMap(({ prefixLists }) => [...(prefixLists?.values() ?? [])]),
    },
    { mode: policy.mode },
  );
  const regionOf = new Map(aws.state.tables.map(({ routeTableId, region }) => [routeTableId, region]));
  const rule = policy.rules[0]?.name ?? 'none';
  for (const route of own) {
    const region = regionOf.get(route.routeTableId);
    if (region !== undefined) await aws.memory.update(region, [{ kind: 'own', ...route, rule }]);
  }
  const accountId = inventories[0]?.accountId ?? '';
  return { aws, accountId, regions: inventories.map(({ region }) => region), policy };
}

function sourceOf({ aws, accountId, regions }: World): Source {
  return {
    kind: 'live',
    scopes: regions.map((region) => ({
      accountId,
      region,
      reader: aws.reader,
      connectivity: {} as Source['scopes'][number]['connectivity'],
      readMemory: () => aws.memory.read(region),
    })),
    notes: () => [],
  };
}

/** What `peering plan` shows of the account. */
function planned(world: World): Promise<Assessment> {
  const quiet = { doing: () => undefined, done: () => undefined };
  const invocation = { options: {}, progress: quiet } as unknown as Invocation;
  return assess(invocation, onePolicy(world.policy, 'peering-policy.yml'), sourceOf(world));
}

/** The calls that a plan stands for. */
function callsOf(plan: Assessment): string[] {
  const sides = new Map<string, Set<string>>();
  for (const { peeringId, side } of plan.options) {
    sides.set(peeringId, (sides.get(peeringId) ?? new Set()).add(side));
  }
  return [
    ...answeredRequests(plan).map(({ decision, view }) => `${decision.decision} ${view.peering.peeringId}`),
    ...plan.changes
      .filter((change) => !isHeldBack(change))
      .map(({ action, routeTableId, destination, peeringId }) =>
        [`${action}Route`, routeTableId, destination, ...(action === 'delete' ? [] : [peeringId])].join(' '),
      ),
    ...[...sides].map(([peeringId, its]) => `setDnsResolution ${peeringId} ${[...its].sort().join(' ')}`),
  ].sort();
}

/** A sweep of the stack: every Region's requests are decided, then its routes. */
async function sweep({ aws, accountId, regions, policy }: World): Promise<string[]> {
  const before = aws.writes.length;
  const dependencies = {
    ...aws,
    accountId,
    policy,
    managedRegions: policy.regions,
    pace: createPace({ now: Date.now, sleep: async () => undefined }),
    now: () => NOW,
  };
  for (const pass of [decideRequests, syncRoutes]) {
    for (const region of regions) {
      const hint: Hint = { kind: 'region', region, cause: 'Sweep Requested' };
      await pass(hint, dependencies);
    }
  }
  return aws.writes
    .slice(before)
    .filter((call) => PLANNED.test(call))
    .sort();
}

/** A network of one account, a policy for the Regions that it is in, and routes that the product may have made. */
function accounts(): fc.Arbitrary<[Network, PolicyShape, OwnRoute[]]> {
  return existingNetworks({ accounts: 1 }).chain(({ network }) =>
    fc.tuple(
      fc.constant(network),
      policies().map((policy) => ({
        ...policy,
        regions: placesOf(network).map(({ region }) => region),
      })),
      ownAmong(network),
    ),
  );
}

async function playedWith([network, shape, own]: [Network, PolicyShape, OwnRoute[]]): Promise<World> {
  const inventories = placesOf(network).map(({ account, region, files }) =>
    inventoryOf(account, region, files),
  );
  return worldOf(inventories, policySchema.parse(shape), own);
}

/** A route that goes in one round may be what held a request, which is then accepted in the next. */
const MOST_ROUNDS = 4;

describe('peering plan and the functions, of the same account', () => {
  it('give the same changes round by round, until neither has any left, whatever network, policy and registry', async () => {
    await fc.assert(
      fc.asyncProperty(accounts(), async (account) => {
        const world = await playedWith(account);
        for (let round = 1; round <= MOST_ROUNDS; round += 1) {
          const plan = await planned(world);
          const made = await sweep(world);
          expect(made).toEqual(callsOf(plan));
          expect(workOf(plan) === undefined).toBe(made.length === 0);
          if (made.length === 0) return;
        }
        expect(await sweep(world)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('change nothing in observe mode, where the plan shows what would be', async () => {
    await fc.assert(
      fc.asyncProperty(accounts(), async (account) => {
        const enforced = callsOf(await planned(await playedWith(account)));
        const [network, policy, own] = account;
        const world = await playedWith([network, { ...policy, mode: 'observe' }, own]);
        const before = structuredClone(world.aws.state);
        expect(callsOf(await planned(world))).toEqual(enforced);
        expect(await sweep(world)).toEqual([]);
        expect(world.aws.state).toEqual(before);
      }),
      RUNS,
    );
  });
});
