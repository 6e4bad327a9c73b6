import type { Note } from '../model/memory.ts';
import type { Peering } from '../model/peering.ts';
import { decidedBefore } from '../policy/decision-tags.ts';
import type { Stage } from './request-notes.ts';

/** What an earlier look held, and whether people were told. */
export interface EarlierHold {
  readonly stage: Stage;
  readonly rule?: string;
}

/**
 * The hold that an earlier look noted of a pending request, where the tags say the same. Such a look came after the request was
 * made. undefined: there was none, or it has left something to do.
 */
export function earlierHold(
  note: Pick<Note, 'value'> | undefined,
  tagPrefix: string,
  peering: Pick<Peering, 'tags'>,
): EarlierHold | undefined {
  const [stage, decision, rule = 'none'] = note?.value.split(' ') ?? [];
  if ((stage !== 'deciding' && stage !== 'told') || decision !== 'hold') {
    return undefined;
  }
  const ruleOfHold = rule === 'none' ? {} : { rule };
  return decidedBefore(tagPrefix, peering, { decision, ...ruleOfHold })
    ? { stage, ...ruleOfHold }
    : undefined;
}
