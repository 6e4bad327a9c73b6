import type { Ended } from '../messages/ended.ts';
import { type News, newsKeys, newsOf } from '../messages/news.ts';
import { type RefusedCall, refusedLately } from '../messages/refused.ts';
import type { Finding } from '../model/finding.ts';
import type { HeldBy } from '../model/held-by.ts';
import type { Hint } from '../model/hint.ts';
import { DEAD_STATUSES } from '../model/peering.ts';
import type { Memory } from '../ports/memory.ts';
import { type EndScope, endsWithoutRoutes } from './ends-without-routes.ts';
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
  /** The managed Regions of its other side, if that is this account's own and lies elsewhere. */
  readonly elsewhere: readonly string[];
  /** People heard of it from there. */
  readonly toldElsewhere: boolean;
}

export interface EndReader extends EndScope {
  readonly memory: Pick<Memory, 'read'>;
}

/** What the end of a peering leaves in tables: routes that go, and routes that the product may not or cannot remove. */
function isAboutEnd({ kind, repairable }: Finding): boolean {
  return kind === 'stale' || (kind === 'untagged' && !repairable);
}

/** The peerings that have ended: those to which routes lead, and those that people know of or should. */
function endsIn(
  reader: EndReader,
  view: RegionView,
  hints: readonly Hint[],
): Omit<End, 'elsewhere' | 'toldElsewhere'>[] {
  const { findings, inventory, remembered } = view;
  const now = reader.now();
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
  const quiet = endsWithoutRoutes(reader, view, hints, new Set(byPeering.keys())).map((peeringId) => ({
    peeringId,
    news: newsOf(remembered.notes, newsKeys.ended(peeringId), 'told', now),
    going: [],
    left: [],
  }));
  const withRoutes = [...byPeering].map(([peeringId, about]) => {
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
  return [...withRoutes, ...quiet];
}

/**
 * The same, without news of a peering between two Regions of this account that another of its Regions has told already. No two
 * passes run at the same time, so the first to see it tells. What stays in this Region's tables is told by itself then.
 */
export async function endsToTell(
  reader: EndReader,
  view: RegionView,
  hints: readonly Hint[],
): Promise<End[]> {
  const { memory, accountId, managedRegions } = reader;
  const peerings = new Map(view.inventory.peerings.map((peering) => [peering.peeringId, peering]));
  const isToldIn = async (region: string, peeringId: string) =>
    (await memory.read(region)).notes.has(newsKeys.ended(peeringId));
  return Promise.all(
    endsIn(reader, view, hints).map(async (end) => {
      const peering = peerings.get(end.peeringId);
      const elsewhere = (peering === undefined ? [] : [peering.requester, peering.accepter])
        .filter((side) => side.accountId === accountId && side.region !== view.region)
        .map(({ region }) => region)
        .filter((region) => managedRegions.includes(region));
      // Of one that EC2 shows no more nobody knows where its other side was.
      const others =
        peering === undefined ? managedRegions.filter((each) => each !== view.region) : elsewhere;
      const toldInRegions = end.news.isNews
        ? await Promise.all(others.map((region) => isToldIn(region, end.peeringId)))
        : [];
      const toldElsewhere = toldInRegions.includes(true);
      return {
        ...end,
        elsewhere,
        toldElsewhere,
        news: { ...end.news, isNews: end.news.isNews && !toldElsewhere },
      };
    }),
  );
}

/** The findings that are told as the end of their peering. What stays behind later than that is told by itself. */
export function toldAsEnds(ends: readonly End[]): Set<Finding> {
  return new Set(
    ends.flatMap(({ news, going, left, toldElsewhere }) => {
      if (toldElsewhere) {
        return going.filter(({ heldBy }) => heldBy === undefined);
      }
      return news.isNews ? [...going, ...left] : going;
    }),
  );
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
