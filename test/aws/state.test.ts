import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createStateStore } from '../../lib/aws/state.ts';

/** SSM that knows no parameter, and says so with this code. */
let code: string;
let server: Server;
const environment = { ...process.env };

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: code, message: 'not there' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});

afterEach(async () => {
  process.env = { ...environment };
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const store = () => createStateStore('/product/prod', 'us-east-1');

describe('state that SSM does not hold', () => {
  it('is absent, and forgotten already', async () => {
    code = 'ParameterNotFound';
    expect(await store().read('lost', 'a')).toBeUndefined();
    await expect(store().forget('lost', 'a')).resolves.toBeUndefined();
  });

  it('is not taken for absent when something else was not found', async () => {
    code = 'ResourceNotFoundException';
    await expect(store().read('lost', 'a')).rejects.toThrow('GetParameter');
    await expect(store().forget('lost', 'a')).rejects.toThrow('DeleteParameter');
  });
});
