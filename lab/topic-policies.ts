import { SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import type { ResourceMaker, StackResource } from './stacks.ts';
import type { Place } from './types.ts';

interface TopicPolicyProperties {
  /** ARNs. */
  readonly Topics?: readonly string[];
  readonly PolicyDocument: unknown;
}

/** What SNS gives a topic that nobody gave a policy (SNS developer guide). */
function ownersPolicy(topicArn: string) {
  return {
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: topicArn,
        Condition: { StringEquals: { 'AWS:SourceOwner': parseArn(topicArn).accountId } },
      },
    ],
  };
}

/** `AWS::SNS::TopicPolicy`: the whole policy of each of its topics. Shown to who asks; the lab lets everybody publish. */
export function createTopicPolicyMaker(clients: Pick<MotoClients, 'sns'>): ResourceMaker {
  /** ARNs of the topics with a policy, by place and stack. */
  const ofStacks = new Map<string, readonly string[]>();

  async function put(place: Place, TopicArn: string, policy: unknown): Promise<void> {
    await clients.sns(place).send(
      new SetTopicAttributesCommand({
        TopicArn,
        AttributeName: 'Policy',
        AttributeValue: JSON.stringify(policy),
      }),
    );
  }

  const topicsOf = ({ properties }: StackResource) =>
    (properties as unknown as TopicPolicyProperties).Topics ?? [];

  return {
    type: 'AWS::SNS::TopicPolicy',
    async make(resource) {
      const { PolicyDocument } = resource.properties as unknown as TopicPolicyProperties;
      for (const arn of topicsOf(resource)) {
        await put(resource, arn, PolicyDocument);
      }
    },
    async retain({ accountId, region, stackName }, left) {
      const key = `${accountId}/${region}/${stackName}`;
      const kept = left.flatMap(topicsOf);
      const gone = (ofStacks.get(key) ?? []).filter((arn) => !kept.includes(arn));
      ofStacks.set(key, kept);
      for (const arn of gone) {
        try {
          await put({ accountId, region }, arn, ownersPolicy(arn));
        } catch (error) {
          // A topic that has gone took its policy along.
          if (!(error instanceof Error && /^NotFound(Exception)?$/.test(error.name))) throw error;
        }
      }
    },
  };
}
