import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { REQUEST_LIMITS } from '../../lib/aws/request-limits.ts';
import { classifyAwsError } from '../../lib/ports/aws-error.ts';

let server: Server;
let requests = 0;

beforeEach(async () => {
  requests = 0;
  server = createServer(() => {
    // Taken and never answered: what a connection that died silently looks like.
    requests += 1;
  });
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
    expect(requests).toBe(2);
  });
});

describe('the clients of the functions', () => {
  const directory = join(__dirname, '../../lib/aws');
  const made = readdirSync(directory).flatMap((file) =>
    [...readFileSync(join(directory, file), 'utf8').matchAll(/new \w+Client\([^)]*\)/g)].map(
      ([text]) => text,
    ),
  );

  it.each(made)('%s has limits', (text) => {
    expect(text).toContain('requestHandler: REQUEST_LIMITS');
  });

  it('are all looked at', () => {
    expect(made.length).toBeGreaterThanOrEqual(6);
  });
});
