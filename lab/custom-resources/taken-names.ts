import type { StackReader } from '../deployed-stack.ts';
import { type DeployedStack, parseTemplate, resolveValue } from '../template.ts';
import type { Place } from '../types.ts';

/**
 * Names that a stack wants for new resources, and that something in the account has already. CloudFormation fails that resource
 * and goes back to what was; moto breaks off in the middle.
 */

interface NamedType {
  /** The property that names it. */
  readonly property: string;
  readonly service: string;
  /** The call that finds one by name, and fails where there is none. */
  readonly target: string;
  /** How the call names it. */
  readonly key: string;
}

const NAMED_TYPES: Readonly<Record<string, NamedType>> = {
  'AWS::DynamoDB::Table': {
    property: 'TableName',
    service: 'dynamodb',
    target: 'DynamoDB_20120810.DescribeTable',
    key: 'TableName',
  },
  'AWS::SQS::Queue': {
    property: 'QueueName',
    service: 'sqs',
    target: 'AmazonSQS.GetQueueUrl',
    key: 'QueueName',
  },
  'AWS::Events::EventBus': {
    property: 'Name',
    service: 'events',
    target: 'AWSEvents.DescribeEventBus',
    key: 'Name',
  },
};

export interface TakenName {
  readonly logicalId: string;
  readonly type: string;
  readonly name: string;
}

async function exists(
  { call }: StackReader,
  { accountId, region }: Place,
  { service, target, key }: NamedType,
  name: string,
): Promise<boolean> {
  const { status } = await call({
    service,
    accountId,
    region,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
    body: JSON.stringify({ [key]: name }),
  });
  return status === 200;
}

/**
 * The first of the new resources whose name is taken; undefined where all are free.
 *
 * @param wanted the new template, as JSON.
 */
export async function takenName(
  reader: StackReader,
  stack: DeployedStack,
  wanted: string,
): Promise<TakenName | undefined> {
  for (const [logicalId, { Type: type = '', Properties = {} }] of Object.entries(
    parseTemplate(wanted).Resources ?? {},
  )) {
    const named = NAMED_TYPES[type];
    const nameValue =
      named === undefined ? undefined : (Properties as Record<string, unknown>)[named.property];
    if (named === undefined || nameValue === undefined || stack.resources[logicalId] !== undefined) {
      continue;
    }
    const name = String(resolveValue(nameValue, stack));
    if (await exists(reader, stack, named, name)) {
      return { logicalId, type, name };
    }
  }
  return undefined;
}
