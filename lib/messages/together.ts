import type { Notification } from '../model/notification.ts';
import { severityOfAll } from '../model/severity.ts';
import { count, notificationOf, shown } from './text.ts';

/** Messages of which one mail holds the whole text; of more it names the subjects. */
const MAX_WHOLE = 10;
/** More subjects than this nobody reads. */
const MAX_SUBJECTS = 500;

/**
 * One mail in place of several about the same kind of thing: what each is about, then the whole of the first ones.
 *
 * @param of behind the number: `VPC peering` of which several have ended.
 * @param rest where the others are found, as a sentence.
 */
export function togetherNotification(
  notifications: readonly [Notification, ...Notification[]],
  { of, where, rest }: { readonly of: string; readonly where: string; readonly rest: string },
): Notification {
  const [first, ...others] = notifications;
  if (others.length === 0) {
    return first;
  }
  const more = notifications.length - MAX_SUBJECTS;
  const alarm = others.every((other) => other.alarm === first.alarm) ? first.alarm : undefined;
  const whole = notifications.slice(0, MAX_WHOLE);
  return notificationOf(
    `${count(notifications.length, of)} ${where}`,
    [
      `These ${notifications.length} came together:`,
      ...notifications.slice(0, MAX_SUBJECTS).map(({ subject }) => `  - ${shown(subject)}`),
      ...(more > 0 ? [`  - and ${more} more`] : []),
      ...whole.flatMap(({ subject, message }) => [
        '',
        `=== ${subject}`,
        '',
        ...message.trimEnd().split('\n'),
      ]),
      ...(notifications.length > whole.length
        ? ['', `The other ${notifications.length - whole.length} are not told at length. ${rest}`]
        : []),
    ],
    { severity: severityOfAll(notifications), ...(alarm === undefined ? {} : { alarm }) },
  );
}
