import fc from 'fast-check';
import { CHAT_CONTEXT, chatMessage, MOST_IN_CHAT, plainInChat } from '../../lib/messages/chat.ts';
import { requestNotification } from '../../lib/messages/requests.ts';
import { notificationOf } from '../../lib/messages/text.ts';
import type { Notification } from '../../lib/model/notification.ts';
import { alsoInChat, onlyInChat } from '../../lib/passes/tell-chat.ts';
import { decide } from '../../lib/policy/decide.ts';
import { anyText } from '../support/any-text.ts';
import { OWN, peering, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { runs } from '../support/runs.ts';

/** What chat gets of a message. */

const PCX = 'pcx-0a1b2c3d4e5f60718';
const GROUP = `vpc-peering-autopilot-prod-${REGION}-${OWN}`;
const answerable = { peeringId: PCX, region: REGION };

interface ChatMessage {
  readonly content: { title: string; description: string; nextSteps?: string[] };
  readonly metadata: { threadId?: string; summary: string; additionalContext?: Record<string, string> };
}

function inChat(notification: Notification): ChatMessage {
  return JSON.parse(chatMessage(notification, GROUP));
}

/** The lines of the message, without the fence around them. */
function blockOf({ content: { description } }: ChatMessage): string {
  const [first, ...lines] = description.split('\n');
  expect([first, lines.at(-1)]).toEqual(['```', '```']);
  return lines.slice(0, -1).join('\n');
}

const hostile = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<@U012AB3CD>',
    '&lt;!here&gt;',
    '```\n*owned*',
    '[click](http://evil.example/x)',
    '<http://evil.example|console.aws.amazon.com>',
    'https://us-east-1.console.aws.amazon.com.evil.example/vpcconsole/home?region=us-east-1#RouteTableDetails:RouteTableId=rtb-1',
    '@everyone :rotating_light: ~no~ _yes_',
    '\u202eevil\u2066\u200b',
    '# head | table',
    'evil.example',
    '\\`x\\`',
    'x'.repeat(5000),
  ),
  anyText({ maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'*_~`<>&@#[]|\\:/.-!()x \n'), maxLength: 60 }),
);

/** All that Slack or Teams may format, mention or link. */
const FORMATTING = /[*_~`<>&@#[\]|\\]|:\S|\p{L}\.\p{L}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe('any text from outside', () => {
  it('is never formatted, linked or taken for a mention', () => {
    fc.assert(
      fc.property(
        hostile,
        hostile,
        fc.array(hostile, { maxLength: 80 }),
        fc.boolean(),
        (id, name, lines, button) => {
          const notification = {
            severity: 'action' as const,
            subject: `VPC peering ${id} held: ${name}`,
            message: `${lines.join('\n')}\n`,
            ...(button ? { answerable } : {}),
          };
          const message = inChat(notification);
          const { content, metadata } = message;
          for (const text of [content.title, metadata.summary, ...(content.nextSteps ?? [])]) {
            expect(text).not.toMatch(FORMATTING);
          }
          const block = blockOf(message);
          expect(block).not.toMatch(/[`<&@]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
          expect(block.match(/:\/\//g) ?? []).toEqual([]);
          expect(content.title.length).toBeLessThanOrEqual(MOST_IN_CHAT.title);
          expect(metadata.summary.length).toBeLessThanOrEqual(MOST_IN_CHAT.summary);
          expect(content.description.length).toBeLessThanOrEqual(MOST_IN_CHAT.description);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it('is never formatted in an answer either', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = plainInChat(text, 200);
        expect(shown).not.toMatch(FORMATTING);
        expect(shown.length).toBeLessThanOrEqual(200);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('a message about a held request', () => {
  const policy = policyOf({ rules: [{ name: 'reviewed', effect: 'hold' }] });
  const here = vpc('vpc-aaaaaaaa', ['10.1.0.0/16']);
  const there = vpc('vpc-bbbbbbbb', ['10.2.0.0/16'], { accountId: STRANGER });
  const asked = peering(PCX, there, here, { status: 'pending-acceptance' });
  const decision = decide(
    { peering: asked, region: REGION, direction: 'inbound', local: asked.accepter, remote: asked.requester },
    policy,
    {
      accountId: OWN,
    },
  );
  const held = {
    ...requestNotification(asked, decision, {
      policy,
      now: new Date('2026-03-01T12:00:00Z'),
      nameOf: () => 'core_<a>',
    }),
    answerable,
  };

  it('is what Amazon Q Developer shows, in the thread of the peering, with what the buttons need', () => {
    expect(inChat(held)).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: expect.stringContaining(PCX),
        description: expect.any(String),
        nextSteps: expect.arrayContaining([expect.stringContaining(`peering accept ${PCX}`)]),
      },
      metadata: {
        threadId: PCX,
        relatedResources: [PCX],
        summary: expect.stringContaining(PCX),
        eventType: 'VPC peering',
        enableCustomActions: true,
        additionalContext: {
          [CHAT_CONTEXT.group]: GROUP,
          [CHAT_CONTEXT.peeringId]: PCX,
          [CHAT_CONTEXT.region]: REGION,
        },
      },
    });
  });

  it('keeps commands as they are typed, and the one link that leads to the console', () => {
    const block = blockOf(inChat(held));
    expect(block).toContain(`\n  peering accept ${PCX}\n`);
    expect(block).toContain(
      `aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id ${PCX} --region ${REGION}`,
    );
    expect(block).toContain(
      `https://${REGION}.console.aws.amazon.com/vpcconsole/home?region=${REGION}#PeeringConnectionDetails:VpcPeeringConnectionId=${PCX}\n`,
    );
    expect(block).toContain('core_\u2039a>');
  });

  it('has no buttons where the stack has none, or where nothing can be answered', () => {
    const { answerable: _, ...unanswerable } = held;
    const withoutButtons: ChatMessage = JSON.parse(chatMessage(held, undefined));
    for (const { metadata, content } of [withoutButtons, inChat(unanswerable)]) {
      expect(metadata).toMatchObject({ enableCustomActions: false, threadId: PCX });
      expect(metadata).not.toHaveProperty('additionalContext');
      expect(content).not.toHaveProperty('nextSteps');
    }
  });
});

