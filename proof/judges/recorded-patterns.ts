import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import JSON5 from 'json5';
import { compileEventPattern, EventPatternError } from 'local-aws-peering/parts';
import { PROJECT_ROOT } from '../../build/bundle.ts';

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

/** Asks someone all of them. @returns the ones answered otherwise than by EventBridge. */
export async function answeredOtherwise(
  recorded: readonly RecordedPattern[],
  ask: (pattern: string, event: string) => PatternAnswer | Promise<PatternAnswer>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { name, pattern, event, answer } of recorded) {
    const given = await ask(JSON.stringify(pattern), JSON.stringify(event));
    if (given !== answer) {
      wrong.push(`${name}: EventBridge said "${answer}", here it is "${given}"`);
    }
  }
  return wrong;
}

/** The local AWS's own answer. */
export function labAnswer(pattern: string, event: string): PatternAnswer {
  try {
    return compileEventPattern(pattern)(JSON.parse(event)) ? 'matches' : 'does not match';
  } catch (error) {
    if (error instanceof EventPatternError) {
      return 'refused';
    }
    throw error;
  }
}
