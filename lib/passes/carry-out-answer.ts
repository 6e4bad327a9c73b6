import { classifyAwsError } from '../model/aws-error.ts';
import { decidedByTag, decisionTags } from '../policy/decision-tags.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import { countDenied } from './failure.ts';
import type { PersonsAnswer, Remembered } from './persons-answer.ts';
import { sendOrFindDone } from './request-calls.ts';
import type { RequestWriter } from './request-dependencies.ts';

export interface AnswerDependencies {
  readonly policy: Policy;
  readonly reader: NetworkReader;
  readonly writer: RequestWriter;
  /** The registry of the stack. */
  readonly memory: Pick<Memory, 'update'>;
  readonly journal: Pick<Journal, 'metric'>;
  readonly now: () => Date;
}

/** Thrown when the registry took no note of an answer: then the answer was not given. */
export class NotRemembered extends Error {
  override readonly name = 'NotRemembered';
}

async function takeBack(
  { memory }: Pick<AnswerDependencies, 'memory'>,
  remembered: readonly Remembered[],
): Promise<void> {
  for (const { region, back } of remembered) {
    await memory.update(region, back);
  }
}

/** Remembered first: who may not write the registry answers nothing. */
async function remember(
  dependencies: Pick<AnswerDependencies, 'memory'>,
  remembered: readonly Remembered[],
): Promise<void> {
  for (const { region, updates } of remembered) {
    try {
      await dependencies.memory.update(region, updates);
    } catch (error) {
      // An error may be an answer that got lost, of an update that was made.
      await takeBack(dependencies, remembered).catch(() => undefined);
      const { message } = classifyAwsError(error);
      throw new NotRemembered(
        `Nothing was answered: who does it has to be remembered in the registry of the stack, and that could not be written. ${message}`,
        { cause: error },
      );
    }
  }
}

/** Tags are for people, and nobody believes them: one that cannot be written is told, and fails nothing else. */
async function tag(
  { policy, writer, journal, now }: AnswerDependencies,
  { peering, decision, by }: PersonsAnswer,
): Promise<string[]> {
  const { peeringId, accepter } = peering;
  try {
    await writer.tag(accepter.region, peeringId, {
      ...decisionTags(policy.tagPrefix, decision, now()),
      ...decidedByTag(policy.tagPrefix, by),
    });
    return [];
  } catch (error) {
    countDenied(journal, error);
    return [`${peeringId} was not tagged with the decision: ${classifyAwsError(error).message}`];
  }
}

/**
 * Remembers an answer, gives it to EC2, and tags the peering with it.
 *
 * @returns what was not done beside the answer, as sentences.
 * @throws NotRemembered, and AWS errors when EC2 does not take the answer; then it is forgotten again.
 */
export async function carryOutAnswer(
  dependencies: AnswerDependencies,
  answer: PersonsAnswer,
): Promise<string[]> {
  const { peering, decision, remembered } = answer;
  await remember(dependencies, remembered);
  try {
    await sendOrFindDone(dependencies, peering, decision);
  } catch (error) {
    // A call without an answer may have been carried out; then what is remembered has to be there.
    if (classifyAwsError(error).kind !== 'transient') {
      await takeBack(dependencies, remembered);
    }
    throw error;
  }
  return tag(dependencies, answer);
}
