import { askAgainAt } from '../connect/pair-status.ts';
import type { JudgedPair } from '../connect/types.ts';
import { classifyAwsError, isRetryable } from '../model/aws-error.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import { forgetPair, type PairNote, pairNote } from '../model/pair.ts';

export interface RequestedPair {
  readonly pair: JudgedPair;
  /**
   * `exists`: EC2 says that there is one already. `unclear`: there was no answer, so the next look finds out. `too-late`: time
   * or EC2's room for requests ran out before its turn. `refused`: EC2 does not take it; tried again later. `failed`: nothing
   * was done, and none of the others is tried.
   */
  readonly result: 'requested' | 'exists' | 'unclear' | 'too-late' | 'refused' | 'failed';
  readonly peeringId?: string;
  readonly reason: string;
  /** As AWS gave it, where it said no. */
  readonly code?: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

export function askingNote({ connection, note }: JudgedPair, at: number): PairNote {
  return {
    state: 'asking',
    connection,
    madeBy: 'product',
    ...(note?.peeringId === undefined ? {} : { peeringId: note.peeringId }),
    refusals: note?.refusals ?? 0,
    told: 'not-yet',
    at,
  };
}

/** @param at seconds since the epoch. */
export function refusedNote({ pair, code }: RequestedPair, at: number): PairNote {
  const refusals = (pair.note?.refusals ?? 0) + 1;
  const until = askAgainAt(code ?? 'Unknown', refusals, at);
  return {
    ...askingNote(pair, at),
    refusals,
    state: 'refused',
    told: 'yes',
    ...(code === undefined ? {} : { why: code }),
    ...(until === undefined ? {} : { until }),
  };
}

/** What is remembered of a pair after the call; undefined: that it is being asked, until EC2 shows more. */
export function afterwards(done: RequestedPair, at: number): MemoryUpdate | undefined {
  const { pair, result, peeringId } = done;
  switch (result) {
    case 'requested':
      return peeringId === undefined
        ? undefined
        : pairNote(pair.key, { ...askingNote(pair, at), state: 'asked', peeringId });
    case 'exists':
    case 'unclear':
      return undefined;
    case 'refused':
      return pairNote(pair.key, refusedNote(done, at));
    case 'too-late':
    case 'failed':
      return pair.note === undefined ? forgetPair(pair.key) : pairNote(pair.key, pair.note);
  }
}

export function resultOf(pair: JudgedPair, error: unknown): RequestedPair {
  const { kind, code, message: reason } = classifyAwsError(error);
  // EC2 has a limit of requests that may wait: no failure, but not yet the turn of this one.
  if (/^OutstandingVpcPeeringConnectionLimitExceeded$/i.test(code)) {
    return { pair, result: 'too-late', reason };
  }
  switch (kind) {
    case 'conflict':
      return { pair, result: 'exists', reason };
    // Throttled, nothing was done; without an answer it may have been.
    case 'transient':
      return { pair, result: 'unclear', reason, code };
    case 'throttled':
    case 'denied':
      return { pair, result: 'failed', reason, code, retry: isRetryable({ kind }) };
    default:
      return { pair, result: 'refused', reason, code };
  }
}
