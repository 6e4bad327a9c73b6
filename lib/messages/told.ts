import type { Finding } from '../model/finding.ts';

/**
 * Remembers which lasting findings people were told about, so that a sweep every few minutes does not write to them
 * every few minutes. The alarms go on as long as the findings last; this is about the text.
 */
export interface ToldFindings {
  /** By `findingKey`: when it was last seen, in seconds since the epoch. */
  readonly seen: ReadonlyMap<string, number>;
  /** Set when more was told than could be noted: until there is room again, what is not noted counts as told. */
  readonly full?: true;
}

export const NOTHING_TOLD: ToldFindings = { seen: new Map() };

/** A finding that was not seen for longer than this is news again. Longer than the slowest sensible sweep: a day. */
export const FORGET_AFTER_SECONDS = 25 * 60 * 60;
/** What lasts is noted again only so often, because each note is a write. */
export const NOTE_AFTER_SECONDS = 12 * 60 * 60;

/** The size of a standard SSM parameter, in characters of plain text. */
const MAX_LENGTH = 4096;

/** 32-bit FNV-1a over what makes a finding the same one; its wording may change from pass to pass. */
export function findingKey({
  kind,
  region,
  routeTableId,
  destination,
  peeringId,
}: Pick<Finding, 'kind' | 'region' | 'routeTableId' | 'destination' | 'peeringId'>): string {
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
  // Told at every sweep, what found no room would never stop being told.
  const full = told.full === true && seen.size === told.seen.size;
  const news: Finding[] = [];
  let changed = false;
  for (const finding of findings) {
    const key = findingKey(finding);
    const last = seen.get(key);
    if (last === undefined) {
      if (full) {
        continue;
      }
      news.push(finding);
    }
    if (last === undefined || at - last >= NOTE_AFTER_SECONDS) {
      seen.set(key, at);
      changed = true;
    }
  }
  return changed ? { news, remember: { seen, ...(full ? { full } : {}) } } : { news };
}

const VERSION = '1';
/** The version where not everything found room. */
const FULL = '1+';

/** `1 1a2b3c@t5xk2o …`, the latest first; `1+ …` when not everything found room. */
export function encodeTold({ seen, full }: ToldFindings): string {
  const entries = [...seen]
    .sort(([, a], [, b]) => b - a)
    .map(([key, last]) => ` ${key}@${last.toString(36)}`);
  let text = '';
  let fitting = 0;
  for (const entry of entries) {
    if (FULL.length + text.length + entry.length > MAX_LENGTH) {
      break;
    }
    text += entry;
    fitting += 1;
  }
  return `${full === true || fitting < entries.length ? FULL : VERSION}${text}`;
}

/** Never throws: what cannot be read counts as not told. */
export function decodeTold(text: string): ToldFindings {
  const [version, ...entries] = text.trim().split(/\s+/);
  if (version !== VERSION && version !== FULL) {
    return NOTHING_TOLD;
  }
  return {
    ...(version === FULL ? { full: true } : {}),
    seen: new Map(
      entries.flatMap((entry) => {
        const [, key, last] = /^([0-9a-z]{1,7})@([0-9a-z]{1,8})$/.exec(entry) ?? [];
        return key === undefined || last === undefined ? [] : [[key, Number.parseInt(last, 36)] as const];
      }),
    ),
  };
}
