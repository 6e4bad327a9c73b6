/**
 * A folder of policies, where accounts or stages differ: `default.yml`, `STAGE.yml`, `ACCOUNT.yml`, `ACCOUNT.STAGE.yml`. One
 * file judges; nothing of the others is added to it. Build time, and in the command.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../model/printable.ts';
import { PolicyError } from './validated-file.ts';

/** One file of a folder; what it does not name, it is for all of. */
export interface FolderPolicy {
  readonly file: string;
  readonly accountId?: string;
  readonly stage?: string;
}

export interface PolicyFolder {
  readonly directory: string;
  /** By name. */
  readonly policies: readonly FolderPolicy[];
}

/** What is judged: nobody knows the account where a stack is made for many. */
export interface PolicyAsked {
  readonly accountId?: string;
  readonly stage: string;
}

/** What else may lie there: options of the stack, and what people and tools keep. */
const BESIDE = /^(peering-stack\.yml|\..*|.*\.md)$/;

/** A stage begins with a letter here, so that no account is taken for one. */
const NAME = /^(?:default|(\d{12})(?:\.([A-Za-z][A-Za-z0-9-]{0,31}))?|([A-Za-z][A-Za-z0-9-]{0,31}))\.yml$/;

const NAMES = 'default.yml, STAGE.yml, ACCOUNT.yml (12 digits) or ACCOUNT.STAGE.yml';

function folderError(directory: string, message: string, options?: ErrorOptions): PolicyError {
  return new PolicyError(directory, [{ line: 0, column: 0, path: '', message }], options);
}

/** Whether a path names a folder, and not a file. */
export function isPolicyFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    throw folderError(directory, `the folder cannot be read (${printable(says, 200)}).`, { cause: error });
  }
}

/**
 * Reads which policies a folder has, not what they say.
 *
 * @throws PolicyError for a file that could be meant as a policy and is none by its name, and for a folder without policies.
 */
export function readPolicyFolder(directory: string): PolicyFolder {
  const policies = namesIn(directory)
    .filter((name) => !BESIDE.test(name))
    .map((name): FolderPolicy => {
      const found = NAME.exec(name);
      if (found === null || !statSync(join(directory, name)).isFile()) {
        throw folderError(
          directory,
          `${printable(name, 100)} is no policy by its name, which is ${NAMES}; rename it, or keep it elsewhere.`,
        );
      }
      const [, accountId, stageOfAccount, stage = stageOfAccount] = found;
      return {
        file: join(directory, name),
        ...(accountId === undefined ? {} : { accountId }),
        ...(stage === undefined ? {} : { stage }),
      };
    });
  if (policies.length === 0) {
    throw folderError(directory, `there is no policy in this folder; write ${NAMES}.`);
  }
  return { directory, policies };
}

/** Those that judge some account at a stage. */
export function policiesAtStage({ policies }: PolicyFolder, stage: string): FolderPolicy[] {
  return policies.filter((policy) => policy.stage === undefined || policy.stage === stage);
}

/** Whether one has to know the account to say which file judges. */
export function dependsOnAccount(folder: PolicyFolder, stage: string): boolean {
  return policiesAtStage(folder, stage).some(({ accountId }) => accountId !== undefined);
}

/** The one file that judges, or why there is none, as a sentence. */
export type Chosen =
  | { readonly kind: 'found'; readonly policy: FolderPolicy }
  | { readonly kind: 'none' | 'several'; readonly says: string };

function asked({ accountId, stage }: PolicyAsked): string {
  return `${accountId === undefined ? '' : `account ${accountId} at `}stage ${printable(stage, 40)}`;
}

/**
 * The file that says more of account and stage counts: both, then one of the two, then `default.yml`. A file for the account and
 * another for the stage say equally much: then a person has to say which is meant.
 */
export function choosePolicy(folder: PolicyFolder, wanted: PolicyAsked): Chosen {
  const { accountId, stage } = wanted;
  const matching = policiesAtStage(folder, stage).filter(
    (policy) => policy.accountId === undefined || policy.accountId === accountId,
  );
  const saying = (count: number) => matching.filter((policy) => Object.keys(policy).length - 1 === count);
  const [policy, second] = [2, 1, 0].map(saying).find(({ length }) => length > 0) ?? [];
  if (policy !== undefined && second === undefined) {
    return { kind: 'found', policy };
  }
  const here = join(folder.directory, `${accountId ?? 'ACCOUNT'}.${printable(stage, 40)}.yml`);
  return policy !== undefined && second !== undefined
    ? {
        kind: 'several',
        says: `Both ${printable(policy.file, 200)} and ${printable(second.file, 200)} are for ${asked(wanted)}, and nothing says which one counts. Write ${printable(here, 200)}, which goes before both.`,
      }
    : {
        kind: 'none',
        says: `${printable(folder.directory, 200)} has no policy for ${asked(wanted)}. Write ${printable(
          [...(accountId === undefined ? [] : [`${accountId}.yml`]), `${stage}.yml`, 'default.yml']
            .map((name) => join(folder.directory, name))
            .join(' or '),
          400,
        )}.`,
      };
}

/**
 * The file that a deployment takes.
 *
 * @throws PolicyError where there is none, or more than one.
 */
export function policyInFolder(folder: PolicyFolder, wanted: PolicyAsked): FolderPolicy {
  const chosen = choosePolicy(folder, wanted);
  if (chosen.kind === 'found') {
    return chosen.policy;
  }
  throw folderError(folder.directory, chosen.says);
}
