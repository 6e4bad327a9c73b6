import type { Vpc } from '../model/peering.ts';
import { hasWildcard, matchesPattern } from '../policy/patterns.ts';
import type { Connection } from '../policy/schema.ts';

/** VPCs by their tags. */

type Selector = Connection['hub']['tags'];

function hasTags({ tags }: Pick<Vpc, 'tags'>, selector: Selector): boolean {
  return Object.entries(selector).every(([key, patterns]) => {
    // A tag may be named like something that every object has ("constructor").
    const value = Object.hasOwn(tags, key) ? tags[key] : undefined;
    return value !== undefined && patterns.some((pattern) => matchesPattern(pattern, value));
  });
}

/** No key of a tag has a line break (EC2 User Guide, "Tag restrictions"). */
function tagOf(key: string, value: string): string {
  return `${key}\n${value}`;
}

/**
 * Selects among the same VPCs many times, once for each connection of the policy: a selector that says a value outright looks
 * at those VPCs only that have it.
 */
export function createTagged(vpcs: readonly Vpc[]): (selector: Selector) => readonly Vpc[] {
  const byTag = new Map<string, Vpc[]>();
  for (const vpc of vpcs) {
    for (const [key, value] of Object.entries(vpc.tags)) {
      const tag = tagOf(key, value);
      const same = byTag.get(tag);
      if (same === undefined) byTag.set(tag, [vpc]);
      else same.push(vpc);
    }
  }
  return (selector) => {
    let fewest = vpcs;
    for (const [key, patterns] of Object.entries(selector)) {
      if (!patterns.some(hasWildcard)) {
        const those = [...new Set(patterns)].flatMap((value) => byTag.get(tagOf(key, value)) ?? []);
        if (those.length < fewest.length) fewest = those;
      }
    }
    return fewest.filter((vpc) => hasTags(vpc, selector));
  };
}
