import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { jsonIn } from '../../../lib/model/json.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import { shown } from '../../output.ts';
import type { Judged, Look, Part } from './part.ts';
import type { Resolved } from './resolved.ts';
import { policyTroubles, statementsOf } from './resource-policy.ts';

/** Who may publish on a topic of the stack. Whether it is there, and who listens, the lines about recipients say. */

/** @param policy as SNS gives it; undefined: none. */
export function topicPolicyTroubles(
  region: string,
  { properties = {} }: Part,
  arn: string,
  policy: string | undefined,
): Judged {
  return policyTroubles({
    whose: `The policy of the topic ${shown(arn.slice(arn.lastIndexOf(':') + 1), 140)}`,
    without: 'alarms may not publish there, so they tell nobody',
    wanted: statementsOf(properties.PolicyDocument) as readonly Resolved[],
    seen: policy === undefined ? undefined : jsonIn(policy),
    setBy: (wanted) =>
      `aws sns set-topic-attributes --region ${region} --topic-arn ${shellWord(arn)} --attribute-name Policy --attribute-value ${shellWord(wanted)}`,
  });
}

export const lookAtTopicPolicy: Look = async (part, { region, clients }) => {
  const [arn] = Array.isArray(part.properties?.Topics) ? (part.properties.Topics as readonly Resolved[]) : [];
  if (typeof arn !== 'string') {
    return 'not judged';
  }
  const sns = clients.of(SNSClient, region);
  const found = await ifPresent('GetTopicAttributes', region, arn, () =>
    sns.send(new GetTopicAttributesCommand({ TopicArn: arn })),
  );
  return found === undefined ? [] : topicPolicyTroubles(region, part, arn, found.Attributes?.Policy);
};
