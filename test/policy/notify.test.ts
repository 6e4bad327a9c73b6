import { answersFromChat } from '../../lib/policy/chat.ts';
import { policyFingerprint } from '../../lib/policy/fingerprint.ts';
import { parsePolicy } from '../../lib/policy/load.ts';
import { destinationsOf, tellsChat, topicsOf } from '../../lib/policy/notify.ts';
import { PolicyError } from '../../lib/policy/validated-file.ts';

/** `notify`: where each severity goes, and what it may not say. */

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:network';

const parsed = (notify: string) => parsePolicy(`version: 1\nnotify: ${notify}\n`, 'p.yml').policy;
const destinations = (notify: string) => destinationsOf(parsed(notify).notify);

function problems(notify: string): string {
  try {
    parsed(notify);
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  return 'none';
}

const own = (...emails: string[]) => ({ topic: { kind: 'made', which: 'first', emails } });
const second = (...emails: string[]) => ({ topic: { kind: 'made', which: 'second', emails } });
const existing = { topic: { kind: 'existing', arn: TOPIC } };

describe('both severities', () => {
  it.each([
    ['{}', own()],
    ['{ emails: [a@example.com] }', own('a@example.com')],
    ['{ emails: [a@example.com], chat: buttons }', { ...own('a@example.com'), chat: 'buttons' }],
    [`{ topic: "${TOPIC}" }`, existing],
  ])('go where %s says', (notify, where) => {
    expect(destinations(notify)).toEqual({ action: where, notice: where });
  });
});

describe('a severity with something of its own goes there, and only there', () => {
  it.each([
    ['{ emails: [a@x.com], chat: messages, notice: events }', { ...own('a@x.com'), chat: 'messages' }, {}],
    ['{ emails: [a@x.com], notice: { chat: messages } }', own('a@x.com'), { chat: 'messages' }],
    ['{ emails: [a@x.com], notice: { emails: [b@x.com] } }', own('a@x.com'), second('b@x.com')],
    [
      '{ emails: [a@x.com, b@x.com], notice: { emails: [b@x.com, a@x.com] } }',
      own('a@x.com', 'b@x.com'),
      own('b@x.com', 'a@x.com'),
    ],
    [`{ emails: [a@x.com], action: { topic: "${TOPIC}" } }`, existing, own('a@x.com')],
    [`{ action: { topic: "${TOPIC}" }, notice: events }`, existing, {}],
  ])('%s', (notify, action, notice) => {
    expect(destinations(notify)).toEqual({ action, notice });
  });

  it('each topic is there once, whatever goes to it', () => {
    const topics = (notify: string) => topicsOf(parsed(notify)).map((topic) => topic.kind);
    expect(
      topics(`{ action: { topic: "${TOPIC}" }, notice: { topic: "${TOPIC}", chat: messages } }`),
    ).toEqual(['existing']);
    expect(topics('{ emails: [a@x.com], notice: { emails: [b@x.com] } }')).toEqual(['made', 'made']);
    expect(topics('{ action: events, notice: events }')).toEqual([]);
  });

  it('buttons are where action goes', () => {
    expect(answersFromChat(parsed('{ action: { chat: buttons } }'))).toBe(true);
    expect(answersFromChat(parsed('{ chat: buttons, notice: events }'))).toBe(true);
    const onlyNotices = parsed('{ notice: { chat: messages } }');
    expect([answersFromChat(onlyNotices), tellsChat(onlyNotices)]).toEqual([false, true]);
  });
});

it('leaves the fingerprint of a policy that says nothing of severities as it was', () => {
  // As it is of a policy without severities since guardrails.maxDeletesPercent has no default.
  expect(policyFingerprint(parsed('{ emails: [a@example.com], chat: messages }'))).toBe(
    '45f862e2b1408b389459a060573be6a9dfdf81682e41f8d65474826f72f0a935',
  );
});

describe('errors', () => {
  it('are shown where they are, with what to write', () => {
    expect(problems('{ notice: { chat: messages, emailz: [] } }')).toBe(
      [
        'p.yml:2:37: notify.notice.emailz: unknown key; did you mean "emails"? Allowed: emails, topic, chat.',
        ' 2 | notify: { notice: { chat: messages, emailz: [] } }',
        '   |                                     ^',
      ].join('\n'),
    );
  });

  it.each([
    [
      '{ notice: event }',
      'notify.notice: it goes to a map of emails, topic and chat, or, with events, to nobody',
    ],
    [
      '{ notice: {} }',
      'notify.notice: it names nowhere to go; write events if nobody shall get these messages',
    ],
    [
      '{ notice: { emails: [a@x.com, a@x.com] } }',
      'notify.notice.emails[1]: "a@x.com" is in this list already',
    ],
    [
      '{ topic: network }',
      'a topic is written as its ARN, such as arn:aws:sns:us-east-1:111122223333:network',
    ],
    [`{ topic: "${TOPIC}.fifo" }`, 'alarms cannot publish on a FIFO topic'],
    [`{ topic: "${TOPIC}", emails: [a@x.com] }`, 'subscribe them to that topic and take emails out'],
    [
      `{ action: { topic: "${TOPIC}", emails: [a@x.com] } }`,
      'notify.action.topic: e-mail addresses are subscribed',
    ],
    [
      '{ emails: [a@x.com], action: events, notice: events }',
      'notify.emails: it counts for nothing, because action and notice both say',
    ],
    ['{ notice: { chat: buttons } }', 'notify.notice.chat: buttons are on messages about held requests'],
    [
      '{ chat: buttons, action: { emails: [a@x.com] } }',
      'notify.chat: buttons are on messages about held requests',
    ],
    [
      `{ topic: "${TOPIC.replace('aws', 'aws-cn')}" }\nregions: [us-east-1]`,
      'is in the partition aws-cn, but "us-east-1" is in aws',
    ],
  ])('%s', (notify, message) => {
    expect(problems(notify)).toContain(message);
  });
});
