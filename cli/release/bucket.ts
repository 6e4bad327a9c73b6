import { createHash } from 'node:crypto';
import {
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import type { BucketFacts } from './bucket-access.ts';
import type { PackageObject } from './package.ts';

/** The central bucket: whether it will do, and what is put there. */

export interface BucketOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Account that has to own the bucket: a name alone may have become somebody else's. */
  readonly owner: string;
  readonly region: string;
}

/** @param owner the account that has to own it. */
export function bucketPlace(bucket: string, owner: string, region: string): BucketOptions {
  return { client: createClient(S3Client, { region }), bucket, owner, region };
}

export type Upload = 'uploaded' | 'there already' | 'missing';

export interface UploadedObject {
  readonly key: string;
  readonly bytes: number;
  readonly upload: Upload;
}

const ABSENT = new Set([
  'NotFound',
  'NoSuchKey',
  'NoSuchBucketPolicy',
  'ServerSideEncryptionConfigurationNotFoundError',
]);

function statusOf(error: unknown): number | undefined {
  const metadata: unknown = error instanceof Error ? Reflect.get(error, '$metadata') : undefined;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** S3's answer to a read that may not be allowed: what there is, `none`, or `unreadable`. */
async function readable<T>(read: () => Promise<T>): Promise<T | 'none' | 'unreadable'> {
  try {
    return await read();
  } catch (error) {
    if (ABSENT.has(classifyAwsError(error).code)) return 'none';
    if (statusOf(error) === 403) return 'unreadable';
    throw error;
  }
}

/** `GetBucketLocation` answers nothing for us-east-1, and EU for old buckets in eu-west-1. */
function regionOf(location: string | undefined): string {
  return location === undefined || location === '' ? 'us-east-1' : location === 'EU' ? 'eu-west-1' : location;
}

/**
 * Reads what decides whether every account can take its functions from the bucket.
 * @throws CliError when the bucket is missing, somebody else's, or in another Region.
 */
export async function readBucket({ client, bucket, owner, region }: BucketOptions): Promise<BucketFacts> {
  const named = { Bucket: bucket, ExpectedBucketOwner: owner };
  let location: string;
  try {
    location = regionOf((await client.send(new GetBucketLocationCommand(named))).LocationConstraint);
  } catch (error) {
    const { code, message } = classifyAwsError(error);
    if (code === 'NoSuchBucket' || statusOf(error) === 404) {
      throw new CliError(
        `There is no bucket ${shown(bucket, 80)}. Create it in ${region}: aws s3 mb s3://${shown(bucket, 80)} --region ${region}`,
        { cause: error },
      );
    }
    if (statusOf(error) === 403) {
      throw new CliError(
        `S3 refuses to let this caller see the bucket ${shown(bucket, 80)} of account ${owner}: ${shown(message, 200)}. The caller needs s3:GetBucketLocation; if the bucket is in another account, say which with --bucket-owner ACCOUNT.`,
        { cause: error },
      );
    }
    throw new AwsCallError('GetBucketLocation', region, bucket, error);
  }
  if (location !== region) {
    throw new CliError(
      `The bucket ${shown(bucket, 80)} is in ${location}, but Lambda takes code only from a bucket in its own Region, ${region}. Name a bucket in ${region}, or make ${location} the home Region with --region.`,
    );
  }
  const [policy, encryption] = await Promise.all([
    readable(async () => (await client.send(new GetBucketPolicyCommand(named))).Policy ?? 'none'),
    readable(
      async () =>
        (await client.send(new GetBucketEncryptionCommand(named))).ServerSideEncryptionConfiguration
          ?.Rules?.[0]?.ApplyServerSideEncryptionByDefault ?? 'none',
    ),
  ]);
  return {
    bucket,
    policy,
    kmsKey:
      typeof encryption === 'object' && encryption.SSEAlgorithm?.startsWith('aws:kms')
        ? (encryption.KMSMasterKeyID ?? 'alias/aws/s3')
        : undefined,
  };
}

/** Looks for the same content under this key. What cannot be seen counts as missing: writing it again changes nothing. */
async function isThere(
  { client, bucket, owner, region }: BucketOptions,
  { key, body }: PackageObject,
): Promise<boolean> {
  try {
    const { ChecksumSHA256, ContentLength } = await client.send(
      new HeadObjectCommand({
        Bucket: bucket,
        Key: key,
        ExpectedBucketOwner: owner,
        ChecksumMode: 'ENABLED',
      }),
    );
    return ContentLength === body.length && ChecksumSHA256 === checksum(body);
  } catch (error) {
    if (ABSENT.has(classifyAwsError(error).code) || statusOf(error) === 404 || statusOf(error) === 403) {
      return false;
    }
    throw new AwsCallError('HeadObject', region, `s3://${bucket}/${key}`, error);
  }
}

function checksum(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64');
}

/**
 * Puts what is not there yet into the bucket; S3 encrypts as the bucket says, and checks each checksum. An object whose
 * content is not what its name says is written again.
 *
 * @param writes `none` only looks.
 */
export async function publish(
  options: BucketOptions,
  objects: readonly PackageObject[],
  writes: 'none' | 'missing objects',
): Promise<UploadedObject[]> {
  const { client, bucket, owner, region } = options;
  return Promise.all(
    objects.map(async (object) => {
      const { key, body } = object;
      const done = (upload: Upload): UploadedObject => ({ key, bytes: body.length, upload });
      if (await isThere(options, object)) return done('there already');
      if (writes === 'none') return done('missing');
      try {
        await client.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ExpectedBucketOwner: owner,
            ContentType: key.endsWith('.json') ? 'application/json' : 'application/zip',
            ChecksumAlgorithm: 'SHA256',
            ChecksumSHA256: checksum(body),
          }),
        );
      } catch (error) {
        throw new AwsCallError('PutObject', region, `s3://${bucket}/${key}`, error);
      }
      return done('uploaded');
    }),
  );
}
