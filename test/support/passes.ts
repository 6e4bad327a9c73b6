import type { Hint } from '../../lib/model/hint.ts';
import * as accept from '../../lib/passes/accept-requests.ts';
import type { RequestDependencies } from '../../lib/passes/request-dependencies.ts';
import type { SyncDependencies } from '../../lib/passes/sync-dependencies.ts';
import * as sync from '../../lib/passes/sync-routes.ts';
import type { Pace } from '../../lib/ports/pace.ts';

/** The passes for one hint that came alone, with all the time and as many calls as they like unless a test says otherwise. */

/** EC2 takes every call at once. */
export const unhurried: Pace = {
  take: async () => 'taken',
  refill: async () => undefined,
  drain: () => undefined,
};

type Optional<All, Name extends keyof All> = Omit<All, Name> & Partial<Pick<All, Name>>;

export function decideRequests(
  hint: Hint,
  dependencies: Optional<RequestDependencies, 'pace' | 'millisecondsLeft'>,
) {
  return accept.decideRequests(hint.region, [hint], {
    pace: unhurried,
    millisecondsLeft: () => Number.POSITIVE_INFINITY,
    ...dependencies,
  });
}

export function syncRoutes(hint: Hint, dependencies: SyncDependencies) {
  return sync.syncRoutes(hint.region, [hint], dependencies);
}
