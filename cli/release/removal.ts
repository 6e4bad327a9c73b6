import { CliError } from '../errors.ts';
import { conditionOf } from './stack-condition.ts';
import type { FailedResource, StackPlace, StackState, Stacks } from './stacks.ts';
import { failureText, settled, type WaitOptions } from './wait.ts';

/** Removes a stack, also one that an earlier removal left half done. */

/** What CloudFormation asks a function of the stack to take away; the account has nothing by that name. */
function isCustom({ type }: FailedResource): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

export interface RemovalOptions {
  readonly stacks: Stacks;
  readonly place: StackPlace;
  /** As it is before. */
  readonly state: StackState;
  readonly wait: WaitOptions;
  readonly now: () => Date;
}

export interface Removed {
  /** Logical ids of custom resources that the removal went on without. */
  readonly leftOut: readonly string[];
}

/** @throws CliError with what could not be deleted, and what to do. */
export async function removeSettled({ stacks, place, state, wait, now }: RemovalOptions): Promise<Removed> {
  const remove = async (retain: readonly string[]) => {
    const since = now();
    await stacks.delete(retain);
    const after = await settled(stacks, place, since, wait);
    const isGone = conditionOf(after, place.name, place.region).kind === 'absent';
    return { since, after: isGone ? undefined : after };
  };
  const first = await remove([]);
  if (first.after === undefined) {
    return { leftOut: [] };
  }
  const failed = await stacks.failedResources();
  const custom = failed.filter(isCustom).map(({ logicalId }) => logicalId);
  // The first time a person hears why, and can mend it; whoever comes again wants the stack gone.
  if (state.status !== 'DELETE_FAILED' || custom.length === 0) {
    throw await couldNot({ stacks, place, ...first, after: first.after, custom });
  }
  wait.progress(`removing the stack without ${custom.join(', ')}`);
  const second = await remove(custom);
  if (second.after !== undefined) {
    throw await couldNot({ stacks, place, ...second, after: second.after, custom: [] });
  }
  return { leftOut: custom };
}

async function couldNot({
  stacks,
  place: { name, region },
  since,
  after,
  custom,
}: Pick<RemovalOptions, 'stacks' | 'place'> & {
  readonly since: Date;
  readonly after: StackState;
  readonly custom: readonly string[];
}): Promise<CliError> {
  const why = failureText(await stacks.eventsSince(after.id, since));
  const remedy =
    custom.length === 0
      ? 'Mend it, and run this again.'
      : `Mend it, and run this again; if it fails once more, the removal goes on without ${custom.join(', ')}, as aws cloudformation delete-stack --stack-name ${name} --region ${region} --retain-resources ${custom.join(' ')} does.`;
  return new CliError(
    `The stack ${name} in ${region} could not be removed: it is ${after.status}. ${why} ${remedy}`,
  );
}
