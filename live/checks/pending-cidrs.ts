import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import { MAKES_PAIR, makePendingPair, peeringSeenIn } from '../scenes/peering.ts';
import type { World } from '../world.ts';

async function look(world: World): Promise<'shown' | 'hidden'> {
  const peer = world.peer();
  const { peeringId } = await makePendingPair(world, peer);
  const seen = await peeringSeenIn(peer, peeringId);
  return seen?.RequesterVpcInfo?.CidrBlock === undefined ? 'hidden' : 'shown';
}

export function judgePendingCidrs(seen: 'shown' | 'hidden'): Judgement {
  return { verdict: seen === 'shown' ? 'agrees' : 'differs', seen };
}

export const pendingCidrs = defineCheck({
  name: 'pending-cidrs',
  question: "Does the accepter of another account's request see the requester's CIDRs while it is pending?",
  expected: 'shown',
  makes: [`${MAKES_PAIR} (one VPC in each account)`],
  needs: ['peer'],
  takes: 'seconds',
  look,
  judge: judgePendingCidrs,
});
