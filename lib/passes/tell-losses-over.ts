import { lossesOver, regionsToldOf } from '../connectivity/told-losses.ts';
import { lossOverNotification } from '../messages/connectivity.ts';
import { connectivityEvent } from '../messages/history.ts';
import { lostToldKey, lostToldNote } from '../model/watch-notes.ts';
import { type BlindnessDependencies, type JudgedRegion, watchedIn } from './tell-not-checked.ts';
import { tellTogether } from './tell-together.ts';

/** Losses that people were told of and that are over without an answer, because nobody asks any more. */
export async function tellLossesOver(
  dependencies: BlindnessDependencies,
  judged: readonly JudgedRegion[],
): Promise<void> {
  const remembered = judged.map(({ region, checked, updates }) => ({
    region,
    notes: checked.remembered.notes,
    forgotten: updates,
  }));
  const at = Math.floor(dependencies.now().getTime() / 1000);
  for (const peeringId of lossesOver(remembered)) {
    const forgetting = regionsToldOf(remembered, peeringId).map((region) => ({
      region,
      update: { kind: 'forget-note' as const, key: lostToldKey(peeringId) },
      back: lostToldNote(peeringId, at),
      event: connectivityEvent(peeringId, { state: 'not-asked' }, dependencies.now()),
    }));
    const checked = judged
      .map((each) => each.checked)
      .find(({ inventory }) => inventory.region === forgetting[0]?.region);
    const peering = checked?.inventory.peerings.find((each) => each.peeringId === peeringId);
    if (checked !== undefined && peering?.status === 'active') {
      const watched = watchedIn(checked, peering, dependencies.accountId);
      await tellTogether(dependencies, forgetting, () => lossOverNotification(watched));
    }
  }
}
