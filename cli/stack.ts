import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResource,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { AwsCallError, namingCall } from '../lib/aws/call-error.ts';
import { createClient } from '../lib/aws/clients.ts';
import { append } from '../lib/model/append.ts';
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
  /** Why the resources behind the first hundred are not known. Left out: all are known. */
  readonly unlisted?: unknown;
  /** Physical ids by type, such as AWS::Events::Rule. */
  readonly ofType: (type: string) => readonly string[];
}

export function stackName(stage: string | undefined): string {
  return `${SERVICE}-${stage ?? DEFAULT_STAGE}`;
}

/** CloudFormation API reference, DescribeStackResources: "Only the first 100 resources will be returned". */
const MOST_DESCRIBED = 100;

/** What a removal has taken already stays in the list (CloudFormation API reference, DescribeStackResources). */
function isThere({ ResourceStatus }: Pick<StackResource, 'ResourceStatus'>): boolean {
  return ResourceStatus !== 'DELETE_COMPLETE';
}

async function resourcesOf(
  region: string,
  wanted: { readonly StackName: string } | { readonly PhysicalResourceId: string },
): Promise<readonly StackResource[] | undefined> {
  try {
    const answer = await createClient(CloudFormationClient, { region }).send(
      new DescribeStackResourcesCommand(wanted),
    );
    return (answer.StackResources ?? []).filter(isThere);
  } catch (error) {
    const { code, message } = classifyAwsError(error);
    // CloudFormation says of a stack that is not there that the request is not valid.
    if (code.toLowerCase() === 'validationerror' && message.includes('does not exist')) {
      return undefined;
    }
    throw new AwsCallError('DescribeStackResources', region, Object.values(wanted).join(), error);
  }
}

/**
 * The rest of a stack of which CloudFormation has described no more than the first. Whoever may not list it knows those alone.
 *
 * @throws AWS errors of ListStackResources but a refusal.
 */
async function withRest(
  region: string,
  described: readonly StackResource[],
): Promise<Pick<DeployedStack, 'unlisted'> & { readonly resources: readonly StackResource[] }> {
  const [{ StackName = '' } = {}] = described;
  if (described.length < MOST_DESCRIBED) {
    return { resources: described };
  }
  const client = createClient(CloudFormationClient, { region });
  const listed: StackResourceSummary[] = [];
  try {
    await namingCall('ListStackResources', region, StackName, async () => {
      for await (const page of paginateListStackResources({ client }, { StackName })) {
        append(listed, page.StackResourceSummaries ?? []);
      }
    });
  } catch (error) {
    if (classifyAwsError(error).kind !== 'denied') throw error;
    return { resources: described, unlisted: error };
  }
  return {
    resources: listed
      .filter(isThere)
      .map(({ LogicalResourceId, ResourceType, ResourceStatus, PhysicalResourceId }) => ({
        StackName,
        LogicalResourceId,
        ResourceType,
        ResourceStatus,
        PhysicalResourceId,
        Timestamp: undefined,
      })),
  };
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
    const described =
      (await resourcesOf(region, { StackName: name })) ??
      (await resourcesOf(region, { PhysicalResourceId: `${name}-sweep` }));
    if (described !== undefined && described.length > 0) {
      const { resources, ...unlisted } = await withRest(region, described);
      return {
        ...unlisted,
        name: described[0]?.StackName ?? name,
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
