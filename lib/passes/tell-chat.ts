import { chatMessage } from '../messages/chat.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Journal } from '../ports/journal.ts';
import type { ChatTopic, Topic } from '../ports/outbox.ts';
import { countPermanent } from './failure.ts';

/** What `chatMessage` makes of a message needs: which buttons the stack has, if it has any. */
type Buttons = { readonly actionGroup: string | undefined };

/** Chat as the only place of a message: what it did not get fails, and is sent again. */
export function onlyInChat(chat: ChatTopic, { actionGroup }: Buttons): Topic {
  return { notify: (notification) => chat.post(chatMessage(notification, actionGroup)) };
}

/**
 * The topic of mails, whose messages chat gets as well. Mails come first, and a message that chat did not get fails nothing: sent
 * again, it would be a second mail. It is counted among the failures that ring an alarm instead.
 */
export function alsoInChat(
  mails: Topic,
  chat: ChatTopic,
  { actionGroup, journal }: Buttons & { readonly journal: Pick<Journal, 'error' | 'metric'> },
): Topic {
  return {
    async notify(notification) {
      await mails.notify(notification);
      try {
        await chat.post(chatMessage(notification, actionGroup));
      } catch (error) {
        journal.error('not told in chat', {
          subject: notification.subject,
          reason: classifyAwsError(error).message,
        });
        countPermanent(journal, [{ retry: false }]);
      }
    },
  };
}
