import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  paginateDescribeStackEvents,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { AwsCallError, namingCall } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { StackTemplate } from '../../resources/stack-template.ts';
import { type ChangeSet, createChangeSetReader } from './change-set.ts';
import { capabilitiesOf, type Template, templateFrom } from './template.ts';

/** One CloudFormation stack: what is known of it, and the one door for what changes it. */

export interface StackState {
  readonly id: string;
  /** As CloudFormation has it, such as UPDATE_COMPLETE. */
  readonly status: string;
  readonly reason: string | undefined;
  readonly outputs: ReadonlyMap<string, string>;
}

/** What happened to one resource. */
export interface StackEvent {
  readonly at: Date;
  readonly logicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
}

/** One that a removal could not delete. */
export type FailedResource = Pick<StackEvent, 'logicalId' | 'type'>;

export interface ChangeSetInput {
  readonly name: string;
  readonly templateUrl: string;
  readonly template: StackTemplate;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Stacks {
  /** undefined when there is none. */
  read(): Promise<StackState | undefined>;
  template(): Promise<Template>;
  /** @param templateUrl left out: the template is small enough to be sent. */
  create(
    input: Omit<ChangeSetInput, 'name' | 'templateUrl'> & { readonly templateUrl?: string },
  ): Promise<void>;
  prepare(input: ChangeSetInput): Promise<void>;
  changeSet(name: string): Promise<ChangeSet>;
  execute(changeSet: string): Promise<void>;
  discard(changeSet: string): Promise<void>;
  /** @param retain logical ids of what is left out of it; CloudFormation takes it only of a stack that is DELETE_FAILED. */
  delete(retain: readonly string[]): Promise<void>;
  /** What a removal could not delete. */
  failedResources(): Promise<readonly FailedResource[]>;
  /** The newest first, none older than the time. */
  eventsSince(stackId: string, time: Date): Promise<StackEvent[]>;
}

export interface StackPlace {
  readonly name: string;
  readonly region: string;
}

function stateOf({
  StackId,
  StackName = '',
  StackStatus,
  StackStatusReason,
  Outputs = [],
}: Stack): StackState {
  return {
    id: StackId ?? StackName,
    status: StackStatus ?? '',
    reason: StackStatusReason,
    outputs: new Map(
      Outputs.flatMap(({ OutputKey, OutputValue }) =>
        OutputKey !== undefined && OutputValue !== undefined ? [[OutputKey, OutputValue] as const] : [],
      ),
    ),
  };
}

function tagList(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function createStacks({ name, region }: StackPlace): Stacks {
  const client = createClient(CloudFormationClient, { region });
  const named = { StackName: name };
  const call = <Answer>(what: string, send: () => Promise<Answer>) =>
    namingCall(what, region, `stack ${name}`, send);
  return {
    async read() {
      try {
        const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand(named));
        return stack === undefined ? undefined : stateOf(stack);
      } catch (error) {
        const { code, message } = classifyAwsError(error);
        // CloudFormation says of a stack that is not there that the request is not valid.
        if (code.toLowerCase() === 'validationerror' && message.includes('does not exist')) {
          return undefined;
        }
        throw new AwsCallError('DescribeStacks', region, `stack ${name}`, error);
      }
    },
    template: () =>
      call('GetTemplate', async () => {
        const { TemplateBody = '' } = await client.send(new GetTemplateCommand(named));
        return templateFrom(TemplateBody);
      }),
    create: ({ template, templateUrl, tags }) =>
      call('CreateStack', async () => {
        await client.send(
          new CreateStackCommand({
            ...named,
            ...(templateUrl === undefined
              ? { TemplateBody: JSON.stringify(template) }
              : { TemplateURL: templateUrl }),
            Capabilities: capabilitiesOf(template),
            Tags: tagList(tags),
            // What failed at first has nothing in it that is worth keeping, and a second run begins anew.
            OnFailure: 'DELETE',
          }),
        );
      }),
    prepare: ({ name: changeSet, templateUrl, template, tags }) =>
      call('CreateChangeSet', async () => {
        await client.send(
          new CreateChangeSetCommand({
            ...named,
            ChangeSetName: changeSet,
            ChangeSetType: 'UPDATE',
            TemplateURL: templateUrl,
            Capabilities: capabilitiesOf(template),
            Tags: tagList(tags),
          }),
        );
      }),
    changeSet: createChangeSetReader(client, { name, region }),
    execute: (changeSet) =>
      call('ExecuteChangeSet', async () => {
        await client.send(new ExecuteChangeSetCommand({ ...named, ChangeSetName: changeSet }));
      }),
    discard: (changeSet) => discard(client, { name, region }, changeSet),
    delete: (retain) =>
      call('DeleteStack', async () => {
        await client.send(
          new DeleteStackCommand({
            ...named,
            ...(retain.length === 0 ? {} : { RetainResources: [...retain] }),
          }),
        );
      }),
    failedResources: () => call('DescribeStackResources', () => failedResources(client, named)),
    eventsSince: (stackId, time) => call('DescribeStackEvents', () => eventsSince(client, stackId, time)),
  };
}

async function failedResources(
  client: CloudFormationClient,
  stack: { readonly StackName: string },
): Promise<FailedResource[]> {
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand(stack));
  return StackResources.filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_FAILED').map(
    ({ LogicalResourceId = '', ResourceType = '' }) => ({ logicalId: LogicalResourceId, type: ResourceType }),
  );
}

/** Whether it is there is asked first: what a delete of none answers is not documented. */
async function discard(
  client: CloudFormationClient,
  { name, region }: StackPlace,
  changeSet: string,
): Promise<void> {
  const asked = { StackName: name, ChangeSetName: changeSet };
  try {
    await client.send(new DescribeChangeSetCommand(asked));
  } catch (error) {
    const { code } = classifyAwsError(error);
    if (/^(ChangeSetNotFound(Exception)?|ValidationError)$/.test(code)) {
      return;
    }
    throw new AwsCallError('DescribeChangeSet', region, `stack ${name}`, error);
  }
  await namingCall('DeleteChangeSet', region, `stack ${name}`, async () => {
    await client.send(new DeleteChangeSetCommand(asked));
  });
}

async function eventsSince(client: CloudFormationClient, stackId: string, time: Date): Promise<StackEvent[]> {
  const found: StackEvent[] = [];
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName: stackId })) {
    for (const {
      Timestamp,
      LogicalResourceId,
      ResourceType,
      ResourceStatus,
      ResourceStatusReason,
    } of StackEvents) {
      if (Timestamp === undefined || Timestamp < time) {
        return found;
      }
      found.push({
        at: Timestamp,
        logicalId: LogicalResourceId ?? '',
        type: ResourceType ?? '',
        status: ResourceStatus ?? '',
        reason: ResourceStatusReason,
      });
    }
  }
  return found;
}
