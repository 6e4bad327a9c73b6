import type { AssessedView } from '../assessment/types.ts';
import {
  type AcceptedByHand,
  type AcceptedSide,
  acceptedByHandNotification,
} from '../messages/accepted-by-hand.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import type { Finding } from '../model/finding.ts';
import type { Peering } from '../model/peering.ts';
import type { RegionView } from './region-view.ts';
import { acceptedBy, requestNoteKey } from './request-notes.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { type TellHow, tellNews } from './telling.ts';

/** Whether a table is one of the side's VPC. Of tables in another Region it is the Region that tells, as sides differ in it. */
function isAt(
  { view: { region, local } }: AssessedView,
  { region: where, routeTableId }: Pick<Finding, 'region' | 'routeTableId'>,
  { vpcOf }: RegionView,
): boolean {
  const vpcId = routeTableId === undefined ? undefined : vpcOf(routeTableId);
  return where === region && (vpcId === undefined || vpcId === local.vpcId);
}

function sideOf(assessed: AssessedView, open: readonly Finding[], region: RegionView): AcceptedSide {
  const { view, decision, routes } = assessed;
  const { peeringId } = view.peering;
  const making = region.assessment.changes.filter(
    (change) =>
      change.peeringId === peeringId &&
      change.action !== 'delete' &&
      change.heldBy === undefined &&
      isAt(assessed, change, region),
  ).length;
  return {
    view,
    decision,
    wanted: routes.desired,
    made: Math.min(routes.desired, routes.present + making),
    open,
  };
}

/** Both sides where the account owns both, the accepter's first, each with what stands in its way. */
function sidesOf(
  region: RegionView,
  accepter: AssessedView,
  { accountId }: TellDependencies,
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
      sides: [sideOf(accepter, open, region)],
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
      ),
      sideOf(other, open.filter(isOthers), region),
    ],
  };
}

/** What could not be judged and may be about the routes of a peering: itself, a Region, a prefix list in a table of its VPCs. */
function notJudgedOf(
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

/**
 * A request that a person accepted: seen by an event of somebody else's call, or because people were told that it was held
 * and it is live now.
 */
export async function tellAcceptedByHand(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
): Promise<void> {
  const { region, assessment, remembered, nameOf, vpcOf } = view;
  for (const accepted of assessment.views) {
    const { view: side } = accepted;
    const { peering, direction } = side;
    const { peeringId, status } = peering;
    const isOurs = direction === 'inbound' && side.region === region;
    if (!isOurs || (status !== 'active' && status !== 'provisioning')) {
      continue;
    }
    const hint = hints.findLast(
      (each) =>
        each.kind === 'peering' &&
        each.peeringId === peeringId &&
        each.cause === 'AcceptVpcPeeringConnection' &&
        each.peerAccountId === undefined,
    );
    const noted = acceptedBy(remembered.notes, peeringId);
    if (noted === 'product' || (hint === undefined && noted !== 'somebody else')) {
      continue;
    }
    const news = newsOf(remembered.notes, newsKeys.acceptedByHand(peeringId), 'told', dependencies.now());
    await tellNews(dependencies, { view, hints }, news, () =>
      dependencies.topic.notify(
        acceptedByHandNotification({
          peering,
          ...sidesOf(view, accepted, dependencies),
          notJudged: notJudgedOf(view, peering),
          ...(hint?.actor === undefined ? {} : { actor: hint.actor }),
          policy: dependencies.policy,
          accountId: dependencies.accountId,
          nameOf,
          vpcOf,
        }),
      ),
    );
    if (noted !== undefined && dependencies.policy.mode === 'enforce') {
      await dependencies.memory.update(region, [{ kind: 'forget-note', key: requestNoteKey(peeringId) }]);
    }
  }
}
