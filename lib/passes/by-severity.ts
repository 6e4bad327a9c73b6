import type { Severity } from '../model/severity.ts';
import type { Journal } from '../ports/journal.ts';
import type { Topic } from '../ports/outbox.ts';

/** Sends each message where its severity goes. */
export function bySeverity(topics: Readonly<Record<Severity, Topic>>): Topic {
  return { notify: (notification) => topics[notification.severity].notify(notification) };
}

/** For messages that the policy sends to nobody: the log has that there was one. */
export function onlyLogged(journal: Pick<Journal, 'info'>): Topic {
  return {
    async notify({ severity, subject }) {
      journal.info('told nobody, as the policy says', { severity, subject });
    },
  };
}
