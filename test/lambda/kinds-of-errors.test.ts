import { FUNCTIONS, type FunctionName } from '../../resources/functions.ts';
import { REGION } from '../support/fixtures.ts';
import { awsError } from '../support/memory-ec2.ts';
import { EVENTS, everyCall, memoryJournal, memoryPorts, POLICY, runOnce } from './functions-in-memory.ts';

/**
 * Every function, with every call that it makes failing with every kind of error: what passes by itself raises no alarm, and
 * what is not permitted always raises one.
 */

jest.mock('virtual:peering-policy', () => ({ __esModule: true, default: POLICY }), { virtual: true });
jest.mock('../../lib/lambda/filled-ports.ts', () => memoryPorts());
jest.mock('../../lib/lambda/powertools.ts', () => memoryJournal());
// Nothing has to be waited for.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

process.env.AWS_REGION = REGION;

const BY_SCP =
  'User: arn:aws:sts::111111111111:assumed-role/x/y is not authorized to perform this with an explicit deny in a service control policy';

const PASSING: readonly (readonly [string, Error])[] = [
  ['EC2 throttles', awsError('RequestLimitExceeded', 'Request limit exceeded.', 503)],
  ['another service throttles', awsError('ThrottlingException', 'Rate exceeded')],
  ['DynamoDB throttles', awsError('ProvisionedThroughputExceededException', 'too much')],
  ['there was no answer in time', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ['EC2 has an internal error', awsError('InternalError', 'An internal error has occurred', 500)],
  ['a service answers 503 with a code of its own', awsError('NeverHeardOf', 'come back later', 503)],
  ['the connection breaks', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  [
    'no name server answers',
    new Error('failed', { cause: Object.assign(new Error('x'), { code: 'EAI_AGAIN' }) }),
  ],
];

const DENIED: readonly (readonly [string, Error])[] = [
  ['AccessDeniedException', awsError('AccessDeniedException', 'not authorized')],
  ['AccessDenied', awsError('AccessDenied', 'not authorized', 403)],
  ['UnauthorizedOperation', awsError('UnauthorizedOperation', 'You are not authorized', 403)],
  ['a service control policy, told by EC2', awsError('UnauthorizedOperation', BY_SCP, 403)],
  ['a service control policy, told by others', awsError('AccessDeniedException', BY_SCP, 400)],
  ['a topic', awsError('AuthorizationError', 'not authorized', 403)],
];

/** Calls that may be refused, and the function is right all the same. */
const MAY_BE_DENIED: ReadonlySet<string> = new Set([
  // The account at the other end may not run this product, or not trust this account.
  'peerBuses.publishTo',
]);

function handlerOf(name: FunctionName) {
  return require(`../../handlers/${name}.ts`).handler;
}

interface Case {
  readonly name: FunctionName;
  readonly event: unknown;
  readonly call: string;
}

/** Each call that a function makes for one of its events, once. */
async function readCases(): Promise<Case[]> {
  const found: Case[] = [];
  for (const name of FUNCTIONS) {
    for (const event of EVENTS[name]) {
      const { calls } = await runOnce(handlerOf(name), event);
      found.push(...[...new Set(calls)].map((call) => ({ name, event, call })));
    }
  }
  return found;
}

let known: Promise<readonly Case[]> | undefined;

/** Without a fault the functions make the same calls each time: they are asked once. */
function cases(): Promise<readonly Case[]> {
  known ??= readCases();
  return known;
}

function faulty({ name, event, call }: Case, error: Error) {
  return runOnce(handlerOf(name), event, (made) => (made === call ? error : undefined));
}

describe('the functions', () => {
  it('are all of the stack, and each is seen making calls', async () => {
    expect(Object.keys(EVENTS).sort()).toEqual([...FUNCTIONS].sort());
    for (const name of FUNCTIONS) {
      expect(EVENTS[name]).not.toEqual([]);
      for (const event of EVENTS[name]) {
        const { calls, permanentFailures, thrown } = await runOnce(handlerOf(name), event);
        expect({ name, permanentFailures, thrown }).toEqual({ name });
        expect({ name, calls }).not.toEqual({ name, calls: [] });
      }
    }
  });

  it('make between them every kind of call there is', async () => {
    const made = new Set((await cases()).map(({ call }) => call));
    expect([...made].sort()).toEqual(everyCall());
  });
});

describe('an error that passes raises no alarm', () => {
  it.each(PASSING)('%s', async (_what, error) => {
    const alarms: string[] = [];
    for (const each of await cases()) {
      const { permanentFailures } = await faulty(each, error);
      if (permanentFailures !== undefined) alarms.push(`${each.name} ${each.call}: ${permanentFailures}`);
    }
    expect(alarms).toEqual([]);
  });
});

describe('a call that is not permitted raises an alarm and is not tried again', () => {
  it.each(DENIED)('%s', async (_what, error) => {
    const wrong: string[] = [];
    for (const each of await cases()) {
      const { permanentFailures = 0, thrown } = await faulty(each, error);
      if (permanentFailures > 0 === MAY_BE_DENIED.has(each.call)) {
        wrong.push(`${each.name} ${each.call}: ${permanentFailures} counted`);
      }
      if (thrown !== undefined) {
        wrong.push(`${each.name} ${each.call}: fails with ${String(thrown)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
