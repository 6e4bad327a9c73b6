import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { functionCode } from '../cli/release/code.ts';
import { type ReleaseInputs, readInputs } from '../cli/release/inputs.ts';
import { installation } from '../cli/release/installation.ts';
import { PolicyError } from '../lib/policy/load.ts';
import type { FunctionName } from '../resources/functions.ts';
import { PROJECT_ROOT } from './bundle.ts';
import { upToDateCode } from './code.ts';

/** What `npx serverless` needs of the project: the checked files, and the functions with the policy beside their code. */

/** A policy and options of the stack that may be deployed, or what is wrong with the files. */
export type PolicyInputs = ReleaseInputs | { readonly problem: PolicyError };

/** The framework asks more than once (for the resources, the check and the code): all must see the same policy. */
let inputsOnce: Promise<PolicyInputs> | undefined;

/** The framework does not know it yet when it asks for the resources. */
async function callerAccount(): Promise<string> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const region = process.env.AWS_REGION || 'us-east-1';
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  if (Account === undefined) {
    throw new Error('AWS does not say which account these credentials belong to.');
  }
  return Account;
}

/** `PEERING_POLICY` names another file than `peering-policy.yml`, or a folder of policies; relative to where the command was started. */
function policyPlace(): string {
  return resolve(process.env.PEERING_POLICY || join(PROJECT_ROOT, 'peering-policy.yml'));
}

async function readPolicyInputs(stage: string): Promise<PolicyInputs> {
  try {
    return await readInputs({
      place: policyPlace(),
      stage,
      manifest: installation().manifest,
      callerAccount,
    });
  } catch (error) {
    if (error instanceof PolicyError) {
      return { problem: error };
    }
    throw error;
  }
}

/** Reads the policy file, and the stack file beside it, once. A file that is wrong is no exception: `serverless remove` works without a policy. */
export function policyInputs(stage: string): Promise<PolicyInputs> {
  inputsOnce ??= readPolicyInputs(stage);
  return inputsOnce;
}

/** A function as it is deployed. */
export interface BuiltFunction {
  readonly name: FunctionName;
  readonly file: string;
  readonly zip: string;
  /** Of the bundle. */
  readonly bytes: number;
}

/**
 * Writes every function of the policy's stack into `dist/functions`: `<name>/` with the files, and `<name>.zip`.
 * `PEERING_BUILD_DIR` keeps two deployments at the same time out of each other's way.
 *
 * @throws PolicyError with file, line and column.
 */
export async function buildForDeployment(stage: string): Promise<BuiltFunction[]> {
  const inputs = await policyInputs(stage);
  if ('problem' in inputs) {
    throw inputs.problem;
  }
  const directory = process.env.PEERING_BUILD_DIR || resolve(PROJECT_ROOT, 'dist', 'functions');
  await rm(directory, { recursive: true, force: true });
  const code = functionCode(await upToDateCode(), inputs.policy);
  return Promise.all(
    code.map(async ({ name, files, zip }) => {
      const folder = join(directory, name);
      await mkdir(folder, { recursive: true });
      for (const [file, contents] of Object.entries(files)) {
        await writeFile(join(folder, file), contents);
      }
      await writeFile(`${folder}.zip`, zip);
      return {
        name,
        file: join(folder, 'index.mjs'),
        zip: `${folder}.zip`,
        bytes: files['index.mjs']?.length ?? 0,
      };
    }),
  );
}
