import { EC2Client, ModifyVpcAttributeCommand, RejectVpcPeeringConnectionCommand } from '@aws-sdk/client-ec2';
import { defineCheck } from '../check.ts';
import type { VpcIn } from '../kinds/peering.ts';
import { NotTried } from '../not-tried.ts';
import type { Judgement } from '../outcome.ts';
import { CALLS_PACE_MS, type Inbox, isCall, listenForCalls } from '../scenes/inbox.ts';
import { MAKES_PAIR, makeRequest, makeTwoVpcs } from '../scenes/peering.ts';
import { awaited, until, type World } from '../world.ts';

const REQUEST = 'CreateVpcPeeringConnection';
/** The accepter's own calls: if those are told, events of CloudTrail arrive there. */
const BEFORE = 'ModifyVpcAttribute';
const AFTER = 'RejectVpcPeeringConnection';

/** A new rule takes a while to work; an event that came before that would be taken for one that never came. */
async function untilEventsArrive({ patience }: World, { place, vpcId }: VpcIn, inbox: Inbox): Promise<void> {
  const arrived = await until(
    patience,
    patience.longest,
    async () => {
      // It is on already: nothing changes.
      await place
        .of(EC2Client)
        .send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsSupport: { Value: true } }));
      return inbox.find(isCall(BEFORE, vpcId));
    },
    { pace: CALLS_PACE_MS },
  );
  if (arrived === undefined) {
    throw new NotTried(
      `No event of CloudTrail came to the second account within ${patience.longest / 1000} s.`,
      'It needs a trail with management events there. Or give it longer with --longest SECONDS.',
    );
  }
}

async function look(world: World): Promise<'arrives' | 'does not arrive'> {
  const { patience } = world;
  const peer = world.peer();
  const inbox = await listenForCalls(world, peer, [REQUEST, BEFORE, AFTER]);
  const vpcs = await makeTwoVpcs(world, peer);
  await untilEventsArrive(world, vpcs.accepter, inbox);
  const { peeringId } = await makeRequest(world, vpcs);
  await peer.of(EC2Client).send(new RejectVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  await awaited(patience, `The event of ${AFTER}`, () => inbox.find(isCall(AFTER, peeringId)));
  const request = await until(patience, patience.quiet, () => inbox.find(isCall(REQUEST, peeringId)));
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
