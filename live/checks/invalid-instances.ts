import { CancelCommandCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { defineCheck } from '../check.ts';
import type { Judgement } from '../outcome.ts';
import type { World } from '../world.ts';

/** Well formed, and nobody's. */
const INSTANCES = ['i-00000000000000001', 'i-00000000000000002'];

export interface Refused {
  readonly code: string;
  readonly names: number;
}

async function look({ home }: World): Promise<Refused | 'taken'> {
  const ssm = home.of(SSMClient);
  try {
    const { Command } = await ssm.send(
      new SendCommandCommand({
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: INSTANCES,
        Parameters: { commands: ['true'] },
      }),
    );
    await ssm.send(new CancelCommandCommand({ CommandId: Command?.CommandId }));
    return 'taken';
  } catch (error) {
    const { kind, code, message } = classifyAwsError(error);
    if (code !== 'InvalidInstanceId' && kind !== 'unknown') throw error;
    return { code, names: INSTANCES.filter((id) => message.includes(id)).length };
  }
}

export function judgeInvalidInstances(seen: Refused | 'taken'): Judgement {
  if (seen === 'taken') {
    return { verdict: 'differs', seen: 'the command is taken' };
  }
  const all = seen.code === 'InvalidInstanceId' && seen.names === INSTANCES.length;
  return {
    verdict: all ? 'agrees' : 'differs',
    seen: `${seen.code} names ${seen.names} of ${INSTANCES.length}`,
  };
}

export const invalidInstances = defineCheck({
  name: 'invalid-instances',
  question: 'Does InvalidInstanceId name every instance that is not ready?',
  expected: `InvalidInstanceId names ${INSTANCES.length} of ${INSTANCES.length}`,
  makes: ['one command, to two instances that do not exist'],
  needs: [],
  takes: 'seconds',
  look,
  judge: judgeInvalidInstances,
});
