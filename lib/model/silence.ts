import type { MemoryUpdate, Note } from './memory.ts';
import { noteFields } from './note-fields.ts';
import { printable } from './printable.ts';
import { utc } from './utc.ts';

/**
 * For a time nobody is sent messages about a peering, a route table or a VPC: a person said so with `peering silence`. It is
 * remembered in each Region that has something of it. It hides nothing: the history and the log say what was not sent.
 */
export interface Silence {
  /** `pcx-…`, `rtb-…` or `vpc-…`. */
  readonly id: string;
  /** Who said so: the ARN that STS gave for their credentials. */
  readonly by: string;
  readonly because: string;
  /** Seconds since the epoch. */
  readonly since: number;
  /** Seconds since the epoch. */
  readonly until: number;
}

/** Longer ones are none: what nobody wants to hear of for months is a matter of the policy. Seconds. */
export const LONGEST_SILENCE = 30 * 24 * 60 * 60;

const KEY = 'silence ';
const ID = /^(pcx|rtb|vpc)-[0-9a-f]{8,17}$/;
const MAX_TEXT = 1000;

/** Whether messages about a resource of this id can be silenced. */
export function canBeSilenced(id: string): boolean {
  return ID.test(id);
}

export function silenceNote({ id, by, because, since, until }: Silence): MemoryUpdate {
  return {
    kind: 'note',
    key: `${KEY}${id}`,
    value: JSON.stringify({ by, because, until }),
    at: since,
    expiresAt: until,
  };
}

export function endSilence(id: string): MemoryUpdate {
  return { kind: 'forget-note', key: `${KEY}${id}` };
}

/** What is not as `silenceNote` writes it, or lasts longer than any, silences nothing. */
function silenceFrom(id: string, note: Note): Silence | undefined {
  const { at } = note;
  const { by, because, until } = noteFields(note) ?? {};
  return typeof by === 'string' &&
    typeof because === 'string' &&
    typeof until === 'number' &&
    until > at &&
    until - at <= LONGEST_SILENCE
    ? { id, by: printable(by, MAX_TEXT), because: printable(because, MAX_TEXT), since: at, until }
    : undefined;
}

/** The silences of a Region that run, by id. */
export function silencesIn(notes: ReadonlyMap<string, Note>, now: Date): ReadonlyMap<string, Silence> {
  const at = now.getTime() / 1000;
  const found = new Map<string, Silence>();
  for (const [key, note] of notes) {
    const id = key.startsWith(KEY) ? key.slice(KEY.length) : '';
    const silence = canBeSilenced(id) ? silenceFrom(id, note) : undefined;
    if (silence !== undefined && silence.since <= at && at < silence.until) {
      found.set(id, silence);
    }
  }
  return found;
}

/** Of the silences of these resources the one that lasts longest. */
export function silenceOf(
  silences: ReadonlyMap<string, Silence>,
  ids: readonly (string | undefined)[],
): Silence | undefined {
  if (silences.size === 0) {
    return undefined;
  }
  return ids
    .flatMap((id) => (id === undefined ? [] : (silences.get(id) ?? [])))
    .sort((a, b) => b.until - a.until)[0];
}

/** One sentence, for the history and for lists. */
export function silencedText({ id, by, because, until }: Silence): string {
  return `No message was sent: ${id} is silenced by ${by} until ${utc(new Date(until * 1000))} because: ${because}`;
}
