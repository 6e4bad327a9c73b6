import { carryOutAnswer, NotRemembered } from '../../lib/passes/carry-out-answer.ts';
import type { PersonsAnswer } from '../../lib/passes/persons-answer.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import type { Answering } from './answering.ts';

/**
 * Gives an answer as the function for chat does.
 *
 * @returns what was not done beside the answer, as sentences.
 * @throws CliError when nothing may be remembered, and AWS errors when EC2 does not take the answer; then it is forgotten again.
 */
export async function carryOut(
  { work: { policy, reader, writer, journal }, registry }: Answering,
  answer: PersonsAnswer,
): Promise<string[]> {
  try {
    return await carryOutAnswer(
      { policy, reader, writer, memory: registry, journal, now: () => new Date() },
      answer,
    );
  } catch (error) {
    if (error instanceof NotRemembered) {
      throw new CliError(`${shown(error.message)} docs/cli.md names the permissions.`, { cause: error });
    }
    throw error;
  }
}
