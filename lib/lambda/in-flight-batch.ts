import type { Receipts } from '../aws/receipts.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Journal } from '../ports/journal.ts';
import {
  inFlightAtLeastUntil,
  inFlightUntil,
  messagesIn,
  visibilityAtLeast,
  waitAfterFailure,
} from './receive.ts';

/** Thrown instead of doing anything for a batch that SQS may have handed out a second time. */
class ReceiveEnded extends Error {
  override readonly name = 'ReceiveEnded';
}

/** A batch of a queue while an invocation works on it: in flight, as SQS calls messages that nobody else receives. */
export interface InFlightBatch {
  /** Milliseconds for which it is surely this invocation's own. */
  millisecondsLeft(): number;
  /** @throws ReceiveEnded when it is not, or its invocation is over. */
  ensureInFlight(): void;
  /** Nothing more is done for it. */
  end(): void;
  /** Makes it come again soon, after it failed. What cannot be given back comes when the visibility timeout is over. */
  giveBack(): Promise<void>;
}

/** What taking a batch needs. */
export interface TakingBatch {
  readonly receipts: Receipts;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds that Lambda leaves the invocation. */
  readonly millisecondsLeft: () => number;
}

/** In one call, so that all come into sight together and keep their order. Failing here hides no other failure. */
async function hideBriefly(
  { receipts, journal }: TakingBatch,
  receiptHandles: readonly string[],
  seconds: number,
): Promise<void> {
  try {
    const [reason] = (await receipts.hide(receiptHandles, seconds)).values();
    if (reason === undefined) {
      journal.info('batch given back', { messages: receiptHandles.length, seconds });
    } else {
      journal.warn('batch not given back', { reason });
    }
  } catch (error) {
    journal.warn('batch not given back', { reason: classifyAwsError(error).message });
  }
}

/**
 * Takes a batch for an invocation that begins. As a rule Lambda hands it over right after the receive, and SQS need not be asked.
 * One that was received long ago is hidden anew, which SQS refuses where the receive has ended.
 *
 * @throws ReceiveEnded when it has; whoever received the batch after that does the work. AWS errors when it cannot be known.
 */
export async function takeBatch(event: unknown, taking: TakingBatch): Promise<InFlightBatch> {
  const { receipts, now, millisecondsLeft } = taking;
  const messages = messagesIn(event);
  const receiptHandles = messages.map(({ receiptHandle }) => receiptHandle);
  const began = now().getTime();
  const visibility = visibilityAtLeast(millisecondsLeft());
  const wait = waitAfterFailure(messages);
  let until = inFlightAtLeastUntil(messages, visibility);
  if (until < began + millisecondsLeft()) {
    const refused = await receipts.hide(receiptHandles, Math.floor(visibility / 1000));
    const [reason] = refused.values();
    if (reason !== undefined) {
      const left = receiptHandles.filter((handle) => !refused.has(handle));
      if (left.length > 0) {
        await hideBriefly(taking, left, wait);
      }
      throw new ReceiveEnded(
        `These ${messages.length} events were left alone: Lambda held them longer than the queue hides them, so they are handed out again (${reason}). ` +
          "If this comes often, the account's Lambda concurrency is used up: raise its quota, or find out which function takes it.",
      );
    }
    until = inFlightUntil(began, visibility);
  }
  return {
    millisecondsLeft: () => Math.min(millisecondsLeft(), until - now().getTime()),
    ensureInFlight() {
      if (now().getTime() >= until) {
        throw new ReceiveEnded('Nothing more is done for these events: they may have been handed out again.');
      }
    },
    end() {
      until = 0;
    },
    giveBack: async () => {
      if (receiptHandles.length > 0) {
        await hideBriefly(taking, receiptHandles, wait);
      }
    },
  };
}
