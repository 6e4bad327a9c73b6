import type { BlindView } from '../connectivity/blindness.ts';
import {
  checkedAgainNotification,
  type NotChecked,
  notCheckedNotification,
} from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { append } from '../model/append.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { blindKey } from '../model/watch-notes.ts';
import {
  type BlindnessDependencies,
  isLost,
  type JudgedRegion,
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
    wasLost: isLost(blind, policy),
  };
}

/** One thing to tell of a view, with what remembers it. */
interface ViewNews extends Remembering {
  readonly update: MemoryUpdate;
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
  const updates = news.flatMap(({ blind: { view }, update, event }) => {
    const silenced = silence(view.peering.peeringId);
    if (silenced === undefined) {
      return [];
    }
    return state === 'over'
      ? [update, ...eventsToRemember([withSilence(event, silenced)])]
      : keptQuiet(checked.remembered.notes, blindKey(view.peering.peeringId, view.local.vpcId), silenced, [
          event,
        ]);
  });
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
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
  const begunIn = ({ region, checked, news }: JudgedRegion) =>
    news.map(({ blind, note, undo }): ViewNews => {
      const { peering, local } = blind.view;
      return {
        region,
        blind,
        update: note,
        back: undo,
        event: connectivityEvent(
          peering.peeringId,
          { state: 'not-checked', from: local.vpcId, why: blind.why },
          now,
        ),
        about: notCheckedIn(dependencies, checked, blind),
      };
    });
  const begun = await loudOf(dependencies, judged, begunIn, 'begun');
  await tellTogether(dependencies, begun, () => notCheckedNotification(begun.map(({ about }) => about)));
  const overIn = ({ region, checked, over }: JudgedRegion) =>
    over.map(({ blind, forget, restore }): ViewNews => {
      const { peering, local } = blind.view;
      return {
        region,
        blind,
        update: forget,
        back: restore,
        event: connectivityEvent(peering.peeringId, { state: 'checked-again', from: local.vpcId }, now),
        about: notCheckedIn(dependencies, checked, blind),
      };
    });
  const ended = await loudOf(dependencies, judged, overIn, 'over');
  await tellTogether(dependencies, ended, () => checkedAgainNotification(ended.map(({ about }) => about)));
}
