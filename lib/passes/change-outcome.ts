import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';

/**
 * `written`: done by a call of ours. `already-so`: it was that way before we came (an identical route is adopted, a
 * deleted one is gone). `observed`: `mode: observe`, so nothing was called. `held`: something keeps the change from being
 * made (`heldBy`), so nothing was called. `skipped`: no longer what the plan saw. `held-back`: a delete whose addresses
 * would be without a route, because a create is not in place. `retryable`: failed for now; the next pass tries again.
 * `failed`: fails until someone does something.
 */
export type OutcomeKind =
  | 'written'
  | 'already-so'
  | 'observed'
  | 'held'
  | 'skipped'
  | 'held-back'
  | 'retryable'
  | 'failed';

export interface ChangeOutcome {
  readonly change: Change;
  readonly outcome: OutcomeKind;
  /** One sentence for people; the change's own reason where it was written. */
  readonly reason: string;
  /** The code that AWS gave, where a call failed. */
  readonly errorCode?: string;
  /** `retryable`, `failed`: the call that failed, as AWS names it. */
  readonly call?: string;
  /** `retryable`, `failed`: what AWS said, in its own words. */
  readonly awsMessage?: string;
}

/** How one change ended, and what that means for those that come after it in the same table. */
export interface TableOutcome extends Omit<ChangeOutcome, 'change'> {
  readonly finding?: Finding;
  /**
   * What will end the same way, so that no further call is made for it. `table`: everything, as the table is gone.
   * `creates`: creates of the same address family, as the table is full. `action`: the same action, as it is not permitted.
   */
  readonly stops?: 'table' | 'creates' | 'action';
}

/** Whether the table is now as the change wants it. */
export function isInPlace({ outcome }: TableOutcome): boolean {
  return outcome === 'written' || outcome === 'already-so';
}
