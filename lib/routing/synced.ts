import type { DesiredRoute } from '../model/change.ts';
import type { Peering } from '../model/peering.ts';
import { syncedTagKey } from '../model/tags.ts';

/**
 * What the tag `<prefix>:routes-synced-at` on a peering says: when all of its desired routes were last seen in place,
 * which routes those were, and for which rules.
 *
 * Its value reads `2026-01-31T12:00:00.000Z 0123456789abcdef rule-a rule-b`. Only characters that EC2 allows in
 * tag values are used. A bare time is understood too.
 */
export interface SyncMark {
  readonly at: string;
  /** Fingerprint of the desired routes at that time; undefined when the tag holds only a time. */
  readonly fingerprint?: string;
  readonly rules: readonly string[];
}

/** EC2's limit on a tag value, in characters. */
const MAX_TAG_VALUE = 256;

export function syncMarkOf({ tags }: Pick<Peering, 'tags'>, tagPrefix: string): SyncMark | undefined {
  return readSyncMark(tags[syncedTagKey(tagPrefix)]);
}

/** @param value of the tag `syncedTagKey(prefix)`. */
function readSyncMark(value: string | undefined): SyncMark | undefined {
  if (value === undefined || value.trim() === '') {
    return undefined;
  }
  const [at = '', fingerprint, ...rules] = value.trim().split(/\s+/);
  return { at, ...(fingerprint === undefined ? {} : { fingerprint }), rules };
}

/** The tag value to write once all desired routes of a peering are in place. */
export function syncMarkValue(now: Date, fingerprint: string, rules: readonly string[]): string {
  let value = `${now.toISOString()} ${fingerprint}`;
  for (const rule of [...new Set(rules)].sort()) {
    if (value.length + 1 + rule.length <= MAX_TAG_VALUE) {
      value += ` ${rule}`;
    }
  }
  return value;
}

/**
 * Two 32-bit FNV-1a hashes of a text, with different seeds. Numbers are kept within 32 bits with their sign throughout: V8
 * stores such numbers without an object of their own.
 */
class Hashes {
  first = 0x811c9dc5 | 0;
  second = 0x01234567;

  /** The hashes of what was hashed before, `from`, followed by `text`. */
  continue(from: Readonly<Hashes>, text: string): this {
    let { first, second } = from;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second ^ code, 0x01000193) ^ (second >>> 15);
    }
    this.first = first;
    this.second = second;
    return this;
  }
}

/** Sums, so that the order does not count. */
class FingerprintSum {
  #first = 0;
  #second = 0;

  add({ first, second }: Readonly<Hashes>): void {
    this.#first = (this.#first + first) | 0;
    this.#second = (this.#second + second) | 0;
  }

  text(): string {
    return hexadecimal(this.#second) + hexadecimal(this.#first);
  }
}

/** Eight digits. */
function hexadecimal(sum: number): string {
  return (sum >>> 0).toString(16).padStart(8, '0');
}

/** The routes that a table should have. */
export interface TableRoutes {
  readonly routeTableId: string;
  readonly routes: readonly Pick<DesiredRoute, 'destination' | 'peeringId'>[];
}

/**
 * By peering: a fingerprint of its routes in these tables, which does not depend on their order. It is no protection
 * against an attacker: it only has to tell an account's route sets apart, and a collision shows drift as pending work
 * for one pass.
 */
export function fingerprintsOf(tables: readonly TableRoutes[]): Map<string, string> {
  const sums = new Map<string, FingerprintSum>();
  const seeds = new Hashes();
  const [table, hashes] = [new Hashes(), new Hashes()];
  for (const { routeTableId, routes } of tables) {
    // What is hashed begins with the table, so that this part is hashed once for all its routes.
    table.continue(seeds, `${routeTableId} `);
    for (const { destination, peeringId } of routes) {
      let sum = sums.get(peeringId);
      if (sum === undefined) {
        sum = new FingerprintSum();
        sums.set(peeringId, sum);
      }
      sum.add(hashes.continue(table, destination));
    }
  }
  const fingerprints = new Map<string, string>();
  for (const [peeringId, sum] of sums) fingerprints.set(peeringId, sum.text());
  return fingerprints;
}
