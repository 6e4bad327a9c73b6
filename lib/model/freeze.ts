import type { MemoryUpdate, Note } from './memory.ts';
import { noteFields } from './note-fields.ts';
import { printable } from './printable.ts';
import { utc } from './utc.ts';

/**
 * A person has said with `peering freeze` that in a Region nothing is accepted, rejected or written until `peering thaw`, without a
 * deployment. It is remembered in each Region that it is said of.
 */
export interface Freeze {
  /** Who said so: the ARN that STS gave for their credentials. */
  readonly by: string;
  readonly because: string;
  /** Seconds since the epoch. */
  readonly since: number;
  /** Seconds since the epoch; undefined: until somebody ends it. */
  readonly until?: number;
}

const KEY = 'freeze';
const MAX_TEXT = 1000;

/** Who froze it before, or ended that, says nothing any more. */
export const FORGET_THAW: MemoryUpdate = { kind: 'forget-note', key: 'thawed' };

export function freezeNote({ by, because, since, until }: Freeze): MemoryUpdate {
  const end = until === undefined ? {} : { until };
  return {
    kind: 'note',
    key: KEY,
    value: JSON.stringify({ by, because, ...end }),
    at: since,
    ...(until === undefined ? {} : { expiresAt: until }),
  };
}

const THAWED = 'thawed';
/** So long it is remembered who ended it, for the message about it. Seconds. */
const THAWED_KEPT = 2 * 24 * 60 * 60;

/** Ends a freeze. @param at seconds since the epoch. */
export function thawUpdates({ by, because }: Pick<Freeze, 'by' | 'because'>, at: number): MemoryUpdate[] {
  const value = JSON.stringify({ by, because });
  return [
    { kind: 'forget-note', key: KEY },
    { kind: 'note', key: THAWED, value, at, expiresAt: at + THAWED_KEPT },
  ];
}

/** Who ended the last freeze, and why, as long as that is remembered. */
export function thawIn(notes: ReadonlyMap<string, Note>): Pick<Freeze, 'by' | 'because'> | undefined {
  const note = notes.get(THAWED);
  if (note === undefined) {
    return undefined;
  }
  const { by, because } = noteFields(note) ?? {};
  return {
    by: textOf(by, 'somebody who cannot be read'),
    because: textOf(because, 'nobody said why'),
  };
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? printable(value, MAX_TEXT) : otherwise;
}

/** What is not as `freezeNote` writes it freezes all the same: whoever wrote it meant something, and nothing is written. */
export function freezeIn(notes: ReadonlyMap<string, Note>, now: Date): Freeze | undefined {
  const note = notes.get(KEY);
  if (note === undefined) {
    return undefined;
  }
  const { by, because, until } = noteFields(note) ?? {};
  const end = typeof until === 'number' ? { until } : {};
  return end.until !== undefined && end.until <= now.getTime() / 1000
    ? undefined
    : {
        by: textOf(by, 'somebody who cannot be read'),
        because: textOf(because, 'nobody said why'),
        since: note.at,
        ...end,
      };
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'a time that cannot be read' : utc(date);
}

/** `Frozen by … since … because: …` */
export function frozenText({ by, because, since, until }: Freeze): string {
  const end = until === undefined ? 'until "peering thaw"' : `until ${timeOf(until)}`;
  return `Frozen by ${by} since ${timeOf(since)} ${end}, because: ${because}`;
}
