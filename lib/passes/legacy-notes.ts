import { FORGET_AFTER_SECONDS } from '../messages/news.ts';
import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import { readTargetWatch, targetKey, targetNote } from '../model/watch-notes.ts';
import type { LegacyTexts } from '../ports/legacy-state.ts';
import { repairKey } from '../routing/contested.ts';
import { peerNote, readPeerNote } from './connectivity-notes.ts';
import { readHistoryText, readToldText } from './legacy-texts.ts';

/** Note of a finding that people were told of; `findingKey` names it. */
function toldKey(findingKey: string): string {
  return `told ${findingKey}`;
}

/** Noted while the older version had more to note than found room: then what is not noted counts as told. */
export const TOLD_ALL_KEY = toldKey('*');

function toldNotes(text: string, now: number): MemoryUpdate[] {
  const { seen, full } = readToldText(text);
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
  return [...readHistoryText(text)].flatMap(([key, times]) => {
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
    const watch = readTargetWatch({ value });
    return peeringId === undefined || target === undefined || watch.lost === 0
      ? []
      : [targetNote(targetKey(peeringId, target.replaceAll('_', ':')), watch, now)];
  });
}

function peerNotes(peer: LegacyTexts['peer']): MemoryUpdate[] {
  return [...peer].flatMap(([peeringId, value]) => {
    const noted = readPeerNote(value);
    return noted === undefined ? [] : [peerNote(peeringId, value, noted.at)];
  });
}

/** @param now seconds since the epoch. */
export function takenOver(
  { repairs, toldFindings, lost, peer }: LegacyTexts,
  now: number,
): readonly MemoryUpdate[] {
  const updates = [
    ...(repairs === undefined ? [] : repairsIn(repairs)),
    ...(toldFindings === undefined ? [] : toldNotes(toldFindings, now)),
    ...lostNotes(lost, now),
    ...peerNotes(peer),
  ];
  return updates.filter(
    (update) => update.kind !== 'note' || update.expiresAt === undefined || update.expiresAt > now,
  );
}

export const NOTHING: LegacyTexts = { lost: new Map(), peer: new Map() };

/** What a memory is with these updates, which are repairs and notes only. */
export function withTakenOver(memory: RegionMemory, updates: readonly MemoryUpdate[]): RegionMemory {
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
