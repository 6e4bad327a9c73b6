import {
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { classifyAwsError } from '../model/aws-error.ts';
import { type S3Place, s3Url } from '../model/s3-place.ts';
import type { ReportStore } from '../ports/report-store.ts';
import { AwsCallError, namingCall } from './call-error.ts';
import { createClient } from './clients.ts';

/** The bucket will not do. The message is one line for people: what is wrong with it, and what to do. */
class ReportBucketError extends Error {
  override readonly name = 'ReportBucketError';
}

/** The bucket may be in any Region. */
class AnyRegionS3Client extends S3Client {
  constructor(settings: S3ClientConfig) {
    super({ ...settings, followRegionRedirects: true });
  }
}

const BLOCKS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

async function readBlock(
  client: S3Client,
  region: string,
  named: { readonly Bucket: string; readonly ExpectedBucketOwner: string },
): Promise<PublicAccessBlockConfiguration> {
  try {
    const answer = await client.send(new GetPublicAccessBlockCommand(named));
    return answer.PublicAccessBlockConfiguration ?? {};
  } catch (error) {
    const { code } = classifyAwsError(error);
    if (code === 'NoSuchPublicAccessBlockConfiguration') return {};
    if (code === 'NoSuchBucket') {
      throw new ReportBucketError(
        `There is no bucket ${named.Bucket}. Create one that is private and encrypted, as new buckets are: aws s3 mb s3://${named.Bucket}`,
        { cause: error },
      );
    }
    throw new AwsCallError('GetPublicAccessBlock', region, `bucket ${named.Bucket}`, error);
  }
}

/**
 * Keeps the page in a bucket that blocks all public access: it tells what leads where in the network. That is looked at each time,
 * because somebody may have opened the bucket since. S3 encrypts the page as the bucket says.
 *
 * @param region of the calls; the bucket may be in another one.
 */
export function createReportBucket(place: S3Place, region: string): ReportStore {
  const { bucket, key } = place;
  const client = createClient(AnyRegionS3Client, { region });
  return {
    async publish(html, owner) {
      const named = { Bucket: bucket, ExpectedBucketOwner: owner };
      const block = await readBlock(client, region, named);
      const open = BLOCKS.filter((name) => block[name] !== true);
      if (open.length > 0) {
        throw new ReportBucketError(
          `The bucket ${bucket} does not block all public access (${open.join(', ')}), and the page tells what leads where in your network. ` +
            `Block it: aws s3api put-public-access-block --bucket ${bucket} --public-access-block-configuration ${BLOCKS.map((name) => `${name}=true`).join()}`,
        );
      }
      await namingCall('PutObject', region, s3Url(place), () =>
        client.send(
          new PutObjectCommand({
            ...named,
            Key: key,
            Body: html,
            ContentType: 'text/html; charset=utf-8',
            CacheControl: 'no-store',
            ChecksumAlgorithm: 'SHA256',
          }),
        ),
      );
      return s3Url(place);
    },
  };
}
