import { DeleteObjectsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { AwsCallError, namingCall } from '../../lib/aws/call-error.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { CliError } from '../errors.ts';
import type { BucketOptions } from './bucket.ts';

interface Version {
  readonly Key: string;
  readonly VersionId?: string;
}

async function remove(
  client: S3Client,
  { bucket, owner, region }: BucketOptions,
  versions: readonly Version[],
): Promise<void> {
  const { Errors = [] } = await namingCall('DeleteObjects', region, `s3://${bucket}`, () =>
    client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        ExpectedBucketOwner: owner,
        Delete: { Objects: [...versions], Quiet: true },
      }),
    ),
  );
  const [first] = Errors;
  if (first !== undefined) {
    throw new CliError(
      `${Errors.length} objects of the bucket ${bucket} could not be deleted: ${first.Key}: ${first.Message}. Empty it, then run this again.`,
    );
  }
}

/** The first page; what was deleted is not on the next one any more. Nothing of a bucket that is gone. */
async function someVersions(client: S3Client, { bucket, owner, region }: BucketOptions): Promise<Version[]> {
  try {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, ExpectedBucketOwner: owner }),
    );
    return [...Versions, ...DeleteMarkers].flatMap(({ Key, VersionId }): Version[] =>
      Key === undefined ? [] : [{ Key, ...(VersionId === undefined ? {} : { VersionId }) }],
    );
  } catch (error) {
    if (classifyAwsError(error).code === 'NoSuchBucket') {
      return [];
    }
    throw new AwsCallError('ListObjectVersions', region, `s3://${bucket}`, error);
  }
}

/** Deletes every version of every object. */
export async function emptyBucket(options: BucketOptions): Promise<void> {
  const { client } = options;
  for (let versions = await someVersions(client, options); versions.length > 0; ) {
    await remove(client, options, versions);
    versions = await someVersions(client, options);
  }
}
