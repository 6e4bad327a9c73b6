import { destinationsOf } from './notify.ts';
import type { Policy } from './schema.ts';

/** Whether people may answer held requests by buttons in chat. Observing, nothing is answered, so there are no buttons. */
export function answersFromChat({ mode, notify }: Pick<Policy, 'mode' | 'notify'>): boolean {
  return mode === 'enforce' && destinationsOf(notify).action.chat === 'buttons';
}
