import { eventsToRemember } from '../messages/history.ts';
import type { News } from '../messages/news.ts';
import type { Hint } from '../model/hint.ts';
import type { HistoryEvent } from '../model/history.ts';
import type { RegionView } from './region-view.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { once } from './tell-findings.ts';

/** What people are told about: one look at a Region, and what led to it. */
export interface TellHow {
  readonly view: RegionView;
  readonly hints: readonly Hint[];
}

/** Who did to a peering what is told, as an event says; of several the last one counts. */
export function actorOf(
  hints: readonly Hint[],
  peeringId: string,
  causes: readonly string[],
): string | undefined {
  return hints.findLast(
    (hint) =>
      hint.kind === 'peering' &&
      hint.peeringId === peeringId &&
      hint.actor !== undefined &&
      causes.includes(hint.cause),
  )?.actor;
}

/** Observing, nothing can be remembered, so that a sweep would tell it every few minutes. */
function mayTell({ policy }: TellDependencies, hints: readonly Hint[]): boolean {
  return policy.mode === 'enforce' || !hints.every(({ kind }) => kind === 'region');
}

/** Observing, nothing is remembered. */
function remembering<Update>({ policy }: TellDependencies, updates: readonly Update[]): readonly Update[] {
  return policy.mode === 'enforce' ? updates : [];
}

/**
 * Tells people what is news to them. What they know is noted again while it lasts, so that it does not become news.
 *
 * @param isPassing the next pass will not find it any more.
 * @param events what happened, for the history.
 */
export async function tellNews(
  dependencies: TellDependencies,
  { view: { region }, hints }: TellHow,
  { isNews, updates }: News,
  tell: () => Promise<void>,
  {
    isPassing = false,
    events = [],
  }: { readonly isPassing?: boolean; readonly events?: readonly HistoryEvent[] } = {},
): Promise<void> {
  if (!mayTell(dependencies, hints)) {
    return;
  }
  const toRemember = remembering(dependencies, updates);
  if (isNews) {
    const happened = remembering(dependencies, eventsToRemember(events));
    await once(dependencies.memory, region, [...toRemember, ...happened], tell, { isPassing });
  } else if (toRemember.length > 0) {
    await dependencies.memory.update(region, toRemember);
  }
}
