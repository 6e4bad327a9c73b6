import { recipientChecks, type SeenTopic } from '../../cli/doctor/recipients.ts';

/** What doctor says of who gets what the stack tells. */

const REGION = 'us-east-1';
const ARN = 'arn:aws:sns:us-east-1:123456789012:peering-NotificationTopic-1A2B';
const [A, B] = ['a@example.com', 'b@example.com'];

const confirmed = (Endpoint: string) => ({ Endpoint, Protocol: 'email', SubscriptionArn: `${ARN}:1-2-3` });
const pending = (Endpoint: string) => ({ ...confirmed(Endpoint), SubscriptionArn: 'PendingConfirmation' });
const deleted = (Endpoint: string) => ({ ...confirmed(Endpoint), SubscriptionArn: 'Deleted' });

function checks(
  emails: readonly string[],
  subscriptions: SeenTopic['subscriptions'],
  chat: 'tells chat' | 'no chat' = 'no chat',
) {
  return recipientChecks(REGION, { arn: ARN, tells: { by: 'mail', emails }, subscriptions }, chat);
}

it('passes where everybody whom the policy names has confirmed, however they are written', () => {
  expect(checks([A, B], [confirmed('A@Example.com'), confirmed(B)])).toEqual([
    expect.objectContaining({
      area: 'recipients',
      region: REGION,
      result: 'pass',
      says: expect.stringContaining('2 confirmed and 0 pending'),
    }),
  ]);
});

it('fails where nobody has confirmed although the policy names somebody, and says which mail to open', () => {
  expect(checks([A], [pending(A)])).toEqual([
    expect.objectContaining({
      result: 'fail',
      says: expect.stringMatching(
        /0 confirmed and 1 pending subscription, so nobody is told there\. Not confirmed yet: a@example\.com\.$/,
      ),
      remedy: expect.stringMatching(
        /^Have a@example\.com open the mail "AWS Notification - Subscription Confirmation".*--topic-arn arn:aws:sns:\S+ --protocol email --notification-endpoint a@example\.com/,
      ),
    }),
  ]);
});

it.each([
  ['is pending', [confirmed(B), pending(A)], 'Not confirmed yet: a@example.com.'],
  ['has unsubscribed', [confirmed(B), deleted(A)], 'Not subscribed, or not any more: a@example.com.'],
  ['was forgotten by SNS', [confirmed(B)], 'Not subscribed, or not any more: a@example.com.'],
])('warns where one of several %s', (_, subscriptions, says) => {
  expect(checks([A, B], subscriptions)).toEqual([
    expect.objectContaining({ result: 'warn', says: expect.stringContaining(says) }),
  ]);
});

it('warns where the policy names nobody and nobody has subscribed', () => {
  expect(checks([], [])).toEqual([
    expect.objectContaining({
      result: 'warn',
      says: expect.stringContaining('nobody is told'),
      remedy: expect.stringContaining('notify.emails'),
    }),
  ]);
  expect(checks([], [pending(A)])).toMatchObject([{ result: 'warn' }]);
  expect(checks([], [confirmed(A)])).toMatchObject([{ result: 'pass' }]);
});

it('misses no mail where the policy tells in chat alone', () => {
  expect(checks([], [], 'tells chat')).toEqual([]);
  expect(checks([A], [], 'tells chat')).toMatchObject([{ result: 'fail' }]);
});

it('fails where the topic is gone, of chat too, with the way back', () => {
  expect(checks([A], 'gone')).toEqual([
    expect.objectContaining({
      result: 'fail',
      says: expect.stringContaining(`${ARN} is gone`),
      remedy: expect.stringMatching(/^peering remove, then peering deploy: .* has to confirm again\.$/),
    }),
  ]);
  const chat = { arn: ARN, tells: { by: 'chat' }, subscriptions: 'gone' } as const;
  expect(recipientChecks(REGION, chat, 'tells chat')).toEqual([
    expect.objectContaining({ result: 'fail', says: expect.stringContaining('in chat') }),
  ]);
  expect(recipientChecks(REGION, { ...chat, subscriptions: [] }, 'tells chat')).toEqual([]);
});
