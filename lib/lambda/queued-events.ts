import { fieldsOf, jsonIn } from '../model/json.ts';

/**
 * The events in what Lambda hands over: those in the messages of a queue (Lambda developer guide, "Using Lambda with Amazon
 * SQS"), or the one event itself where a person invokes the function. A body that is no JSON is one event that nobody can
 * read; it is dropped like any other of that kind.
 */
export function eventsIn(event: unknown): readonly unknown[] {
  if (typeof event !== 'object' || event === null || !('Records' in event) || !Array.isArray(event.Records)) {
    return [event];
  }
  return event.Records.map((record: unknown) => bodyOf(record));
}

function bodyOf(record: unknown): unknown {
  const { body } = fieldsOf(record);
  return typeof body === 'string' ? jsonIn(body) : undefined;
}
