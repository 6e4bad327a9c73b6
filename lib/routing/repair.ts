import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { parseCidr } from '../network/cidr.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { isContested, type RepairHistory, ROUNDS } from './contested.ts';
import { carriesTraffic } from './order.ts';

export interface RepairPolicy {
  /** Policy `drift.repair`: off means that drift is reported and left, while new work and clean-up go on. */
  readonly repair: boolean;
  readonly history: RepairHistory;
  readonly now: Date;
}

export interface PermittedChanges {
  /** In the order of the plan. */
  readonly changes: readonly Change[];
  readonly withheld: readonly Change[];
  /** One `contested` finding for each route that is not repaired any more. */
  readonly findings: readonly Finding[];
}

/**
 * Leaves out of a plan's changes the repairs that must not be made: all of them where the policy does not repair, and
 * those of contested routes. Routes of dead and unmanaged peerings (`stale`) are clean-up, not repair.
 *
 * A delete that would leave addresses without a route, because the create that covers them is left out, is left
 * out too.
 */
export function permittedChanges(
  planned: readonly Change[],
  { repair, history, now }: RepairPolicy,
): PermittedChanges {
  const changes: Change[] = [];
  const withheld: Change[] = [];
  const findings: Finding[] = [];
  const missingByTable = new Map<string, PrefixMap<Change>>();
  for (const change of planned) {
    const { region, routeTableId, destination, peeringId, rule, mends } = change;
    const cidr = parseCidr(destination);
    const tableKey = `${region} ${routeTableId}`;
    const contested = mends !== undefined && isContested(history, change, now);
    const isRepair = mends !== undefined && mends !== 'stale';
    const missing = missingByTable.get(tableKey);
    const opensGap =
      change.action === 'delete' &&
      carriesTraffic(change) &&
      missing !== undefined &&
      (missing.covering(cidr).length > 0 || missing.within(cidr).length > 0);
    if (contested) {
      findings.push({
        kind: 'contested',
        region,
        routeTableId,
        destination,
        peeringId,
        ...(rule === undefined ? {} : { rule }),
        detail:
          `The route to ${destination} in ${routeTableId} (${region}) was repaired ${ROUNDS} times within an hour and ` +
          `undone each time, so it is left for an hour: ${change.reason} Find what keeps changing it.`,
        repairable: false,
      });
    }
    if (!contested && !opensGap && (repair || !isRepair)) {
      changes.push(change);
      continue;
    }
    withheld.push(change);
    if (change.action !== 'delete') {
      const map = missing ?? new PrefixMap<Change>();
      map.set(cidr, change);
      missingByTable.set(tableKey, map);
    }
  }
  return { changes, withheld, findings };
}
