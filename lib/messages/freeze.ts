import { type Freeze, frozenText } from '../model/freeze.ts';
import type { Notification } from '../model/notification.ts';
import { listed, notificationOf, shown } from './text.ts';

/** What people are told when a Region is frozen, and when that is over. */

export interface FreezeContext {
  readonly accountId: string;
  readonly regions: readonly string[];
}

export function frozenNotification(freeze: Freeze, { accountId, regions }: FreezeContext): Notification {
  const lines = [
    `${frozenText(freeze)}`,
    '',
    `In ${listed(regions, 30)} of account ${shown(accountId)} the product accepts and rejects no request and changes no route, peering option or tag.`,
    'Requests are held, and what differs is found and told, but not repaired. "peering apply" and "peering accept" do nothing either.',
    '',
    'To end it: peering thaw',
  ];
  return notificationOf(`VPC peering is frozen in ${shown(accountId)} (${listed(regions, 3)})`, lines, {
    severity: 'notice',
  });
}

/** Who ended it, as far as the registry says: a freeze that was given a time ends by itself. */
export interface Thaw {
  readonly by: string;
  readonly because: string;
}

export function thawedNotification(
  frozen: string,
  thaw: Thaw | undefined,
  { accountId, regions }: FreezeContext,
): Notification {
  const lines = [
    thaw === undefined
      ? 'The time of the freeze is over, or nobody said who ended it.'
      : `Ended by ${shown(thaw.by)}, because: ${shown(thaw.because)}`,
    `Before: ${shown(frozen)}`,
    '',
    'From now on requests are answered and drift is repaired again, as the policy says. What is to be done: peering plan',
  ];
  return notificationOf(
    `VPC peering is no longer frozen in ${shown(accountId)} (${listed(regions, 3)})`,
    lines,
    { severity: 'notice' },
  );
}
