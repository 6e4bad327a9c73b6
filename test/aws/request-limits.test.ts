import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { createClients } from '../../lib/aws/clients.ts';
import { REQUEST_LIMITS } from '../../lib/aws/request-limits.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';

let server: Server;

beforeEach(async () => {
  // Taken and never answered: what a connection that died silently looks like.
  server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a call that is never answered', () => {
  it('is given up after each attempt, as an error after which the state is read again', async () => {
    const sns = new SNSClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 2,
      requestHandler: { ...REQUEST_LIMITS, requestTimeout: 50 },
    });
    const error = await sns.send(new PublishCommand({ TopicArn: 'arn', Message: 'm' })).catch((e) => e);
    sns.destroy();
    expect(classifyAwsError(error).kind).toBe('transient');
    expect(error.$metadata.attempts).toBe(2);
  });
});

describe('SDK clients', () => {
  const root = join(__dirname, '../..');
  // The first makes them. The second keeps its own until it is written anew, and answers of a snapshot need no limits.
  const makers = ['lib/aws/clients.ts', 'lib/aws/state.ts', 'cli/source/'];
  const files = ['lib', 'cli', 'handlers'].flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .map((file) => join(directory, file))
      .filter((file) => file.endsWith('.ts') && !makers.some((maker) => file.startsWith(maker))),
  );

  it('are made in one place, which gives each its limits', () => {
    const makingOwn = files.filter((file) => /new \w+Client\(/.test(readFileSync(join(root, file), 'utf8')));
    expect(makingOwn).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });

  it('are made once for each service and Region, when first asked for', () => {
    const made: unknown[] = [];
    class Service {
      constructor(settings: unknown) {
        made.push(settings);
      }
    }
    class Other extends Service {}
    const clients = createClients();
    expect(made).toEqual([]);
    expect(clients.of(Service, 'eu-west-1')).toBe(clients.of(Service, 'eu-west-1'));
    expect(clients.of(Service)).toBe(clients.of(Service));
    expect(clients.of(Other, 'eu-west-1')).toBeInstanceOf(Other);
    const limits = { maxAttempts: 3, requestHandler: REQUEST_LIMITS };
    expect(made).toEqual([{ region: 'eu-west-1', ...limits }, limits, { region: 'eu-west-1', ...limits }]);
  });
});
