import { CreateRouteCommand, CreateRouteTableCommand, EC2Client } from '@aws-sdk/client-ec2';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import { acceptPair, MAKES_PAIR, makePendingPair, untilActive } from '../scenes/peering.ts';
import { required, type World } from '../world.ts';

const DESTINATION = '10.254.0.16/28';

/** @returns the code of the refusal, or `succeeds` */
async function look(world: World): Promise<string> {
  const { home } = world;
  const pair = await makePendingPair(world, home);
  await acceptPair(pair);
  await untilActive(world, pair, [home]);
  const ec2 = home.of(EC2Client);
  // It goes with its VPC.
  const { RouteTable } = await ec2.send(
    new CreateRouteTableCommand({
      VpcId: pair.requester.vpcId,
      TagSpecifications: [{ ResourceType: 'route-table', Tags: [world.ledger.tag] }],
    }),
  );
  const route = {
    RouteTableId: required(RouteTable?.RouteTableId, 'the id of the route table'),
    DestinationCidrBlock: DESTINATION,
    VpcPeeringConnectionId: pair.peeringId,
  };
  await ec2.send(new CreateRouteCommand(route));
  try {
    await ec2.send(new CreateRouteCommand(route));
    return 'succeeds';
  } catch (error) {
    const { kind, code } = classifyAwsError(error);
    if (kind === 'conflict') return code;
    throw error;
  }
}

export function judgeRepeatedRoute(seen: string): Judgement {
  return { verdict: seen === 'RouteAlreadyExists' ? 'agrees' : 'differs', seen };
}

export const repeatedRoute = defineCheck({
  name: 'repeated-route',
  question: 'CreateRoute repeated with the same target: does it succeed, or answer RouteAlreadyExists?',
  expected: 'RouteAlreadyExists',
  makes: [MAKES_PAIR, 'a route table with one route'],
  needs: [],
  takes: 'seconds',
  look,
  judge: judgeRepeatedRoute,
});
