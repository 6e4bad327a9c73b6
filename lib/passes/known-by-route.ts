import type { Diagnosis } from '../connectivity/diagnosis.ts';
import { ROUTE_KINDS_IN_PLACE, wasTold } from '../messages/news.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { Memory } from '../ports/memory.ts';
import type { CheckedPeering } from './checked-peerings.ts';

/** Losses of which people know the cause already, because drift of the very route that the pings miss was told. */

type Memories = ReadonlyMap<string, RegionMemory>;

/** The table in which the way ends; undefined where it ends elsewhere, or nobody knows where. */
function endsInTable(diagnosis: Diagnosis | undefined): string | undefined {
  const { hop, ids: [routeTableId] = [] } = diagnosis?.firstFailure ?? {};
  return hop === 'route-table' ? routeTableId : undefined;
}

/** Destinations in a table that may be what leads to the peering: its own routes by the registry, and the CIDRs of both ends. */
function destinationsIn(
  { routes }: RegionMemory,
  routeTableId: string,
  { peeringId, peering }: CheckedPeering['watched'],
): Set<string> {
  const own = [...(routes.get(routeTableId) ?? [])].flatMap(([destination, route]) =>
    route.peeringId === peeringId ? [destination] : [],
  );
  return new Set([...own, ...(peering?.requester.cidrs ?? []), ...(peering?.accepter.cidrs ?? [])]);
}

function isRouteTold(
  memories: Memories,
  watched: CheckedPeering['watched'],
  routeTableId: string,
  now: Date,
): boolean {
  const { peeringId } = watched;
  return [...memories].some(([region, memory]) =>
    [...destinationsIn(memory, routeTableId, watched)].some((destination) =>
      ROUTE_KINDS_IN_PLACE.some((kind) =>
        wasTold(memory.notes, { kind, region, routeTableId, destination, peeringId }, now),
      ),
    ),
  );
}

/**
 * Reads memory only where a way ends in a route table.
 *
 * @returns ids of those peerings of which each loss that was looked into ends in a table whose route people were told of.
 */
export async function knownByRoute(
  { memory, now }: { readonly memory: Pick<Memory, 'read'>; readonly now: () => Date },
  lost: readonly CheckedPeering[],
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const { watched, targets, remembered } of lost) {
    const looked = targets.filter(({ health, diagnosis }) => health.failed && diagnosis !== undefined);
    const tables = looked.map(({ diagnosis }) => endsInTable(diagnosis));
    const ids = tables.filter((id) => id !== undefined);
    if (ids.length === 0 || ids.length < tables.length) {
      continue;
    }
    const memories = new Map<string, RegionMemory>();
    for (const region of remembered.keys()) {
      memories.set(region, await memory.read(region));
    }
    if (ids.every((id) => isRouteTold(memories, watched, id, now()))) {
      known.add(watched.peeringId);
    }
  }
  return known;
}
