import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { defineCheck } from '../check.ts';
import { makeAlarmWithoutData } from '../kinds/alarm.ts';
import { makeTopic } from '../kinds/topic.ts';
import type { Judgement } from '../outcome.ts';
import { makeInbox } from '../scenes/inbox.ts';
import { awaited, until, type World } from '../world.ts';

const OWN_MESSAGE = 'sent by the live check itself';

async function look(world: World): Promise<'a message' | 'no message'> {
  const { home, patience } = world;
  const inbox = await makeInbox(world, home, ['sns.amazonaws.com']);
  const topicArn = await makeTopic(world, home, inbox.queue);
  await makeAlarmWithoutData(world, home, topicArn);
  const message = await until(patience, patience.quiet, () =>
    inbox.find((body) => body.includes('INSUFFICIENT_DATA')),
  );
  if (message === undefined) {
    // Silence counts only where a message would have come through.
    await home.of(SNSClient).send(new PublishCommand({ TopicArn: topicArn, Message: OWN_MESSAGE }));
    await awaited(patience, 'A message of the topic', () => inbox.find((body) => body.includes(OWN_MESSAGE)));
  }
  return message === undefined ? 'no message' : 'a message';
}

export function judgeNewAlarm(seen: 'a message' | 'no message'): Judgement {
  return { verdict: seen === 'no message' ? 'agrees' : 'differs', seen };
}

export const newAlarm = defineCheck({
  name: 'new-alarm',
  question: 'Does an alarm that is made without data perform its actions for INSUFFICIENT_DATA at once?',
  expected: 'no message',
  makes: ['an alarm, a topic and a queue'],
  needs: [],
  takes: '3 minutes',
  look,
  judge: judgeNewAlarm,
});
