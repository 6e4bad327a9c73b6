import type { Hint } from '../model/hint.ts';

/** A whole batch of a FIFO queue (Lambda guide, "Using Lambda with Amazon SQS"). */
const WHOLE_BATCH = 10;

/** Whether so many events came at once that more of them wait behind these. */
export function isBurst(hints: readonly Hint[]): boolean {
  return hints.length >= WHOLE_BATCH;
}
