import { resolve } from 'node:path';
import { policyFingerprint } from '../../lib/policy/fingerprint.ts';
import type { Document } from '../documents.ts';
import { describeError } from '../errors.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { type Output, shown } from '../output.ts';
import { policyPlace } from '../policy.ts';
import { regionOfStack } from '../release/asked.ts';
import { releaseNames } from '../release/deploy.ts';
import { type ReleaseInputs, readInputs } from '../release/inputs.ts';
import { installation, type Manifest } from '../release/installation.ts';
import { troubleOf } from '../release/stack-condition.ts';
import { createStacks } from '../release/stacks.ts';
import { callerAccount } from '../source/live.ts';
import { findStack } from '../stack.ts';
import type { Invocation, Verb } from '../verb.ts';

type Versions = Document<'version'>;

async function inputsOf(
  invocation: Invocation,
  manifest: Manifest,
  notes: string[],
): Promise<ReleaseInputs | undefined> {
  const stage = invocation.options.stage ?? DEFAULT_STAGE;
  try {
    return await readInputs({
      place: resolve(policyPlace(invocation)),
      stage,
      manifest,
      callerAccount: async () => (await callerAccount(await regionOfStack(invocation, undefined))).accountId,
    });
  } catch (error) {
    notes.push(`The policy could not be read: ${describeError(error)}`);
    return undefined;
  }
}

async function stackOf(
  invocation: Invocation,
  inputs: ReleaseInputs | undefined,
  notes: string[],
): Promise<Versions['stack'] | 'unknown'> {
  try {
    const region = await regionOfStack(invocation, inputs?.options.region);
    const { accountId } = await callerAccount(region);
    const found = await findStack([region, ...(inputs?.policy.regions ?? [])], invocation.options.stage);
    if (found === undefined) {
      notes.push(`No stack of this stage is in account ${accountId}, ${region}.`);
      return null;
    }
    const stacks = createStacks(found);
    const state = await stacks.read();
    const trouble = state && troubleOf(state, found, [...found.resources.keys()]);
    if (trouble !== undefined) notes.push(`${trouble.says} ${trouble.remedy}`);
    const names = releaseNames(await stacks.template());
    return {
      name: found.name,
      region: found.region,
      accountId,
      version: names.version ?? null,
      fingerprint: names.fingerprint ?? null,
    };
  } catch (error) {
    notes.push(`The stack could not be asked for: ${describeError(error)}`);
    return 'unknown';
  }
}

function compare({ command, policy, stack }: Omit<Versions, 'notes'>): string[] {
  if (stack === null) {
    return [];
  }
  return [
    ...(stack.version === command
      ? []
      : [
          `The stack was deployed by ${stack.version === null ? 'another version, or by the serverless framework' : `version ${stack.version}`}; peering deploy --dry-run shows what this one would change.`,
        ]),
    ...(policy === null || policy.fingerprint === stack.fingerprint
      ? []
      : ['The stack runs another policy than this file: deploy it, or look at the file that was deployed.']),
  ];
}

function print(output: Output, { command, policy, stack, notes }: Versions, where: 'seen' | 'unknown'): void {
  output.line(`command   ${command}`);
  output.line(
    `policy    ${policy === null ? 'none' : `${policy.fingerprint.slice(0, 12)} (${shown(policy.file, 200)})`}`,
  );
  output.line(
    stack === null
      ? `stack     ${where === 'seen' ? 'none' : 'unknown'}`
      : `stack     ${stack.version ?? 'unknown version'}, policy ${stack.fingerprint?.slice(0, 12) ?? 'unknown'} (${stack.name} in ${stack.region}, account ${stack.accountId})`,
  );
  for (const note of notes) output.note(note);
}

/** Which versions are here and deployed: of the command, the stack and the policy. */
export const run: Verb['run'] = async (invocation) => {
  const { manifest } = installation();
  const notes: string[] = [];
  const inputs = await inputsOf(invocation, manifest, notes);
  const stack = await stackOf(invocation, inputs, notes);
  const found = {
    command: manifest.version,
    policy:
      inputs === undefined
        ? null
        : { file: inputs.policyFile, fingerprint: policyFingerprint(inputs.policy) },
    stack: stack === 'unknown' ? null : stack,
  };
  const document: Versions = { ...found, notes: [...notes, ...compare(found)] };
  if (invocation.options.json) {
    invocation.output.json(document);
  } else {
    print(invocation.output, document, stack === 'unknown' ? 'unknown' : 'seen');
  }
  return document.notes.length === 0 ? 0 : 2;
};
