import { existsSync } from 'node:fs';
import { loadPolicy, parsePolicy } from '../lib/policy/load.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { CliError } from './errors.ts';
import type { Invocation } from './verb.ts';

const DEFAULT_FILE = 'peering-policy.yml';

/** `--policy` wins over `PEERING_POLICY`, which a deployment reads too, and that over the file of this directory. */
export function policyFileOf({ options, environment }: Pick<Invocation, 'options' | 'environment'>): string {
  return options.policy ?? (environment.PEERING_POLICY || DEFAULT_FILE);
}

/** @throws PolicyError with file, line and column. */
export function policyOf(invocation: Invocation): Policy {
  const file = policyFileOf(invocation);
  if (!existsSync(file) && file === DEFAULT_FILE) {
    throw new CliError(
      `There is no ${DEFAULT_FILE} in this directory. Go to the project, name the file with --policy FILE, or start from peering-policy.example.yml.`,
    );
  }
  return loadPolicy(file).policy;
}

/** For commands that can do without a policy: the defaults, where nobody named a file and there is none here. */
export function policyOrDefault(invocation: Invocation): Policy {
  const file = policyFileOf(invocation);
  if (file === DEFAULT_FILE && !existsSync(file)) {
    return parsePolicy('version: 1', 'defaults').policy;
  }
  return loadPolicy(file).policy;
}
