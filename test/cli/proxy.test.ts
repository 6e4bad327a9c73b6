import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { type BuiltCommand, builtCommand } from './support/command.ts';

/** A network in which AWS is reached by a proxy alone: the name of the service leads nowhere. */

const SERVICE = 'aws.invalid';
const POLICY = join(__dirname, '../../local/tutorial/policy.yml');

let command: BuiltCommand;
let service: Server;
let proxy: Server;
/** What the proxy was asked to connect to. */
const asked: string[] = [];
/** The calls that came to AWS. */
const calls: string[] = [];

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listening = (server: Server) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));

beforeAll(async () => {
  command = await builtCommand();
  service = createServer((request, response) => {
    calls.push(request.headers['user-agent'] ?? '');
    response.writeHead(403, { 'content-type': 'text/xml' });
    response.end(
      '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not here</Message></Error></ErrorResponse>',
    );
  });
  proxy = createServer();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const onward = connect(portOf(service), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on('error', () => end.destroy());
  });
  await Promise.all([listening(service), listening(proxy)]);
});

afterAll(async () => {
  for (const server of [service, proxy]) {
    server?.closeAllConnections();
    server?.close();
  }
  await command?.remove();
});

function status(env: Readonly<Record<string, string>>) {
  return command.run(['status', '--policy', POLICY], {
    env: {
      AWS_ENDPOINT_URL: `http://${SERVICE}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      HTTP_PROXY: `http://127.0.0.1:${portOf(proxy)}`,
      ...env,
    },
  });
}

beforeEach(() => {
  asked.length = 0;
  calls.length = 0;
});

it('the command goes by the proxy that the environment names', async () => {
  const { code, stderr } = await status({});
  expect(new Set(asked)).toEqual(new Set([`${SERVICE}:80`]));
  expect(calls.length).toBeGreaterThan(0);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('not here') });
});

it('and not where NO_PROXY names the service', async () => {
  const { code } = await status({ NO_PROXY: SERVICE });
  expect([code, asked, calls]).toEqual([1, [], []]);
});

it('a proxy that is not there is named by the variable that names it', async () => {
  const { code, stderr } = await status({ HTTP_PROXY: 'http://127.0.0.1:1' });
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('HTTP_PROXY names a proxy: is it there, and does NO_PROXY leave out'),
  });
});
