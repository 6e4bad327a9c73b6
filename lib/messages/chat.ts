import type { AnswerableRequest, Notification } from '../model/notification.ts';
import { printable } from '../model/printable.ts';

/**
 * Messages as Amazon Q Developer in chat applications (formerly AWS Chatbot) shows them in Slack and Microsoft Teams: its "custom
 * notifications" (administrator guide, "Custom notifications using Amazon Q Developer in chat applications"). It renders the
 * markdown of the client, and which client that is, nobody here knows. Slack has no escape for its formatting, and what escapes in
 * Teams is shown in Slack: so characters that either of them may take for formatting are replaced by others that look alike.
 */

/** Characters. What AWS takes was not found out; Slack's blocks hold 150 in a header and 3,000 in a section (Slack API, "Blocks"). */
export const MOST_IN_CHAT = { title: 150, description: 3000, summary: 300, nextStep: 300 } as const;

/** The keys in `additionalContext`, from which the buttons take what they send. */
export const CHAT_CONTEXT = {
  group: 'ActionGroup',
  peeringId: 'PeeringId',
  region: 'PeeringRegion',
} as const;

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '*': '\u2217',
  _: '\uff3f',
  '~': '\u223c',
  '`': '\u02cb',
  '<': '\u2039',
  '>': '\u203a',
  '&': '\uff06',
  '@': '\uff20',
  '#': '\uff03',
  '[': '\uff3b',
  ']': '\uff3d',
  '|': '\uff5c',
  '\\': '\uff3c',
};

/** A colon inside a word makes emoji and links, a point between letters links. */
const INSIDE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/:(?=\S)/gu, '\uff1a'],
  [/(?<=[\p{L}\p{N}-])\.(?=\p{L})/gu, '\u2024'],
];

/** Text that no chat formats, links or takes for a mention, at most `max` characters and in one line. */
export function plainInChat(text: string, max: number): string {
  // `printable` only ever cuts what is left: each of these is as long as what it stands for.
  const replaced = printable(text, max).replace(/[*_~`<>&@#[\]|\\]/g, (each) => LOOK_ALIKES[each] ?? each);
  return INSIDE_WORDS.reduce((done, [form, instead]) => done.replace(form, instead), replaced);
}

/** The console's own pages of a peering or a route table: product and ids alone, so they may be links. */
const CONSOLE_PAGE =
  /https:\/\/[a-z0-9-]+\.(?:console\.aws\.amazon\.com|console\.amazonaws\.cn|console\.amazonaws-us-gov\.com)\/vpcconsole\/home\?region=[a-z0-9-]+#(?:PeeringConnectionDetails:VpcPeeringConnectionId=pcx|RouteTableDetails:RouteTableId=rtb)-[0-9a-f]{1,32}(?![\w-])/g;

/**
 * A line inside a code block, where neither client formats: commands stay as they are typed. Only what ends the block, what
 * Slack takes for a control sequence (`<!channel>`, `<@U1>`, `<http://x|y>`, also after an entity) and links are replaced.
 */
function lineInBlock(line: string): string {
  const safe = (text: string) =>
    text.replace(/[`<&@]/g, (each) => LOOK_ALIKES[each] ?? each).replaceAll('://', ':\uff0f\uff0f');
  const pages = line.match(CONSOLE_PAGE) ?? [];
  return line
    .split(CONSOLE_PAGE)
    .map((part, index) => `${safe(part)}${pages[index] ?? ''}`)
    .join('');
}

const CUT = 'The rest is left out: chat holds no more.';
const FENCE = '```';

/** As many whole lines as chat holds, in a code block: tables stay tables, and commands can be copied. */
function blockOf(message: string): string {
  const room = MOST_IN_CHAT.description - 2 * FENCE.length - CUT.length - 4;
  const kept: string[] = [];
  let length = 0;
  for (const each of message.trimEnd().split('\n')) {
    const line = lineInBlock(printable(each, room));
    length += line.length + 1;
    if (length > room) {
      kept.push(CUT);
      break;
    }
    kept.push(line);
  }
  return [FENCE, ...kept, FENCE].join('\n');
}

const ID = /\bpcx-[0-9a-f]{8,17}\b/g;

/** The one peering that a text names, or undefined: of several no thread would be the right one. */
function onlyPeeringIn(text: string): string | undefined {
  const [only, ...others] = new Set(text.match(ID) ?? []);
  return others.length === 0 ? only : undefined;
}

/** Messages about one peering make one thread, whichever function sends them. */
function threadOf({ subject, message, answerable }: Notification): string | undefined {
  return answerable?.peeringId ?? onlyPeeringIn(subject) ?? onlyPeeringIn(message);
}

function nextSteps({ peeringId }: AnswerableRequest): string[] {
  return [
    'Accept and Reject below act on this request: it is read and decided again first.',
    `At a terminal: peering accept ${peeringId}, or peering reject ${peeringId}`,
  ].map((each) => plainInChat(each, MOST_IN_CHAT.nextStep));
}

/**
 * The body of the SNS message.
 *
 * @param actionGroup by which the buttons of just this stack know that they belong to it; left out: the stack has no buttons.
 */
export function chatMessage(notification: Notification, actionGroup: string | undefined): string {
  const { subject, message } = notification;
  const answerable = actionGroup === undefined ? undefined : notification.answerable;
  const thread = threadOf(notification);
  return JSON.stringify({
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: plainInChat(subject, MOST_IN_CHAT.title),
      description: blockOf(message),
      ...(answerable === undefined ? {} : { nextSteps: nextSteps(answerable) }),
    },
    metadata: {
      ...(thread === undefined ? {} : { threadId: thread, relatedResources: [thread] }),
      summary: plainInChat(subject, MOST_IN_CHAT.summary),
      eventType: 'VPC peering',
      enableCustomActions: answerable !== undefined,
      ...(answerable === undefined
        ? {}
        : {
            additionalContext: {
              [CHAT_CONTEXT.group]: actionGroup,
              [CHAT_CONTEXT.peeringId]: answerable.peeringId,
              [CHAT_CONTEXT.region]: answerable.region,
            },
          }),
    },
  });
}
