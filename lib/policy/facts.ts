import type { RegionInventory } from '../model/inventory.ts';
import { isOptedIn, optInOf } from '../model/opt-in.ts';
import { DEAD_STATUSES, type PeeringStatus, type PeeringView, REQUEST_STATUSES } from '../model/peering.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import type { DecisionFacts } from './decide.ts';
import type { Policy } from './schema.ts';

/** Organization data of a remote account; undefined while it cannot be read. */
export type OrganizationOf = (accountId: string) => DecisionFacts['organization'];

export interface FactsOptions {
  readonly organizationOf?: OrganizationOf;
  /** Why they cannot be read, for reasons that people read. */
  readonly organizationProblemOf?: (accountId: string) => string | undefined;
}

type RoutedDestinations = NonNullable<DecisionFacts['routedDestinations']>;

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A prefix list's addresses are not part of a route table; its id always starts like this. */
const PREFIX_LIST = 'pl-';

/**
 * What decide has to know beyond the view itself, taken from one Region's inventory. Whatever the inventory does not
 * hold is undefined, so that decide holds: a VPC that was not read, and a VPC none of whose tables were read (every
 * VPC has at least its main table).
 *
 * The inventory must hold every peering of the local VPC, or the count of active peerings is too low.
 *
 * Prefix-list routes are left out of `routedDestinations`: their addresses are not visible, and a static CIDR route
 * beats an overlapping prefix-list route anyway (VPC guide, "Route priority and prefix lists").
 */
export function createFacts(
  inventory: RegionInventory,
  policy: Pick<Policy, 'tagPrefix'>,
  options: FactsOptions = {},
): (view: PeeringView) => DecisionFacts {
  const tablesByVpc = new Map<string, RouteTable[]>();
  for (const table of inventory.tables) {
    const tables = tablesByVpc.get(table.vpcId);
    if (tables) {
      tables.push(table);
    } else {
      tablesByVpc.set(table.vpcId, [table]);
    }
  }
  const activePeerings = new Map<string, number>();
  for (const { status, requester, accepter } of inventory.peerings) {
    if (status === 'active' || status === 'provisioning') {
      for (const { vpcId } of [requester, accepter]) {
        // Of the VPCs at the other ends nobody asks.
        if (tablesByVpc.has(vpcId)) {
          activePeerings.set(vpcId, (activePeerings.get(vpcId) ?? 0) + 1);
        }
      }
    }
  }
  let known: Map<string, PeeringStatus> | undefined;
  function statusOf(peeringId: string): PeeringStatus | undefined {
    // Only requests ask, and most passes see none.
    known ??= new Map(inventory.peerings.map((peering) => [peering.peeringId, peering.status]));
    return known.get(peeringId);
  }

  /** A route whose peering is gone routes nothing. One that EC2 no longer lists is gone if its route is a blackhole. */
  function isDead({ target, state }: Route): boolean {
    const status = statusOf(target.id);
    return target.kind === 'peering' && (status ? DEAD_STATUSES.has(status) : state === 'blackhole');
  }

  /** Sorted, so that reasons that name them don't hang on the order in which EC2 listed them. */
  function routedDestinations(tables: readonly RouteTable[], peeringId: string): RoutedDestinations {
    return tables
      .filter((table) => isOptedIn(optInOf(table, policy.tagPrefix)))
      .flatMap(({ routeTableId, routes }) =>
        routes
          .filter(
            (route) =>
              !route.destination.startsWith(PREFIX_LIST) &&
              route.target.kind !== 'local' &&
              route.target.id !== peeringId &&
              !isDead(route),
          )
          .map(({ destination, target }) => ({ destination, routeTableId, targetId: target.id })),
      )
      .sort(
        (a, b) =>
          compareText(a.routeTableId, b.routeTableId) ||
          compareText(a.destination, b.destination) ||
          compareText(a.targetId, b.targetId),
      );
  }

  return (view) => {
    const { vpcId } = view.local;
    const tables = tablesByVpc.get(vpcId);
    const localCidrs = inventory.vpcs.get(vpcId)?.cidrs;
    const organization = options.organizationOf?.(view.remote.accountId);
    const organizationProblem = options.organizationProblemOf?.(view.remote.accountId);
    const known: DecisionFacts = {
      accountId: inventory.accountId,
      ...(localCidrs === undefined || localCidrs.length === 0 ? {} : { localCidrs }),
      ...(organization === undefined ? {} : { organization }),
      ...(organizationProblem === undefined ? {} : { organizationProblem }),
      ...(tables === undefined ? {} : { activePeerings: activePeerings.get(vpcId) ?? 0 }),
    };
    // Only a request asks for these; listed for every live view, a large VPC would cost (peerings × routes).
    if (tables === undefined || !REQUEST_STATUSES.has(view.peering.status)) {
      return known;
    }
    let routed: RoutedDestinations | undefined;
    return {
      ...known,
      // Not for a request that a rule rejects either. A getter behind a spread would be read at once.
      get routedDestinations() {
        routed ??= routedDestinations(tables, view.peering.peeringId);
        return routed;
      },
    };
  };
}

/** The facts of one view. For many views of one inventory, `createFacts` reads the inventory once. */
export function factsFor(
  view: PeeringView,
  inventory: RegionInventory,
  policy: Pick<Policy, 'tagPrefix'>,
  options: FactsOptions = {},
): DecisionFacts {
  return createFacts(inventory, policy, options)(view);
}
