/** Reads and checks the policy file. Build time only. */

import { fileSlips } from './file-slips.ts';
import { reviewPolicy } from './review.ts';
import { type Policy, policySchema } from './schema.ts';
import {
  byPosition,
  type FileKind,
  loadFile,
  PolicyError,
  type PolicyProblem,
  parseFile,
  remarkLine,
  type ValidatedFile,
} from './validated-file.ts';

export { PolicyError, type PolicyProblem };

export interface LoadedPolicy {
  readonly policy: Policy;
  /** What is allowed and probably not meant, one line each, with file, line and column. */
  readonly warnings: readonly string[];
}

const EXAMPLE = 'peering init writes one';

const POLICY_FILE: FileKind<typeof policySchema> = {
  noun: 'policy',
  schema: policySchema,
  example: EXAMPLE,
  empty: `the shortest one is "version: 1", and ${EXAMPLE}`,
  slips: fileSlips,
};

function reviewed(
  { content, remark }: ValidatedFile<Policy>,
  file: string,
  accountId?: string,
): LoadedPolicy {
  const warnings = reviewPolicy(content, accountId)
    .map(({ path, message }) => remark(path, message))
    .sort(byPosition)
    .map((each) => remarkLine(file, each));
  return { policy: content, warnings };
}

/**
 * Checks the text of a policy file and fills in every default.
 *
 * @param file how messages call the text.
 * @throws PolicyError with every problem found.
 */
export function parsePolicy(text: string, file: string): LoadedPolicy {
  return reviewed(parseFile(POLICY_FILE, text, file), file);
}

/**
 * Reads, checks and completes a policy file (YAML 1.2, UTF-8, at most 256 KiB).
 *
 * @param accountId the one account that the policy is for, where that is known: for its warnings.
 * @throws PolicyError with every problem found, and when the file cannot be read.
 */
export function loadPolicy(path: string, accountId?: string): LoadedPolicy {
  return reviewed(loadFile(POLICY_FILE, path), path, accountId);
}
