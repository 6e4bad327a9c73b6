import { optionsBeside } from '../../lib/policy/stack-file.ts';
import type { StackOptions } from '../../lib/policy/stack-schema.ts';
import { CliError, describeError } from '../errors.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { shown } from '../output.ts';
import { policiesOrDefault, policyPlace } from '../policy.ts';
import { callerAccount } from '../source/live.ts';
import { findStack, stackName } from '../stack.ts';
import type { Invocation } from '../verb.ts';
import { regionOfStack, requirePlace } from './asked.ts';
import { stackOfStage } from './elsewhere.ts';
import { FORMS, validated } from './forms.ts';
import { type LeftAsked, type NetworkLeft, readNetworkLeft } from './network-left.ts';
import { belongsToProduct } from './stack-condition.ts';
import { createStacks, type StackPlace, type StackState, type Stacks } from './stacks.ts';

/** The stack that is to be removed: it is found and removed whatever became of its files. */
export interface AskedRemoval {
  readonly place: StackPlace;
  readonly accountId: string;
  /** The ARN of the caller, for the history. */
  readonly by: string;
  readonly stacks: Stacks;
  /** Left out: there is none. */
  readonly state?: StackState;
  /** Left out: it could not be read. */
  readonly left?: NetworkLeft;
  /** Why not, as a sentence, if there is more to say than that there is no registry. */
  readonly unread?: string;
  readonly registry?: LeftAsked;
  readonly tagPrefix: string;
}

/** Of the stack file beside the policy, if it can be read: it says where the stack is, and whose. */
function optionsIfAny(invocation: Invocation, stage: string): Pick<StackOptions, 'account' | 'region'> {
  const place = policyPlace(invocation);
  try {
    return optionsBeside(place, stage);
  } catch (error) {
    invocation.output.note(`note: ${describeError(error)} It is not needed to remove the stack.`);
    return {};
  }
}

async function registryOf(
  invocation: Invocation,
  { name, region }: StackPlace,
  accountId: string,
): Promise<LeftAsked | undefined> {
  const stack = await findStack([region], invocation.options.stage);
  const table = stack?.name === name ? stack.resources.get('Registry') : undefined;
  if (table === undefined) {
    return undefined;
  }
  const policy = policiesOrDefault(invocation).of(accountId);
  return {
    table,
    home: region,
    regions: policy.regions.length === 0 ? [region] : policy.regions,
    tagPrefix: policy.tagPrefix,
  };
}

async function leftOf(
  invocation: Invocation,
  place: StackPlace,
  accountId: string,
): Promise<Pick<AskedRemoval, 'left' | 'registry' | 'unread'>> {
  try {
    const registry = await registryOf(invocation, place, accountId);
    return registry === undefined ? {} : { registry, left: await readNetworkLeft(registry) };
  } catch (error) {
    return { unread: describeError(error) };
  }
}

/** Where the stack is in another managed Region, there is something to remove. @throws CliError that says where */
async function refuseElsewhere(invocation: Invocation, region: string, accountId: string): Promise<void> {
  const stage = invocation.options.stage ?? DEFAULT_STAGE;
  const found = await stackOfStage([region, ...managedRegions(invocation, accountId)], stage, (text) =>
    invocation.output.note(text),
  );
  if (found !== undefined) {
    throw new CliError(
      `The stack of this stage is ${found.name} in ${found.region}, not in ${region}. Name that: --region ${found.region}, or region in peering-stack.yml.`,
    );
  }
}

/** None where the policy cannot be read: it is not needed to remove the stack. */
function managedRegions(invocation: Invocation, accountId: string): readonly string[] {
  try {
    return policiesOrDefault(invocation).of(accountId).regions;
  } catch (error) {
    invocation.output.note(`note: ${describeError(error)}`);
    return [];
  }
}

/** @throws CliError for the wrong account or Region, and for a stack of somebody else's. */
export async function askedRemoval(invocation: Invocation): Promise<AskedRemoval> {
  const stage = validated('stage', invocation.options.stage ?? DEFAULT_STAGE, FORMS.stage);
  const options = optionsIfAny(invocation, stage);
  const region = await regionOfStack(invocation, options.region);
  const { accountId, arn } = await callerAccount(region);
  requirePlace(options, { accountId, region });
  const place = { name: stackName(stage), region };
  const stacks = createStacks(place);
  const state = await stacks.read();
  const asked = { place, accountId, by: arn, stacks, tagPrefix: 'peering-autopilot' };
  if (state === undefined) {
    await refuseElsewhere(invocation, place.region, accountId);
    return asked;
  }
  if (!belongsToProduct(await stacks.template())) {
    throw new CliError(
      `The stack ${shown(place.name, 100)} in ${region} is not of this product, so it is left alone. Name the --stage and --region of the one that is meant.`,
    );
  }
  const left = await leftOf(invocation, place, accountId);
  return { ...asked, state, ...left, tagPrefix: left.registry?.tagPrefix ?? asked.tagPrefix };
}
