import { CreateTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import { MAKES_PAIR, makePendingPair, peeringSeenIn } from '../scenes/peering.ts';
import { until, type World } from '../world.ts';

export interface Tagging {
  /** The code with which it was refused. */
  readonly refused?: string;
  readonly shows: 'the tag' | 'no tag';
}

async function look(world: World): Promise<Tagging> {
  const peer = world.peer();
  const { peeringId } = await makePendingPair(world, peer);
  try {
    await peer
      .of(EC2Client)
      .send(new CreateTagsCommand({ Resources: [peeringId], Tags: [world.ledger.tag] }));
  } catch (error) {
    const { kind, code, message } = classifyAwsError(error);
    // A permission of the caller says nothing of the state of the peering.
    if (kind === 'denied' || kind === 'throttled' || kind === 'transient') throw error;
    return { refused: `${code}: ${message.replaceAll(peeringId, 'the peering')}`, shows: 'no tag' };
  }
  const tagged = await until(world.patience, world.patience.quiet, async () => {
    const seen = await peeringSeenIn(peer, peeringId);
    return seen?.Tags?.some(({ Key }) => Key === world.ledger.tag.Key) ? seen : undefined;
  });
  return { shows: tagged === undefined ? 'no tag' : 'the tag' };
}

export function judgeTagPending({ refused, shows }: Tagging): Judgement {
  if (refused !== undefined) {
    return { verdict: 'differs', seen: `refused: ${refused}` };
  }
  return shows === 'the tag'
    ? { verdict: 'agrees', seen: 'it can, and sees the tag' }
    : { verdict: 'differs', seen: 'the call succeeds, and no tag is to be seen' };
}

export const tagPending = defineCheck({
  name: 'tag-pending',
  question: "Can the accepter tag another account's request that is still pending?",
  expected: 'it can, and sees the tag',
  makes: [`${MAKES_PAIR} (one VPC in each account)`],
  needs: ['peer'],
  takes: 'seconds',
  look,
  judge: judgeTagPending,
});
