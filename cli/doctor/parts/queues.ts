import { GetQueueAttributesCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { jsonIn } from '../../../lib/model/json.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import { shown } from '../../output.ts';
import { functionOf, WITHOUT } from '../without.ts';
import {
  inShell,
  type Judged,
  type Look,
  NOT_AS_DEPLOYED,
  otherwise,
  type Part,
  type PartsPlace,
  trouble,
} from './part.ts';
import type { Resolved, ResolvedProperties } from './resolved.ts';
import { policyTroubles, statementsOf } from './resource-policy.ts';

/** Settings of a queue and its policy. Whether it is there the lines about queues say. */

/** AWS_ENDPOINT_URL counts, whatever address a queue's URL names. */
class QueueClient extends SQSClient {
  constructor(settings: SQSClientConfig) {
    super({ ...settings, useQueueUrlAsEndpoint: false });
  }
}

export type QueueAttributes = Readonly<Record<string, string | undefined>>;

/** With another one of these, events come twice, in vain, late or without end. */
const SETTINGS = [
  'RedrivePolicy',
  'VisibilityTimeout',
  'ContentBasedDeduplication',
  'MessageRetentionPeriod',
] as const;

const nameOf = (url: string) => shown(url.slice(url.lastIndexOf('/') + 1), 140);

function settingOf(attributes: QueueAttributes, name: (typeof SETTINGS)[number]): unknown {
  const text = attributes[name];
  return name === 'RedrivePolicy' && text !== undefined ? jsonIn(text) : text;
}

/** SQS takes each attribute as text, an object as JSON in text. */
function attributesText(wanted: ResolvedProperties, names: readonly string[]): string | undefined {
  const known = names.every((name) => inShell(wanted[name]) !== undefined);
  const asText = (value: Resolved | undefined) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value);
  return known
    ? shellWord(JSON.stringify(Object.fromEntries(names.map((name) => [name, asText(wanted[name])]))))
    : undefined;
}

/** What is set otherwise on a queue. */
export function queueTroubles(region: string, part: Part, attributes: QueueAttributes): Judged {
  const { properties, physicalId: url = '' } = part;
  if (properties === undefined) {
    return 'not judged';
  }
  const seen = Object.fromEntries(SETTINGS.map((name) => [name, settingOf(attributes, name)]));
  const changed = otherwise(properties, seen, SETTINGS);
  if (changed.length === 0) {
    return [];
  }
  const text = attributesText(properties, changed);
  return [
    trouble(
      changed.includes('RedrivePolicy') ? 'fail' : 'warn',
      `The queue ${nameOf(url)} ${NOT_AS_DEPLOYED}: ${shown(changed.map((name) => `${name} is ${attributes[name] ?? 'none'}`).join(', '), 400)}.${
        changed.includes('RedrivePolicy')
          ? ' An event that fails again and again is not set aside, holds up what is behind it, and rings no alarm of its own.'
          : ''
      }`,
      `aws sqs set-queue-attributes --region ${region} --queue-url ${shellWord(url)} --attributes ${text ?? 'as the template of the stack says'}`,
    ),
  ];
}

async function readAttributes(
  { region, clients }: PartsPlace,
  url: string,
): Promise<QueueAttributes | undefined> {
  const sqs = clients.of(QueueClient, region);
  const answer = await ifPresent('GetQueueAttributes', region, url, () =>
    sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] })),
  );
  return answer && (answer.Attributes ?? {});
}

export const lookAtQueue: Look = async (part, place) => {
  const attributes = await readAttributes(place, part.physicalId ?? '');
  return attributes === undefined ? [] : queueTroubles(place.region, part, attributes);
};

/** What a policy of a queue of the stack is for, by the queue's logical id. */
function withoutSending(queueId: string | undefined): string {
  const name = functionOf(queueId ?? '');
  return name === undefined
    ? 'events that come to nothing are kept nowhere'
    : `events do not reach ${name}, so ${WITHOUT[name]}`;
}

/** Of the one queue that a policy is for. */
export function queuePolicyTroubles(
  region: string,
  { properties = {} }: Part,
  {
    queueId,
    url,
    attributes,
  }: { readonly queueId?: string; readonly url: string; readonly attributes: QueueAttributes },
) {
  return policyTroubles({
    whose: `The policy of the queue ${nameOf(url)}`,
    without: withoutSending(queueId),
    wanted: statementsOf(properties.PolicyDocument) as readonly Resolved[],
    seen: attributes.Policy === undefined ? undefined : jsonIn(attributes.Policy),
    setBy: (policy) =>
      `aws sqs set-queue-attributes --region ${region} --queue-url ${shellWord(url)} --attributes ${shellWord(JSON.stringify({ Policy: policy }))}`,
  });
}

export const lookAtQueuePolicy: Look = async (part, place) => {
  const [url] = Array.isArray(part.properties?.Queues) ? (part.properties.Queues as readonly Resolved[]) : [];
  if (typeof url !== 'string') {
    return 'not judged';
  }
  const attributes = await readAttributes(place, url);
  const queueId = place.stackParts.find(({ physicalId }) => physicalId === url)?.logicalId;
  return attributes === undefined
    ? []
    : queuePolicyTroubles(place.region, part, {
        url,
        attributes,
        ...(queueId === undefined ? {} : { queueId }),
      });
};
