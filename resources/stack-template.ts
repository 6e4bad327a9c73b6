import type { Resource, Resources, Value } from './cloudformation.ts';
import { SERVICE, type StackContext } from './context.ts';
import { type CodeLocation, functionResources } from './function-resources.ts';
import type { FunctionName } from './functions.ts';
import { resources } from './index.ts';

/** The whole stack as one CloudFormation template, for whoever deploys it without the serverless framework. Pure. */

export interface TemplateOutput {
  readonly Description?: string;
  readonly Value: Value;
  readonly Export?: { readonly Name: string };
}

export interface StackTemplate {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  readonly Metadata?: { readonly [key: string]: Value };
  readonly Parameters?: { readonly [name: string]: { readonly [key: string]: Value } };
  readonly Resources: Resources;
  readonly Outputs: { readonly [name: string]: TemplateOutput };
}

/** Where the template has the compiled policy, for whoever asks an account what it runs. */
export const POLICY_METADATA = 'PeeringPolicy';

/** The bucket for the code: the framework's own name for it, so that either tool goes on with a stack of the other. */
export const CODE_BUCKET = 'ServerlessDeploymentBucket';

/** With the framework's own wording: what is the same changes nothing. */
function bucketResources(): Resources {
  const arn = (behind: string): Value => ({
    'Fn::Join': [
      '',
      ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', { Ref: CODE_BUCKET }, ...(behind ? [behind] : [])],
    ],
  });
  return {
    [CODE_BUCKET]: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
      },
    },
    [`${CODE_BUCKET}Policy`]: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: CODE_BUCKET },
        PolicyDocument: {
          Statement: [
            {
              Action: 's3:*',
              Effect: 'Deny',
              Principal: '*',
              Resource: [arn('/*'), arn('')],
              Condition: { Bool: { 'aws:SecureTransport': false } },
            },
          ],
        },
      },
    },
  };
}

/** The resources that the framework would make, with what the options add to them. */
function extended(made: Resources, extensions: ReturnType<typeof resources>['extensions']): Resources {
  return Object.fromEntries(
    Object.entries(made).map(([id, resource]): [string, Resource] => {
      const { Properties: more = {}, ...attributes } = extensions[id] ?? {};
      return [id, { ...resource, ...attributes, Properties: { ...resource.Properties, ...more } }];
    }),
  );
}

/** Whose bucket holds the functions: one that the stack makes itself, or one that is there and that a parameter names. */
export type CodeBucket =
  | { readonly kind: 'own' }
  /** @property name the parameter's default; left out: whoever deploys names it. */
  | { readonly kind: 'parameter'; readonly name?: string };

export const BUCKET_PARAMETER = 'CodeBucket';

export interface TemplateInput {
  readonly context: StackContext;
  /** Keys of the zips in the bucket. */
  readonly codeKeys: ReadonlyMap<FunctionName, string>;
  readonly bucket: CodeBucket;
}

function keyOf(name: FunctionName, keys: ReadonlyMap<FunctionName, string>): string {
  const key = keys.get(name);
  if (key === undefined) {
    throw new Error(`The function ${name} has no code.`);
  }
  return key;
}

function bucketParameter({
  name,
}: Extract<CodeBucket, { kind: 'parameter' }>): NonNullable<StackTemplate['Parameters']> {
  return {
    [BUCKET_PARAMETER]: {
      Type: 'String',
      Description: 'Bucket with the functions, in the Region of the stack and readable by whoever deploys it',
      MinLength: 3,
      MaxLength: 63,
      ...(name === undefined ? {} : { Default: name }),
    },
  };
}

function bucketOutput(stage: string): StackTemplate['Outputs'] {
  return {
    [`${CODE_BUCKET}Name`]: {
      Value: { Ref: CODE_BUCKET },
      Export: { Name: `sls-${SERVICE}-${stage}-${CODE_BUCKET}Name` },
    },
  };
}

/** The template of a policy's stack. */
export function stackTemplate({ context, codeKeys, bucket }: TemplateInput): StackTemplate {
  const around = resources(context);
  const location = (name: FunctionName): CodeLocation => ({
    S3Bucket: { Ref: bucket.kind === 'own' ? CODE_BUCKET : BUCKET_PARAMETER },
    S3Key: keyOf(name, codeKeys),
  });
  const made = {
    ...(bucket.kind === 'own' ? bucketResources() : {}),
    ...functionResources(context, location),
  };
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${SERVICE}, stage ${context.stage}: accepts VPC peerings by policy and keeps their routes`,
    Metadata: { [POLICY_METADATA]: context.policy as unknown as Value },
    ...(bucket.kind === 'own' ? {} : { Parameters: bucketParameter(bucket) }),
    Resources: { ...extended(made, around.extensions), ...around.Resources },
    Outputs: { ...(bucket.kind === 'own' ? bucketOutput(context.stage) : {}), ...around.Outputs },
  };
}

/** What the first deployment makes before all else: the bucket, so that the code has a place. */
export function bucketTemplate(context: StackContext): StackTemplate {
  const { extensions } = resources(context);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${SERVICE}, stage ${context.stage}: the bucket for its functions; the deployment goes on`,
    Resources: extended(bucketResources(), extensions),
    Outputs: bucketOutput(context.stage),
  };
}
