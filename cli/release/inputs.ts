import { loadPolicy } from '../../lib/policy/load.ts';
import {
  dependsOnAccount,
  isPolicyFolder,
  policyInFolder,
  readPolicyFolder,
} from '../../lib/policy/policy-folder.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { filesAtStage, unusedOptions } from '../../lib/policy/stack-file.ts';
import type { StackOptions } from '../../lib/policy/stack-schema.ts';
import type { Manifest } from './installation.ts';
import { runbooksInRepository } from './repository-pages.ts';

/** The files that a stack is made of, checked: the policy, and the options of the stack beside it. */
export interface ReleaseInputs {
  readonly policy: Policy;
  /** The file that judges: of a folder the one that was chosen, or the one that `peering-stack.yml` names for the stage. */
  readonly policyFile: string;
  /** The account that it was chosen for, where that mattered. */
  readonly accountId?: string;
  readonly options: StackOptions;
  readonly warnings: readonly string[];
}

export interface InputsAsked {
  /** A policy file, or a folder of them. */
  readonly place: string;
  readonly stage: string;
  readonly manifest: Manifest;
  /** Asked only where a folder has a policy for some account. */
  callerAccount(): Promise<string>;
}

/** What the options leave open, and package.json says. */
function withRepository(options: StackOptions, manifest: Manifest): StackOptions {
  const runbooks = options.runbooks ?? runbooksInRepository(manifest);
  return runbooks === undefined ? options : { ...options, runbooks };
}

async function chosenIn(
  directory: string,
  stage: string,
  callerAccount: InputsAsked['callerAccount'],
): Promise<{ readonly file: string; readonly accountId?: string }> {
  const folder = readPolicyFolder(directory);
  const account = dependsOnAccount(folder, stage) ? { accountId: await callerAccount() } : {};
  return { file: policyInFolder(folder, { stage, ...account }).file, ...account };
}

/**
 * Reads `peering-stack.yml` beside what was named, and the policy of the stage.
 *
 * @throws PolicyError with file, line and column of everything that is wrong.
 */
export async function readInputs({
  place,
  stage,
  manifest,
  callerAccount,
}: InputsAsked): Promise<ReleaseInputs> {
  const { policy, options } = filesAtStage(place, stage);
  const { file, ...account }: { readonly file: string; readonly accountId?: string } = isPolicyFolder(policy)
    ? await chosenIn(policy, stage, callerAccount)
    : { file: policy };
  const { policy: judging, warnings } = loadPolicy(file, account.accountId);
  return {
    policy: judging,
    warnings: [...warnings, ...unusedOptions(place, stage, { policy: judging, file })],
    ...account,
    policyFile: file,
    options: withRepository(options, manifest),
  };
}
