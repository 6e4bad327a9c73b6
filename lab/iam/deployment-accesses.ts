import { arnIn, globalArnIn, lastPart } from '../arn.ts';
import { type ParsedTemplate, parseTemplate } from '../template.ts';
import type { ApiCall, CheckedAccess, ResourceFacts } from './accesses.ts';
import { UnknownToLab } from './conditions.ts';
import { textAt, textsAt, valuesAt } from './input.ts';
import { type StackPlace, stackAccesses } from './stack-resources.ts';

/**
 * What AWS checks for the calls of a deployment: those that the serverless framework and `peering deploy` make, and those that CloudFormation
 * makes for the resources of a stack in the name of the caller. Source as for `accesses.ts`.
 */

type Accesses = (call: ApiCall, facts: ResourceFacts) => CheckedAccess[] | Promise<CheckedAccess[]>;

/** A stack that is named by its ARN, or by its name. */
function stackNameOf({ input }: ApiCall): string {
  const named = textAt(input, 'StackName') ?? '';
  return /:stack\/([^/]+)/.exec(named)?.[1] ?? named;
}

function onStack(call: ApiCall): CheckedAccess {
  return {
    action: call.action,
    resource: arnIn(
      call,
      'cloudformation',
      `stack/${stackNameOf(call)}/00000000-0000-0000-0000-000000000000`,
    ),
    keys: {},
  };
}

function withResources(operation: 'create' | 'remove'): Accesses {
  return async (call, facts) => {
    const stack: StackPlace = {
      accountId: call.accountId,
      region: call.region,
      stackName: stackNameOf(call),
    };
    const body = await facts.templateOf(call);
    const template: ParsedTemplate = body === undefined ? {} : parseTemplate(body);
    const others = stackAccesses(operation, template, stack, (type) => {
      throw new UnknownToLab(
        `The lab does not know what CloudFormation calls for ${type}; add it to lab/iam/stack-resources.ts.`,
      );
    });
    return [
      onStack(call),
      ...others.map(({ action, resource, keys = {} }) => ({
        action,
        resource,
        keys: Object.fromEntries(Object.entries(keys).map(([name, value]) => [name, () => [value]])),
      })),
    ];
  };
}

function bucketArn(call: ApiCall, key?: string): string {
  const bucket = textAt(call.input, 'Bucket') ?? '';
  return globalArnIn({ ...call, accountId: '' }, 's3', key === undefined ? bucket : `${bucket}/${key}`);
}

const onBucket =
  (action: string): Accesses =>
  (call) => [{ action, resource: bucketArn(call), keys: {} }];

const onObject =
  (action: string): Accesses =>
  (call) => [{ action, resource: bucketArn(call, textAt(call.input, 'Key') ?? ''), keys: {} }];

const deleteObjects: Accesses = (call) =>
  valuesAt(call.input, 'Objects.*').map((object) => ({
    action: textAt(object, 'VersionId') === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
    resource: bucketArn(call, textAt(object, 'Key') ?? ''),
    keys: {},
  }));

const stack: Accesses = (call) => [onStack(call)];

const ACCESSES: Readonly<Record<string, Accesses>> = {
  'cloudformation:CreateStack': withResources('create'),
  'cloudformation:UpdateStack': withResources('create'),
  'cloudformation:DeleteStack': withResources('remove'),
  'cloudformation:DescribeStacks': stack,
  'cloudformation:GetTemplate': stack,
  'cloudformation:CreateChangeSet': stack,
  'cloudformation:DescribeChangeSet': stack,
  'cloudformation:DeleteChangeSet': stack,
  'cloudformation:ExecuteChangeSet': withResources('create'),
  'cloudformation:DescribeStackEvents': stack,
  'cloudformation:DescribeStackResource': stack,
  'cloudformation:ListStackResources': stack,
  // Asked for by a resource, no stack is named.
  'cloudformation:DescribeStackResources': (call) =>
    textAt(call.input, 'StackName') === undefined
      ? [{ action: call.action, resource: '*', keys: {} }]
      : [onStack(call)],
  'cloudformation:ValidateTemplate': ({ action }) => [{ action, resource: '*', keys: {} }],
  // S3's actions are not named like its calls.
  's3:HeadBucket': onBucket('s3:ListBucket'),
  's3:ListObjectVersions': onBucket('s3:ListBucketVersions'),
  's3:ListObjects': (call, facts) =>
    onBucket(valuesAt(call.input, 'Versions')[0] === true ? 's3:ListBucketVersions' : 's3:ListBucket')(
      call,
      facts,
    ),
  's3:GetObject': onObject('s3:GetObject'),
  's3:HeadObject': onObject('s3:GetObject'),
  's3:PutObject': onObject('s3:PutObject'),
  's3:GetPublicAccessBlock': onBucket('s3:GetBucketPublicAccessBlock'),
  's3:DeleteObjects': deleteObjects,
  'lambda:GetFunction': (call) => [
    {
      action: call.action,
      resource: arnIn(
        call,
        'lambda',
        `function:${lastPart(textsAt(call.input, 'Path')[0]?.replace(/\/$/, '') ?? '')}`,
      ),
      keys: {},
    },
  ],
};

/** `undefined` for a call that is none of these. */
export async function deploymentAccesses(
  call: ApiCall,
  facts: ResourceFacts,
): Promise<readonly CheckedAccess[] | undefined> {
  return Object.hasOwn(ACCESSES, call.action) ? ACCESSES[call.action]?.(call, facts) : undefined;
}
