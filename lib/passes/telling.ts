import { eventsToRemember } from '../messages/history.ts';
import type { News } from '../messages/news.ts';
import { togetherNotification } from '../messages/together.ts';
import type { Hint } from '../model/hint.ts';
import type { HistoryEvent } from '../model/history.ts';
import type { Notification } from '../model/notification.ts';
import type { Silence } from '../model/silence.ts';
import type { RegionView } from './region-view.ts';
import { keptQuiet, type Subject, silenceIn } from './silenced.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { once } from './tell-once.ts';

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

/** One of several things of the same kind that one look may have to tell. */
export interface Telling {
  /** Of the news. */
  readonly key: string;
  readonly about: Subject;
  readonly news: News;
  readonly message: () => Notification;
  /** The next pass will not find it any more. */
  readonly isPassing?: boolean;
  /** What happened, for the history. */
  readonly events?: (message: Notification) => readonly HistoryEvent[];
}

/** What nobody is sent a message of goes into the history, once for each silence. */
async function keepQuiet(
  dependencies: TellDependencies,
  { view: { region, remembered } }: TellHow,
  silenced: readonly { readonly telling: Telling; readonly silence: Silence }[],
): Promise<void> {
  const updates = silenced.flatMap(({ telling: { key, message, events }, silence }) =>
    keptQuiet(remembered.notes, key, silence, events?.(message()) ?? []),
  );
  if (updates.length > 0 && dependencies.policy.mode === 'enforce') {
    await dependencies.memory.update(region, updates);
  }
}

/** Tells people what is news of these: of one as it is, of several in one mail. */
export async function tellAllNews(
  dependencies: TellDependencies,
  how: TellHow,
  tellings: readonly Telling[],
  what: Parameters<typeof togetherNotification>[1],
): Promise<void> {
  const silence = silenceIn(how.view, dependencies.now());
  const news = tellings.filter((each) => each.news.isNews);
  const fresh = news.filter(({ about }) => silence(about) === undefined);
  await keepQuiet(
    dependencies,
    how,
    news.flatMap((telling) => {
      const silenced = silence(telling.about);
      return silenced === undefined ? [] : [{ telling, silence: silenced }];
    }),
  );
  const updates = tellings.flatMap(({ news }) => (news.isNews ? [] : news.updates));
  const messages = fresh.map(({ message }) => message());
  const events = fresh.flatMap(({ events: eventsOf }, index) => {
    const message = messages[index];
    return message === undefined ? [] : (eventsOf?.(message) ?? []);
  });
  const [first, ...others] = messages;
  if (first !== undefined) {
    const together = { isNews: true, updates: fresh.flatMap((each) => each.news.updates) };
    const isPassing = fresh.some((each) => each.isPassing === true);
    await tellNews(
      dependencies,
      how,
      together,
      () => dependencies.topic.notify(togetherNotification([first, ...others], what)),
      { isPassing, events },
    );
  }
  await tellNews(dependencies, how, { isNews: false, updates }, async () => undefined);
}

/**
 * Tells people what is news to them. What they know is noted again while it lasts, so that it does not become news.
 *
 * @param isPassing the next pass will not find it any more.
 * @param events what happened, for the history.
 */
async function tellNews(
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
