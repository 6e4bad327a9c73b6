import { fieldsOf, jsonIn } from '../../lib/model/json.ts';

/** What a function's log says went wrong, in words. */

export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: 'error' | 'warning';
  readonly requestId?: string;
  /** What happened: one sentence or less. */
  readonly what: string;
  /** Why; empty where the log does not say. */
  readonly why: string;
  /** What a person can do, where that is known from the line alone. */
  readonly remedy?: string;
  /** What it was about: Region, ids. */
  readonly about: readonly string[];
}

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** What the logger puts on every line, and what stands in a sentence of its own. */
const NOT_ABOUT: ReadonlySet<string> = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'requestId',
  'sampling_rate',
  'xray_trace_id',
  'reason',
  'cause',
  'detail',
  'error',
  'retry',
]);

const REMEDIES: Readonly<Record<string, string>> = {
  'not permitted':
    'Run "peering doctor": it names the permission. "peering deploy" puts the role of the function right.',
};

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function about(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(fields).flatMap(([key, value]) =>
    !NOT_ABOUT.has(key) && ['string', 'number', 'boolean'].includes(typeof value)
      ? [`${key} ${String(value)}`]
      : [],
  );
}

/** A line of our own logger. */
function logged(fields: Readonly<Record<string, unknown>>): Omit<LogEntry, 'at'> | undefined {
  const level = textOf(fields.level);
  if (level !== 'ERROR' && level !== 'WARN' && level !== 'CRITICAL') {
    return undefined;
  }
  const what = textOf(fields.message);
  const { errorType, errorMessage } = fieldsOf(fields.message);
  if (what === '' && errorMessage !== undefined) {
    return failed(textOf(errorType), textOf(errorMessage), textOf(fields.requestId));
  }
  const remedy = REMEDIES[what];
  const requestId = textOf(fields.requestId);
  return {
    level: level === 'WARN' ? 'warning' : 'error',
    what,
    why: [fields.reason, fields.cause, fields.detail].map(textOf).find((text) => text !== '') ?? '',
    about: about(fields),
    ...(requestId === '' ? {} : { requestId }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** An error that ended an invocation. */
function failed(type: string, message: string, requestId: string): Omit<LogEntry, 'at'> {
  return {
    level: 'error',
    what: 'the invocation failed',
    why: type === '' || type === 'Error' || message.startsWith(type) ? message : `${type}: ${message}`,
    about: [],
    ...(requestId === '' ? {} : { requestId }),
  };
}

const REQUEST_ID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/;

/** What Lambda itself writes of an invocation that it ended. Source: Lambda guide, "Troubleshoot execution issues". */
function endedByLambda(text: string): Omit<LogEntry, 'at'> | undefined {
  const requestId = REQUEST_ID.exec(text)?.[0];
  const named = requestId === undefined ? {} : { requestId };
  const seconds = /Task timed out after ([\d.]+) seconds/.exec(text)?.[1];
  if (seconds !== undefined) {
    return {
      level: 'error',
      what: `the invocation was ended after ${Number(seconds)} seconds, which is all the time it has`,
      why: 'Its work was not done by then. Events are handed to it again; what a sweep left is done by the next one.',
      remedy: 'If that comes again and again, see docs/performance.md for what one Region can hold.',
      about: [],
      ...named,
    };
  }
  if (/Runtime exited|Runtime\.ExitError|Runtime\.OutOfMemory/.test(text)) {
    return {
      level: 'error',
      what: 'the process of the function ended in the middle of its work',
      why: text.replace(/^.*?Error: /s, '').trim(),
      remedy:
        'Look at "Max Memory Used" in the REPORT line of the same request id: if it is all of "Memory Size", give the function more (memorySize in serverless.yml).',
      about: [],
      ...named,
    };
  }
  return undefined;
}

/** The object in a line of Lambda, which stands alone or behind a time, an id and "Invoke Error". */
function objectIn(text: string): Readonly<Record<string, unknown>> {
  const start = text.indexOf('{');
  // No JSON, or cut off: then it is no line of a logger.
  return start < 0 ? {} : fieldsOf(jsonIn(text.slice(start)));
}

/** @returns undefined for a line that tells of nothing wrong. */
export function entryOf({ at, text }: LogLine): LogEntry | undefined {
  const fields = objectIn(text);
  const { errorType, errorMessage } = fields;
  const found =
    logged(fields) ??
    (typeof errorMessage === 'string'
      ? (endedByLambda(errorMessage) ??
        failed(textOf(errorType), errorMessage, REQUEST_ID.exec(text)?.[0] ?? ''))
      : endedByLambda(text));
  return found === undefined ? undefined : { at, ...found };
}

export interface FoldedEntry extends LogEntry {
  readonly times: number;
  /** When it was first said. Milliseconds since the epoch; `at` is when it was last said. */
  readonly first: number;
}

/** What is the same but for its time and request once, at the time of the last one; the last one last. */
export function folded(entries: readonly LogEntry[]): FoldedEntry[] {
  const byText = new Map<string, FoldedEntry>();
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    const key = JSON.stringify([entry.level, entry.what, entry.why, entry.about]);
    const same = byText.get(key);
    byText.delete(key);
    byText.set(key, { ...entry, times: (same?.times ?? 0) + 1, first: same?.first ?? entry.at });
  }
  return [...byText.values()];
}
