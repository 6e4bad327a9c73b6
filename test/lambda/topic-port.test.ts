import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Notification } from '../../lib/model/notification.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { Journal } from '../../lib/ports/journal.ts';
import { policyOf } from '../support/fixtures.ts';

/** Which topic a function publishes a message on, as the policy says and the stack has it in the environment. */

const ON_CALL = 'arn:aws:sns:us-east-1:444455556666:on-call';
const arn = (name: string) => `arn:aws:sns:us-east-1:111111111111:${name}`;

const published: string[] = [];
let server: Server;
let topicPort: (policy: Policy, journal: Journal) => { topic: { notify(of: Notification): Promise<void> } };
const logged: unknown[] = [];
const journal = {
  info: (...entry: unknown[]) => void logged.push(entry),
  error: (...entry: unknown[]) => void logged.push(entry),
  metric: () => undefined,
} as unknown as Journal;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      published.push(new URLSearchParams(body).get('TopicArn')?.split(':').at(-1) ?? '');
      response.setHeader('content-type', 'text/xml');
      response.end(
        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    RUNBOOKS: 'docs/runbooks',
    TOPIC_ARN: arn('own'),
    NOTICE_TOPIC_ARN: arn('notices'),
    CHAT_TOPIC_ARN: arn('chat'),
    CHAT_ACTION_GROUP: 'group',
  });
  ({ topicPort } = await import('../../lib/lambda/filled-ports.ts'));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function told(notify: Record<string, unknown>, severity: Notification['severity']): Promise<string[]> {
  published.length = 0;
  const { topic } = topicPort(policyOf({ notify }), journal);
  await topic.notify({ severity, subject: 'subject', message: 'message\n' });
  return [...published];
}

it.each<[Record<string, unknown>, string[], string[]]>([
  [{}, ['own'], ['own']],
  [{ emails: ['a@example.com'], chat: 'messages' }, ['own', 'chat'], ['own', 'chat']],
  [{ topic: ON_CALL }, ['on-call'], ['on-call']],
  [{ emails: ['a@x.com'], action: { topic: ON_CALL, chat: 'buttons' } }, ['on-call', 'chat'], ['own']],
  [{ emails: ['a@x.com'], notice: { emails: ['b@x.com'] } }, ['own'], ['notices']],
  [{ action: { emails: ['a@x.com'] }, notice: { chat: 'messages' } }, ['own'], ['chat']],
  [{ action: { chat: 'buttons' }, notice: 'events' }, ['chat'], []],
])('%j', async (notify, action, notice) => {
  expect([await told(notify, 'action'), await told(notify, 'notice')]).toEqual([action, notice]);
});

it('logs the subject of what goes to nobody', async () => {
  logged.length = 0;
  await told({ action: 'events' }, 'action');
  expect(logged).toEqual([['told nobody, as the policy says', { severity: 'action', subject: 'subject' }]]);
});
