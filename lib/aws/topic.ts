import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Topic } from '../ports/outbox.ts';
import { REQUEST_LIMITS } from './request-limits.ts';

/** The client is made with the first message: most passes have nothing to tell. */
export function createTopic(topicArn: string): Topic {
  let sns: SNSClient | undefined;
  return {
    async notify({ subject, message }) {
      sns ??= new SNSClient({ requestHandler: REQUEST_LIMITS });
      await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message }));
    },
  };
}
