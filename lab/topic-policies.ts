import { SetTopicAttributesCommand } from '@aws-sdk/client-sns';
import { parseArn } from './arn.ts';
import type { MotoClients } from './clients.ts';
import { createPolicyMaker } from './resource-policies.ts';
import type { ResourceMaker } from './stacks.ts';
import type { Place } from './types.ts';

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
  async function put(place: Place, TopicArn: string, policy: unknown): Promise<void> {
    await clients.sns(place).send(
      new SetTopicAttributesCommand({
        TopicArn,
        AttributeName: 'Policy',
        AttributeValue: JSON.stringify(policy),
      }),
    );
  }

  return createPolicyMaker({
    type: 'AWS::SNS::TopicPolicy',
    ownersOf: ({ properties }) => (properties as { readonly Topics?: readonly string[] }).Topics ?? [],
    put,
    async reset(place, arn) {
      try {
        await put(place, arn, ownersPolicy(arn));
      } catch (error) {
        // A topic that has gone took its policy along.
        if (!(error instanceof Error && /^NotFound(Exception)?$/.test(error.name))) throw error;
      }
    },
  });
}
