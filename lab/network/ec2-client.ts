import { Readable } from 'node:stream';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { LabContext, Place } from '../types.ts';
import type { Ec2At } from './load.ts';

/** The part of an SDK's HTTP request that matters here. */
interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** EC2's requests are forms: text. */
  readonly body?: string;
}

/** Headers that the lab's call sets by itself. */
const OWN_HEADERS = new Set(['host', 'authorization', 'content-length', 'x-amz-security-token']);

function handlerFor(call: LabContext['call'], place: Place) {
  return {
    async handle({ method, path, headers, body }: SentRequest) {
      const answer = await call({
        service: 'ec2',
        ...place,
        method,
        path,
        headers: Object.fromEntries(
          Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())),
        ),
        body: body ?? '',
      });
      return {
        response: {
          statusCode: answer.status,
          headers: { ...answer.headers },
          body: Readable.from([answer.body]),
        },
      };
    },
  };
}

/** EC2 clients whose requests go through the lab's own calls instead of the network. */
export function ec2Through(call: LabContext['call']): Ec2At {
  const clients = new Map<string, EC2Client>();
  return (place) => {
    const key = `${place.accountId}/${place.region}`;
    const known = clients.get(key);
    if (known !== undefined) {
      return known;
    }
    const { accountId, region } = place;
    const client = new EC2Client({
      region,
      endpoint: 'http://127.0.0.1',
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
      requestHandler: handlerFor(call, { accountId, region }),
    });
    clients.set(key, client);
    return client;
  };
}
