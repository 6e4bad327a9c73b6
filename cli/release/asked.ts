import { resolve } from 'node:path';
import type { StackOptions } from '../../lib/policy/stack-schema.ts';
import { CliError } from '../errors.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { policyPlace, stackOptionsOf } from '../policy.ts';
import { callerAccount, defaultRegion } from '../source/live.ts';
import { stackName } from '../stack.ts';
import type { Invocation } from '../verb.ts';
import { FORMS, regionOption, validated } from './forms.ts';
import { type ReleaseInputs, readInputs } from './inputs.ts';
import { type Installation, installation } from './installation.ts';
import { arnRefusal } from './other-region.ts';
import { type Place, placeRefusal } from './place-refusal.ts';
import type { StackPlace } from './stacks.ts';

/** Which stack is meant, and the files that it is made of. */
export interface AskedStack {
  readonly stage: string;
  readonly place: StackPlace;
  readonly accountId: string;
  readonly inputs: ReleaseInputs;
  readonly installation: Installation;
}

/**
 * Where the stack is: `--region`, else what the stack file says, else that of the AWS settings.
 *
 * @param written in the stack file.
 * @throws CliError where nothing says one: a stack in a Region that nobody named would be found by nobody.
 */
export async function regionOfStack(
  { options }: Pick<Invocation, 'options'>,
  written: string | undefined,
): Promise<string> {
  return regionOption(options) ?? written ?? validated('region', await defaultRegion(NAME_ONE), FORMS.region);
}

const NAME_ONE = 'Name one with --region, set AWS_REGION, or write region into peering-stack.yml.';

/** @throws CliError where the stack is elsewhere. */
export function requirePlace(options: Pick<StackOptions, 'account' | 'region'>, place: Place): void {
  const refusal = placeRefusal(options, place);
  if (refusal !== undefined) {
    throw new CliError(refusal);
  }
}

/**
 * Reads the files, and asks AWS who is asking.
 *
 * @throws PolicyError with every problem of the files; CliError for the wrong account or Region, also of what they name.
 */
export async function askedStack(invocation: Invocation): Promise<AskedStack> {
  const { options, output } = invocation;
  const found = installation();
  const stage = validated('stage', options.stage ?? DEFAULT_STAGE, FORMS.stage);
  let accountId: string | undefined;
  const caller = async () => {
    accountId ??= (await callerAccount(await regionOfStack(invocation, stackOptionsOf(invocation).region)))
      .accountId;
    return accountId;
  };
  const place = resolve(policyPlace(invocation));
  const inputs = await readInputs({ place, stage, manifest: found.manifest, callerAccount: caller });
  for (const warning of inputs.warnings) output.note(warning);
  const region = await regionOfStack(invocation, inputs.options.region);
  requirePlace(inputs.options, { accountId: await caller(), region });
  const refusal = arnRefusal(region, inputs);
  if (refusal !== undefined) throw new CliError(refusal);
  return {
    stage,
    place: { name: stackName(stage), region },
    accountId: await caller(),
    inputs,
    installation: found,
  };
}
