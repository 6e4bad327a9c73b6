import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateDescribeStacks,
} from '@aws-sdk/client-cloudformation';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Place } from '../account.ts';
import { type Kind, TAG_KEY } from '../ledger.ts';
import { NotTried } from '../not-tried.ts';
import { awaited, type World } from '../world.ts';

async function statusOf(place: Place, StackName: string): Promise<string | undefined> {
  try {
    const { Stacks = [] } = await place
      .of(CloudFormationClient)
      .send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.StackStatus;
  } catch (error) {
    // So CloudFormation says that there is no such stack.
    if (classifyAwsError(error).code.toLowerCase() === 'validationerror') return undefined;
    throw error;
  }
}

export const STACK: Kind = {
  name: 'CloudFormation stack',
  async remove(place, id) {
    await place.of(CloudFormationClient).send(new DeleteStackCommand({ StackName: id }));
    const status = await statusOf(place, id);
    if (status !== undefined && status !== 'DELETE_COMPLETE') {
      throw new Error(`The stack is ${status}.`);
    }
  },
  async tagged(place) {
    const found: { id: string; run: string }[] = [];
    for await (const { Stacks = [] } of paginateDescribeStacks(
      { client: place.of(CloudFormationClient) },
      {},
    )) {
      for (const { StackName = '', Tags = [] } of Stacks) {
        const run = Tags.find(({ Key }) => Key === TAG_KEY)?.Value;
        if (run !== undefined) found.push({ id: StackName, run });
      }
    }
    return found;
  },
  byHand: ({ cliOptions }, id) => `aws cloudformation delete-stack${cliOptions} --stack-name ${id}`,
};

/** Makes a stack and waits until it is there. @returns its name */
export async function makeStack(world: World, place: Place, resources: object): Promise<string> {
  const { ledger, patience } = world;
  const StackName = ledger.nameFor('stack');
  await ledger.makeNamed(STACK, place, StackName, () =>
    place.of(CloudFormationClient).send(
      new CreateStackCommand({
        StackName,
        TemplateBody: JSON.stringify({ Resources: resources }),
        Tags: [ledger.tag],
      }),
    ),
  );
  const status = await awaited(patience, 'The stack', async () => {
    const now = await statusOf(place, StackName);
    return now?.endsWith('_IN_PROGRESS') ? undefined : now;
  });
  if (status !== 'CREATE_COMPLETE') {
    throw new NotTried(
      `CloudFormation did not make the stack: ${status}.`,
      'See why in the events of the stack; it needs permission to make what is in it.',
    );
  }
  return StackName;
}
