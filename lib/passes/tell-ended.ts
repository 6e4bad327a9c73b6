import type { EndedPeering } from '../assessment/types.ts';
import { endedNotification, type KeptRoutes, ownRequestEndedNotification } from '../messages/ended.ts';
import { type News, newsKeys, newsOf, whatToTell } from '../messages/news.ts';
import type { Finding } from '../model/finding.ts';
import type { HeldBy } from '../model/held-by.ts';
import { DEAD_STATUSES, type PeeringStatus } from '../model/peering.ts';
import type { RegionView } from './region-view.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { actorOf, type TellHow, tellNews } from './telling.ts';

/** Statuses in which a request of ours ends without a peering. */
const UNANSWERED: ReadonlySet<PeeringStatus> = new Set(['rejected', 'failed', 'expired']);

/** The calls that end a peering or a request. */
const ENDING = ['DeleteVpcPeeringConnection', 'RejectVpcPeeringConnection'];

/** A peering that has ended, with what was found of the routes to it. */
export interface End {
  readonly peeringId: string;
  /** Whether people have to be told that it has ended. */
  readonly news: News;
  /** Clean-up: routes that a change removes, if nothing holds that back. */
  readonly going: readonly Finding[];
  /** Routes that stay: nobody but a person removes them. */
  readonly left: readonly Finding[];
}

/** What the end of a peering leaves in tables: routes that go, and routes that the product may not or cannot remove. */
function isAboutEnd({ kind, repairable }: Finding): boolean {
  return kind === 'stale' || (kind === 'untagged' && !repairable);
}

/** The peerings that have ended and to which routes lead. */
export function endsIn({ findings, inventory, remembered }: RegionView, now: Date): End[] {
  const statuses = new Map(inventory.peerings.map(({ peeringId, status }) => [peeringId, status]));
  const byPeering = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { peeringId } = finding;
    const status = peeringId === undefined ? undefined : statuses.get(peeringId);
    const isDead = status === undefined || DEAD_STATUSES.has(status);
    if (peeringId !== undefined && isDead && isAboutEnd(finding)) {
      byPeering.set(peeringId, [...(byPeering.get(peeringId) ?? []), finding]);
    }
  }
  return [...byPeering].map(([peeringId, about]): End => {
    const going = about.filter(({ repairable }) => repairable);
    const left = about.filter(({ repairable }) => !repairable);
    // It ends once: whether EC2 says `deleting`, `deleted` or nothing any more.
    const news = newsOf(remembered.notes, newsKeys.ended(peeringId), 'told', now);
    // What is untagged may have been told while the peering lived; a route that is stale and stays was told as such.
    const isKnown = (finding: Finding) =>
      finding.kind === 'stale' && remembered.notes.has(newsKeys.finding(finding));
    const isNews = news.isNews && (going.length > 0 || !left.every(isKnown));
    return { peeringId, news: { ...news, isNews }, going, left };
  });
}

/** The findings that are told as the end of their peering. What stays behind later than that is told by itself. */
export function toldAsEnds(ends: readonly End[]): Set<Finding> {
  return new Set(ends.flatMap(({ news, going, left }) => (news.isNews ? [...going, ...left] : going)));
}

function keptOf(going: readonly Finding[]): KeptRoutes[] {
  const counts = new Map<HeldBy, number>();
  for (const { heldBy } of going) {
    if (heldBy !== undefined) counts.set(heldBy, (counts.get(heldBy) ?? 0) + 1);
  }
  return [...counts].map(([heldBy, count]) => ({ heldBy, count }));
}

/** What people did is told to people: a peering that somebody ended, with the routes that go with it and those that stay. */
export async function tellEnded(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
  ends: readonly End[],
): Promise<void> {
  const { region, inventory, remembered, nameOf, vpcOf } = view;
  const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
  for (const { peeringId, news, going, left } of ends) {
    const peering = peerings.get(peeringId);
    const actor = actorOf(hints, peeringId, ENDING);
    const routesRemoved = going.filter(({ heldBy }) => heldBy === undefined).length;
    const tell = () =>
      dependencies.topic.notify(
        endedNotification({
          peering: peering ?? peeringId,
          ...(actor === undefined ? {} : { actor }),
          status: peering?.status ?? 'deleted',
          statusMessage: peering?.statusMessage ?? '',
          routesRemoved,
          routesKept: keptOf(going),
          routesLeft: left,
          accountId: dependencies.accountId,
          region,
          nameOf,
          vpcOf,
        }),
      );
    const toldOfLeft = news.isNews ? whatToTell(remembered.notes, left, dependencies.now()).updates : [];
    const toRemember = { ...news, updates: [...news.updates, ...toldOfLeft] };
    await tellNews(dependencies, { view, hints }, toRemember, tell, { isPassing: routesRemoved > 0 });
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
