import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { urlSuffixOf } from '../lib/policy/regions.ts';
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
    forward(request) {
      const account = accountNamedBy(request.accessKeyId);
      // moto knows the keys that it gave out; an account named by the key itself has to be said.
      const headers = account ? { ...request.headers, 'x-moto-account-id': account } : request.headers;
      return send({ ...request, headers });
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
