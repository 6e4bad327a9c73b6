import { overlaps } from '../network/cidr.ts';
import { allLead, type Leads, leadsOf, leadsOnceActive } from './leads.ts';
import { unreadListRoutes } from './list-blocks.ts';
import type { Claim, TableState } from './table.ts';
import type { FateContext } from './unclaimed.ts';

/**
 * Whether every address of a claim that gets no route of its own leads to its peering all the same, by routes that the table has:
 * then it is in place, whatever route has its destination. An own route counts too, as it stays where nothing takes its place. To a
 * peering that is not active yet they lead as soon as it is.
 *
 * Not so where a list that nobody could read may lead a part elsewhere, or a route that is made again takes one away.
 */
export function createLedNow(
  state: TableState,
  { cidrOf, prefixLists }: Pick<FateContext, 'cidrOf' | 'prefixLists'>,
): (claim: Claim) => boolean {
  const { table, routes, claims } = state;
  let leads: Leads | undefined;
  return ({ cidr, peeringId, managed }) => {
    if (
      !table.routes.some(({ target }) => target.id === peeringId) ||
      unreadListRoutes(table, prefixLists).some(({ targetId }) => targetId !== peeringId)
    ) {
      return false;
    }
    leads ??= leadsOf(table.routes, cidrOf, prefixLists);
    return (
      allLead(leads, cidr, leadsOnceActive(managed.view.peering)) &&
      !claims.some(
        (claim) =>
          claim.peeringId !== peeringId &&
          overlaps(claim.cidr, cidr) &&
          routes.get(claim.destination)?.target.id !== claim.peeringId,
      )
    );
  };
}
