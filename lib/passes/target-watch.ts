import type { PeeringHealth } from '../connectivity/results.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import { isWatchNoteOld, readTargetWatch, type TargetWatch, targetNote } from '../model/watch-notes.ts';

/** What a check changes in what is remembered of its target. Pure. */

export interface CheckedTarget {
  readonly health: PeeringHealth;
  readonly target: string;
  readonly commandId: string;
  /** Of its note. */
  readonly key: string;
  readonly before: TargetWatch;
  readonly after: TargetWatch;
  /** What is to be remembered; undefined: all of it is. */
  readonly update: MemoryUpdate | undefined;
}

/** @param periods more than that are not counted: each count is a write. */
function watchAfter(
  before: TargetWatch,
  { verdict, failed }: PeeringHealth,
  commandId: string,
  periods: number,
): TargetWatch {
  const more = (times: number) => Math.max(times, Math.min(periods, times + 1));
  if (verdict === 'none') {
    return { ...before, commandId, withoutVerdict: more(before.withoutVerdict), toldOf: before.toldOf };
  }
  return failed
    ? { ...before, commandId, lost: more(before.lost), withoutVerdict: 0 }
    : { lost: 0, withoutVerdict: 0, commandId, toldOf: 'peering' };
}

/** @param now seconds since the epoch. */
export function checkedTarget(
  health: PeeringHealth,
  { target, commandId, key }: { readonly target: string; readonly commandId: string; readonly key: string },
  note: Note | undefined,
  { periods, now }: { readonly periods: number; readonly now: number },
): CheckedTarget {
  const before = readTargetWatch(note);
  // The same command again, as events may come twice: it counts once.
  const isRepeated = before.commandId === commandId;
  const after = isRepeated ? before : watchAfter(before, health, commandId, periods);
  const changed = after.lost !== before.lost || after.withoutVerdict !== before.withoutVerdict;
  // What never gave a verdict was never checked.
  const isDue = note === undefined ? health.verdict !== 'none' : changed || isWatchNoteOld(note, now);
  return {
    health,
    target,
    commandId,
    key,
    before,
    after,
    update: isDue && !isRepeated ? targetNote(key, after, now) : undefined,
  };
}
