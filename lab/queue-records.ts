import type { EventSourceMapping } from './event-source-mapping.ts';

/** A message as ReceiveMessage answers it. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<
    Record<
      string,
      {
        readonly DataType: string;
        readonly StringValue?: string;
        /** Base64. */
        readonly BinaryValue?: string;
      }
    >
  >;
}

const TIMES = ['SentTimestamp', 'ApproximateFirstReceiveTimestamp'];

/** SQS does not know of the lab's clock, which the function goes by. */
function byLabClock(attributes: Readonly<Record<string, string>>, aheadMs: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      TIMES.includes(name) ? String(Number(value) + aheadMs) : value,
    ]),
  );
}

/**
 * The event of a function that a queue's messages go to (Lambda developer guide, "Using Lambda with Amazon SQS").
 * @param aheadMs how far the lab's clock is ahead of the machine's.
 */
export function queueEvent(
  { queueArn, region }: EventSourceMapping,
  messages: readonly ReceivedMessage[],
  aheadMs: number,
): { readonly Records: readonly Readonly<Record<string, unknown>>[] } {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: byLabClock(message.Attributes ?? {}, aheadMs),
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(
          ([name, { DataType, StringValue, BinaryValue }]) => [
            name,
            {
              ...(StringValue === undefined ? {} : { stringValue: StringValue }),
              ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
              stringListValues: [],
              binaryListValues: [],
              dataType: DataType,
            },
          ],
        ),
      ),
      md5OfBody: message.MD5OfBody,
      ...(message.MD5OfMessageAttributes === undefined
        ? {}
        : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: region,
    })),
  };
}

/** The same message as if its times were so much earlier. */
export function agedBy(message: ReceivedMessage, milliseconds: number): ReceivedMessage {
  const { Attributes = {} } = message;
  const aged = ['SentTimestamp', 'ApproximateFirstReceiveTimestamp'].flatMap((name) =>
    Attributes[name] === undefined ? [] : [[name, String(Number(Attributes[name]) - milliseconds)] as const],
  );
  return { ...message, Attributes: { ...Attributes, ...Object.fromEntries(aged) } };
}

interface BatchResponse {
  readonly batchItemFailures?: readonly { readonly itemIdentifier?: unknown }[] | null;
}

/**
 * The messages that a function's answer calls failed. As on AWS, nothing means that all went well, and an answer that
 * names no message of the batch means that all of them failed.
 * @param payload JSON
 */
export function failedOf(messages: readonly ReceivedMessage[], payload: string): readonly ReceivedMessage[] {
  const answer: unknown = JSON.parse(payload);
  if (answer === null || answer === '') {
    return [];
  }
  if (typeof answer !== 'object') {
    return messages;
  }
  const { batchItemFailures } = answer as BatchResponse;
  if (batchItemFailures === undefined || batchItemFailures === null) {
    return [];
  }
  if (!Array.isArray(batchItemFailures)) {
    return messages;
  }
  const names = batchItemFailures.map(
    (item: { readonly itemIdentifier?: unknown } | null) => item?.itemIdentifier,
  );
  const failed = messages.filter(({ MessageId }) => names.includes(MessageId));
  return names.every((name) => failed.some(({ MessageId }) => MessageId === name)) ? failed : messages;
}
