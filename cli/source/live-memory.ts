import { NO_MEMORY } from '../../lib/model/memory.ts';
import type { Memory } from '../../lib/ports/memory.ts';

/** What the deployed stack remembers. Placeholder until its store is there. */
export function readLiveMemory(
  _about: { readonly regions: readonly string[]; readonly mode: 'enforce' | 'observe'; readonly stage: string | undefined },
  _note: (text: string) => void,
): Memory {
  return { read: async () => NO_MEMORY, readNote: async () => undefined, update: async () => undefined };
}
