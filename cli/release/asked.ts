import { resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { policyPlace } from '../policy.ts';
import { callerAccount } from '../source/live.ts';
import { stackName } from '../stack.ts';
import type { Invocation } from '../verb.ts';
import { checked, FORMS, homeRegionOf } from './forms.ts';
import { type ReleaseInputs, readInputs } from './inputs.ts';
import { type Installation, installation } from './installation.ts';
import { arnRefusal } from './other-region.ts';
import type { StackPlace } from './stacks.ts';

/** Which stack is meant, and the files that it is made of. */
export interface AskedStack {
  readonly stage: string;
  readonly place: StackPlace;
  readonly accountId: string;
  readonly inputs: ReleaseInputs;
  readonly installation: Installation;
}

/** Where the command was not told: what the stack file says, and else what the AWS settings say. */
export function regionOfStack(
  { options, environment }: Pick<Invocation, 'options' | 'environment'>,
  written: string | undefined,
): string {
  const { region: given = [] } = options;
  if (written !== undefined && given.length === 0) {
    return written;
  }
  const region = homeRegionOf(options, environment);
  if (written !== undefined && region !== written) {
    throw new CliError(
      `peering-stack.yml says that the stack is in ${written}, not in ${region}. Leave --region out, or change the file.`,
    );
  }
  return region;
}

/** @throws CliError for credentials of another account than the stack's. */
function requireAccount(accountId: string, { account }: ReleaseInputs['options']): void {
  if (account !== undefined && account !== accountId) {
    throw new CliError(
      `The credentials are those of account ${accountId}, and peering-stack.yml says that the stack belongs to ${account}. Choose another profile (--profile), or change the file.`,
    );
  }
}

/**
 * Reads the files, and asks AWS who is asking.
 *
 * @throws PolicyError with every problem of the files; CliError for the wrong account or Region, also of what they name.
 */
export async function askedStack(invocation: Invocation): Promise<AskedStack> {
  const { options, environment, output } = invocation;
  const found = installation();
  const stage = checked('stage', options.stage ?? DEFAULT_STAGE, FORMS.stage);
  let accountId: string | undefined;
  const caller = async () => {
    accountId ??= (await callerAccount(homeRegionOf(options, environment))).accountId;
    return accountId;
  };
  const place = resolve(policyPlace(invocation));
  const inputs = await readInputs({ place, stage, manifest: found.manifest, callerAccount: caller });
  for (const warning of inputs.warnings) output.note(warning);
  const region = regionOfStack(invocation, inputs.options.region);
  requireAccount(await caller(), inputs.options);
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
