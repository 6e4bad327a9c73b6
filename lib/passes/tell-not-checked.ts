import type { BlindView } from '../connectivity/blindness.ts';
import {
  checkedAgainNotification,
  type NotChecked,
  notCheckedNotification,
} from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { stoppedCheckKey } from '../messages/news.ts';
import { append } from '../model/append.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { blindKey } from '../model/watch-notes.ts';
import {
  type BlindnessDependencies,
  type JudgedRegion,
  lastPingsOf,
  silenceOfPeerings,
  watchedIn,
} from './judged-region.ts';
import type { CheckedRegion } from './select-probes.ts';
import { keptQuiet, withSilence } from './silenced.ts';
import { type Remembering, tellTogether } from './tell-together.ts';

function notCheckedIn(
  { accountId, policy }: BlindnessDependencies,
  checked: CheckedRegion,
  blind: BlindView,
): NotChecked {
  const { since, why, view } = blind;
  return {
    ...watchedIn(checked, view.peering, accountId),
    vpcId: view.local.vpcId,
    since: new Date(since * 1000),
    why,
    lastPings: lastPingsOf(blind, policy),
  };
}

/** One thing to tell of a view, with what remembers it. */
interface ViewNews extends Remembering {
  readonly blind: BlindView;
  readonly about: NotChecked;
}

/** What nobody is sent a message of: of what is over it is remembered that it is; what begins is news again later. */
async function keepQuiet(
  { memory, now }: BlindnessDependencies,
  { region, checked }: JudgedRegion,
  news: readonly ViewNews[],
  state: 'begun' | 'over',
): Promise<void> {
  const silence = silenceOfPeerings(checked, now());
  const toRemember = news.flatMap(({ blind: { view }, updates, event }) => {
    const silenced = silence(view.peering.peeringId);
    if (silenced === undefined) {
      return [];
    }
    return state === 'over'
      ? [...updates, ...eventsToRemember([withSilence(event, silenced)])]
      : keptQuiet(checked.remembered.notes, blindKey(view.peering.peeringId, view.local.vpcId), silenced, [
          event,
        ]);
  });
  if (toRemember.length > 0) {
    await memory.update(region, toRemember);
  }
}

/** That the check itself had stopped is over with what it says now, and no second message follows. */
function stopOver({ region, checked }: JudgedRegion, { view }: BlindView): readonly MemoryUpdate[] {
  const key = stoppedCheckKey(region, view.peering.peeringId);
  return checked.remembered.notes.has(key) ? [{ kind: 'forget-note', key }] : [];
}

/** Keeps quiet what is silenced. @returns the rest. */
async function loudOf(
  dependencies: BlindnessDependencies,
  judged: readonly JudgedRegion[],
  newsOf: (judged: JudgedRegion) => readonly ViewNews[],
  state: 'begun' | 'over',
): Promise<ViewNews[]> {
  const loud: ViewNews[] = [];
  for (const each of judged) {
    const news = newsOf(each);
    const silence = silenceOfPeerings(each.checked, dependencies.now());
    await keepQuiet(dependencies, each, news, state);
    append(
      loud,
      news.filter(({ blind }) => silence(blind.view.peering.peeringId) === undefined),
    );
  }
  return loud;
}

/** What was not checked any more, and what is checked again: all of this check in one message each. */
export async function tellNews(
  dependencies: BlindnessDependencies,
  judged: readonly JudgedRegion[],
): Promise<void> {
  const now = dependencies.now();
  const begunIn = (judgedRegion: JudgedRegion) => {
    const { region, checked, news } = judgedRegion;
    return news.map(({ blind, note, undo }): ViewNews => {
      const { peering, local } = blind.view;
      return {
        region,
        blind,
        updates: [note, ...stopOver(judgedRegion, blind)],
        back: [undo],
        event: connectivityEvent(
          peering.peeringId,
          { state: 'not-checked', from: local.vpcId, why: blind.why },
          now,
        ),
        about: notCheckedIn(dependencies, checked, blind),
      };
    });
  };
  const begun = await loudOf(dependencies, judged, begunIn, 'begun');
  await tellTogether(dependencies, begun, () => notCheckedNotification(begun.map(({ about }) => about)));
  const overIn = (judgedRegion: JudgedRegion) => {
    const { region, checked, over } = judgedRegion;
    return over.map(({ blind, forget, restore }): ViewNews => {
      const { peering, local } = blind.view;
      return {
        region,
        blind,
        updates: [forget, ...stopOver(judgedRegion, blind)],
        back: [restore],
        event: connectivityEvent(peering.peeringId, { state: 'checked-again', from: local.vpcId }, now),
        about: notCheckedIn(dependencies, checked, blind),
      };
    });
  };
  const ended = await loudOf(dependencies, judged, overIn, 'over');
  await tellTogether(dependencies, ended, () => checkedAgainNotification(ended.map(({ about }) => about)));
}
