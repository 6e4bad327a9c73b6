import { classifyAwsError } from '../model/aws-error.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { Journal } from '../ports/journal.ts';
import type { LegacyState, LegacyTexts } from '../ports/legacy-state.ts';
import type { Memory } from '../ports/memory.ts';

import { NOTHING, takenOver, withTakenOver } from './legacy-notes.ts';

/** The note that what an older version remembered of a Region was taken over. */
const UPGRADED = 'upgraded';

export interface UpgradeOptions {
  /** `observe`: nothing may be written, so what is taken over is read by each process, and only shown. */
  readonly mode: 'enforce' | 'observe';
  readonly journal: Pick<Journal, 'info' | 'warn'>;
  readonly now: () => Date;
}

/**
 * The memory, into which what a version before the registry remembered is taken over: of each Region once, before anything
 * else is read or written there.
 */
export function createUpgradedMemory(
  memory: Memory,
  legacy: LegacyState,
  { mode, journal, now }: UpgradeOptions,
): Memory {
  /** Regions where nothing is to be done any more, as far as this process knows. */
  const done = new Set<string>();
  /** By Region: what was found where nothing may be written. */
  const shown = new Map<string, readonly MemoryUpdate[]>();
  const seconds = () => Math.floor(now().getTime() / 1000);

  /** A parameter store that may not be read says nothing; one that fails for now is asked again by the next pass. */
  async function textsOf(region: string): Promise<LegacyTexts> {
    try {
      return await legacy.read(region);
    } catch (error) {
      const { kind, message } = classifyAwsError(error);
      if (kind !== 'denied' && kind !== 'not-found') {
        throw error;
      }
      journal.warn('nothing taken over', {
        region,
        reason: `What an older version remembered cannot be read, so people may be told things again: ${message}`,
      });
      return NOTHING;
    }
  }

  /** @param before the Region's memory, without the note. */
  async function upgrade(region: string, before: RegionMemory): Promise<RegionMemory> {
    const updates = shown.get(region) ?? takenOver(await textsOf(region), seconds());
    if (mode === 'observe') {
      shown.set(region, updates);
    } else {
      // The note comes after all else: an upgrade that was cut short is done again, and is the same.
      await memory.update(region, updates);
      await memory.update(region, [
        { kind: 'note', key: UPGRADED, value: updates.length === 0 ? 'nothing' : '', at: seconds() },
      ]);
      done.add(region);
      journal.info('taken over from an older version', { region, remembered: updates.length });
    }
    return withTakenOver(before, updates);
  }

  async function read(region: string): Promise<RegionMemory> {
    const found = await memory.read(region);
    if (!found.notes.has(UPGRADED)) {
      return upgrade(region, found);
    }
    done.add(region);
    return found;
  }

  /** @returns the Region's memory, where it had to be read for this. */
  async function ensureUpgraded(region: string): Promise<RegionMemory | undefined> {
    if (!done.has(region)) {
      if ((await memory.readNote(region, UPGRADED)) === undefined) {
        return read(region);
      }
      done.add(region);
    }
    return undefined;
  }

  return {
    read,
    async readNote(region, key) {
      const all = await ensureUpgraded(region);
      return all === undefined ? memory.readNote(region, key) : all.notes.get(key);
    },
    async update(region, updates) {
      if (mode === 'enforce') {
        await ensureUpgraded(region);
        await memory.update(region, updates);
      }
    },
  };
}
