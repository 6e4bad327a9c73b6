import type { PeeringView, Vpc } from '../model/peering.ts';
import { decidePeering } from '../policy/decide-peering.ts';
import type { DecisionFacts } from '../policy/decision.ts';
import { createFacts } from '../policy/facts.ts';
import { isOpen } from '../policy/judgement.ts';
import { subnetTagsOf } from '../policy/peer-subnets.ts';
import type { Policy } from '../policy/schema.ts';
import { peeringOfPair, sideOf, viewFrom } from './pair-views.ts';
import type { WantedPair } from './selected.ts';
import type { ConnectState } from './state.ts';

/**
 * What the policy has against the request of a pair whose answer is its own: found before it is made, as nobody could accept it then.
 * That a rule holds it, or that none matches, is for a person to answer and keeps nothing from being requested.
 */

/**
 * The policy as far as it is asked: freezes and quotas are looked at apart, and nobody reads an address plan for what was not requested
 * yet.
 */
function asked(policy: Policy): Policy {
  const { ipam: _, ...guardrails } = policy.guardrails;
  return { ...policy, guardrails: { ...guardrails, freeze: false, quotaHeadroom: 0 } };
}

/** @returns of a pair, why its request would be held or rejected, as sentences; undefined where nothing is known to do so. */
export function createPolicyProblems(
  { accountId, regions }: ConnectState,
  policy: Policy,
): (pair: WantedPair) => string | undefined {
  const judging = asked(policy);
  const bySubnets = new Set(
    policy.rules.filter((rule) => subnetTagsOf(rule) !== undefined).map(({ name }) => name),
  );
  const factsIn = new Map(regions.map((inventory) => [inventory.region, createFacts(inventory)]));
  const factsOf = (view: PeeringView): DecisionFacts | undefined => {
    const facts = factsIn.get(view.region)?.(view);
    // What the tables have in the way is not read here; the request is held for it then.
    return facts && { ...facts, activePeerings: 0, obstacles: () => [] };
  };
  return (pair) => {
    const { requester, accepter } = pair;
    if (accepter.accountId !== accountId) {
      return undefined;
    }
    const peering = peeringOfPair(pair, 'pending-acceptance');
    const viewAt = (local: Vpc, remote: Vpc) => {
      const view = viewFrom(local, peering, sideOf(remote));
      const facts = factsOf(view);
      return facts === undefined ? [] : [{ view, facts }];
    };
    const views = [
      ...viewAt(accepter, requester),
      ...(requester.accountId === accountId ? viewAt(requester, accepter) : []),
    ];
    const decision = decidePeering(views, judging);
    const { rule, effect, heldFor = [], rules } = decision;
    if (decision.decision === 'reject') {
      return `Rule ${rule} of the policy would reject the request. Change the rule, or take the tag off one of the VPCs.`;
    }
    const isUnknown = rules.some(isOpen) || (rule !== undefined && bySubnets.has(rule));
    return effect !== 'accept' || heldFor.length === 0 || isUnknown
      ? undefined
      : `The policy would hold the request: ${heldFor.join(' ')} Change that, or take the tag off one of the VPCs.`;
  };
}
