import { existsSync } from 'node:fs';
import { loadPolicy, parsePolicy } from '../lib/policy/load.ts';
import {
  choosePolicy,
  isPolicyFolder,
  policiesAtStage,
  readPolicyFolder,
} from '../lib/policy/policy-folder.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { filesAtStage, optionsBeside } from '../lib/policy/stack-file.ts';
import type { StackOptions } from '../lib/policy/stack-schema.ts';
import { CliError } from './errors.ts';
import { DEFAULT_STAGE } from './options.ts';
import { shown } from './output.ts';
import type { Invocation } from './verb.ts';

const DEFAULT_FILE = 'peering-policy.yml';

type Asking = Pick<Invocation, 'options' | 'environment'>;

/** The policies of one command: one for all accounts, one for each, or those of a folder. */
export interface Policies {
  /** @throws CliError when none was given for the account. */
  of(accountId: string): Policy;
  /** The file that its policy was read from. */
  fileOf(accountId: string): string;
  /** Every policy that may judge, for what has to be known before the accounts are. */
  readonly all: readonly Policy[];
  /** Whether the account, or the stage, decides which file judges. */
  readonly howMany: 'one' | 'several';
}

export function onePolicy(policy: Policy, file: string): Policies {
  return { of: () => policy, fileOf: () => file, all: [policy], howMany: 'one' };
}

/** What has to be known of policies before anything is read. */
export type SourcePolicies = Pick<Policies, 'of' | 'all'>;

interface Named {
  /** The file, or folder, for all accounts that have none of their own. */
  readonly file?: string;
  readonly byAccount: ReadonlyMap<string, string>;
}

/** `FILE` or `123456789012=FILE`, each account and the default once. */
function namedPolicies(values: readonly string[]): Named {
  const byAccount = new Map<string, string>();
  let file: string | undefined;
  for (const text of values) {
    const [, account, path] = /^(\d{12})=(.*)$/s.exec(text) ?? [];
    if (account === undefined && file === undefined) {
      file = text;
    } else if (account === undefined) {
      throw new CliError(
        `--policy is given twice; it takes one file for all accounts, and others by account: --policy 123456789012=${shown(text, 200)}.`,
      );
    } else if (path === undefined || path === '') {
      throw new CliError(`--policy ${account}= needs a file: --policy ${account}=FILE.`);
    } else if (byAccount.has(account)) {
      throw new CliError(`--policy is given twice for account ${account}; it takes one file.`);
    } else {
      byAccount.set(account, path);
    }
  }
  return { byAccount, ...(file === undefined ? {} : { file }) };
}

/** `--policy` wins over `PEERING_POLICY`, which a deployment reads too, and that over the file of this directory. */
function defaultFile({ file }: Named, { environment }: Asking): string {
  return file ?? (environment.PEERING_POLICY || DEFAULT_FILE);
}

function stageOf({ options }: Asking): string {
  return options.stage ?? DEFAULT_STAGE;
}

/**
 * The options of the stack, from the file beside the policy for all accounts without one of their own.
 *
 * @throws PolicyError
 */
export function stackOptionsOf(asking: Asking): StackOptions {
  return optionsBeside(defaultFile(namedPolicies(asking.options.policy ?? []), asking), stageOf(asking));
}

/** The file or folder that a deployment of the stage takes; whoever writes `--policy` looks at what would be with that one. */
function deployedFile(named: Named, asking: Asking): string {
  const place = defaultFile(named, asking);
  return named.file === undefined ? filesAtStage(place, stageOf(asking)).policy : place;
}

function placeOfAll(asking: Asking): Named {
  const named = namedPolicies(asking.options.policy ?? []);
  const [account] = named.byAccount.keys();
  if (account !== undefined) {
    throw new CliError(
      `This command takes one policy, without an account: --policy ${shown(named.byAccount.get(account) ?? 'FILE', 200)}.`,
    );
  }
  return named;
}

/** What a command about one stack was told of its policy: one file, or a folder, beside which `peering-stack.yml` may lie. */
export function policyPlace(asking: Asking): string {
  return defaultFile(placeOfAll(asking), asking);
}

/** What `policy check` looks at where no file is named: one file, or a folder. */
export function policyToCheck(asking: Asking): string {
  return deployedFile(placeOfAll(asking), asking);
}

interface Loaded {
  readonly file: string;
  readonly policy: Policy;
}

type Load = (file: string) => Policy;

function loaded(file: string): Policy {
  if (!existsSync(file) && file === DEFAULT_FILE) {
    throw new CliError(
      `There is no ${DEFAULT_FILE} in this directory. Go to the project, name the file or a folder with --policy, or write one with peering init.`,
    );
  }
  return loadPolicy(file).policy;
}

function loadedOrDefault(file: string): Policy {
  return file === DEFAULT_FILE && !existsSync(file)
    ? parsePolicy('version: 1', 'defaults').policy
    : loadPolicy(file).policy;
}

/** What judges accounts that have no file of their own on the command line. */
interface Others {
  readonly all: readonly Loaded[];
  /** @throws CliError when none is for the account. */
  of(accountId: string): Loaded;
}

function othersInFolder(directory: string, stage: string, load: Load): Others {
  const folder = readPolicyFolder(directory);
  const all = policiesAtStage(folder, stage).map(({ file }): Loaded => ({ file, policy: load(file) }));
  return {
    all,
    of(accountId) {
      const chosen = choosePolicy(folder, { accountId, stage });
      const found = chosen.kind === 'found' ? all.find(({ file }) => file === chosen.policy.file) : undefined;
      if (found === undefined) {
        throw new CliError(chosen.kind === 'found' ? `${shown(directory)} has changed.` : chosen.says);
      }
      return found;
    },
  };
}

function policiesBy(asking: Asking, load: Load): Policies {
  const named = namedPolicies(asking.options.policy ?? []);
  const place = deployedFile(named, asking);
  const inFolder = isPolicyFolder(place);
  const read = (file: string): Loaded => ({ file, policy: load(file) });
  const byAccount = new Map([...named.byAccount].map(([account, file]) => [account, read(file)]));
  // Where accounts have their own, the one for the others may be missing.
  const isMissing = byAccount.size > 0 && place === DEFAULT_FILE && !existsSync(place);
  const others = inFolder
    ? othersInFolder(place, stageOf(asking), load)
    : othersByFile(isMissing ? undefined : read(place));
  const of = (accountId: string) => byAccount.get(accountId) ?? others.of(accountId);
  return {
    all: [...others.all, ...byAccount.values()].map(({ policy }) => policy),
    howMany: inFolder || byAccount.size > 0 ? 'several' : 'one',
    of: (accountId) => of(accountId).policy,
    fileOf: (accountId) => of(accountId).file,
  };
}

function othersByFile(one: Loaded | undefined): Others {
  return {
    all: one === undefined ? [] : [one],
    of(accountId) {
      if (one === undefined) {
        throw new CliError(
          `No policy is given for account ${accountId}. Add --policy ${accountId}=FILE, or --policy FILE for all accounts without one of their own.`,
        );
      }
      return one;
    },
  };
}

/** @throws PolicyError with file, line and column. */
export function policiesOf(asking: Asking): Policies {
  return policiesBy(asking, loaded);
}

/** As `policiesOf`, with the defaults where nobody named a file and there is none here. */
export function policiesOrDefault(asking: Asking): Policies {
  return policiesBy(asking, loadedOrDefault);
}
