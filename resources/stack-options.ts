import type { StackOptions } from '../lib/policy/stack-schema.ts';
import { logGroupLogicalId, type Resource, type Resources, sub, type Value } from './cloudformation.ts';
import { optionsOf, type StackContext } from './context.ts';
import { functionsOf } from './functions.ts';

/** What `peering-stack.yml` and the care for data make of resources, whatever they are for. */

/** What holds something that goes when it goes. The stack adopts what is in place, so nothing of it is worth keeping. */
const STATEFUL = new Set(['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::SNS::Topic']);

const GOES_WITH_THE_STACK = { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' } as const;

function boundaryArn(boundary: string): Value {
  return boundary.startsWith('arn:')
    ? boundary
    : sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:policy/${boundary.replace(/^\//, '')}`);
}

/** SQS asks KMS again for a data key after so long; five minutes is its default (SQS developer guide). */
const DATA_KEY_SECONDS = 300;

function propertiesOf(
  { Type, Properties }: Resource,
  { permissionsBoundary, keys }: StackOptions,
): Resource['Properties'] {
  switch (Type) {
    case 'AWS::IAM::Role':
      return permissionsBoundary === undefined
        ? Properties
        : { ...Properties, PermissionsBoundary: boundaryArn(permissionsBoundary) };
    case 'AWS::SNS::Topic':
      return keys.topic === undefined ? Properties : { ...Properties, KmsMasterKeyId: keys.topic };
    case 'AWS::SQS::Queue': {
      const { SqsManagedSseEnabled: _sse, ...others } = Properties;
      return keys.queues === undefined
        ? Properties
        : { ...others, KmsMasterKeyId: keys.queues, KmsDataKeyReusePeriodSeconds: DATA_KEY_SECONDS };
    }
    default:
      return Properties;
  }
}

/** The resources as the options want them. */
export function withOptions(resources: Resources, options: StackOptions): Resources {
  return Object.fromEntries(
    Object.entries(resources).map(([id, resource]) => [
      id,
      {
        ...resource,
        ...(STATEFUL.has(resource.Type) ? GOES_WITH_THE_STACK : {}),
        Properties: propertiesOf(resource, options),
      },
    ]),
  );
}

/** Versions of deployed code that a later deployment has replaced are kept so long. */
const OLD_CODE_DAYS = 90;

export interface Extension {
  readonly DeletionPolicy: 'Delete';
  readonly UpdateReplacePolicy: 'Delete';
  readonly Properties?: { readonly [key: string]: Value };
}

/** What is added to resources that the serverless framework makes: log groups, and the bucket for the functions' code. */
export function extensions(context: StackContext): {
  readonly [logicalId: string]: Extension;
} {
  const { keys, logRetentionDays } = optionsOf(context);
  const logGroup: Extension = {
    ...GOES_WITH_THE_STACK,
    Properties: {
      RetentionInDays: logRetentionDays,
      ...(keys.logs === undefined ? {} : { KmsKeyId: keys.logs }),
    },
  };
  return {
    ServerlessDeploymentBucket: {
      ...GOES_WITH_THE_STACK,
      Properties: {
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'OldCode',
              Status: 'Enabled',
              NoncurrentVersionExpiration: { NoncurrentDays: OLD_CODE_DAYS },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
            },
          ],
        },
      },
    },
    ...Object.fromEntries(functionsOf(context.policy).map((name) => [logGroupLogicalId(name), logGroup])),
  };
}
