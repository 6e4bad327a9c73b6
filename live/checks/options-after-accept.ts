import { EC2Client, ModifyVpcPeeringConnectionOptionsCommand } from '@aws-sdk/client-ec2';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import { enableDnsHostnames } from '../kinds/vpc.ts';
import { acceptPair, MAKES_PAIR, makePendingPair, type Pair } from '../scenes/peering.ts';
import { awaited, type World } from '../world.ts';
import { judgeWithinSettling, LOOKED_FOR_SECONDS } from './active-in-both-regions.ts';

const PACE_MS = 200;

/** Two VPCs of the account, ready for DNS resolution over their peering, which was just accepted. */
export async function makeAcceptedPair(world: World): Promise<Pair> {
  const pair = await makePendingPair(world, world.home);
  for (const { place, vpcId } of [pair.requester, pair.accepter]) {
    await enableDnsHostnames(place, vpcId);
  }
  await acceptPair(pair);
  return pair;
}

/** Asks for DNS resolution until EC2 takes it. @throws {NotTried} when that takes too long */
export async function setOptions({ patience, home }: World, { peeringId }: Pair): Promise<void> {
  await awaited(
    patience,
    'The moment from which EC2 takes options',
    async () => {
      try {
        await home.of(EC2Client).send(
          new ModifyVpcPeeringConnectionOptionsCommand({
            VpcPeeringConnectionId: peeringId,
            RequesterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: true },
          }),
        );
        return 'taken';
      } catch (error) {
        if (classifyAwsError(error).kind === 'conflict') return undefined;
        throw error;
      }
    },
    { pace: PACE_MS },
  );
}

/** @returns seconds */
async function look(world: World): Promise<number> {
  const pair = await makeAcceptedPair(world);
  const accepted = Date.now();
  await setOptions(world, pair);
  return (Date.now() - accepted) / 1000;
}

export const optionsAfterAccept = defineCheck({
  name: 'options-after-accept',
  question: 'How long after Accept does EC2 take ModifyVpcPeeringConnectionOptions?',
  expected: `within ${LOOKED_FOR_SECONDS} s`,
  makes: [MAKES_PAIR],
  needs: [],
  takes: 'a minute',
  look,
  judge: judgeWithinSettling,
});
