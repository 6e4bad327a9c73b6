import { DNS_REFUSED, DNS_SET, dnsNoteKey } from '../assessment/dns.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { WantedOption } from '../routing/options.ts';
import { type OptionOutcome, type OptionWriter, setOptions } from './set-options.ts';

/**
 * Sets the peering options that can be set, and says what is to be remembered of it: one that was set is drift when it is off
 * later, and one that EC2 refuses is for a person.
 */
export async function syncOptions(
  options: readonly WantedOption[],
  writer: OptionWriter,
  now: Date,
): Promise<{ readonly outcomes: readonly OptionOutcome[]; readonly updates: readonly MemoryUpdate[] }> {
  const outcomes = options.length === 0 ? [] : await setOptions(options, writer);
  const at = Math.floor(now.getTime() / 1000);
  const updates = outcomes.flatMap(({ option, result, finding }): MemoryUpdate[] => {
    const value = result === 'set' ? DNS_SET : finding === undefined ? undefined : DNS_REFUSED;
    return value === undefined ? [] : [{ kind: 'note', key: dnsNoteKey(option), value, at }];
  });
  return { outcomes, updates };
}
