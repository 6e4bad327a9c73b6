/**
 * Where people are told, by severity, as `notify` of the policy says. The stack and the functions both ask here. What the product
 * says on its own bus does not depend on it.
 */
import { SEVERITIES, type Severity } from '../model/severity.ts';
import type { Policy } from './schema.ts';

type Notify = Policy['notify'];

/** A topic that messages are published on: one of the stack's own, or one that somebody else made. */
export type PeoplesTopic =
  | {
      readonly kind: 'made';
      /** `second`: for notices, where they go to other addresses. */
      readonly which: 'first' | 'second';
      /** Subscribed to it. */
      readonly emails: readonly string[];
    }
  | { readonly kind: 'existing'; readonly arn: string };

export interface Destinations {
  /** Left out: no mail, and no topic of anybody. */
  readonly topic?: PeoplesTopic;
  readonly chat?: 'messages' | 'buttons';
}

/** What stands at one severity, or else above for both. */
function saidOf(notify: Notify, severity: Severity): Destinations {
  const { [severity]: own } = notify;
  if (own === 'events') {
    return {};
  }
  const { topic, emails, chat } = own ?? notify;
  const inChat = chat === undefined ? {} : { chat };
  if (topic !== undefined) {
    return { topic: { kind: 'existing', arn: topic }, ...inChat };
  }
  // Above, the stack's topic is there without addresses too: people subscribe to it by themselves.
  return own === undefined || emails.length > 0
    ? { topic: { kind: 'made', which: 'first', emails }, ...inChat }
    : inChat;
}

function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}

/** The same addresses get one topic and confirm one subscription, not two. */
export function destinationsOf(notify: Notify): Readonly<Record<Severity, Destinations>> {
  const [action, notice] = [saidOf(notify, 'action'), saidOf(notify, 'notice')];
  const [one, other] = [action.topic, notice.topic];
  return one?.kind === 'made' && other?.kind === 'made' && !sameAddresses(one.emails, other.emails)
    ? { action, notice: { ...notice, topic: { ...other, which: 'second' } } }
    : { action, notice };
}

/** The topics of both severities, each once, those of `action` first. */
export function topicsOf({ notify }: Pick<Policy, 'notify'>): PeoplesTopic[] {
  const destinations = destinationsOf(notify);
  const topics = SEVERITIES.flatMap((severity) => destinations[severity].topic ?? []);
  const nameOf = (topic: PeoplesTopic) => (topic.kind === 'made' ? topic.which : topic.arn);
  return [...new Map(topics.map((topic) => [nameOf(topic), topic])).values()];
}

/** Whether anything is told in chat. */
export function tellsChat({ notify }: Pick<Policy, 'notify'>): boolean {
  const destinations = destinationsOf(notify);
  return SEVERITIES.some((severity) => destinations[severity].chat !== undefined);
}
