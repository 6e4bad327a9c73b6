import { decodeTold, FORGET_AFTER_SECONDS } from '../messages/told.ts';
import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import { classifyAwsError } from '../ports/aws-error.ts';
import type { Journal } from '../ports/journal.ts';
import type { LegacyState, LegacyTexts } from '../ports/legacy-state.ts';
import type { Memory } from '../ports/memory.ts';
import { decodeHistory, repairKey } from '../routing/contested.ts';
import { lostKey, lostNote, peerNote, readLostCount, readPeerNote } from './connectivity-notes.ts';

/** The note that what an older version remembered of a Region was taken over. */
const UPGRADED = 'upgraded';

/** Note of a finding that people were told of; `findingKey` names it. */
export function toldKey(findingKey: string): string {
  return `told ${findingKey}`;
}

/** Noted while the older version had more to note than found room: then what is not noted counts as told. */
export const TOLD_ALL_KEY = toldKey('*');

function toldNotes(text: string, now: number): MemoryUpdate[] {
  const { seen, full } = decodeTold(text);
  const note = (key: string, at: number): MemoryUpdate => ({
    kind: 'note',
    key,
    value: '',
    at,
    expiresAt: at + FORGET_AFTER_SECONDS,
  });
  return [
    ...[...seen].map(([key, last]) => note(toldKey(key), last)),
    ...(full === true ? [note(TOLD_ALL_KEY, now)] : []),
  ];
}

function repairsIn(text: string): MemoryUpdate[] {
  return [...decodeHistory(text).history.repairs].flatMap(([key, times]) => {
    const [routeTableId, destination] = key.split('=');
    return routeTableId === undefined || destination === undefined
      ? []
      : [{ kind: 'repaired' as const, routeTableId, destination, times }];
  });
}

/** What is unreadable counts as not remembered, as it did for the older version. */
function lostNotes(lost: LegacyTexts['lost'], now: number): MemoryUpdate[] {
  return [...lost].flatMap(([path, value]) => {
    const [peeringId, target] = path.split('/');
    const count = readLostCount({ value });
    return peeringId === undefined || target === undefined || count.times === 0
      ? []
      : [lostNote(lostKey(peeringId, target.replaceAll('_', ':')), count, now)];
  });
}

function peerNotes(peer: LegacyTexts['peer']): MemoryUpdate[] {
  return [...peer].flatMap(([peeringId, value]) => {
    const noted = readPeerNote(value);
    return noted === undefined ? [] : [peerNote(peeringId, value, noted.at)];
  });
}

/** @param now seconds since the epoch. */
function takenOver({ repairs, told, lost, peer }: LegacyTexts, now: number): readonly MemoryUpdate[] {
  const updates = [
    ...(repairs === undefined ? [] : repairsIn(repairs)),
    ...(told === undefined ? [] : toldNotes(told, now)),
    ...lostNotes(lost, now),
    ...peerNotes(peer),
  ];
  return updates.filter(
    (update) => update.kind !== 'note' || update.expiresAt === undefined || update.expiresAt > now,
  );
}

const NOTHING: LegacyTexts = { lost: new Map(), peer: new Map() };

/** What a memory is with these updates, which are repairs and notes only. */
function withTakenOver(memory: RegionMemory, updates: readonly MemoryUpdate[]): RegionMemory {
  const repairs = new Map(memory.repairs);
  const notes = new Map<string, Note>(memory.notes);
  for (const update of updates) {
    if (update.kind === 'repaired') {
      repairs.set(repairKey(update), update.times);
    } else if (update.kind === 'note') {
      notes.set(update.key, { value: update.value, at: update.at });
    }
  }
  return { ...memory, repairs, notes };
}

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
      await memory.update(region, [{ kind: 'note', key: UPGRADED, value: '', at: seconds() }]);
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
