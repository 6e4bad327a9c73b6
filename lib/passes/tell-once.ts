import type { MemoryUpdate } from '../model/memory.ts';
import type { Memory } from '../ports/memory.ts';
import { KeptForLater } from './unsent.ts';

/** One of them failing does not keep the others from being sent. */
export async function allOf(sending: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(sending)).find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}

/**
 * Remembers what people are about to be told, tells them, and forgets it again if they could not be told. Remembered first:
 * if that were not possible, every sweep would tell it again. What the next pass will not find any more, because it is being
 * mended (`isPassing`), is told although it cannot be remembered.
 */
export async function once(
  memory: Pick<Memory, 'update'>,
  region: string,
  updates: readonly MemoryUpdate[],
  tell: () => Promise<void>,
  { isPassing = false }: { readonly isPassing?: boolean } = {},
): Promise<void> {
  const forget = updates.flatMap((update): MemoryUpdate[] =>
    update.kind === 'note' ? [{ kind: 'forget-note', key: update.key }] : [],
  );
  try {
    if (updates.length > 0) {
      // An error may be an answer that got lost, of an update that was made.
      await memory.update(region, updates);
    }
  } catch (error) {
    if (isPassing) {
      await tell();
    } else {
      await memory.update(region, forget);
    }
    throw error;
  }
  try {
    await tell();
  } catch (error) {
    if (forget.length > 0 && !(error instanceof KeptForLater)) {
      await memory.update(region, forget);
    }
    throw error;
  }
}
