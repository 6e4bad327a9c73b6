import {
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { CliError } from '../errors.ts';
import type { PublishPlace } from './publish-place.ts';

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
      throw new CliError(
        `There is no bucket ${named.Bucket}. Create one that is private and encrypted, as new buckets are: aws s3 mb s3://${named.Bucket}`,
        { cause: error },
      );
    }
    throw new AwsCallError('GetPublicAccessBlock', region, `bucket ${named.Bucket}`, error);
  }
}

/**
 * Puts the page into a bucket of this account that blocks all public access: it tells what leads where in the network. S3
 * encrypts it as the bucket says.
 *
 * @param owner the account that has to own the bucket: a name alone may have become somebody else's.
 * @throws CliError when the bucket is missing or could be opened to the public.
 * @throws AwsCallError
 */
export async function publish(
  html: string,
  { bucket, key }: PublishPlace,
  { owner, region }: { readonly owner: string; readonly region: string },
): Promise<void> {
  const client = createClient(AnyRegionS3Client, { region });
  const named = { Bucket: bucket, ExpectedBucketOwner: owner };
  const block = await readBlock(client, region, named);
  const open = BLOCKS.filter((name) => block[name] !== true);
  if (open.length > 0) {
    throw new CliError(
      `The bucket ${bucket} does not block all public access (${open.join(', ')}), and the page tells what leads where in your network. ` +
        `Block it: aws s3api put-public-access-block --bucket ${bucket} --public-access-block-configuration ${BLOCKS.map((name) => `${name}=true`).join()}`,
    );
  }
  try {
    await client.send(
      new PutObjectCommand({
        ...named,
        Key: key,
        Body: html,
        ContentType: 'text/html; charset=utf-8',
        CacheControl: 'no-store',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
  } catch (error) {
    throw new AwsCallError('PutObject', region, `s3://${bucket}/${key}`, error);
  }
}
