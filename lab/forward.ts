import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { urlSuffixOf } from './partitions.ts';
import { accountNamedBy, rootUser } from './principals.ts';
import { unverifiedAuthorization } from './signature.ts';
import type { Forward, LabCall, LabRequest, LabResponse } from './types.ts';

/** Headers that belong to one connection and not to the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
  'expect',
]);

export function flattenHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) {
      flat[name] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return flat;
}

const S3_REQUEST_ID = 'x-amz-request-id';

/** moto leaves it out of answers without a body, such as those to HeadObject. */
function withRequestId(response: LabResponse): LabResponse {
  return response.headers[S3_REQUEST_ID] === undefined
    ? { ...response, headers: { ...response.headers, [S3_REQUEST_ID]: randomUUID() } }
    : response;
}

/** The last layer: moto. */
export interface MotoPort {
  readonly forward: Forward;
  call(call: LabCall): Promise<LabResponse>;
}

type Outgoing = Pick<LabRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>;

export function createMotoPort(motoUrl: string): MotoPort {
  const { hostname, port, pathname } = new URL(motoUrl);
  const base = pathname.replace(/\/$/, '');
  const agent = new Agent({ keepAlive: true });

  function send({ method, path, query, headers, body }: Outgoing): Promise<LabResponse> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          agent,
          hostname,
          port,
          method,
          path: `${base}${path}${query === '' ? '' : `?${query}`}`,
          headers: { ...headers, 'content-length': String(body.length) },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.once('error', reject);
          answer.once('end', () =>
            resolve({
              status: answer.statusCode ?? 500,
              headers: flattenHeaders(answer.headers),
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  return {
    async forward(request) {
      const account = accountNamedBy(request.accessKeyId);
      // moto knows the keys that it gave out; an account named by the key itself has to be said.
      const headers = account ? { ...request.headers, 'x-moto-account-id': account } : request.headers;
      const answer = await send({ ...request, headers });
      return request.service === 's3' ? withRequestId(answer) : answer;
    },
    call: (call) => send(administratorRequest(call)),
  };
}

/** A call of the lab itself as an overlay sees it: made by the account's administrator. */
export function administratorRequest({
  service,
  region,
  accountId,
  method = 'POST',
  path = '/',
  query = '',
  headers,
  body = '',
}: LabCall): LabRequest {
  const accessKeyId = 'lab';
  return {
    method,
    path,
    query,
    body: typeof body === 'string' ? Buffer.from(body) : body,
    headers: {
      host: `${service}.${region}.${urlSuffixOf(region)}`,
      authorization: unverifiedAuthorization({ accessKeyId, region, service }),
      'x-moto-account-id': accountId,
      ...headers,
    },
    service,
    region,
    accountId,
    accessKeyId,
    principal: rootUser({ accountId, region }, accessKeyId),
  };
}
