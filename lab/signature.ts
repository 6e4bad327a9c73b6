import type { IncomingHttpHeaders } from 'node:http';

/** What the signature of a request tells: the credential scope of Signature Version 4. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** Names that moto and this lab know a service by, where clients sign with another. */
const SERVICE_ALIASES: Readonly<Record<string, string>> = { eventbridge: 'events', cloudwatch: 'monitoring' };

/** Reads `<key>/<date>/<region>/<service>/aws4_request`; `undefined` when it is nothing of the kind. */
function parseCredential(credential: string): Signature | undefined {
  const [accessKeyId, , region, service, terminator] = credential.split('/');
  if (!accessKeyId || !region || !service || terminator !== 'aws4_request') {
    return undefined;
  }
  return { accessKeyId, region, service: SERVICE_ALIASES[service] ?? service };
}

/** The signature in the `Authorization` header or, for a presigned URL, in the query. It is not verified. */
export function readSignature(headers: IncomingHttpHeaders, query: string): Signature | undefined {
  const inHeader = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const credential = inHeader ?? new URLSearchParams(query).get('X-Amz-Credential');
  return credential ? parseCredential(credential) : undefined;
}

/** A header that names the scope to moto, which does not verify it. */
export function unverifiedAuthorization({ accessKeyId, region, service }: Signature): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20200101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}
