import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES, REQUEST_STATUSES } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import type { WantedPair } from './selected.ts';
import type { ConnectState } from './state.ts';

/** What there is room for: EC2's quotas, as the policy says them. */

/** Requests of one account and Region that may wait for an answer at once (VPC quotas, "Outstanding VPC peering connection requests"). */
export const OUTSTANDING_REQUESTS = 25;

/** New peerings that may be requested without a person's look (`guardrails.maxRequests`). */
const DEFAULT_MAX_REQUESTS = 25;

export function maxRequestsOf({ guardrails }: Pick<Policy, 'guardrails'>): number {
  return guardrails.maxRequests ?? DEFAULT_MAX_REQUESTS;
}

/** Grows with each request that is planned. */
export interface Taken {
  /** Peerings of a VPC, and requests that may become some. */
  ofVpc(vpcId: string): number;
  outstandingIn(region: string): number;
  /** Room for one more peering of both VPCs. */
  takeRoom(pair: WantedPair): void;
  /** One more request that waits for its answer. */
  takeRequest(pair: WantedPair): void;
}

export function createTaken({ accountId, regions, others = [] }: ConnectState): Taken {
  const byVpc = new Map<string, Set<string>>();
  const outstanding = new Map<string, Set<string>>();
  const note = (counts: Map<string, Set<string>>, key: string, peeringId: string): void => {
    counts.set(key, (counts.get(key) ?? new Set()).add(peeringId));
  };
  const all: readonly RegionInventory[] = [...regions, ...others];
  for (const { status, peeringId, requester, accepter } of all.flatMap(({ peerings }) => peerings)) {
    if (!DEAD_STATUSES.has(status)) {
      note(byVpc, requester.vpcId, peeringId);
      note(byVpc, accepter.vpcId, peeringId);
    }
    if (REQUEST_STATUSES.has(status) && requester.accountId === accountId) {
      note(outstanding, requester.region, peeringId);
    }
  }
  return {
    ofVpc: (vpcId) => byVpc.get(vpcId)?.size ?? 0,
    outstandingIn: (region) => outstanding.get(region)?.size ?? 0,
    takeRoom({ key, requester, accepter }) {
      note(byVpc, requester.vpcId, key);
      note(byVpc, accepter.vpcId, key);
    },
    takeRequest: ({ key, requester }) => note(outstanding, requester.region, key),
  };
}
