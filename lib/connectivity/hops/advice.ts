import { DEAD_STATUSES, type Peering } from '../../model/peering.ts';
import { printable } from '../../model/printable.ts';
import type { RouteTable } from '../../model/route-table.ts';
import type { Endpoint } from '../endpoints.ts';
import { type NetworkModel, otherSide } from '../network-model.ts';

export function isLive({ status }: Peering): boolean {
  return status === 'active';
}

/** Whether two VPCs could be told to talk through a VPC that both are peered with, which peering does not do. */
function middleVpcs(model: NetworkModel, one: string, other: string): readonly string[] {
  const neighbours = (vpcId: string) =>
    new Set(
      model
        .peeringsOf(vpcId)
        .filter(isLive)
        .flatMap((peering) => otherSide(peering, vpcId)?.vpcId ?? []),
    );
  const theirs = neighbours(other);
  return [...neighbours(one)].filter((vpcId) => theirs.has(vpcId)).sort();
}

export function peeringBetween(model: NetworkModel, one: string, other: string): Peering | undefined {
  const all = model.peeringsOf(one).filter((peering) => otherSide(peering, one)?.vpcId === other);
  return all.find(isLive) ?? all.find(({ status }) => !DEAD_STATUSES.has(status));
}

/** What to do so that VPC `from` reaches an address of VPC `to`. */
export function adviceFor(
  model: NetworkModel,
  from: string,
  table: RouteTable | undefined,
  to: Endpoint,
): string {
  const direct = peeringBetween(model, from, to.vpcId);
  if (direct !== undefined) {
    return isLive(direct)
      ? `Add a route to ${direct.peeringId} in ${table?.routeTableId ?? 'its route table'}, by hand or by tagging the table for this product.`
      : `${direct.peeringId} between ${from} and ${to.vpcId} is ${direct.status}; it has to be active, and then routed.`;
  }
  const middle = middleVpcs(model, from, to.vpcId);
  const notTransitive =
    middle.length === 0
      ? ''
      : `Both are peered with ${middle.join(', ')}, but peering is not transitive: no packet goes through a VPC in between. `;
  return `${notTransitive}Peer ${from} with ${to.vpcId} directly, or connect both to a transit gateway.`;
}

/** The status of a peering, with AWS's own words where they say more: who deleted it, why it failed. */
export function statusText({ status, statusMessage }: Peering): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const isSame = plain(statusMessage) === plain(status);
  return isSame || statusMessage === ''
    ? status
    : `${status} (AWS says: "${printable(statusMessage, 200).replace(/\.$/, '')}")`;
}
