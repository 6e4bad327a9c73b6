import type { Ended } from '../messages/ended.ts';
import { type News, newsKeys, newsOf } from '../messages/news.ts';
import { type RefusedCall, refusedLately } from '../messages/refused.ts';
import type { Finding } from '../model/finding.ts';
import type { HeldBy } from '../model/held-by.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import type { RegionView } from './region-view.ts';

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

/** What becomes of the routes that changes remove: those held back, and those whose delete AWS refused lately, are apart. */
export function routesOf(
  going: readonly Finding[],
  { remembered }: RegionView,
  now: Date,
): Required<Pick<Ended, 'routesRemoved' | 'routesKept' | 'routesRefused'>> {
  const kept = new Map<HeldBy, number>();
  const refused = new Map<string, RefusedCall & { readonly count: number }>();
  let routesRemoved = 0;
  for (const finding of going) {
    const { heldBy } = finding;
    const call = refusedLately(remembered.notes, finding, now);
    if (heldBy !== undefined) {
      kept.set(heldBy, (kept.get(heldBy) ?? 0) + 1);
    } else if (call === undefined) {
      routesRemoved += 1;
    } else {
      const key = `${finding.routeTableId} ${call.code}`;
      refused.set(key, { ...call, count: (refused.get(key)?.count ?? 0) + 1 });
    }
  }
  return {
    routesRemoved,
    routesKept: [...kept].map(([heldBy, count]) => ({ heldBy, count })),
    routesRefused: [...refused.values()],
  };
}
