import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { ChatTopic, Topic } from '../ports/outbox.ts';
import { type Clients, createClients } from './clients.ts';

export function createTopic(topicArn: string, clients: Clients = createClients()): Topic {
  return {
    async notify({ subject, message }) {
      await clients
        .of(SNSClient)
        .send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: message }));
    },
  };
}

export function createChatTopic(topicArn: string, clients: Clients = createClients()): ChatTopic {
  return {
    async post(body) {
      await clients.of(SNSClient).send(new PublishCommand({ TopicArn: topicArn, Message: body }));
    },
  };
}
