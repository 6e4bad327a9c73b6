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
  const body = typeof record === 'object' && record !== null && 'body' in record ? record.body : undefined;
  if (typeof body !== 'string') {
    return undefined;
  }
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
