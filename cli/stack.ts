import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type StackResource,
} from '@aws-sdk/client-cloudformation';
import { AwsCallError } from '../lib/aws/call-error.ts';
import { createClient } from '../lib/aws/clients.ts';
import { classifyAwsError } from '../lib/model/aws-error.ts';
import { DEFAULT_STAGE } from './options.ts';

/** The deployed stack, as far as a command needs it. */

const SERVICE = 'vpc-peering-autopilot';

/** One resource of a stack, as CloudFormation lists it: also one that somebody has deleted by hand. */
export interface StackPart {
  readonly logicalId: string;
  readonly type: string;
  /** Left out: CloudFormation says none. */
  readonly physicalId?: string;
}

export interface DeployedStack {
  readonly name: string;
  readonly region: string;
  readonly stage: string;
  /** Physical ids by logical id. */
  readonly resources: ReadonlyMap<string, string>;
  readonly stackParts: readonly StackPart[];
  /** Physical ids by type, such as AWS::Events::Rule. */
  readonly ofType: (type: string) => readonly string[];
}

export function stackName(stage: string | undefined): string {
  return `${SERVICE}-${stage ?? DEFAULT_STAGE}`;
}

async function resourcesOf(
  region: string,
  wanted: { readonly StackName: string } | { readonly PhysicalResourceId: string },
): Promise<readonly StackResource[] | undefined> {
  try {
    const answer = await createClient(CloudFormationClient, { region }).send(
      new DescribeStackResourcesCommand(wanted),
    );
    // What a removal has taken already stays in the list (CloudFormation API reference, DescribeStackResources).
    return (answer.StackResources ?? []).filter(({ ResourceStatus }) => ResourceStatus !== 'DELETE_COMPLETE');
  } catch (error) {
    const { code, message } = classifyAwsError(error);
    // CloudFormation says of a stack that is not there that the request is not valid.
    if (code.toLowerCase() === 'validationerror' && message.includes('does not exist')) {
      return undefined;
    }
    throw new AwsCallError('DescribeStackResources', region, Object.values(wanted).join(), error);
  }
}

/** @returns outputs by name. */
export async function outputsOf({ name, region }: DeployedStack): Promise<ReadonlyMap<string, string>> {
  try {
    const { Stacks = [] } = await createClient(CloudFormationClient, { region }).send(
      new DescribeStacksCommand({ StackName: name }),
    );
    return new Map(
      (Stacks[0]?.Outputs ?? []).flatMap(({ OutputKey, OutputValue }) =>
        OutputKey && OutputValue ? [[OutputKey, OutputValue] as const] : [],
      ),
    );
  } catch (error) {
    throw new AwsCallError('DescribeStacks', region, name, error);
  }
}

/**
 * Looks for the stack in these Regions, in order, whether a deployment or a StackSet made it.
 *
 * @returns undefined when none of them has it.
 */
export async function findStack(
  regions: readonly string[],
  stage: string | undefined,
): Promise<DeployedStack | undefined> {
  const name = stackName(stage);
  for (const region of new Set(regions)) {
    // A StackSet names the stacks that it makes, so there the stack is known by what is in it.
    const resources =
      (await resourcesOf(region, { StackName: name })) ??
      (await resourcesOf(region, { PhysicalResourceId: `${name}-sweep` }));
    if (resources !== undefined && resources.length > 0) {
      return {
        name: resources[0]?.StackName ?? name,
        region,
        stage: stage ?? DEFAULT_STAGE,
        resources: new Map(
          resources.flatMap(({ LogicalResourceId, PhysicalResourceId }) =>
            LogicalResourceId && PhysicalResourceId ? [[LogicalResourceId, PhysicalResourceId] as const] : [],
          ),
        ),
        stackParts: resources.map(({ LogicalResourceId, ResourceType, PhysicalResourceId }) => ({
          logicalId: LogicalResourceId ?? '',
          type: ResourceType ?? '',
          ...(PhysicalResourceId ? { physicalId: PhysicalResourceId } : {}),
        })),
        ofType: (type) =>
          resources.flatMap(({ ResourceType, PhysicalResourceId }) =>
            ResourceType === type && PhysicalResourceId ? [PhysicalResourceId] : [],
          ),
      };
    }
  }
  return undefined;
}
