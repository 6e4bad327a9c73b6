import type { HeldBy } from '../model/held-by.ts';
import type { PeeringSide } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import type { ViewDecision } from './management.ts';

/** A peering option of one of our sides that the policy wants on and EC2 shows as off. */
export interface WantedOption {
  readonly region: string;
  readonly peeringId: string;
  readonly vpcId: string;
  readonly rule: string;
  /** The VPC at the other end, whose attributes count as well. */
  readonly other: Pick<PeeringSide, 'vpcId' | 'region' | 'accountId'>;
  readonly side: 'requester' | 'accepter';
  /** EC2 refuses options before the peering is active. */
  readonly settable: boolean;
  /** EC2 has refused it: it is tried again with each sweep, and no plan promises it. */
  readonly refusedBefore?: true;
  /** What keeps it from being set now. */
  readonly heldBy?: Extract<HeldBy, 'frozen'>;
}

/**
 * The sides that should let the other VPC resolve their private DNS names and don't yet. A rule that does not ask for
 * it leaves the option as it is: somebody may have set it by hand.
 */
export function wantedOptions(decisions: readonly ViewDecision[], policy: Policy): WantedOption[] {
  const asking = new Set(policy.rules.filter(({ routes }) => routes.dnsResolution).map(({ name }) => name));
  if (asking.size === 0) {
    return [];
  }
  return decisions.flatMap(({ view, decision }) => {
    const { peering, local, remote, region, direction } = view;
    if (
      !decision.managed ||
      decision.rule === undefined ||
      !asking.has(decision.rule) ||
      local.dnsResolution === true
    ) {
      return [];
    }
    return [
      {
        region,
        peeringId: peering.peeringId,
        vpcId: local.vpcId,
        rule: decision.rule,
        other: { vpcId: remote.vpcId, region: remote.region, accountId: remote.accountId },
        side: direction === 'inbound' ? ('accepter' as const) : ('requester' as const),
        settable: peering.status === 'active',
      },
    ];
  });
}
