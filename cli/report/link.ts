import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { type S3Place, s3Url } from '../../lib/model/s3-place.ts';
import { CliError } from '../errors.ts';

/** A link to the page that the stack keeps, which opens it without credentials, for a short time. */

/** A link is as good as the page: whoever has it reads. Long enough to open it. */
const LINK_MINUTES = 15;

export interface PageLink {
  readonly url: string;
  /** When the page was put there. */
  readonly made: Date | undefined;
  readonly until: Date;
}

type Request = Parameters<SignatureV4['presign']>[0];

/** Where S3 says that the bucket is, if that is another Region. */
function otherRegion(error: unknown): string | undefined {
  const response: unknown = error instanceof Error ? Reflect.get(error, '$response') : undefined;
  const headers: unknown =
    typeof response === 'object' && response !== null ? Reflect.get(response, 'headers') : undefined;
  const region: unknown =
    typeof headers === 'object' && headers !== null ? Reflect.get(headers, 'x-amz-bucket-region') : undefined;
  return typeof region === 'string' ? region : undefined;
}

async function lookAt(
  place: S3Place,
  { owner, region }: { readonly owner: string; readonly region: string },
): Promise<{ readonly client: S3Client; readonly region: string; readonly head: HeadObjectCommandOutput }> {
  const client = createClient(S3Client, { region });
  try {
    const { bucket: Bucket, key: Key } = place;
    const head = await client.send(new HeadObjectCommand({ Bucket, Key, ExpectedBucketOwner: owner }));
    return { client, region, head };
  } catch (error) {
    const other = otherRegion(error);
    if (other !== undefined && other !== region) {
      return lookAt(place, { owner, region: other });
    }
    // Who may not list the bucket is told that a missing page is forbidden.
    if (
      classifyAwsError(error).kind === 'not-found' ||
      ['NotFound', 'NoSuchKey'].includes(classifyAwsError(error).code)
    ) {
      throw new CliError(
        `There is no page at ${s3Url(place)} yet. The first sweep after the deployment puts it there, a minute after it began; if that is over, run peering doctor.`,
        { cause: error },
      );
    }
    throw new AwsCallError('GetObject', region, s3Url(place), error);
  }
}

/** The call as the SDK would send it, unsigned; it is not sent. */
async function requestOf(client: S3Client, command: GetObjectCommand): Promise<Request> {
  let request: Request | undefined;
  command.middlewareStack.add(
    () => async (args) => {
      request = args.request as Request;
      return { response: {}, output: { $metadata: {} } };
    },
    { step: 'finalizeRequest', priority: 'high', name: 'notSent' },
  );
  await client.send(command);
  if (request === undefined) {
    throw new Error('The SDK made no request for GetObject.');
  }
  return request;
}

function textOf({ protocol, hostname, port, path, query }: Request): string {
  const asked = Object.entries(query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}?${asked}`;
}

/**
 * @param owner the account that has to own the bucket.
 * @param region where the bucket is expected.
 * @throws CliError when there is no page.
 * @throws AwsCallError
 */
export async function linkTo(
  place: S3Place,
  where: { readonly owner: string; readonly region: string },
  now: Date,
): Promise<PageLink> {
  const { client, region, head } = await lookAt(place, where);
  const request = await requestOf(client, new GetObjectCommand({ Bucket: place.bucket, Key: place.key }));
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: client.config.credentials,
    sha256: client.config.sha256,
    // S3 alone signs a path as it is.
    uriEscapePath: false,
  });
  // Whoever opens the link sends no header of S3.
  request.headers = {
    host: request.headers.host ?? request.hostname,
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
  };
  const signed = await signer.presign(request, { expiresIn: LINK_MINUTES * 60, signingDate: now });
  return {
    url: textOf(signed),
    made: head.LastModified,
    until: new Date(now.getTime() + LINK_MINUTES * 60_000),
  };
}
