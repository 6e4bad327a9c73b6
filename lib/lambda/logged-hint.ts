import type { Hint } from '../model/hint.ts';
import { type Dropped, readHint } from './read-hint.ts';
import type { Invocation } from './shell.ts';

/** The place to look that an event names, written to the log; one that names none is logged with its reason and dropped. */
export function loggedHint(event: unknown, invocation: Invocation): Hint | Dropped {
  const { journal } = invocation;
  const hint = readHint(event, invocation);
  if ('dropped' in hint) {
    journal.warn('event dropped', { reason: hint.dropped });
    journal.metric('EventsDropped', 1);
  } else {
    journal.info('hint', { ...hint });
  }
  return hint;
}
