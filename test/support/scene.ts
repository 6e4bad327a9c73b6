import type { Hint } from '../../lib/model/hint.ts';
import type { Peering, PeeringStatus } from '../../lib/model/peering.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import { OWN, policyOf, REGION, vpc } from './fixtures.ts';
import { createMemoryAws, type MemoryAws, type MemoryAwsState } from './memory-aws.ts';
import { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts';
import { decideRequests, syncRoutes, unhurried } from './passes.ts';

/** One account over hours and days: what people and tools do in it, and the sweeps and events that follow. */

const START = new Date('2026-03-01T12:00:00Z').getTime();
const MINUTE = 60_000;

export interface SceneOptions {
  readonly policy?: Record<string, unknown>;
  /** Default: one. */
  readonly regions?: readonly string[];
  readonly fail?: (call: string) => Error | undefined;
  readonly memory?: MemoryStoreOptions;
}

export function createScene(
  state: MemoryAwsState,
  { policy = {}, regions = [REGION], fail, memory }: SceneOptions = {},
) {
  let now = START;
  let parsed = policyOf(policy);
  const store = createMemoryStore({ now: () => Math.floor(now / 1000), ...memory });
  const aws = createMemoryAws(state, {
    memory: store,
    ...(fail === undefined ? {} : { fail }),
    mode: parsed.mode,
  });
  asEc2Shows();

  /** Routes to a peering that is not live are blackholes. */
  function asEc2Shows(): void {
    const live = new Set(
      aws.state.peerings.filter(({ status }) => status === 'active').map(({ peeringId }) => peeringId),
    );
    const shown = (route: Route): Route =>
      route.target.kind === 'peering'
        ? { ...route, state: live.has(route.target.id) ? 'active' : 'blackhole' }
        : route;
    aws.state.tables = aws.state.tables.map((table) => ({ ...table, routes: table.routes.map(shown) }));
  }

  function dependencies(of: MemoryAws = aws) {
    return {
      ...of,
      accountId: OWN,
      policy: parsed,
      managedRegions: regions,
      pace: unhurried,
      now: () => new Date(now),
      millisecondsLeft: () => Number.POSITIVE_INFINITY,
    };
  }

  const wait = (minutes: number) => {
    now += minutes * MINUTE;
  };

  return {
    aws,
    store,
    dependencies,
    wait,
    asEc2Shows,
    /** Deploys another policy. */
    deploy(parts: Record<string, unknown>) {
      parsed = policyOf(parts);
    },
    seconds: () => Math.floor(now / 1000),
    /** Somebody changes a peering. */
    setPeering(peeringId: string, change: Partial<Peering> | 'vanishes') {
      aws.state.peerings =
        change === 'vanishes'
          ? aws.state.peerings.filter((each) => each.peeringId !== peeringId)
          : aws.state.peerings.map((each) => (each.peeringId === peeringId ? { ...each, ...change } : each));
      asEc2Shows();
    },
    /** Somebody accepts a request by hand: EC2 shows the CIDRs of both sides from then on. */
    acceptByHand(peeringId: string, status: PeeringStatus = 'active') {
      aws.state.peerings = aws.state.peerings.map((each) => {
        const cidrs = aws.state.vpcs.find(({ vpcId }) => vpcId === each.accepter.vpcId)?.cidrs ?? [];
        return each.peeringId === peeringId
          ? { ...each, status, accepter: { ...each.accepter, cidrs } }
          : each;
      });
      asEc2Shows();
    },
    /** Somebody changes the routes of a table. */
    setRoutes(routeTableId: string, change: (table: RouteTable) => readonly Route[]) {
      aws.state.tables = aws.state.tables.map((each) =>
        each.routeTableId === routeTableId ? { ...each, routes: change(each) } : each,
      );
      asEc2Shows();
    },
    /** What accept-requests and sync-routes do when the schedule comes, so many times. */
    async sweep(times = 1, everyMinutes = 5) {
      for (let round = 0; round < times; round += 1) {
        for (const region of regions) {
          const hint: Hint = { kind: 'region', region, cause: 'Sweep Requested' };
          await decideRequests(hint, dependencies());
          await syncRoutes(hint, dependencies());
        }
        asEc2Shows();
        wait(everyMinutes);
      }
    },
    /** The same where a function may fail in one Region, which keeps no other from its own work. */
    async sweepEach(everyMinutes = 5) {
      const failures: unknown[] = [];
      for (const region of regions) {
        const hint: Hint = { kind: 'region', region, cause: 'Sweep Requested' };
        for (const pass of [decideRequests, syncRoutes]) {
          try {
            await pass(hint, dependencies());
          } catch (error) {
            failures.push(error);
          }
        }
      }
      asEc2Shows();
      wait(everyMinutes);
      return failures;
    },
    /** An event that reaches both functions. */
    async event(hint: Hint) {
      const outcomes = hint.kind === 'peering' ? await decideRequests(hint, dependencies()) : [];
      const results = await syncRoutes(hint, dependencies());
      asEc2Shows();
      return { outcomes, results };
    },
    subjects: () => aws.notifications.map(({ subject }) => subject),
    /** `rtb-1 10.2.0.0/16 pcx-1`: routes to peerings. */
    routes: () =>
      aws.state.tables.flatMap(({ routeTableId, routes }) =>
        routes
          .filter(({ target }) => target.kind === 'peering')
          .map(({ destination, target }) => `${routeTableId} ${destination} ${target.id}`),
      ),
    /** The same of the registry. */
    registry: () =>
      [...store.snapshot(REGION).routes].flatMap(([routeTableId, own]) =>
        [...own].map(([destination, { peeringId }]) => `${routeTableId} ${destination} ${peeringId}`),
      ),
  };
}

export type Scene = ReturnType<typeof createScene>;

/** A scene whose one table has the routes of its one peering already, which the account at the accepter's end owns. */
export async function routedScene(
  of: { readonly peering: Peering; readonly table: RouteTable },
  options: SceneOptions = {},
): Promise<Scene> {
  const { vpcId, cidrs, accountId, region } = of.peering.accepter;
  const world = createScene(
    { peerings: [of.peering], vpcs: [vpc(vpcId, cidrs, { accountId, region })], tables: [of.table] },
    options,
  );
  await world.sweep(2);
  return world;
}