describe('threads', () => {
  it('are of the one peering that the subject names, else of the one that the message names', () => {
    const thread = (subject: string, message = '') =>
      inChat({ severity: 'notice', subject, message }).metadata.threadId;
    expect(thread(`Connectivity lost: ${PCX}`, 'beside pcx-99999999')).toBe(PCX);
    expect(thread('VPC peering: drift in one table', `${PCX}, and ${PCX} again`)).toBe(PCX);
    expect(thread('3 requests', `${PCX}\npcx-99999999`)).toBeUndefined();
    expect(thread('Not managed in eu-west-1')).toBeUndefined();
  });
});

it('cuts a message that is longer than chat takes between lines, and says so', () => {
  const long = notificationOf(
    'drift',
    Array.from({ length: 200 }, (_, index) => `line ${index}`.padEnd(60, '.')),
    { severity: 'action' },
  );
  const lines = blockOf(inChat(long)).split('\n');
  expect(lines.at(-1)).toBe('The rest is left out: chat holds no more.');
  expect(lines.at(-2)).toMatch(/^line \d+\.+$/);
});

describe('a topic with chat', () => {
  function topics({ mail, chat }: { mail?: Error; chat?: Error } = {}) {
    const sent: string[] = [];
    const metrics: Record<string, number> = {};
    const errors: unknown[] = [];
    const topic = alsoInChat(
      {
        notify: async ({ subject }) => {
          if (mail !== undefined) throw mail;
          sent.push(`mail ${subject}`);
        },
      },
      {
        post: async (body) => {
          if (chat !== undefined) throw chat;
          sent.push(`chat ${JSON.parse(body).content.title}`);
        },
      },
      {
        actionGroup: undefined,
        journal: {
          error: (_message, fields) => void errors.push(fields),
          metric: (name, value) => {
            metrics[name] = value;
          },
        },
      },
    );
    return { topic, sent, metrics, errors };
  }
  const held = { severity: 'action' as const, subject: 'held', message: 'x\n' };

  it('gets every message that mails get', async () => {
    const { topic, sent, metrics } = topics();
    await topic.notify(held);
    expect([sent, metrics]).toEqual([['mail held', 'chat held'], {}]);
  });

  it('rings an alarm when chat cannot be told, and sends no mail twice for it', async () => {
    const { topic, sent, metrics, errors } = topics({ chat: awsError('InternalError', 'try later', 500) });
    await topic.notify(held);
    expect([sent, metrics]).toEqual([['mail held'], { PermanentFailures: 1 }]);
    expect(errors).toEqual([{ subject: 'held', reason: expect.stringContaining('try later') }]);
  });

  it('that has no mails fails where chat could not be told, so that it is told later', async () => {
    const failing = { post: () => Promise.reject(awsError('InternalError', 'try later', 500)) };
    await expect(onlyInChat(failing, { actionGroup: undefined }).notify(held)).rejects.toThrow('try later');
  });

  it('tells chat nothing that the mail will tell again', async () => {
    const { topic, sent } = topics({ mail: awsError('InternalError', 'try later', 500) });
    await expect(topic.notify(held)).rejects.toThrow('try later');
    expect(sent).toEqual([]);
  });
});
