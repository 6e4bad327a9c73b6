import type { Policy } from '../../lib/policy/schema.ts';

/** Which Regions are read. */

/**
 * What judges reads the Regions that the policy manages. What only looks may be asked about others, too (`--region`): a peer
 * may be there.
 */
export type Reach = 'managed' | 'managed-and-asked';

export interface AskedRegions {
  /** Those that `--region` names; none: it was not given. */
  readonly regions: readonly string[];
  readonly reach: Reach;
}

type Managing = Pick<Policy, 'regions'>;

/** The Regions that a policy manages; where it names none, those that are asked for. */
export function regionsManaged(policy: Managing, { regions }: AskedRegions): readonly string[] {
  return policy.regions.length > 0 ? policy.regions : regions;
}

/** The Regions that are read of an account; none: nothing says which. */
export function regionsRead(policy: Managing, asked: AskedRegions): readonly string[] {
  const managed = regionsManaged(policy, asked);
  return asked.reach === 'managed' || managed.length === 0
    ? managed
    : [...new Set([...managed, ...asked.regions])];
}

/** Whether a policy judges what was read of a Region. */
export function isManaged(policy: Managing, region: string): boolean {
  return policy.regions.length === 0 || policy.regions.includes(region);
}
