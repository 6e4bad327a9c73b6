import { largestSizes } from '../../lib/connect/sizes.ts';
import { type LoadedPolicy, loadPolicy, PolicyError } from '../../lib/policy/load.ts';
import {
  type FolderPolicy,
  isPolicyFolder,
  policyInFolder,
  readPolicyFolder,
} from '../../lib/policy/policy-folder.ts';
import { unusedOptions } from '../../lib/policy/stack-file.ts';
import type { Document } from '../documents.ts';
import { CliError } from '../errors.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { shown } from '../output.ts';
import { policyPlace, policyToCheck } from '../policy.ts';
import type { Invocation, Verb } from '../verb.ts';

type CheckDocument = Document<'policy-check'>;

/** One file, as it can be used, or with what is wrong with it. */
type CheckedFile =
  | ({ readonly file: string } & LoadedPolicy)
  | { readonly file: string; readonly error: PolicyError };

function checkFile(file: string, accountId: string | undefined): CheckedFile {
  try {
    return { file, ...loadPolicy(file, accountId) };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { file, error };
  }
}

/** Of a folder every file, whatever its stage; with `--account` the one that judges that account. */
function filesIn(directory: string, { options }: Invocation): readonly FolderPolicy[] {
  const folder = readPolicyFolder(directory);
  const { account: accountId, stage = DEFAULT_STAGE } = options;
  return accountId === undefined ? folder.policies : [policyInFolder(folder, { accountId, stage })];
}

/** With what `peering-stack.yml` beside `beside` says for nothing where this is the policy. */
function withStackFile(each: CheckedFile, beside: string, stage: string): CheckedFile {
  return 'error' in each
    ? each
    : { ...each, warnings: [...each.warnings, ...unusedOptions(beside, stage, each)] };
}

function checkPlace(place: string, invocation: Invocation): CheckedFile[] {
  const { account, stage: asked = DEFAULT_STAGE } = invocation.options;
  const [named] = invocation.positionals;
  const beside = named ?? policyPlace(invocation);
  if (!isPolicyFolder(place)) {
    return [withStackFile(checkFile(place, account), beside, asked)];
  }
  try {
    return filesIn(place, invocation).map(({ file, accountId, stage = asked }) =>
      withStackFile(checkFile(file, accountId ?? account), beside, stage),
    );
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return [{ file: place, error }];
  }
}

function problemsOf(checked: CheckedFile): CheckDocument['problems'] {
  return 'error' in checked
    ? checked.error.problems.map(({ line, column, path, message, allowed, excerpt }) => ({
        file: checked.file,
        line,
        column,
        path,
        message,
        allowed: allowed === undefined ? null : [...allowed],
        excerpt: excerpt ?? null,
      }))
    : [];
}

function write(checked: CheckedFile, { output }: Invocation): void {
  if ('error' in checked) {
    output.note(checked.error.message);
    return;
  }
  const { file, policy, warnings } = checked;
  for (const warning of warnings) {
    output.line(`${output.paint('warning', 'yellow')} ${warning}`);
  }
  const rules = policy.rules.length === 1 ? '1 rule' : `${policy.rules.length} rules`;
  output.line(
    `${output.paint('ok', 'green')} ${file}: ${rules}, mode ${policy.mode}, ${
      policy.regions.length === 0 ? 'the Region of deployment' : policy.regions.join(', ')
    }${warnings.length === 0 ? '' : `, ${warnings.length} warned about`}`,
  );
  for (const size of largestSizes(policy)) output.line(`   ${size}`);
}

export const run: Verb['run'] = async (invocation) => {
  const { options, positionals, output } = invocation;
  if (positionals[0] !== undefined && options.policy !== undefined) {
    throw new CliError('The file is named twice, with and without --policy. Name it once.');
  }
  if (options.account !== undefined && !/^\d{12}$/.test(options.account)) {
    throw new CliError(`--account ${shown(options.account, 60)} is no account; one has 12 digits.`);
  }
  const place = positionals[0] ?? policyToCheck(invocation);
  const files = checkPlace(place, invocation);
  const ok = files.every((each) => !('error' in each));
  if (options.json) {
    const sizes = files.flatMap((each) => ('error' in each ? [] : largestSizes(each.policy)));
    const document: CheckDocument = {
      file: place,
      ok,
      problems: files.flatMap(problemsOf),
      warnings: files.flatMap((each) => ('error' in each ? [] : each.warnings)),
      ...(sizes.length === 0 ? {} : { sizes }),
    };
    output.json(document);
  } else {
    for (const each of files) write(each, invocation);
  }
  return ok ? 0 : 1;
};
