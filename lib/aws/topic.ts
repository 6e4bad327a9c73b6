import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Topic } from '../report/outbox.ts';
import { REQUEST_LIMITS } from './request-limits.ts';

export function createTopic(topicArn: string): Topic {
  const sns = new SNSClient({ requestHandler: REQUEST_LIMITS });
  return {
    async notify({ subject, message }) {
      await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message }));
    },
  };
}
