import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { MotoClients } from './clients.ts';
import type { Place } from './types.ts';

/** `https://s3.<region>.amazonaws.com/<bucket>/<key>`, `https://<bucket>.s3…/<key>`, or a path on this machine. */
function objectAt(url: string): { readonly Bucket: string; readonly Key: string } {
  const { hostname, pathname } = new URL(url);
  const path = decodeURIComponent(pathname.slice(1));
  const bucket = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  const slash = path.indexOf('/');
  return bucket === undefined
    ? { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) }
    : { Bucket: bucket, Key: path };
}

/** The template that a call to CloudFormation brings along: in itself, or as an object in S3. */
export async function templateBodyOf(
  clients: MotoClients,
  place: Place,
  source: { readonly url: string | null | undefined; readonly body: string | null | undefined },
): Promise<string | undefined> {
  if (!source.url) {
    return source.body ?? undefined;
  }
  const { Body } = await clients.s3(place).send(new GetObjectCommand(objectAt(source.url)));
  return Body?.transformToString();
}
