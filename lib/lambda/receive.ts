/**
 * How long a batch of a queue is this invocation's own. SQS hides messages for the queue's visibility timeout, counted from
 * the receive, and Lambda receives before it invokes: while it is throttled it holds the batch, and the time runs. What is held
 * for longer is handed out a second time, beside this invocation. Pure; lib/lambda/queue-runtime.ts acts on it.
 */

/** The visibility timeout of a queue is so many times the timeout of its function (Lambda guide, "Using Lambda with SQS"). */
export const VISIBILITY_TIMES = 6;

/** A batch that was received so often and failed goes to the dead-letter queue (at least five: the same page). */
export const MOST_RECEIVES = 5;

/** Clocks of SQS and of the function may differ, and a call may take a while. Milliseconds. */
const MARGIN_MS = 30_000;

/** In this time EC2's buckets fill up again (lib/ports/pace.ts), whoever emptied them. */
const FIRST_WAIT_SECONDS = 10;

export interface QueuedMessage {
  readonly receiptHandle: string;
  /** How often it was received, this time included. */
  readonly receives: number;
  /** Milliseconds since the epoch; `undefined` when SQS did not say. */
  readonly firstReceived: number | undefined;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** A count or a time, which SQS writes as text. */
function whole(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The messages of a batch; none where a person invokes the function with an event. */
export function messagesIn(event: unknown): readonly QueuedMessage[] {
  const { Records } = fields(event);
  return (Array.isArray(Records) ? Records : []).flatMap((record: unknown) => {
    const { receiptHandle, attributes } = fields(record);
    const { ApproximateReceiveCount, ApproximateFirstReceiveTimestamp } = fields(attributes);
    return typeof receiptHandle === 'string'
      ? [
          {
            receiptHandle,
            receives: whole(ApproximateReceiveCount) ?? 1,
            firstReceived: whole(ApproximateFirstReceiveTimestamp),
          },
        ]
      : [];
  });
}

/**
 * The visibility timeout, at least: Lambda says how much of the function's timeout is left when an invocation begins.
 * Milliseconds.
 */
export function visibilityAtLeast(millisecondsLeft: number): number {
  return VISIBILITY_TIMES * millisecondsLeft;
}

/**
 * Until when a batch is this invocation's at least. SQS tells when a message was received for the first time, and this receive
 * was no earlier. Milliseconds since the epoch; 0 when nothing is known.
 */
export function inFlightAtLeastUntil(messages: readonly QueuedMessage[], visibility: number): number {
  return Math.min(
    ...messages.map(({ firstReceived }) =>
      firstReceived === undefined ? 0 : inFlightUntil(firstReceived, visibility),
    ),
  );
}

/** Until when messages that are hidden from a time on are counted on to be hidden. */
export function inFlightUntil(time: number, visibility: number): number {
  return time + visibility - MARGIN_MS;
}

/**
 * Seconds that a batch which failed stays away: longer each time, as what is throttled needs time. After the last receive none:
 * it goes to the dead-letter queue, and what is behind it need not wait.
 */
export function waitAfterFailure(messages: readonly QueuedMessage[]): number {
  const receives = Math.max(1, ...messages.map((message) => message.receives));
  return receives >= MOST_RECEIVES ? 0 : FIRST_WAIT_SECONDS * 2 ** (receives - 1);
}
