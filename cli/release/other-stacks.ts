import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateDescribeStacks,
} from '@aws-sdk/client-cloudformation';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { namingCall } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { readHomeBuses } from '../../lib/aws/forwarding-rules.ts';
import { placeOfArn } from '../../lib/forwarding/by-sweep.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { POLICY_FINGERPRINT } from '../../lib/policy/fingerprint.ts';
import { type OtherStack, routeWritingOf } from './route-writing.ts';
import type { StackPlace } from './stacks.ts';
import { templateFrom } from './template.ts';

/** Other stacks of the product in this account: of another stage, or of a StackSet with another name. */

/** Names of the product's stacks in a Region, whatever tool made them: they are known by an output. */
async function stacksIn(client: CloudFormationClient, region: string): Promise<string[]> {
  return namingCall('DescribeStacks', region, 'all stacks', async () => {
    const names: string[] = [];
    for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
      for (const { StackName = '', StackStatus = '', Outputs = [] } of Stacks) {
        const isOurs = Outputs.some(({ OutputKey }) => OutputKey === POLICY_FINGERPRINT);
        if (isOurs && !StackStatus.startsWith('DELETE_')) names.push(StackName);
      }
    }
    return names;
  });
}

async function writingOf(
  client: CloudFormationClient,
  { name, region }: StackPlace,
): Promise<OtherStack['writing']> {
  try {
    const { TemplateBody = '' } = await namingCall('GetTemplate', region, `stack ${name}`, () =>
      client.send(new GetTemplateCommand({ StackName: name })),
    );
    return routeWritingOf(templateFrom(TemplateBody), region);
  } catch (error) {
    if (classifyAwsError(error).kind !== 'denied') throw error;
    return 'unknown';
  }
}

async function othersIn(region: string, own: StackPlace): Promise<OtherStack[]> {
  const client = createClient(CloudFormationClient, { region });
  const names = (await stacksIn(client, region)).filter((name) => region !== own.region || name !== own.name);
  return Promise.all(
    names.map(async (name) => ({ name, region, writing: await writingOf(client, { name, region }) })),
  );
}

/**
 * Looks in the Regions of a stack, and in those to which rules in them carry events: a stack may manage Regions other than its own.
 *
 * @throws AwsCallError where one of them may not be asked.
 */
export async function readOtherStacks(own: StackPlace, regions: readonly string[]): Promise<OtherStack[]> {
  const asked = [...new Set([own.region, ...regions])];
  const buses = await Promise.all(
    asked.map((region) => readHomeBuses(createClient(EventBridgeClient, { region }), region)),
  );
  const homes = new Set([...asked, ...buses.flat().map((arn) => placeOfArn(arn).region)]);
  const found = await Promise.all([...homes].map((region) => othersIn(region, own)));
  return found.flat();
}
