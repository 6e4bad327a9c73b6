import { existsSync } from 'node:fs';
import { loadPolicy, parsePolicy } from '../lib/policy/load.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { CliError } from './errors.ts';
import { shown } from './output.ts';
import type { Invocation } from './verb.ts';

const DEFAULT_FILE = 'peering-policy.yml';

type Asking = Pick<Invocation, 'options' | 'environment'>;

/** The policies of one command: one for all accounts, or one for each. */
export interface Policies {
  /** @throws CliError when none was given for the account. */
  of(accountId: string): Policy;
  /** The file that its policy was read from. */
  fileOf(accountId: string): string;
  /** Every policy that was named, for what has to be known before the accounts are. */
  readonly all: readonly Policy[];
}

/** What has to be known of policies before anything is read. */
export type SourcePolicies = Pick<Policies, 'of' | 'all'>;

export function onePolicy(policy: Policy, file: string): Policies {
  return { of: () => policy, fileOf: () => file, all: [policy] };
}

interface Named {
  /** The file for all accounts that have none of their own. */
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

/** The file for all accounts without one of their own, whether there is one or not: `peering-stack.yml` lies beside it. */
export function defaultPolicyFile(asking: Asking): string {
  return defaultFile(namedPolicies(asking.options.policy ?? []), asking);
}

/** For commands that look at one account: the file of its policy. */
export function policyFileOf(asking: Asking): string {
  const named = namedPolicies(asking.options.policy ?? []);
  const [account] = named.byAccount.keys();
  if (account !== undefined) {
    throw new CliError(
      `This command takes one policy, without an account: --policy ${shown(named.byAccount.get(account) ?? 'FILE', 200)}.`,
    );
  }
  return defaultFile(named, asking);
}

function loaded(file: string): Policy {
  if (!existsSync(file) && file === DEFAULT_FILE) {
    throw new CliError(
      `There is no ${DEFAULT_FILE} in this directory. Go to the project, name the file with --policy FILE, or start from peering-policy.example.yml.`,
    );
  }
  return loadPolicy(file).policy;
}

/** @throws PolicyError with file, line and column. */
export function policyOf(asking: Asking): Policy {
  return loaded(policyFileOf(asking));
}

function loadedOrDefault(file: string): Policy {
  return file === DEFAULT_FILE && !existsSync(file)
    ? parsePolicy('version: 1', 'defaults').policy
    : loadPolicy(file).policy;
}

function policiesBy(asking: Asking, load: (file: string) => Policy): Policies {
  const named = namedPolicies(asking.options.policy ?? []);
  const file = defaultFile(named, asking);
  const read = (path: string) => ({ file: path, policy: load(path) });
  const byAccount = new Map([...named.byAccount].map(([account, path]) => [account, read(path)]));
  // Where accounts have their own, the one for the others may be missing.
  const others = byAccount.size > 0 && file === DEFAULT_FILE && !existsSync(file) ? undefined : read(file);
  const of = (accountId: string) => {
    const found = byAccount.get(accountId) ?? others;
    if (found === undefined) {
      throw new CliError(
        `No policy is given for account ${accountId}. Add --policy ${accountId}=FILE, or --policy FILE for all accounts without one of their own.`,
      );
    }
    return found;
  };
  return {
    all: [
      ...(others === undefined ? [] : [others.policy]),
      ...[...byAccount.values()].map(({ policy }) => policy),
    ],
    of: (accountId) => of(accountId).policy,
    fileOf: (accountId) => of(accountId).file,
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
