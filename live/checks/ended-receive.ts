import {
  ChangeMessageVisibilityBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { defineCheck } from '../check.ts';
import { makeQueue } from '../kinds/queue.ts';
import type { Judgement } from '../outcome.ts';
import { awaited, required, type World } from '../world.ts';

const HIDDEN_SECONDS = 1;
const AFTERWARDS_MS = 3000;

/** @returns what SQS says of the message; undefined: it takes the handle */
async function look(world: World): Promise<string | undefined> {
  const { home, patience } = world;
  const sqs = home.of(SQSClient);
  const { url: QueueUrl } = await makeQueue(world, home, 'fifo', {
    attributes: { FifoQueue: 'true', VisibilityTimeout: String(HIDDEN_SECONDS) },
  });
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'nothing',
      MessageGroupId: 'all',
      MessageDeduplicationId: 'one',
    }),
  );
  const message = await awaited(patience, 'The message', async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    return Messages[0];
  });
  const handle = required(message.ReceiptHandle, 'a receipt handle');
  await patience.interruption.sleep(AFTERWARDS_MS);
  const { Failed = [] } = await sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: [{ Id: 'one', ReceiptHandle: handle, VisibilityTimeout: 30 }],
    }),
  );
  const [failed] = Failed;
  return failed === undefined
    ? undefined
    : `${failed.Code}: ${failed.Message}`.replaceAll(handle, '<handle>');
}

/** As recorded of DeleteMessage. */
const EXPECTED =
  'InvalidParameterValue: Value <handle> for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.';

/** @param refusal in the words of SQS */
export function judgeEndedReceive(refusal: string | undefined): Judgement {
  return refusal === undefined
    ? { verdict: 'differs', seen: 'SQS takes the handle' }
    : { verdict: refusal === EXPECTED ? 'agrees' : 'differs', seen: refusal };
}

export const endedReceive = defineCheck({
  name: 'ended-receive',
  question:
    'In which words does SQS refuse ChangeMessageVisibilityBatch for a FIFO message whose receive has ended?',
  expected: EXPECTED,
  makes: ['a FIFO queue with one message'],
  needs: [],
  takes: 'seconds',
  look,
  judge: judgeEndedReceive,
});
