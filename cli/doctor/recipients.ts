import { paginateListSubscriptionsByTopic, SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { createClient } from '../../lib/aws/clients.ts';
import { ifPresent } from '../../lib/aws/if-present.ts';
import { append } from '../../lib/model/append.ts';
import { tellsChat, topicsOf } from '../../lib/policy/notify.ts';
import { TOPIC_LOGICAL_IDS } from '../../resources/people.ts';
import { shown } from '../output.ts';
import { type DoctorCheck, fail, pass, warn } from './check.ts';
import { MADE_ANEW } from './made-anew.ts';
import type { Patient } from './patient.ts';

const AREA = 'recipients';

/** A topic of the stack, and who gets what is published there. */
export interface SeenTopic {
  readonly arn: string;
  /** What the policy has tell here: by mail to these, or to whoever subscribes, or in chat. */
  readonly tells: { readonly by: 'mail'; readonly emails: readonly string[] } | { readonly by: 'chat' };
  /** `gone`: there is no such topic. */
  readonly subscriptions: readonly Subscription[] | 'gone';
}

type State = 'confirmed' | 'pending' | 'ended';

/** In the place of an ARN SNS says so (SNS developer guide, "Subscribing to a topic"). */
function stateOf({ SubscriptionArn = '' }: Subscription): State {
  return SubscriptionArn.startsWith('arn:')
    ? 'confirmed'
    : SubscriptionArn === 'PendingConfirmation'
      ? 'pending'
      : 'ended';
}

function named(addresses: readonly string[]): string {
  return addresses.map((each) => shown(each, 100)).join(', ');
}

function mailRemedy(region: string, arn: string, { asked }: { readonly asked: readonly string[] }): string {
  const who = asked.length === 0 ? 'ADDRESS' : asked.length === 1 ? named(asked) : 'each of them';
  const again = `aws sns subscribe --region ${region} --topic-arn ${shown(arn)} --protocol email --notification-endpoint ${asked.length === 1 ? named(asked) : 'ADDRESS'}`;
  return asked.length === 0
    ? `Name addresses in notify.emails of the policy and deploy, or subscribe yourself: ${again}`
    : `Have ${who} open the mail "AWS Notification - Subscription Confirmation" and confirm. SNS forgets it after two days; ${again} sends it anew.`;
}

/** @param emails that the policy names. */
function mailCheck(
  region: string,
  { arn, subscriptions }: SeenTopic,
  emails: readonly string[],
): DoctorCheck {
  const all = subscriptions === 'gone' ? [] : subscriptions;
  const those = (state: State) => all.filter((each) => stateOf(each) === state);
  const has = (state: State, email: string) =>
    those(state).some(({ Endpoint }) => Endpoint?.toLowerCase() === email.toLowerCase());
  const unconfirmed = emails.filter((email) => !has('confirmed', email));
  const pending = unconfirmed.filter((email) => has('pending', email));
  const without = unconfirmed.filter((email) => !has('pending', email));
  const confirmed = those('confirmed').length;
  const topic = shown(arn.slice(arn.lastIndexOf(':') + 1), 120);
  const says = [
    `The topic ${topic} has ${confirmed} confirmed and ${those('pending').length} pending ${those('pending').length === 1 ? 'subscription' : 'subscriptions'}${confirmed === 0 ? ', so nobody is told there' : ''}.`,
    ...(pending.length === 0 ? [] : [`Not confirmed yet: ${named(pending)}.`]),
    ...(without.length === 0 ? [] : [`Not subscribed, or not any more: ${named(without)}.`]),
  ].join(' ');
  if (confirmed > 0 && unconfirmed.length === 0) {
    return pass(AREA, region, says);
  }
  const failOrWarn = confirmed === 0 && emails.length > 0 ? fail : warn;
  return failOrWarn(AREA, region, says, mailRemedy(region, arn, { asked: unconfirmed }));
}

/** Whether somebody gets what the stack tells on one of its topics. */
export function recipientChecks(
  region: string,
  topic: SeenTopic,
  chat: 'tells chat' | 'no chat',
): readonly DoctorCheck[] {
  const { arn, tells, subscriptions } = topic;
  if (subscriptions === 'gone') {
    const says = `The topic ${shown(arn)} is gone: nobody is told ${tells.by === 'chat' ? 'in chat' : 'by mail'}, of an alarm neither.`;
    const confirm =
      tells.by === 'mail' && tells.emails.length > 0 ? ' Every e-mail address has to confirm again.' : '';
    return [fail(AREA, region, says, `${MADE_ANEW}${confirm}`)];
  }
  // Whether a channel is there the chat says; and where the policy names it alone, mail is not missed.
  return tells.by === 'chat' ||
    (tells.emails.length === 0 && chat === 'tells chat' && subscriptions.length === 0)
    ? []
    : [mailCheck(region, topic, tells.emails)];
}

/** @throws AWS errors of ListSubscriptionsByTopic. */
async function subscriptionsOf(
  sns: SNSClient,
  region: string,
  arn: string,
): Promise<SeenTopic['subscriptions']> {
  const answer = await ifPresent('ListSubscriptionsByTopic', region, arn, async () => {
    const all: Subscription[] = [];
    for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: arn })) {
      append(all, page.Subscriptions ?? []);
    }
    return all;
  });
  return answer ?? 'gone';
}

/** Of the topics that the stack has. Those of somebody else that the policy names are theirs. */
export async function recipients({ stack, policy }: Patient): Promise<readonly DoctorCheck[]> {
  if (stack === undefined) {
    return [];
  }
  const { region, resources } = stack;
  const made = topicsOf(policy).flatMap((topic) => (topic.kind === 'made' ? [topic] : []));
  const topics = [
    ...(['first', 'second'] as const).map((which) => ({
      arn: resources.get(TOPIC_LOGICAL_IDS[which]),
      tells: { by: 'mail', emails: made.find((topic) => topic.which === which)?.emails ?? [] } as const,
    })),
    { arn: resources.get('ChatTopic'), tells: { by: 'chat' } as const },
  ];
  const sns = createClient(SNSClient, { region });
  const chat = tellsChat(policy) ? 'tells chat' : 'no chat';
  const checks = await Promise.all(
    topics.map(async ({ arn, tells }) =>
      arn === undefined
        ? []
        : recipientChecks(
            region,
            { arn, tells, subscriptions: await subscriptionsOf(sns, region, arn) },
            chat,
          ),
    ),
  );
  return checks.flat();
}
