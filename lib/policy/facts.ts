import type { Acceptance } from '../model/acceptance.ts';
import type { AddressPlan } from '../model/address-plan.ts';
import type { Freeze } from '../model/freeze.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { PeeringView } from '../model/peering.ts';
import type { DecisionFacts } from './decision.ts';
import type { Lifetime } from './expiry.ts';

/** Organization data of a remote account; undefined while it cannot be read. */
export type OrganizationOf = (accountId: string) => DecisionFacts['organization'];

export interface FactsOptions {
  readonly organizationOf?: OrganizationOf;
  /** Why they cannot be read, for reasons that people read. */
  readonly organizationProblemOf?: (accountId: string) => string | undefined;
}

/** What only a policy with an address plan asks for. */
export interface PlanFacts {
  /** Undefined: it was not asked. */
  readonly plan: AddressPlan | undefined;
  /** Destinations that lead, or led, to a peering from a VPC of the Region. */
  readonly routedOf: (peeringId: string, vpcId: string) => readonly string[];
}

/** What people decided: about peerings of the Region, by id, and about the Region. */
export interface ByHand {
  readonly frozen?: Freeze | undefined;
  readonly acceptedOf?: (peeringId: string) => Acceptance | undefined;
  readonly isAcceptedUnreadable?: (peeringId: string) => boolean;
  readonly proposedOf?: (peeringId: string) => Acceptance | undefined;
  readonly lifetimeOf?: (view: PeeringView) => Lifetime | undefined;
}

/**
 * What decide has to know beyond the view itself, taken from one Region's inventory; `obstacles` comes from the routes
 * (`routing/obstacles.ts`). Whatever the inventory does not hold is undefined, so that decide holds: a VPC that was not
 * read, and a VPC none of whose tables were read (every VPC has at least its main table).
 *
 * The inventory must hold every peering of the local VPC, or the count of active peerings is too low.
 */
export function createFacts(
  inventory: RegionInventory,
  options: FactsOptions = {},
  byHand: ByHand = {},
  planned?: PlanFacts,
): (view: PeeringView) => DecisionFacts {
  const withTables = new Set(inventory.tables.map(({ vpcId }) => vpcId));
  const activePeerings = new Map<string, number>();
  for (const { status, requester, accepter } of inventory.peerings) {
    if (status === 'active' || status === 'provisioning') {
      for (const { vpcId } of [requester, accepter]) {
        // Of the VPCs at the other ends nobody asks.
        if (withTables.has(vpcId)) {
          activePeerings.set(vpcId, (activePeerings.get(vpcId) ?? 0) + 1);
        }
      }
    }
  }
  return (view) => {
    const { vpcId } = view.local;
    const localCidrs = inventory.vpcs.get(vpcId)?.cidrs;
    const organization = options.organizationOf?.(view.remote.accountId);
    const organizationProblem = options.organizationProblemOf?.(view.remote.accountId);
    const facts: { -readonly [Name in keyof DecisionFacts]: DecisionFacts[Name] } = {
      accountId: inventory.accountId,
    };
    if (localCidrs !== undefined && localCidrs.length > 0) facts.localCidrs = localCidrs;
    if (organization !== undefined) facts.organization = organization;
    if (organizationProblem !== undefined) facts.organizationProblem = organizationProblem;
    const remoteSubnets = inventory.peerSubnets?.get(view.remote.vpcId);
    if (remoteSubnets !== undefined) facts.remoteSubnets = remoteSubnets;
    const accepted = byHand.acceptedOf?.(view.peering.peeringId);
    if (accepted !== undefined) facts.accepted = accepted;
    if (byHand.isAcceptedUnreadable?.(view.peering.peeringId) === true) facts.acceptedUnreadable = true;
    const proposed = byHand.proposedOf?.(view.peering.peeringId);
    if (proposed !== undefined) facts.proposed = proposed;
    if (byHand.frozen !== undefined) facts.frozen = byHand.frozen;
    if (planned?.plan !== undefined) facts.addressPlan = planned.plan;
    if (planned !== undefined && withTables.has(vpcId)) {
      facts.routed = planned.routedOf(view.peering.peeringId, vpcId);
    }
    const lifetime = byHand.lifetimeOf?.(view);
    if (lifetime !== undefined) facts.lifetime = lifetime;
    if (withTables.has(vpcId)) facts.activePeerings = activePeerings.get(vpcId) ?? 0;
    return facts;
  };
}
