import type { Ownership } from './own.ts';
import type { Claim, RivalClaim, TableState } from './table.ts';

/**
 * Where several peerings want the same destination in one table, the one that has the route keeps it, also when its route
 * is missing just now. Where none has it, none gets it: who should is for a person to say.
 */
export function settleRivals(state: TableState, ownership: Ownership): TableState {
  const { wanted, routes, table } = state;
  if (wanted.rivals.size === 0) {
    return state;
  }
  const settled: RivalClaim[] = [];
  const occupants = new Map<string, Claim | undefined>();
  for (const [destination, rivals] of wanted.rivals) {
    const found = routes.get(destination);
    const has =
      found === undefined ? ownership.ownAt(table.routeTableId, destination)?.peeringId : found.target.id;
    const occupant = rivals.find(({ peeringId }) => peeringId === has);
    occupants.set(destination, occupant);
    for (const claim of rivals) {
      if (claim !== occupant) {
        settled.push({ ...claim, rivals, ...(occupant === undefined ? {} : { occupant }) });
      }
    }
  }
  const claims = state.claims.flatMap((claim) => {
    const occupant = occupants.has(claim.destination) ? occupants.get(claim.destination) : claim;
    return occupant === undefined ? [] : [occupant];
  });
  return { ...state, claims, rivals: settled };
}
