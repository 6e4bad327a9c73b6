import { entryOf, folded, type LogEntry } from '../../cli/logs/log-entry.ts';

/** What `peering logs` makes of lines that functions and Lambda write. */

const AT = Date.parse('2026-03-01T12:00:00Z');
const REQUEST_ID = '8f507cfc-7a3b-4697-b07a-ac58fc914c95';
const read = (text: string) => entryOf({ at: AT, text });

/** As Powertools writes a line. */
const logged = (level: string, message: unknown, fields: object = {}) =>
  JSON.stringify({
    level,
    message,
    timestamp: '2026-03-01T12:00:00.000Z',
    service: 'vpc-peering-autopilot',
    sampling_rate: 0,
    xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793',
    requestId: REQUEST_ID,
    ...fields,
  });

it('puts an error of the logger in a sentence with its reason, and what it was about', () => {
  const reason = 'CreateRoute of rtb-0a1b2c3d in us-east-1 failed: RouteLimitExceeded: no room';
  expect(read(logged('ERROR', 'change not made', { region: 'us-east-1', reason, retry: false }))).toEqual({
    at: AT,
    level: 'error',
    what: 'change not made',
    why: reason,
    about: ['region us-east-1'],
    requestId: REQUEST_ID,
  });
});

it('says what to do about a permission that is missing', () => {
  const entry = read(logged('ERROR', 'not permitted', { reason: 'AccessDenied' }));
  expect(entry?.remedy).toContain('peering doctor');
});

it('tells warnings from errors, and leaves out what is only told', () => {
  expect(read(logged('WARN', 'drift', { detail: 'a route is missing' }))).toMatchObject({
    level: 'warning',
    what: 'drift',
    why: 'a route is missing',
  });
  expect(read(logged('INFO', 'changed', { note: 'ERROR is only a word here' }))).toBeUndefined();
  for (const quiet of [
    `START RequestId: ${REQUEST_ID} Version: $LATEST`,
    `REPORT RequestId: ${REQUEST_ID}\tDuration: 12 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB`,
    '{"_aws":{"CloudWatchMetrics":[]},"PermanentFailures":1}',
    '{ no JSON ERROR',
    '',
  ]) {
    expect(read(quiet)).toBeUndefined();
  }
});

// The forms are those of the Lambda guide: the text format of Node.js, its JSON format, and what an invocation answers.
it.each([
  [
    `2026-03-01T12:00:00.000Z\t${REQUEST_ID}\tERROR\tInvoke Error \t${JSON.stringify({ errorType: 'AwsCallError', errorMessage: 'Query of table t failed: Throttling', stack: ['AwsCallError: …'] })}`,
    'AwsCallError: Query of table t failed: Throttling',
  ],
  [
    JSON.stringify({
      timestamp: '2026-03-01T12:00:00.000Z',
      level: 'ERROR',
      requestId: REQUEST_ID,
      message: { errorType: 'Error', errorMessage: 'no policy', stackTrace: [] },
    }),
    'no policy',
  ],
  [
    JSON.stringify({ errorType: 'TypeError', errorMessage: 'x is not a function' }),
    'TypeError: x is not a function',
  ],
])('tells of an error that ended an invocation: %#', (text, why) => {
  expect(read(text)).toMatchObject({ level: 'error', what: 'the invocation failed', why });
});

it.each([
  [`2026-03-01T12:00:00.000Z ${REQUEST_ID} Task timed out after 120.00 seconds`, 'ended after 120 seconds'],
  [
    JSON.stringify({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${REQUEST_ID} Error: Task timed out after 3.00 seconds`,
    }),
    'ended after 3 seconds',
  ],
  [
    `RequestId: ${REQUEST_ID} Error: Runtime exited with error: signal: killed`,
    'ended in the middle of its work',
  ],
])('says in words that Lambda ended an invocation: %#', (text, what) => {
  expect(read(text)).toMatchObject({
    level: 'error',
    what: expect.stringContaining(what),
    requestId: REQUEST_ID,
  });
});

it('says once what is said again and again, with how often and since when, and the latest last', () => {
  const entry = (at: number, what: string): LogEntry => ({
    at,
    level: 'error',
    what,
    why: '',
    about: [],
    requestId: `${at}`,
  });
  expect(folded([entry(3, 'a'), entry(1, 'a'), entry(2, 'b')])).toEqual([
    { ...entry(2, 'b'), times: 1, first: 2 },
    { ...entry(3, 'a'), times: 2, first: 1 },
  ]);
});
