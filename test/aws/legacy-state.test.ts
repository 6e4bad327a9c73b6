import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLegacyState } from '../../lib/aws/legacy-state.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';

interface Asked {
  readonly Path: string;
  readonly Recursive: boolean;
  readonly WithDecryption: boolean;
  readonly NextToken?: string;
}

/** SSM with parameters of an older version, one on each page. */
const PARAMETERS: Readonly<Record<string, string>> = {
  '/product/prod/repairs/us-east-1': '1 a',
  '/product/prod/repairs/us-east-10': '1 b',
  '/product/prod/told/eu-west-1': '1 c',
  '/product/prod/lost/us-east-1/pcx-1/10.2.1.5': '1 d',
  '/product/prod/lost/us-east-1/pcx-1/fd00__5': '1 e',
  '/product/prod/lost/us-east-10/pcx-1/10.2.1.5': '1 f',
  '/product/prod/peer/us-east-1/pcx-1': '{}',
};
let refusal: string | undefined;
const asked: Asked[] = [];
let server: Server;
const environment = { ...process.env };

function answer({ Path, NextToken = '0' }: Asked) {
  const found = Object.entries(PARAMETERS).filter(([name]) => name.startsWith(`${Path}/`));
  const at = Number(NextToken);
  return {
    Parameters: found.slice(at, at + 1).map(([Name, Value]) => ({ Name, Value, Type: 'String' })),
    ...(at + 1 < found.length ? { NextToken: String(at + 1) } : {}),
  };
}

beforeEach(async () => {
  refusal = undefined;
  asked.length = 0;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const given = JSON.parse(body) as Asked;
      asked.push(given);
      response.writeHead(refusal === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(
        JSON.stringify(refusal === undefined ? answer(given) : { __type: refusal, message: 'no' }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});

afterEach(async () => {
  process.env = { ...environment };
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const legacy = () => createLegacyState('/product/prod', 'us-east-1');

it('what an older version remembered is read, of one Region, over all pages, nothing decrypted', async () => {
  expect(await legacy().read('us-east-1')).toEqual({
    repairs: '1 a',
    lost: new Map([
      ['pcx-1/10.2.1.5', '1 d'],
      ['pcx-1/fd00__5', '1 e'],
    ]),
    peer: new Map([['pcx-1', '{}']]),
  });
  expect(asked.every(({ Recursive, WithDecryption }) => Recursive && !WithDecryption)).toBe(true);
});

it('a Region of which nothing was remembered is empty', async () => {
  expect(await legacy().read('eu-north-1')).toEqual({ lost: new Map(), peer: new Map() });
});

it('a refusal names the path', async () => {
  refusal = 'AccessDeniedException';
  const error: unknown = await legacy()
    .read('us-east-1')
    .catch((each: unknown) => each);
  expect(classifyAwsError(error).kind).toBe('denied');
  expect(String(error)).toContain('GetParametersByPath of /product/prod/repairs');
});
