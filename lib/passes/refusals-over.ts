import { refusalKey } from '../messages/refused.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { ChangeOutcome } from './change-outcome.ts';

/** What AWS refused for a table and has taken now is refused no more, unless it has refused another of the same in this very look. */
export function refusalsOver(outcomes: readonly ChangeOutcome[], { notes }: RegionMemory): MemoryUpdate[] {
  const keysOf = (kind: ChangeOutcome['outcome']) =>
    new Set(outcomes.filter(({ outcome }) => outcome === kind).map(({ change }) => refusalKey(change)));
  const refused = keysOf('failed');
  return [...keysOf('written')]
    .filter((key) => notes.has(key) && !refused.has(key))
    .map((key) => ({ kind: 'forget-note', key }));
}
