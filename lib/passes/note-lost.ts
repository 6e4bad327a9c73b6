import { causeOf, type LostPeering } from '../messages/connectivity.ts';
import { connectivityEvent, eventsToRemember } from '../messages/history.ts';
import { isWatchNoteOld, lostToldKey, lostToldNote } from '../model/watch-notes.ts';
import type { CheckedPeering } from './checked-peerings.ts';
import { secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { type FindSilence, keptQuiet } from './silenced.ts';

/** Losses of which people are sent no message. */

/** People know of these: that they do is noted again, so that it is not forgotten while it lasts. */
export async function noteAgain({ memory, now }: RecordDependencies, known: readonly CheckedPeering[]) {
  const at = secondsOf(now());
  for (const { watched, remembered } of known) {
    for (const [region, notes] of remembered) {
      const note = notes.get(lostToldKey(watched.peeringId));
      if (note !== undefined && isWatchNoteOld(note, at)) {
        await memory.update(region, [lostToldNote(watched.peeringId, at)]);
      }
    }
  }
}

/** What nobody is sent a message of goes into the history, once for each silence. */
export async function keepQuiet(
  { memory, now }: RecordDependencies,
  region: string,
  lost: readonly LostPeering[],
  [first]: readonly CheckedPeering[],
  silence: FindSilence,
): Promise<void> {
  const notes = first?.remembered.get(region) ?? new Map();
  const updates = lost.flatMap((each) => {
    const silenced = silence(each);
    return silenced === undefined
      ? []
      : keptQuiet(notes, lostToldKey(each.peeringId), silenced, [
          connectivityEvent(each.peeringId, { state: 'lost', why: causeOf(each) }, now()),
        ]);
  });
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
}

/** What people know by its cause: it goes into the history, and that it is over is told. */
export async function noteKnown(
  { memory, journal, now }: RecordDependencies,
  region: string,
  lost: readonly LostPeering[],
): Promise<void> {
  const updates = lost.flatMap((each) => {
    const { peeringId } = each;
    const why = `${causeOf(each)} People were told of that route.`;
    journal.warn('connectivity lost', { peeringId, region, cause: why });
    const event = connectivityEvent(peeringId, { state: 'lost', why }, now());
    return [lostToldNote(peeringId, secondsOf(now())), ...eventsToRemember([event])];
  });
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
}
