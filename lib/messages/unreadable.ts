import type { Notification } from '../model/notification.ts';
import { notificationOf, shown } from './text.ts';

/** In place of a message that was kept because it could not be sent, and that nobody can read any more. */
export function unreadableNotification(kept: string, region: string): Notification {
  const lines = [
    `A message about ${shown(region)} that could not be sent was kept in the registry, and what is kept there cannot be read.`,
    kept.trim() === '' ? 'It is empty.' : `It is: ${kept}`,
    '',
    'What it told is not known. What stands now: peering status, peering drift. What was done: peering history.',
    'Only the functions write there. If the table was edited or restored, that is why; it is forgotten now.',
  ];
  return notificationOf(`VPC peering: a kept message cannot be read (${shown(region)})`, lines, {
    severity: 'action',
  });
}
