import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadPolicy, PolicyError } from '../lib/policy/load.ts';
import {
  dependsOnAccount,
  isPolicyFolder,
  policyInFolder,
  readPolicyFolder,
} from '../lib/policy/policy-folder.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { filesAtStage } from '../lib/policy/stack-file.ts';
import type { StackOptions } from '../lib/policy/stack-schema.ts';
import { type Bundle, buildFunctions, PROJECT_ROOT } from './bundle.ts';
import { policyPlace } from './policy-module.ts';
import { type ProjectFile, runbooksInRepository } from './repository-pages.ts';

/** A policy and options of the stack that may be deployed, or what is wrong with the files. */
export type CheckedPolicy =
  | {
      readonly policy: Policy;
      /** The file, where it is one of several: of a folder, or of stages. */
      readonly chosen?: string;
      /** The account that it was chosen for, where that mattered. */
      readonly accountId?: string;
      readonly options: StackOptions;
      readonly warnings: readonly string[];
    }
  | { readonly problem: PolicyError };

/** The framework asks more than once (for the resources, the check and the bundles): all must see the same policy. */
let checked: Promise<CheckedPolicy> | undefined;

/** What the options leave open, and package.json says. */
function withRepository(options: StackOptions): StackOptions {
  const file: ProjectFile = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  const runbooks = options.runbooks ?? runbooksInRepository(file);
  return runbooks === undefined ? options : { ...options, runbooks };
}

/** Asked only where a folder has a policy for some account. The framework does not know it yet when it asks for the resources. */
async function callerAccount(): Promise<string> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const region = process.env.AWS_REGION || 'us-east-1';
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  if (Account === undefined) {
    throw new Error('AWS does not say which account these credentials belong to.');
  }
  return Account;
}

async function checkFolder(
  directory: string,
  { stage, options }: { readonly stage: string; readonly options: StackOptions },
): Promise<CheckedPolicy> {
  const folder = readPolicyFolder(directory);
  const account = dependsOnAccount(folder, stage) ? { accountId: await callerAccount() } : {};
  const { file } = policyInFolder(folder, { stage, ...account });
  return {
    ...loadPolicy(file, account.accountId),
    ...account,
    chosen: file,
    options: withRepository(options),
  };
}

async function check(stage: string): Promise<CheckedPolicy> {
  const place = policyPlace(PROJECT_ROOT);
  try {
    const { policy, options } = filesAtStage(place, stage);
    return isPolicyFolder(policy)
      ? await checkFolder(policy, { stage, options })
      : {
          ...loadPolicy(policy),
          ...(policy === place ? {} : { chosen: policy }),
          options: withRepository(options),
        };
  } catch (error) {
    if (error instanceof PolicyError) {
      return { problem: error };
    }
    throw error;
  }
}

/** Reads the policy file, and the stack file beside it, once. A file that is wrong is no exception: `serverless remove` works without a policy. */
export function checkedPolicy(stage: string): Promise<CheckedPolicy> {
  checked ??= check(stage);
  return checked;
}

/**
 * Bundles every function with the policy inside. `PEERING_BUILD_DIR` keeps two deployments at the same time out of each
 * other's way.
 * @throws PolicyError with file, line and column.
 */
export async function buildForDeployment(stage: string): Promise<Bundle[]> {
  const given = await checkedPolicy(stage);
  if ('problem' in given) {
    throw given.problem;
  }
  const directory = process.env.PEERING_BUILD_DIR || resolve(PROJECT_ROOT, 'dist', 'functions');
  return buildFunctions(given.policy, directory);
}
