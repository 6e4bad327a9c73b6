import { toldEndOf } from '../model/expiry.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import type { RouteTable } from '../model/route-table.ts';
import { earliestEnd, type PeeringEnd, stageOf } from '../policy/expiry.ts';
import type { Policy } from '../policy/schema.ts';
import { heldIn } from './deletions.ts';
import { type RoutesToIt, routesLeadingTo, routesStaying } from './routes-to-sides.ts';
import type { AssessedView, Assessment, NetworkMemory, NetworkState, PeeringDeletion } from './types.ts';

/** A peering that ends soon, or that has ended with something still to come, seen from the sides of one Region that end alike. */
export interface ComingEnd {
  readonly region: string;
  readonly sides: readonly [AssessedView, ...AssessedView[]];
  readonly end: PeeringEnd;
  /** When it ends at the earliest, as things stand; of one that has ended, when that was. Seconds since the epoch. */
  readonly at: number;
  readonly routes: RoutesToIt & { readonly kept: ReturnType<typeof routesStaying> };
  /** What of its deletion is known; undefined: nothing has it deleted, or its time is not over. */
  readonly deletion?: PeeringDeletion;
  /** Nothing is done in the Region, whatever time it is. */
  readonly heldBy?: PeeringDeletion['heldBy'];
}

interface EndsContext {
  readonly assessment: Pick<Assessment, 'views' | 'changes' | 'deletions'>;
  readonly state: Pick<NetworkState, 'regions'>;
  readonly policy: Policy;
  readonly memory: NetworkMemory;
  readonly now: Date;
}

/** Sides of one peering in one Region whose time is the same, the requester's first: what is said of one of them is so of the others. */
function together({ assessment, now }: EndsContext): Map<string, [AssessedView, ...AssessedView[]]> {
  const groups = new Map<string, [AssessedView, ...AssessedView[]]>();
  const seconds = Math.floor(now.getTime() / 1000);
  for (const each of assessment.views) {
    const { view, management, decision } = each;
    const end = decision.expiry?.end;
    const isTimed = management === 'managed' || management === 'expired';
    if (!isTimed || end === undefined || (end.state !== 'over' && stageOf(end, seconds) === undefined)) {
      continue;
    }
    const key = `${view.region} ${view.peering.peeringId} ${end.state} ${end.at} ${end.rule}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else if (view.local.vpcId === view.peering.requester.vpcId) group.unshift(each);
    else group.push(each);
  }
  return groups;
}

/** As late as what people were told of any of the sides makes it. */
function timeOf(
  sides: ComingEnd['sides'],
  end: PeeringEnd,
  { notes }: Pick<RegionMemory, 'notes'>,
  now: Date,
): number {
  return end.state === 'over'
    ? end.at
    : Math.max(
        ...sides.map(({ view }) =>
          earliestEnd(end, toldEndOf(notes, view.peering.peeringId, view.local.vpcId), now),
        ),
      );
}

function endOf(
  sides: ComingEnd['sides'],
  tables: readonly RouteTable[],
  context: EndsContext,
): ComingEnd | undefined {
  const { assessment, policy, memory, now } = context;
  const [{ view, decision }] = sides;
  const end = decision.expiry?.end;
  if (end === undefined) {
    return undefined;
  }
  const { region } = view;
  const remembered = memory.get(region) ?? NO_MEMORY;
  const deletion = assessment.deletions.find(
    (each) => each.region === region && each.peeringId === view.peering.peeringId,
  );
  const held = heldIn({ policy, memory, now }, region);
  return {
    region,
    sides,
    end,
    at: timeOf(sides, end, remembered, now),
    routes: {
      ...routesLeadingTo(sides, tables, remembered, policy.tagPrefix),
      kept: routesStaying(sides, tables, assessment.changes),
    },
    ...(deletion === undefined ? {} : { deletion }),
    ...(held === undefined ? {} : { heldBy: held }),
  };
}

/**
 * What ends within a week, and what has ended as long as routes or a deletion are still to come; the soonest first. Whoever still
 * needs such a peering renews it.
 */
export function comingEnds(context: EndsContext): ComingEnd[] {
  const tables = new Map(context.state.regions.map((each) => [each.region, each.tables]));
  return [...together(context).values()]
    .flatMap((sides) => endOf(sides, tables.get(sides[0].view.region) ?? [], context) ?? [])
    .filter(
      ({ end, routes, deletion }) =>
        end.state !== 'over' || routes.own + routes.untagged > 0 || deletion !== undefined,
    )
    .sort((a, b) => a.at - b.at);
}
