import type { MemoryAws } from './memory-aws.ts';

/** Where in a call a fault strikes: before AWS does anything, or after it did everything (an answer that got lost). */
export interface CallFault {
  readonly when: 'before' | 'after';
  readonly error: Error;
}

/** Every function of an object, handed through `around` with its name. */
function wrapped<Api extends object>(
  api: Api,
  around: (name: string, run: () => Promise<unknown>) => Promise<unknown>,
): Api {
  return Object.fromEntries(
    Object.entries(api).map(([name, method]) => [
      name,
      (...given: readonly unknown[]) =>
        around(name, () => (method as (...args: readonly unknown[]) => Promise<unknown>)(...given)),
    ]),
  ) as Api;
}

/** The same AWS, with a fault at chosen calls. Calls are numbered from 0: reads, writes, events, messages and memory. */
export function withFaults(aws: MemoryAws, faultAt: (call: string, index: number) => CallFault | undefined) {
  const calls: string[] = [];
  const around = (group: string) => async (name: string, run: () => Promise<unknown>) => {
    const call = `${group}.${name}`;
    const fault = faultAt(call, calls.length);
    calls.push(call);
    if (fault?.when === 'before') throw fault.error;
    const answer = await run();
    if (fault?.when === 'after') throw fault.error;
    return answer;
  };
  return {
    ...aws,
    calls,
    reader: wrapped(aws.reader, around('read')),
    writer: wrapped(aws.writer, around('write')),
    bus: wrapped(aws.bus, around('bus')),
    topic: wrapped(aws.topic, around('topic')),
    memory: {
      ...aws.memory,
      ...wrapped(
        { read: aws.memory.read, readNote: aws.memory.readNote, update: aws.memory.update },
        around('memory'),
      ),
    },
  };
}
