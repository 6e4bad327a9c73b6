import type { Finding } from '../routing/types.ts';

/**
 * Remembers which lasting findings people were told about, so that a sweep every few minutes does not write to them
 * every few minutes. The alarms go on as long as the findings last; this is about the text.
 */
export interface ToldFindings {
  /** By `findingKey`: when it was last seen, in seconds since the epoch. */
  readonly seen: ReadonlyMap<string, number>;
}

export const NOTHING_TOLD: ToldFindings = { seen: new Map() };

/** A finding that was not seen for longer than this is news again. Longer than the slowest sensible sweep: a day. */
export const FORGET_AFTER_SECONDS = 25 * 60 * 60;
/** What lasts is noted again only so often, because each note is a write. */
export const NOTE_AFTER_SECONDS = 12 * 60 * 60;

/** The size of a standard SSM parameter, in characters of plain text. */
const MAX_LENGTH = 4096;

/** 32-bit FNV-1a over what makes a finding the same one; its wording may change from pass to pass. */
export function findingKey({ kind, region, routeTableId, destination, peeringId }: Finding): string {
  const text = [kind, region, routeTableId, destination, peeringId].join(' ');
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

export interface Telling {
  /** Findings that people have not been told about. */
  readonly news: readonly Finding[];
  /** What to remember now; undefined when what is remembered is still right. */
  readonly remember?: ToldFindings;
}

export function whatToTell(told: ToldFindings, findings: readonly Finding[], now: Date): Telling {
  const at = Math.floor(now.getTime() / 1000);
  const seen = new Map([...told.seen].filter(([, last]) => at - last < FORGET_AFTER_SECONDS));
  const news: Finding[] = [];
  let changed = false;
  for (const finding of findings) {
    const key = findingKey(finding);
    const last = seen.get(key);
    if (last === undefined) {
      news.push(finding);
    }
    if (last === undefined || at - last >= NOTE_AFTER_SECONDS) {
      seen.set(key, at);
      changed = true;
    }
  }
  return changed ? { news, remember: { seen } } : { news };
}

/** `1 1a2b3c@t5xk2o …`, the latest first; what finds no room is forgotten and told again. */
export function encodeTold({ seen }: ToldFindings): string {
  let text = '1';
  for (const [key, last] of [...seen].sort(([, a], [, b]) => b - a)) {
    const entry = ` ${key}@${last.toString(36)}`;
    if (text.length + entry.length > MAX_LENGTH) {
      break;
    }
    text += entry;
  }
  return text;
}

/** Never throws: what cannot be read counts as not told. */
export function decodeTold(text: string): ToldFindings {
  const [version, ...entries] = text.trim().split(/\s+/);
  if (version !== '1') {
    return NOTHING_TOLD;
  }
  return {
    seen: new Map(
      entries.flatMap((entry) => {
        const [, key, last] = /^([0-9a-z]{1,7})@([0-9a-z]{1,8})$/.exec(entry) ?? [];
        return key === undefined || last === undefined ? [] : [[key, Number.parseInt(last, 36)] as const];
      }),
    ),
  };
}
