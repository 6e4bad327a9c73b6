import { fieldsOf } from '../../lib/model/json.ts';
import { NO_MEMORY, type Note, type OwnRoute, type RegionMemory } from '../../lib/model/memory.ts';
import { notedResults } from '../../lib/model/watch-notes.ts';
import { CliError } from '../errors.ts';
import type { SavedFiles } from './saved-files.ts';
import { REGISTRY_FILE } from './snapshot-files.ts';

/** What the stack remembers of a Region, as `Registry.json` in a snapshot. */

function broken(what: string): CliError {
  return new CliError(
    `Registry.json does not say ${what} as peering snapshot writes it. Save it again: peering snapshot --out DIR, or take the file away: then no route is known to be the product's own.`,
  );
}

function ownRouteFrom(value: unknown): OwnRoute {
  const { peeringId, rule } = fieldsOf(value);
  if (typeof peeringId !== 'string' || typeof rule !== 'string') {
    throw broken('whose its routes are');
  }
  return { peeringId, rule };
}

function timesFrom(value: unknown): number[] {
  if (!Array.isArray(value) || !value.every((time) => typeof time === 'number')) {
    throw broken('when routes were repaired');
  }
  return value;
}

function noteFrom(saved: unknown): Note {
  const { value, at } = fieldsOf(saved);
  if (typeof value !== 'string' || typeof at !== 'number') {
    throw broken('what was noted, and when,');
  }
  return { value, at };
}

function mapped<Value>(of: unknown, read: (value: unknown) => Value): Map<string, Value> {
  return new Map(Object.entries(fieldsOf(of)).map(([key, value]) => [key, read(value)]));
}

/** @throws CliError for a file that is none of ours. */
export function readSavedMemory(files: SavedFiles): RegionMemory {
  const content = files.object(REGISTRY_FILE);
  if (content === undefined) {
    return NO_MEMORY;
  }
  return {
    registry: 'known',
    routes: mapped(content.routes, (routes) => mapped(routes, ownRouteFrom)),
    repairs: mapped(content.repairs, timesFrom),
    notes: mapped(content.notes, noteFrom),
    ...readAtOf(content.readAt),
  };
}

/** A file without it is judged as of now. */
function readAtOf(text: unknown): Pick<RegionMemory, 'readAt'> {
  if (text === undefined) {
    return {};
  }
  const readAt = new Date(typeof text === 'string' ? text : Number.NaN);
  if (Number.isNaN(readAt.getTime())) {
    throw broken('when it was read');
  }
  return { readAt };
}

/**
 * The file's content for what is remembered. The same memory gives the same text, but for the time: it is there where something is
 * remembered of pings, of which a later reader has to know how old it was.
 */
export function savedMemoryOf({ routes, repairs, notes }: RegionMemory, now: Date): object {
  const sorted = <Value>(of: ReadonlyMap<string, Value>): Record<string, Value> =>
    Object.fromEntries([...of].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...(notedResults(notes).size === 0 ? {} : { readAt: now.toISOString() }),
    routes: Object.fromEntries(Object.entries(sorted(routes)).map(([table, own]) => [table, sorted(own)])),
    repairs: sorted(repairs),
    notes: sorted(new Map([...notes].map(([key, { value, at }]) => [key, { value, at }] as const))),
  };
}
