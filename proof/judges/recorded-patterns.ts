import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import JSON5 from 'json5';
import { compileEventPattern, EventPatternError } from 'local-aws-peering/parts';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { awsCliInOneProcess, type CliRun } from '../../test/support/aws-cli.ts';

/**
 * Event patterns of every kind with an event each, and what EventBridge itself answered: recorded on AWS by the authors
 * of LocalStack (tests/aws/services/events/event_pattern_templates, Apache-2.0). They lie beside the project, not in it.
 */
export interface RecordedPattern {
  readonly name: string;
  readonly pattern: unknown;
  readonly event: unknown;
  readonly answer: PatternAnswer;
}

type Asked = Pick<RecordedPattern, 'pattern' | 'event'>;

/** What EventBridge says of a pattern and an event. */
export type PatternAnswer = 'matches' | 'does not match' | 'refused';

export const RECORDED_PATTERNS = join(PROJECT_ROOT, '../shared/judges/eventbridge-patterns');

function answerIn(name: string): PatternAnswer {
  if (name.endsWith('_EXC')) {
    return 'refused';
  }
  return name.endsWith('_NEG') ? 'does not match' : 'matches';
}

/** Undefined when they are not beside this copy of the project. */
export function readRecordedPatterns(folder = RECORDED_PATTERNS): RecordedPattern[] | undefined {
  if (!existsSync(folder)) {
    return undefined;
  }
  // Two `.json` files beside them are no cases.
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json5'))
    .sort()
    .map((file) => {
      const { Event, EventPattern } = JSON5.parse(readFileSync(join(folder, file), 'utf8'));
      const name = basename(file, '.json5');
      return { name, pattern: EventPattern, event: Event, answer: answerIn(name) };
    });
}

/** The command that asks the account of the environment about one of them. */
function testEventPattern({ pattern, event }: Asked): string[] {
  return [
    ...['events', 'test-event-pattern', '--output', 'json'],
    ...['--event-pattern', JSON.stringify(pattern), '--event', JSON.stringify(event)],
  ];
}

/** @throws when the AWS CLI said neither yes nor no, nor that the pattern is refused. */
export function answerOfCli({ code, stdout, stderr }: CliRun): PatternAnswer {
  if (stderr.includes('(InvalidEventPatternException)')) {
    return 'refused';
  }
  const result: unknown = code === 0 ? JSON.parse(stdout).Result : undefined;
  if (typeof result !== 'boolean') {
    throw new Error(`The AWS CLI ended with ${code} and said: ${stdout}${stderr}`);
  }
  return result ? 'matches' : 'does not match';
}

/**
 * Asks all of them with the AWS CLI: `aws events test-event-pattern`.
 * @param env whom it asks. @returns the ones answered otherwise than by EventBridge.
 */
export async function answeredOtherwiseToCli(
  recorded: readonly RecordedPattern[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const runs = await awsCliInOneProcess(env, recorded.map(testEventPattern));
  return answeredOtherwise(recorded, runs.map(answerOfCli));
}

/** @param answers to all of them, in their order. @returns the ones that are not EventBridge's. @throws when there are fewer or more. */
export function answeredOtherwise(
  recorded: readonly RecordedPattern[],
  answers: readonly PatternAnswer[],
): string[] {
  if (answers.length !== recorded.length) {
    throw new Error(`${recorded.length} patterns were asked, and ${answers.length} answered.`);
  }
  return recorded.flatMap(({ name, answer }, index) =>
    answers[index] === answer
      ? []
      : [`${name}: EventBridge said "${answer}", here it is "${answers[index]}"`],
  );
}

/** The local AWS's matcher's own answer. */
export function labAnswer({ pattern, event }: Asked): PatternAnswer {
  try {
    return compileEventPattern(JSON.stringify(pattern))(event) ? 'matches' : 'does not match';
  } catch (error) {
    if (error instanceof EventPatternError) {
      return 'refused';
    }
    throw error;
  }
}
