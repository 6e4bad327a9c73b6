import { EC2Client, ModifyVpcPeeringConnectionOptionsCommand } from '@aws-sdk/client-ec2';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import { MAKES_PAIR } from '../scenes/peering.ts';
import type { World } from '../world.ts';
import { makeAcceptedPair, setOptions } from './options-after-accept.ts';

/** @returns the code of the refusal, or `taken` */
async function look(world: World): Promise<string> {
  const pair = await makeAcceptedPair(world);
  // From then on a refusal is one of both sides together.
  await setOptions(world, pair);
  const allowed = { AllowDnsResolutionFromRemoteVpc: true };
  try {
    await world.home.of(EC2Client).send(
      new ModifyVpcPeeringConnectionOptionsCommand({
        VpcPeeringConnectionId: pair.peeringId,
        RequesterPeeringConnectionOptions: allowed,
        AccepterPeeringConnectionOptions: allowed,
      }),
    );
    return 'taken';
  } catch (error) {
    const { kind, code } = classifyAwsError(error);
    if (kind === 'denied' || kind === 'throttled' || kind === 'transient') throw error;
    return code;
  }
}

export function judgeBothSides(seen: string): Judgement {
  return { verdict: seen === 'taken' ? 'agrees' : 'differs', seen };
}

export const optionsOfBothSides = defineCheck({
  name: 'options-of-both-sides',
  question: 'Does EC2 take the options of both sides of a peering inside one account in one call?',
  expected: 'taken',
  makes: [MAKES_PAIR],
  needs: [],
  takes: 'a minute',
  look,
  judge: judgeBothSides,
});
