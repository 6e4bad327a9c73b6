import { type AlarmName, runbookLine } from './runbook.ts';

/** A message for people, by SNS and so by e-mail. */
export interface Notification {
  /** ASCII, one line, at most 100 characters (SNS API reference, Publish). */
  readonly subject: string;
  readonly message: string;
  /** The alarm of the stack that rings for the same reason. {@link withRunbook} names its page where the message is sent. */
  readonly alarm?: AlarmName;
}

/**
 * The message as people get it: below it the page of the alarm that rings for the same reason, if one does.
 *
 * @param base as in `runbookOf`.
 */
export function withRunbook(notification: Notification, base: string): Notification {
  const { subject, message, alarm } = notification;
  return alarm === undefined
    ? notification
    : { subject, message: `${message.trimEnd()}\n\n${runbookLine(alarm, base)}\n` };
}
