import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { defineCheck } from '../check.ts';
import { makeStack } from '../kinds/stack.ts';
import type { Judgement } from '../outcome.ts';
import { awaited, type World } from '../world.ts';

/** Costs nothing, and is made at once. */
const RESOURCES = { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } };

/** @returns the status of a change set that only adds an output; it goes with the stack */
async function look(world: World): Promise<string> {
  const { home, ledger, patience } = world;
  const StackName = await makeStack(world, home, RESOURCES);
  const client = home.of(CloudFormationClient);
  const ChangeSetName = 'outputs-only';
  await client.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName,
      ChangeSetType: 'UPDATE',
      TemplateBody: JSON.stringify({ Resources: RESOURCES, Outputs: { Version: { Value: '2' } } }),
      Tags: [ledger.tag],
    }),
  );
  return awaited(patience, 'The change set', async () => {
    const { Status } = await client.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
    return Status === 'CREATE_COMPLETE' || Status === 'FAILED' ? Status : undefined;
  });
}

export function judgeOutputsOnly(seen: string): Judgement {
  return { verdict: seen === 'CREATE_COMPLETE' ? 'agrees' : 'differs', seen };
}

export const outputsOnly = defineCheck({
  name: 'outputs-only',
  question: 'Can a change set that changes nothing but outputs be carried out?',
  expected: 'CREATE_COMPLETE',
  makes: ['a CloudFormation stack with a wait condition handle'],
  needs: [],
  takes: 'a minute',
  look,
  judge: judgeOutputsOnly,
});
