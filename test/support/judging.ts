import { assess } from '../../lib/assessment/assess.ts';
import type { Judging } from '../../lib/assessment/proposal.ts';
import { NOTHING_REMEMBERED } from '../../lib/model/memory.ts';
import { inventory, OWN, policyOf, REGION } from './fixtures.ts';

/** One Region of the own account, of which nothing is remembered: all that an assessment is of. */
export function judgingOf(
  network: Parameters<typeof inventory>[0],
  policy: Record<string, unknown>,
  regions: readonly string[] = [REGION],
): Judging {
  return {
    state: { accountId: OWN, managedRegions: regions, regions: [inventory(network)] },
    policy: policyOf(policy),
    memory: new Map([[REGION, NOTHING_REMEMBERED]]),
    now: new Date('2026-11-28T12:00:00.000Z'),
  };
}

export function assessmentOf({ state, policy, memory, now }: Judging) {
  return assess(state, policy, memory, now);
}
