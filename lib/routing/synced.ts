import type { Peering } from '../peering/types.ts';
import type { DesiredRoute } from './types.ts';

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

export function syncedTagKey(tagPrefix: string): string {
  return `${tagPrefix}:routes-synced-at`;
}

export function syncMarkOf(peering: Pick<Peering, 'tags'>, tagPrefix: string): SyncMark | undefined {
  const value = peering.tags[syncedTagKey(tagPrefix)];
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

/** Collects the desired routes of one peering into a fingerprint that does not depend on their order. */
export interface RouteFingerprint {
  add(route: Pick<DesiredRoute, 'routeTableId' | 'destination'>): void;
  text(): string;
}

/**
 * Two sums of 32-bit FNV-1a hashes with different seeds. This is no protection against an attacker: it only has to
 * tell an account's route sets apart, and a collision shows drift as pending work for one pass.
 */
export function createRouteFingerprint(): RouteFingerprint {
  let low = 0;
  let high = 0;
  return {
    add({ routeTableId, destination }) {
      const text = `${routeTableId} ${destination}`;
      let first = 0x811c9dc5;
      let second = 0x01234567;
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index);
        first = Math.imul(first ^ code, 0x01000193);
        second = Math.imul(second ^ code, 0x01000193) ^ (second >>> 15);
      }
      low = (low + first) >>> 0;
      high = (high + second) >>> 0;
    },
    text: () => high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0'),
  };
}
