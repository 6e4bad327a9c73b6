import { EC2Client, RejectVpcPeeringConnectionCommand } from '@aws-sdk/client-ec2';
import { defineCheck } from '../check.ts';
import { NotTried } from '../not-tried.ts';
import type { Judgement } from '../outcome.ts';
import { isCall, listenForCalls } from '../scenes/inbox.ts';
import { MAKES_PAIR, makePendingPair } from '../scenes/peering.ts';
import { until, type World } from '../world.ts';

const REQUEST = 'CreateVpcPeeringConnection';
/** The accepter's own call: if that is told, events of CloudTrail arrive there. */
const OWN = 'RejectVpcPeeringConnection';

async function look(world: World): Promise<'arrives' | 'does not arrive'> {
  const { patience } = world;
  const peer = world.peer();
  const inbox = await listenForCalls(world, peer, [REQUEST, OWN]);
  const { peeringId } = await makePendingPair(world, peer);
  await peer.of(EC2Client).send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  const own = await until(patience, patience.longest, () => inbox.find(isCall(OWN, peeringId)));
  const request = await until(patience, patience.quiet, () => inbox.find(isCall(REQUEST, peeringId)));
  if (request === undefined && own === undefined) {
    throw new NotTried(
      `No event of CloudTrail came to the second account within ${patience.longest / 1000} s.`,
      'It needs a trail with management events there. Or give it longer with --longest SECONDS.',
    );
  }
  return request === undefined ? 'does not arrive' : 'arrives';
}

export function judgeCrossAccountEvent(seen: 'arrives' | 'does not arrive'): Judgement {
  return { verdict: seen === 'does not arrive' ? 'agrees' : 'differs', seen };
}

export const crossAccountEvent = defineCheck({
  name: 'cross-account-event',
  question:
    "Does the accepter's account get the CloudTrail event of a CreateVpcPeeringConnection that another account made?",
  expected: 'does not arrive',
  makes: [`${MAKES_PAIR} (one VPC in each account)`, 'a rule and a queue in the second account'],
  needs: ['peer'],
  takes: '2 to 15 minutes',
  look,
  judge: judgeCrossAccountEvent,
});
