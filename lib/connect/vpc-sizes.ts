import { MESH } from '../model/pair.ts';
import { connects } from '../policy/connects.ts';
import type { Policy } from '../policy/schema.ts';
import { createTaken } from './limits.ts';
import { type Members, membersOf, membersSize } from './members.ts';
import { roomOf } from './room.ts';
import { type ConnectionSize, type Fit, fitOf, fitRemark, ROOM_REMEDY, vpcRoomText } from './sizes.ts';
import type { ConnectState } from './state.ts';
import { unknownIn } from './unknown.ts';

/** How many peerings a VPC has, and how large the connections are that want it peered. */

export interface VpcRoom {
  readonly vpcId: string;
  /** With the requests that may become some. */
  readonly peerings: number;
  /** How many it may have by the policy. */
  readonly room: number;
}

export interface VpcSizes {
  /** Of the VPCs that are this account's, in the order in which they were asked about. */
  readonly vpcs: readonly VpcRoom[];
  /** That one of the VPCs is a hub or a spoke of. A size that is not known is left out. */
  readonly connections: readonly (ConnectionSize & { readonly fit: Fit })[];
  /** What has no room left, is or nears being too large, or is not known: sentences, with the numbers and what to do. */
  readonly says: readonly string[];
}

function nameOf(connection: string): string {
  return connection === MESH ? 'the mesh' : `connection ${connection}`;
}

/** Why a connection may be larger than what was read of it. */
function unknownOf(
  { connection }: Members,
  state: ConnectState,
  { connect = [] }: Pick<Policy, 'connect'>,
): readonly string[] {
  const unread = state.managedRegions.filter(
    (managed) => !state.regions.some(({ region }) => region === managed),
  );
  return [
    ...(unread.length === 0
      ? []
      : [`${unread.join(', ')} was not read, so how large ${nameOf(connection)} is is not known.`]),
    ...unknownIn(state, { connect: connect.filter(({ name }) => name === connection) }).map(
      ({ reason }) => reason,
    ),
  ];
}

/**
 * Says of these VPCs how much room they have left, and of the connections of the policy that select one of them how large
 * they are. Of a connection with VPCs that were not read the size is not known, and that is said.
 */
export function vpcSizes(state: ConnectState, policy: Policy, vpcIds: readonly string[]): VpcSizes {
  const asked = new Set(vpcIds);
  const inventories = state.regions.map(({ vpcs }) => vpcs);
  const room = roomOf(policy);
  const taken = createTaken(state);
  const vpcs = [...asked]
    .filter((vpcId) => inventories.some((read) => read.get(vpcId)?.accountId === state.accountId))
    .map((vpcId): VpcRoom => ({ vpcId, peerings: taken.ofVpc(vpcId), room }));
  const members = !connects(policy)
    ? []
    : membersOf(policy, state).filter(
        ({ hubs, spokes }) =>
          hubs.length > 0 && spokes.length > 0 && [...hubs, ...spokes].some(({ vpcId }) => asked.has(vpcId)),
      );
  const unknown = new Map(members.map((each) => [each, unknownOf(each, state, policy)]));
  const known = members.filter((each) => unknown.get(each)?.length === 0).map(membersSize);
  return {
    vpcs,
    connections: known.map((size) => ({ ...size, fit: fitOf(size, room) })),
    says: [
      ...vpcs
        .filter(({ peerings }) => peerings >= room)
        .map(
          ({ vpcId, peerings }) =>
            `${vpcRoomText(vpcId, peerings, policy)} It has no room left. ${ROOM_REMEDY}`,
        ),
      ...known.flatMap((size) => fitRemark(size, policy) ?? []),
      ...new Set([...unknown.values()].flat()),
    ],
  };
}
