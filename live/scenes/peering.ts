import {
  AcceptVpcPeeringConnectionCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
  type VpcPeeringConnection,
} from '@aws-sdk/client-ec2';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Place } from '../account.ts';
import { requestPeering, type VpcIn } from '../kinds/peering.ts';
import { makeVpc } from '../kinds/vpc.ts';
import { NotTried } from '../not-tried.ts';
import { awaited, type World } from '../world.ts';

/** Two VPCs and a peering between them, as most checks begin. */
export interface Pair {
  readonly requester: VpcIn;
  readonly accepter: VpcIn;
  readonly peeringId: string;
}

/** Nothing is ever routed there: the VPCs are empty. */
const CIDRS = { requester: '10.254.0.0/28', accepter: '10.254.0.16/28' } as const;

export const MAKES_PAIR = 'two empty VPCs and a peering between them';

const SEEN_OFTEN_MS = 100;

/** @returns undefined as long as it is not to be seen there */
export async function peeringSeenIn(
  place: Place,
  peeringId: string,
): Promise<VpcPeeringConnection | undefined> {
  try {
    const { VpcPeeringConnections = [] } = await place
      .of(EC2Client)
      .send(new DescribeVpcPeeringConnectionsCommand({ VpcPeeringConnectionIds: [peeringId] }));
    return VpcPeeringConnections[0];
  } catch (error) {
    // A new id takes a moment to be known.
    if (classifyAwsError(error).kind === 'not-found') return undefined;
    throw error;
  }
}

/** Two VPCs that know nothing of each other. */
export async function makeTwoVpcs(world: World, accepterAt: Place): Promise<Omit<Pair, 'peeringId'>> {
  return {
    requester: { place: world.home, vpcId: await makeVpc(world, world.home, CIDRS.requester) },
    accepter: { place: accepterAt, vpcId: await makeVpc(world, accepterAt, CIDRS.accepter) },
  };
}

/** A request that waits for the accepter. @throws {NotTried} where something else answers it first */
export async function makeRequest(
  world: World,
  { requester, accepter }: Omit<Pair, 'peeringId'>,
): Promise<Pair> {
  const peeringId = await requestPeering(world, requester, accepter);
  const seen = await awaited(world.patience, 'The request', async () => {
    const now = await peeringSeenIn(accepter.place, peeringId);
    return now?.Status?.Code === 'initiating-request' ? undefined : now;
  });
  if (seen.Status?.Code !== 'pending-acceptance') {
    throw new NotTried(
      `The request is ${seen.Status?.Code} before anything was asked of it.`,
      'If something accepts requests there by itself, such as this stack, use accounts without it.',
    );
  }
  return { requester, accepter, peeringId };
}

/** Two VPCs and a request that waits. @throws {NotTried} where something else answers it first */
export async function makePendingPair(world: World, accepterAt: Place): Promise<Pair> {
  return makeRequest(world, await makeTwoVpcs(world, accepterAt));
}

/** Accepts, and does not wait for what follows. */
export async function acceptPair({ accepter, peeringId }: Pair): Promise<void> {
  await accepter.place
    .of(EC2Client)
    .send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
}

/** Waits until all these places show the peering as active. */
export async function untilActive(
  world: World,
  { peeringId }: Pair,
  places: readonly Place[],
): Promise<void> {
  await awaited(
    world.patience,
    'The peering as active',
    async () => {
      const seen = await Promise.all(places.map((place) => peeringSeenIn(place, peeringId)));
      return seen.every((peering) => peering?.Status?.Code === 'active') ? 'active' : undefined;
    },
    { pace: SEEN_OFTEN_MS },
  );
}
