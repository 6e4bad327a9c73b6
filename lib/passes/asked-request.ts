import { shown } from '../messages/text.ts';
import { acceptanceOf } from '../model/acceptance.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Peering } from '../model/peering.ts';
import type { Answered, AnswerRequestDependencies, AskedAnswer } from './judge-answer.ts';
import { CARRIED_OUT } from './request-calls.ts';

/** The request that somebody asks to answer, as EC2 shows it now; undefined where it shows none. */
export async function readRequest(
  { reader }: Pick<AnswerRequestDependencies, 'reader'>,
  { region, peeringId }: AskedAnswer,
): Promise<Peering | undefined> {
  try {
    const found = await reader.readPeerings(region, { peeringIds: [peeringId] });
    return found.find((each) => each.peeringId === peeringId);
  } catch (error) {
    if (classifyAwsError(error).kind === 'not-found') {
      return undefined;
    }
    throw error;
  }
}

/** A second click, or a click after somebody else has answered. */
export async function saidAlready(
  { memory }: Pick<AnswerRequestDependencies, 'memory'>,
  { status, peeringId, accepter }: Peering,
  { answer }: AskedAnswer,
): Promise<Answered | undefined> {
  if (!CARRIED_OUT[answer].includes(status)) {
    return undefined;
  }
  if (answer === 'reject') {
    return { result: 'unchanged', text: `${peeringId} is rejected already.` };
  }
  const { notes } = await memory.read(accepter.region);
  const acceptance = acceptanceOf(notes, peeringId);
  const by = acceptance === undefined ? '' : ` by ${shown(acceptance.by)} as rule ${shown(acceptance.rule)}`;
  return { result: 'unchanged', text: `${peeringId} was accepted already${by}; it is ${status}.` };
}
