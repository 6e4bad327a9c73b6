import type { EventSourceMapping } from '../../event-source-mapping.ts';
import { failedOf, queueEvent, type ReceivedMessage } from '../../queue-records.ts';

function message(MessageId: string, parts: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return { MessageId, ReceiptHandle: `handle-${MessageId}`, Body: '{}', MD5OfBody: 'md5', ...parts };
}

const BATCH = [message('a'), message('b')];

describe('what a function reports of its batch', () => {
  it.each([
    ['nothing', null, []],
    ['an answer of its own', { fine: true }, []],
    ['no failures', { batchItemFailures: [] }, []],
    ['null', { batchItemFailures: null }, []],
    ['one failure', { batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
    ['all failures', { batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'a' }] }, ['a', 'b']],
    ['a message of another batch', { batchItemFailures: [{ itemIdentifier: 'z' }] }, ['a', 'b']],
    ['no name', { batchItemFailures: [{}] }, ['a', 'b']],
    ['no list', { batchItemFailures: 'b' }, ['a', 'b']],
    ['a text', 'done', ['a', 'b']],
  ])('%s', (_name, answer, failed) => {
    expect(failedOf(BATCH, JSON.stringify(answer)).map(({ MessageId }) => MessageId)).toEqual(failed);
  });
});

it('message attributes are told as Lambda tells them', () => {
  const mapping: EventSourceMapping = {
    accountId: '123456789012',
    region: 'eu-west-1',
    uuid: 'u',
    queueArn: 'arn:aws:sqs:eu-west-1:123456789012:q',
    functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:f',
    batchSize: 10,
    enabled: true,
    batchingWindowSeconds: 0,
    reportsFailures: false,
    lastModified: new Date(0),
  };
  const sent = message('a', {
    Attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1000',
      ApproximateFirstReceiveTimestamp: '2000',
    },
    MD5OfMessageAttributes: 'md5-of-attributes',
    MessageAttributes: {
      text: { DataType: 'String', StringValue: 'x' },
      bytes: { DataType: 'Binary', BinaryValue: 'AAE=' },
    },
  });

  const { Records } = queueEvent(mapping, [sent], 86_400_000);

  expect(Records).toEqual([
    {
      messageId: 'a',
      receiptHandle: 'handle-a',
      body: '{}',
      // A day ahead, as the clock of the lab is.
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '86401000',
        ApproximateFirstReceiveTimestamp: '86402000',
      },
      messageAttributes: {
        text: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
        bytes: { binaryValue: 'AAE=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
      },
      md5OfBody: 'md5',
      md5OfMessageAttributes: 'md5-of-attributes',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:q',
      awsRegion: 'eu-west-1',
    },
  ]);
});
