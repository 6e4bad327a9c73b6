import { lossesOver, regionsToldOf } from '../connectivity/told-losses.ts';
import { lossOverNotification } from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { togetherNotification } from '../messages/together.ts';
import { lossForgotten, lostToldNote } from '../model/watch-notes.ts';
import {
  type BlindnessDependencies,
  type JudgedRegion,
  silenceOfPeerings,
  watchedIn,
} from './judged-region.ts';
import { withSilence } from './silenced.ts';
import { tellTogether } from './tell-together.ts';

/** Losses that people were told of and that are over without an answer, because nobody asks any more: all in one message. */
export async function tellLossesOver(
  dependencies: BlindnessDependencies,
  judged: readonly JudgedRegion[],
): Promise<void> {
  const remembered = judged.map(({ region, checked, updates }) => ({
    region,
    notes: checked.remembered.notes,
    forgotten: updates,
  }));
  const notesOf = new Map(remembered.map(({ region, notes }) => [region, notes]));
  const at = Math.floor(dependencies.now().getTime() / 1000);
  const over = lossesOver(remembered).flatMap((peeringId) => {
    const forgetting = regionsToldOf(remembered, peeringId).map((region) => ({
      region,
      updates: lossForgotten(notesOf.get(region) ?? new Map(), peeringId),
      back: [lostToldNote(peeringId, at)],
      event: connectivityEvent(peeringId, { state: 'not-asked' }, dependencies.now()),
    }));
    const checked = judged
      .map((each) => each.checked)
      .find(({ inventory }) => inventory.region === forgetting[0]?.region);
    const peering = checked?.inventory.peerings.find((each) => each.peeringId === peeringId);
    return checked !== undefined && peering?.status === 'active'
      ? [
          {
            forgetting,
            watched: watchedIn(checked, peering, dependencies.accountId),
            silence: silenceOfPeerings(checked, dependencies.now())(peeringId),
          },
        ]
      : [];
  });
  const isQuiet = ({ silence }: (typeof over)[number]) => silence !== undefined;
  for (const { forgetting, silence } of over.filter(isQuiet)) {
    for (const { region, updates, event } of forgetting) {
      const kept = silence === undefined ? event : withSilence(event, silence);
      await dependencies.memory.update(region, [...updates, ...eventsToRemember([kept])]);
    }
  }
  const loud = over.filter((each) => !isQuiet(each));
  const [first, ...others] = loud.map(({ watched }) => lossOverNotification(watched));
  if (first !== undefined) {
    const news = loud.flatMap(({ forgetting }) => forgetting);
    await tellTogether(dependencies, news, () =>
      togetherNotification([first, ...others], {
        of: 'VPC peering',
        where: `no longer lost in ${dependencies.accountId}`,
        rest: 'Run "peering status" to see them.',
      }),
    );
  }
}
