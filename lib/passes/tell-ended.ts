import type { EndedPeering } from '../assessment/types.ts';
import { endedNotification, ownRequestEndedNotification } from '../messages/ended.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import type { Finding } from '../model/finding.ts';
import { DEAD_STATUSES, type PeeringStatus } from '../model/peering.ts';
import type { RegionView } from './region-view.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { actorOf, type TellHow, tellNews } from './telling.ts';

/** Statuses in which a request of ours ends without a peering. */
const UNANSWERED: ReadonlySet<PeeringStatus> = new Set(['rejected', 'failed', 'expired']);

/** The calls that end a peering or a request. */
const ENDING = ['DeleteVpcPeeringConnection', 'RejectVpcPeeringConnection'];

/** The findings that are about routes of peerings which have ended: clean-up, told as the end of the peering. */
export function endedFindings({ findings, inventory }: RegionView): Map<string, Finding[]> {
  const statuses = new Map(inventory.peerings.map(({ peeringId, status }) => [peeringId, status]));
  const ended = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { kind, peeringId, repairable } = finding;
    const status = peeringId === undefined ? undefined : statuses.get(peeringId);
    const isDead = status === undefined || DEAD_STATUSES.has(status);
    if (kind === 'stale' && repairable && peeringId !== undefined && isDead) {
      ended.set(peeringId, [...(ended.get(peeringId) ?? []), finding]);
    }
  }
  return ended;
}

/** What people did is told to people: a peering that somebody ended, with the routes that go with it. */
export async function tellEnded(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
  ended: ReadonlyMap<string, readonly Finding[]>,
): Promise<void> {
  const { region, inventory, remembered, nameOf } = view;
  const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
  for (const [peeringId, findings] of ended) {
    const peering = peerings.get(peeringId);
    const status = peering?.status ?? 'deleted';
    const kept = findings.filter(({ heldBy }) => heldBy !== undefined);
    const actor = actorOf(hints, peeringId, ENDING);
    // It ends once: whether EC2 says `deleting`, `deleted` or nothing any more.
    const news = newsOf(remembered.notes, newsKeys.ended(peeringId), 'told', dependencies.now());
    const [heldBy] = kept.flatMap((finding) => finding.heldBy ?? []);
    const tell = () =>
      dependencies.topic.notify(
        endedNotification({
          peering: peering ?? peeringId,
          ...(actor === undefined ? {} : { actor }),
          status,
          statusMessage: peering?.statusMessage ?? '',
          routesRemoved: findings.length - kept.length,
          ...(heldBy === undefined ? {} : { routesKept: { count: kept.length, heldBy } }),
          accountId: dependencies.accountId,
          region,
          nameOf,
        }),
      );
    await tellNews(dependencies, { view, hints }, news, tell, { isPassing: kept.length < findings.length });
  }
}

/** Our own requests that were rejected, failed or expired: EC2 shows them for a while, and tells nobody. */
export async function tellOwnRequestsEnded(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
): Promise<void> {
  const { region, assessment, remembered, nameOf, inventory } = view;
  const own = assessment.ended.filter(
    ({ peering, region: of, askedBy }: EndedPeering) =>
      askedBy === 'ours' &&
      of === region &&
      peering.requester.region === region &&
      UNANSWERED.has(peering.status),
  );
  for (const ended of own) {
    const { peeringId, status } = ended.peering;
    const news = newsOf(remembered.notes, newsKeys.ownRequest(peeringId, status), status, dependencies.now());
    const actor = actorOf(hints, peeringId, ENDING);
    await tellNews(dependencies, { view, hints }, news, () =>
      dependencies.topic.notify(
        ownRequestEndedNotification(ended, {
          accountId: dependencies.accountId,
          ...(actor === undefined ? {} : { actor }),
          cidrsOf: (vpcId) => inventory.vpcs.get(vpcId)?.cidrs,
          nameOf,
        }),
      ),
    );
  }
}
