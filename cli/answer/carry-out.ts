import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { sendOrFindDone } from '../../lib/passes/request-calls.ts';
import { decisionTags } from '../../lib/policy/decision-tags.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import type { Answering, Remembered } from './answering.ts';

/** A tag's value holds at most 256 characters (EC2 user guide, "Tag restrictions"). */
const TAG_VALUE = 256;

async function takeBack({ registry }: Answering, remembered: readonly Remembered[]): Promise<void> {
  for (const { region, back } of remembered) {
    await registry.update(region, back);
  }
}

/** Remembered first: who may not write the registry answers nothing. */
async function remember(answering: Answering, remembered: readonly Remembered[]): Promise<void> {
  for (const { region, updates } of remembered) {
    try {
      await answering.registry.update(region, updates);
    } catch (error) {
      // An error may be an answer that got lost, of an update that was made.
      await takeBack(answering, remembered).catch(() => undefined);
      const { message } = classifyAwsError(error);
      throw new CliError(
        `Nothing was answered: who does it has to be remembered in the registry of the stack, and that could not be written. ${shown(message)} docs/cli.md names the permissions.`,
        { cause: error },
      );
    }
  }
}

/** Tags are for people, and nobody believes them: one that cannot be written is told, and fails nothing else. */
async function tag(
  { work, peering, by }: Answering,
  decision: { readonly decision: 'accept' | 'reject'; readonly rule?: string },
): Promise<string[]> {
  const { policy, writer } = work;
  const { peeringId, accepter } = peering;
  try {
    await writer.tag(accepter.region, peeringId, {
      ...decisionTags(policy.tagPrefix, decision, new Date()),
      [`${policy.tagPrefix}:decided-by`]: by.slice(0, TAG_VALUE),
    });
    return [];
  } catch (error) {
    return [`${peeringId} was not tagged with the decision: ${classifyAwsError(error).message}`];
  }
}

/**
 * Remembers an answer, gives it to EC2, and tags the peering with it.
 *
 * @returns what was not done beside the answer, as sentences.
 * @throws CliError when nothing may be remembered, and AWS errors when EC2 does not take the answer; then it is forgotten again.
 */
export async function carryOut(
  answering: Answering,
  decision: { readonly decision: 'accept' | 'reject'; readonly rule?: string },
  remembered: readonly Remembered[],
): Promise<string[]> {
  const { work, peering } = answering;
  await remember(answering, remembered);
  try {
    await sendOrFindDone(work, peering, decision);
  } catch (error) {
    // A call without an answer may have been carried out; then what is remembered has to be there.
    if (classifyAwsError(error).kind !== 'transient') {
      await takeBack(answering, remembered);
    }
    throw error;
  }
  return tag(answering, decision);
}
