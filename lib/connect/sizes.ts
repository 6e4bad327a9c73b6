import { MESH } from '../model/pair.ts';
import type { Policy } from '../policy/schema.ts';
import { roomOf } from './room.ts';

/** How large a connection is, and how large one can get: the only place where that is computed and put into words. */

/** Of a VPC, however often its quota is raised (VPC quotas, "Active VPC peering connections per VPC"). */
const MOST_PEERINGS = 125;

export interface ConnectionSize {
  /** The name in `connect`, or `mesh`. */
  readonly connection: string;
  readonly shape: 'mesh' | 'hub';
  readonly hubs: number;
  /** Of a mesh its VPCs, as are the hubs. */
  readonly spokes: number;
  readonly peerings: number;
  /** Of each hub, or each VPC of the mesh. */
  readonly perVpc: number;
}

/** `near`: a few VPCs more, and it has outgrown what a VPC has room for. */
export type Fit = 'fits' | 'near' | 'outgrown';

/** A VPC that is hub and spoke is not peered with itself. */
export function sizeOf(
  connection: string,
  { shape, hubs, spokes }: Pick<ConnectionSize, 'shape' | 'hubs' | 'spokes'>,
): ConnectionSize {
  const most = Math.max(0, hubs - 1);
  return shape === 'mesh'
    ? { connection, shape, hubs, spokes, peerings: (hubs * most) / 2, perVpc: most }
    : { connection, shape, hubs, spokes, peerings: hubs * spokes, perVpc: spokes };
}

export function fitOf({ perVpc }: Pick<ConnectionSize, 'perVpc'>, room: number): Fit {
  if (perVpc > room) {
    return 'outgrown';
  }
  return perVpc * 10 > room * 8 ? 'near' : 'fits';
}

const number = (value: number) => value.toLocaleString('en-US');

function counted(value: number, one: string): string {
  return `${number(value)} ${one}${value === 1 ? '' : 's'}`;
}

/** `The mesh has 47 VPCs: 1,081 peerings, 46 of each VPC`. No full stop: more may follow. */
export function sizeText({ connection, shape, hubs, spokes, peerings, perVpc }: ConnectionSize): string {
  return shape === 'mesh'
    ? `The mesh has ${counted(hubs, 'VPC')}: ${counted(peerings, 'peering')}, ${number(perVpc)} of each VPC, and each VPC needs ${number(perVpc)} times as many routes`
    : `Connection ${connection} has ${counted(hubs, 'hub')} and ${counted(spokes, 'spoke')}: ${counted(peerings, 'peering')}, ${number(perVpc)} of each hub`;
}

/** One sentence: what a VPC has room for, by the policy and by AWS, and what its route tables take. */
export function roomText({ guardrails }: Pick<Policy, 'guardrails'>): string {
  const { peeringsPerVpc, quotaHeadroom, routesPerTable } = guardrails;
  return `A VPC has ${peeringsPerVpc} peerings (guardrails.peeringsPerVpc, of which guardrails.quotaHeadroom keeps ${quotaHeadroom} free), and AWS gives ${MOST_PEERINGS} at most; each peering takes at least one of the ${number(routesPerTable)} routes of a table (guardrails.routesPerTable).`;
}

/** One sentence: how many peerings a VPC has, with the requests that may become some, of how many. */
export function vpcRoomText(
  vpcId: string,
  peerings: number,
  { guardrails }: Pick<Policy, 'guardrails'>,
): string {
  const { peeringsPerVpc, quotaHeadroom } = guardrails;
  return `${vpcId} has or is getting ${peerings} peerings of ${peeringsPerVpc} (guardrails.peeringsPerVpc), of which ${quotaHeadroom} stay free (guardrails.quotaHeadroom).`;
}

/** What to do about a VPC that has no room for one more peering. */
export const ROOM_REMEDY = `Have the quota "Active VPC peering connections per VPC" raised (${MOST_PEERINGS} at most) and set guardrails.peeringsPerVpc to it, connect fewer VPCs, or connect so many by a transit gateway.`;

/** What to do about a connection that is too large. */
export const REMEDY = 'connect so many VPCs by a transit gateway, or tag fewer';

/** Sentences about a connection that nears what a VPC has room for, or is beyond it. */
export function fitRemark(size: ConnectionSize, policy: Pick<Policy, 'guardrails'>): string | undefined {
  switch (fitOf(size, roomOf(policy))) {
    case 'fits':
      return undefined;
    case 'near':
      return `${sizeText(size)}. ${roomText(policy)} It has nearly outgrown peering: before it grows on, ${REMEDY}.`;
    case 'outgrown':
      return `${sizeText(size)}. ${roomText(policy)} That has outgrown peering: ${REMEDY}.`;
  }
}

/** What is known without looking at a VPC: how large each connection of the policy can get. Sentences. */
export function largestSizes(policy: Pick<Policy, 'connect' | 'mesh' | 'guardrails'>): readonly string[] {
  const { connect = [], mesh } = policy;
  const room = Math.min(roomOf(policy), policy.guardrails.routesPerTable);
  const largest = sizeOf(MESH, { shape: 'mesh', hubs: room + 1, spokes: room + 1 });
  const beyond = `beyond that, ${REMEDY}`;
  return [
    ...connect.map(
      ({ name }) =>
        `connection ${name}: a hub has room for ${counted(room, 'spoke')}, and a spoke for as many hubs; ${beyond}`,
    ),
    ...(mesh === undefined
      ? []
      : [
          `mesh: up to ${counted(largest.hubs, 'VPC')}, which takes ${counted(largest.peerings, 'peering')}, ${number(room)} of each VPC; ${beyond}`,
        ]),
  ];
}
