import type { AssessedView } from '../assessment/types.ts';
import type { AcceptedByHand, AcceptedSide } from '../messages/accepted-by-hand.ts';
import { refusedChange } from '../messages/refused.ts';
import type { Finding } from '../model/finding.ts';
import type { Peering } from '../model/peering.ts';
import type { RegionView } from './region-view.ts';
import type { TellDependencies } from './tell-dependencies.ts';

/** Whether a table is one of the side's VPC. Of tables in another Region it is the Region that tells, as sides differ in it. */
function isAt(
  { view: { region, local } }: AssessedView,
  { region: where, routeTableId }: Pick<Finding, 'region' | 'routeTableId'>,
  { vpcOf }: RegionView,
): boolean {
  const vpcId = routeTableId === undefined ? undefined : vpcOf(routeTableId);
  return where === region && (vpcId === undefined || vpcId === local.vpcId);
}

function sideOf(
  assessed: AssessedView,
  open: readonly Finding[],
  region: RegionView,
  now: Date,
): AcceptedSide {
  const { view, decision, routes } = assessed;
  const { peeringId } = view.peering;
  const making = region.assessment.changes.filter(
    (change) =>
      change.peeringId === peeringId &&
      change.action !== 'delete' &&
      change.heldBy === undefined &&
      isAt(assessed, change, region),
  );
  const refused = new Map(
    making.flatMap((change) => {
      const call = refusedChange(region.remembered.notes, change, now);
      const { routeTableId } = change;
      return call === undefined ? [] : [[routeTableId, { ...call, routeTableId }] as const];
    }),
  );
  const written = making.filter(({ routeTableId }) => !refused.has(routeTableId)).length;
  return {
    view,
    decision,
    wanted: routes.desired,
    made: Math.min(routes.desired, routes.present + written),
    open,
    refused: [...refused.values()],
  };
}

/** Both sides where the account owns both, the accepter's first, each with what stands in its way. */
export function sidesOf(
  region: RegionView,
  accepter: AssessedView,
  { accountId, now }: TellDependencies,
): Pick<AcceptedByHand, 'sides' | 'unseen'> {
  const { peeringId, requester } = accepter.view.peering;
  const { views, findings } = region.assessment;
  const open = findings.filter(
    (finding) => finding.peeringId === peeringId && (!finding.repairable || finding.heldBy !== undefined),
  );
  const other = views.find(
    ({ view }) => view.peering.peeringId === peeringId && view.direction === 'outbound',
  );
  if (other === undefined) {
    return {
      sides: [sideOf(accepter, open, region, now())],
      ...(requester.accountId === accountId ? { unseen: requester } : {}),
    };
  }
  const isOthers = (finding: Finding) => finding.routeTableId !== undefined && isAt(other, finding, region);
  return {
    sides: [
      sideOf(
        accepter,
        open.filter((finding) => !isOthers(finding)),
        region,
        now(),
      ),
      sideOf(other, open.filter(isOthers), region, now()),
    ],
  };
}

/** What could not be judged and may be about the routes of a peering: itself, a Region, a prefix list in a table of its VPCs. */
export function notJudgedOf(
  { assessment, inventory }: RegionView,
  { peeringId, requester, accepter }: Peering,
): string[] {
  const vpcIds = [requester.vpcId, accepter.vpcId];
  const resources = new Set([
    peeringId,
    requester.region,
    accepter.region,
    ...inventory.tables
      .filter(({ vpcId }) => vpcIds.includes(vpcId))
      .flatMap(({ routes }) => routes.map(({ destination }) => destination)),
  ]);
  return assessment.notJudged.filter(({ resource }) => resources.has(resource)).map(({ reason }) => reason);
}
