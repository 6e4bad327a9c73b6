import { fieldsOf } from '../../lib/model/json.ts';
import { NO_MEMORY, type Note, type OwnRoute, type RegionMemory } from '../../lib/model/memory.ts';
import { printable } from '../../lib/model/printable.ts';
import { notedResults } from '../../lib/model/watch-notes.ts';
import { didYouMean } from '../../lib/policy/did-you-mean.ts';
import type { CliError } from '../errors.ts';
import type { SavedFiles } from './saved-files.ts';
import { REGISTRY_FILE } from './snapshot-files.ts';

/** What the stack remembers of a Region, as `Registry.json` in a snapshot. */

const PARTS = ['routes', 'repairs', 'notes'] as const;
const KEYS: readonly string[] = [...PARTS, 'readAt'];

const WITHOUT = "or take the file away: then no route is known to be the product's own";

/** Makes what is to be thrown. @param problem what follows the path of the file. */
type Broken = (problem: string) => CliError;

/** The fields of what has to be an object. @param what where it stands in the file: `routes`, `routes of rtb-1`. */
function objectAt(value: unknown, what: string, broken: Broken): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const kind = Array.isArray(value) ? 'a list' : JSON.stringify(value);
    throw broken(`has ${printable(kind, 60)} as ${what}, where an object belongs`);
  }
  return fieldsOf(value);
}

function mapped<Value>(
  of: unknown,
  what: string,
  broken: Broken,
  read: (value: unknown, key: string) => Value,
): Map<string, Value> {
  const entries = of === undefined ? [] : Object.entries(objectAt(of, what, broken));
  return new Map(entries.map(([key, value]) => [key, read(value, printable(key, 100))]));
}

function ownRouteFrom(value: unknown, which: string, broken: Broken): OwnRoute {
  const { peeringId, rule } = fieldsOf(value);
  if (typeof peeringId !== 'string' || typeof rule !== 'string') {
    throw broken(`does not say of the route ${which} to which peeringId it leads and by which rule`);
  }
  return { peeringId, rule };
}

function timesFrom(value: unknown, which: string, broken: Broken): number[] {
  if (!Array.isArray(value) || !value.every((time) => typeof time === 'number')) {
    throw broken(`does not say when ${which} was repaired, as a list of seconds since 1970`);
  }
  return value;
}

function noteFrom(saved: unknown, which: string, broken: Broken): Note {
  const { value, at } = fieldsOf(saved);
  if (typeof value !== 'string' || typeof at !== 'number') {
    throw broken(`does not say value and time (at) of the note ${which}`);
  }
  return { value, at };
}

/** What is not as it is written would pass for an empty memory, in which no route is the product's own. */
function refuseOtherKeys(content: Readonly<Record<string, unknown>>, broken: Broken): void {
  const unknown = Object.keys(content).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    const meant = didYouMean(unknown, KEYS);
    throw broken(
      `has an unknown key "${printable(unknown, 60)}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`,
    );
  }
  if (PARTS.every((part) => content[part] === undefined)) {
    throw broken(`has none of ${PARTS.join(', ')}`);
  }
}

/** @throws CliError for a file that is none of ours. */
export function readSavedMemory(files: SavedFiles): RegionMemory {
  const content = files.object(REGISTRY_FILE);
  if (content === undefined) {
    return NO_MEMORY;
  }
  const broken: Broken = (problem) => files.broken(REGISTRY_FILE, problem, WITHOUT);
  refuseOtherKeys(content, broken);
  return {
    registry: 'known',
    routes: mapped(content.routes, 'routes', broken, (routes, table) =>
      mapped(routes, `routes of ${table}`, broken, (own, destination) =>
        ownRouteFrom(own, `${destination} in ${table}`, broken),
      ),
    ),
    repairs: mapped(content.repairs, 'repairs', broken, (times, which) => timesFrom(times, which, broken)),
    notes: mapped(content.notes, 'notes', broken, (note, which) => noteFrom(note, which, broken)),
    ...readAtOf(content.readAt, broken),
  };
}

/** A file without it is judged as of now. */
function readAtOf(text: unknown, broken: Broken): Pick<RegionMemory, 'readAt'> {
  if (text === undefined) {
    return {};
  }
  const readAt = new Date(typeof text === 'string' ? text : Number.NaN);
  if (Number.isNaN(readAt.getTime())) {
    throw broken('has no time as readAt');
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
