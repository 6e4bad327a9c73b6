import { type AlarmName, runbookLine } from './runbook.ts';
import type { Severity } from './severity.ts';
import { utc } from './utc.ts';

/** A request that waits, and that a person may answer where the message is shown. */
export interface AnswerableRequest {
  readonly peeringId: string;
  /** The accepter's. */
  readonly region: string;
}

/** A message for people, by SNS and so by e-mail and in chat. */
export interface Notification {
  readonly severity: Severity;
  /** ASCII, one line, at most 100 characters (SNS API reference, Publish). */
  readonly subject: string;
  readonly message: string;
  /** Left out: nothing can be answered by a button. */
  readonly answerable?: AnswerableRequest;
  /** The alarm of the stack that rings for the same reason. {@link asSent} names its page where the message is sent. */
  readonly alarm?: AlarmName;
  /** Milliseconds since the epoch: a message that could not be sent when it was made. Left out: it is made now. */
  readonly keptSince?: number;
}

const LATE =
  'This could not be sent when it was noticed, so what it says may be over by now: peering status, peering drift.';

/**
 * The message as people get it: with when it was noticed, and below it the page of the alarm that rings for the same reason, if one does.
 * One that could not be sent before says so first.
 *
 * @param base as in `runbookOf`.
 */
export function asSent(notification: Notification, base: string, now: Date): Notification {
  const { message, alarm, keptSince, ...rest } = notification;
  const noticed = `Noticed: ${utc(keptSince === undefined ? now : new Date(keptSince))}`;
  return {
    ...rest,
    message: [
      ...(keptSince === undefined ? [] : [`${noticed}. ${LATE}`, '']),
      message.trimEnd(),
      '',
      noticed,
      ...(alarm === undefined ? [] : [runbookLine(alarm, base)]),
      '',
    ].join('\n'),
  };
}
