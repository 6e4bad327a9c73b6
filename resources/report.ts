import { s3Url } from '../lib/model/s3-place.ts';
import { type ReportPlace, reportPlaceOf } from '../lib/policy/report.ts';
import type { StackOptions } from '../lib/policy/stack-schema.ts';
import { getAtt, type Resources, ref, sub, type Value } from './cloudformation.ts';
import { optionsOf, type StackContext } from './context.ts';

/** What `report.publish` adds besides its function: the bucket, unless one that exists is named, and where the page is. */

const REPORT_BUCKET = 'ReportBucket';

/** The output of the stack that says where the page is, as `s3://BUCKET/KEY`. */
export const REPORT_OUTPUT = 'ReportPage';

/**
 * Each sweep puts a page that is whole, so older versions of it are worth nothing: the history is in the registry. What no sweep
 * renews any more goes by itself, because an old page is an all-clear that nobody gives.
 */
const KEPT_DAYS = 7;

function encryption({ keys }: StackOptions): Value {
  return {
    ServerSideEncryptionConfiguration: [
      keys.report === undefined
        ? { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }
        : {
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keys.report },
            BucketKeyEnabled: true,
          },
    ],
  };
}

/** It stays when the stack goes or no longer publishes: a bucket with something in it cannot be deleted by CloudFormation. */
export function reportBucket(context: StackContext): Resources {
  if (reportPlaceOf(context.policy)?.kind !== 'made') {
    return {};
  }
  return {
    [REPORT_BUCKET]: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: encryption(optionsOf(context)),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'OldPage',
              Status: 'Enabled',
              ExpirationInDays: KEPT_DAYS,
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
            },
          ],
        },
      },
    },
    [`${REPORT_BUCKET}Policy`]: {
      Type: 'AWS::S3::BucketPolicy',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        Bucket: ref(REPORT_BUCKET),
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'OnlyEncryptedInTransit',
              Effect: 'Deny',
              Principal: '*',
              Action: 's3:*',
              Resource: [getAtt(REPORT_BUCKET, 'Arn'), sub(`\${${REPORT_BUCKET}.Arn}/*`)],
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      },
    },
  };
}

function bucketArn(place: ReportPlace): string {
  return place.kind === 'made' ? `\${${REPORT_BUCKET}.Arn}` : `arn:\${AWS::Partition}:s3:::${place.bucket}`;
}

/** ARNs of the bucket, and of the page in it. */
export function reportArns({
  policy,
}: Pick<StackContext, 'policy'>): { readonly bucket: Value; readonly page: Value } | undefined {
  const place = reportPlaceOf(policy);
  return place === undefined
    ? undefined
    : { bucket: sub(bucketArn(place)), page: sub(`${bucketArn(place)}/${place.key}`) };
}

/** What the function finds in its environment; a bucket that exists is in the policy. */
export function reportEnvironment({ policy }: Pick<StackContext, 'policy'>): {
  readonly [name: string]: Value;
} {
  return reportPlaceOf(policy)?.kind === 'made' ? { REPORT_BUCKET: ref(REPORT_BUCKET) } : {};
}

/** The output that names the bucket, where the stack makes it: CloudFormation gives it its name. */
export const REPORT_BUCKET_OUTPUT = 'ReportBucketName';

export function reportOutputs({ policy }: Pick<StackContext, 'policy'>): {
  readonly [name: string]: { readonly Description: string; readonly Value: Value };
} {
  const place = reportPlaceOf(policy);
  if (place === undefined) {
    return {};
  }
  const Description = 'The page of the report, renewed by each sweep; peering report --url opens it';
  return place.kind === 'existing'
    ? { [REPORT_OUTPUT]: { Description, Value: s3Url(place) } }
    : {
        [REPORT_OUTPUT]: { Description, Value: sub(`s3://\${${REPORT_BUCKET}}/${place.key}`) },
        [REPORT_BUCKET_OUTPUT]: {
          Description: 'The bucket with the page of the report, which stays when the stack goes',
          Value: ref(REPORT_BUCKET),
        },
      };
}
