import { type AlarmName, runbookLine } from './runbook.ts';
import type { Severity } from './severity.ts';

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
  /** The alarm of the stack that rings for the same reason. {@link withRunbook} names its page where the message is sent. */
  readonly alarm?: AlarmName;
}

/**
 * The message as people get it: below it the page of the alarm that rings for the same reason, if one does.
 *
 * @param base as in `runbookOf`.
 */
export function withRunbook(notification: Notification, base: string): Notification {
  const { message, alarm, ...rest } = notification;
  return alarm === undefined
    ? notification
    : { ...rest, message: `${message.trimEnd()}\n\n${runbookLine(alarm, base)}\n` };
}
