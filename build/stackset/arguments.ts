import { parseArgs } from 'node:util';
import type { StackSetOperationPreferences } from '@aws-sdk/client-cloudformation';
import { CliError } from '../../cli/errors.ts';
import { shown } from '../../cli/output.ts';
import { didYouMean } from '../../lib/policy/did-you-mean.ts';

export const USAGE = `npm run stackset -- --bucket BUCKET [--ou OU ...] [options]

Deploys the product to many accounts with one CloudFormation StackSet: service-managed, with automatic deployment to
every account that an organizational unit has or gets. All accounts run the one policy that is given here.

Packages the stack, uploads the package (its names come from its content; nothing uses it yet), and prints what would
change in CloudFormation and the commands for it. Only --apply changes anything there.

What:
  --bucket BUCKET          bucket for the package, in the home Region; every account has to be able to read it
  --bucket-owner ACCOUNT   account that owns the bucket (default: the caller's)
  --ou OU                  organizational unit (ou-...) or root (r-...) to deploy to; repeatable. Others are kept
  --policy FILE            policy of all accounts, or a folder: its STAGE.yml, else default.yml
                           (default: PEERING_POLICY, else peering-policy.yml)
  --stage STAGE            stage of the stacks (default: prod)
  --region REGION          home Region of the StackSet and of every stack (default: AWS_REGION, else us-east-1)
  --name NAME              name of the StackSet (default: vpc-peering-autopilot-<stage>)

How:
  --apply                  carry it out, wait, and show each account that failed
  --remove                 instead: remove the stacks of the named OUs, or of all, and with the last the StackSet
  --dry-run                upload nothing either; the printed commands then lack their template
  --delegated-admin        the caller is a delegated administrator for StackSets, not the management account
  --max-concurrent N|N%    accounts at the same time (default: 10%)
  --failure-tolerance N|N% accounts that may fail before CloudFormation stops (default: 5%)
  --json                   one JSON document on stdout
  --debug                  show stack traces
  --help                   this text

Examples:
  npm run stackset -- --bucket example-artifacts --ou ou-ab12-pilot123
  npm run stackset -- --bucket example-artifacts --ou ou-ab12-pilot123 --apply
  npm run stackset -- --remove --ou ou-ab12-pilot123 --apply

Exit codes: 0 fine; 1 an error, or an account that failed.
`;

const OPTIONS = {
  bucket: { type: 'string' },
  'bucket-owner': { type: 'string' },
  ou: { type: 'string', multiple: true },
  policy: { type: 'string' },
  stage: { type: 'string' },
  region: { type: 'string' },
  name: { type: 'string' },
  apply: { type: 'boolean' },
  remove: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  'delegated-admin': { type: 'boolean' },
  'max-concurrent': { type: 'string' },
  'failure-tolerance': { type: 'string' },
  json: { type: 'boolean' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

interface Common {
  readonly organizationalUnits: readonly string[];
  readonly name: string;
  readonly region: string;
  readonly callAs: 'SELF' | 'DELEGATED_ADMIN';
  readonly preferences: StackSetOperationPreferences;
  readonly mode: 'print' | 'apply';
  readonly format: 'text' | 'json';
}

export interface RolloutArguments extends Common {
  readonly verb: 'rollout';
  readonly bucket: string;
  /** undefined: the caller's account. */
  readonly bucketOwner: string | undefined;
  /** undefined: what a deployment would take. */
  readonly policyFile: string | undefined;
  readonly stage: string;
  readonly upload: 'missing objects' | 'none';
}

export interface RemovalArguments extends Common {
  readonly verb: 'removal';
}

export type Arguments = { readonly verb: 'help' } | RolloutArguments | RemovalArguments;

type Values = {
  readonly [Name in keyof typeof OPTIONS]?: string | boolean | readonly (string | boolean)[];
};

/** Reads options as they stand; repeated ones are found, so that no value is dropped in silence. */
function readOptions(args: readonly string[]): Values {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values: Record<string, string | boolean | (string | boolean)[]> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new CliError(`npm run stackset has no use for ${shown(token.value, 60)}. See --help.`);
    }
    if (token.kind !== 'option') continue;
    const { name, value } = token;
    if (!Object.hasOwn(OPTIONS, name)) {
      const guess = didYouMean(name, Object.keys(OPTIONS));
      throw new CliError(
        `npm run stackset does not take ${shown(token.rawName, 60)}.${guess === undefined ? '' : ` Did you mean --${guess}?`} See --help.`,
      );
    }
    const spec = OPTIONS[name as keyof typeof OPTIONS];
    if (spec.type === 'boolean') {
      if (value !== undefined) throw new CliError(`--${name} takes no value.`);
      values[name] = true;
      continue;
    }
    if (value === undefined || value === '' || value.startsWith('--')) {
      throw new CliError(`--${name} needs a value. See --help.`);
    }
    const before = values[name];
    if ('multiple' in spec) {
      values[name] = [...(Array.isArray(before) ? before : []), value];
    } else if (before !== undefined) {
      throw new CliError(`--${name} is given twice; it takes one value.`);
    } else {
      values[name] = value;
    }
  }
  return values as Values;
}

function text(values: Values, name: keyof typeof OPTIONS): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

interface Form {
  readonly pattern: RegExp;
  readonly looksLike: string;
}

function checked(name: string, value: string, { pattern, looksLike }: Form): string {
  if (!pattern.test(value)) {
    throw new CliError(`--${name} ${shown(value, 80)} is not valid: ${looksLike}.`);
  }
  return value;
}

const OU: Form = {
  pattern: /^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$/,
  looksLike: 'an organizational unit looks like ou-ab12-cdef3456, a root like r-ab12',
};
const REGION: Form = {
  pattern: /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/,
  looksLike: 'a Region looks like us-east-1',
};
const BUCKET: Form = {
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  looksLike: 'a bucket name has 3 to 63 characters of a-z, 0-9, . and -, without s3://',
};
const ACCOUNT: Form = { pattern: /^\d{12}$/, looksLike: 'an account id is 12 digits' };
const STAGE: Form = {
  pattern: /^[a-zA-Z0-9-]{1,32}$/,
  looksLike: 'a stage has 1 to 32 characters of a-z, A-Z, 0-9 and -',
};
const NAME: Form = {
  pattern: /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/,
  looksLike: 'the name of a StackSet begins with a letter and has at most 128 letters, digits and -',
};

/** @returns the number, and whether it stands for a percentage. */
function share(
  name: string,
  value: string,
  least: number,
): { readonly count: number; readonly of: '' | '%' } {
  const [, digits, of] = /^(\d{1,6})(%?)$/.exec(value) ?? [];
  const count = Number(digits);
  if (digits === undefined || count < least || (of === '%' && count > 100)) {
    throw new CliError(
      `--${name} ${shown(value, 40)} is not valid: give a number of accounts of at least ${least}, such as 5, or a share, such as 10%.`,
    );
  }
  return { count, of: of === '%' ? '%' : '' };
}

function preferences(values: Values): StackSetOperationPreferences {
  const concurrent = share('max-concurrent', text(values, 'max-concurrent') ?? '10%', 1);
  const tolerance = share('failure-tolerance', text(values, 'failure-tolerance') ?? '5%', 0);
  return {
    // With the strict mode, no more accounts run at once than may fail.
    ConcurrencyMode: 'SOFT_FAILURE_TOLERANCE',
    ...(concurrent.of === '%'
      ? { MaxConcurrentPercentage: concurrent.count }
      : { MaxConcurrentCount: concurrent.count }),
    ...(tolerance.of === '%'
      ? { FailureTolerancePercentage: tolerance.count }
      : { FailureToleranceCount: tolerance.count }),
  };
}

/** Options that say nothing for a removal: giving one is a misunderstanding. */
const ROLLOUT_ONLY = ['bucket', 'bucket-owner', 'policy', 'dry-run'] as const;

/** @throws CliError for what is not understood. */
export function parseArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Arguments {
  const values = readOptions(args);
  if (values.help !== undefined) {
    return { verb: 'help' };
  }
  const stage = checked('stage', text(values, 'stage') ?? 'prod', STAGE);
  const units = (Array.isArray(values.ou) ? values.ou : []).map((unit) => checked('ou', String(unit), OU));
  const common: Common = {
    organizationalUnits: units,
    name: checked('name', text(values, 'name') ?? `vpc-peering-autopilot-${stage}`, NAME),
    region: checked(
      'region',
      text(values, 'region') ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION || 'us-east-1'),
      REGION,
    ),
    callAs: values['delegated-admin'] === undefined ? 'SELF' : 'DELEGATED_ADMIN',
    preferences: preferences(values),
    mode: values.apply === undefined ? 'print' : 'apply',
    format: values.json === undefined ? 'text' : 'json',
  };
  if (values.remove !== undefined) {
    const odd = ROLLOUT_ONLY.find((name) => values[name] !== undefined);
    if (odd !== undefined) {
      throw new CliError(`--remove has no use for --${odd}. See --help.`);
    }
    return { verb: 'removal', ...common };
  }
  const bucket = text(values, 'bucket');
  if (bucket === undefined) {
    throw new CliError(
      'npm run stackset needs --bucket BUCKET: a bucket in the home Region that every account can read. See --help.',
    );
  }
  if (common.mode === 'apply' && values['dry-run'] !== undefined) {
    throw new CliError('--apply and --dry-run exclude each other.');
  }
  const owner = text(values, 'bucket-owner');
  return {
    verb: 'rollout',
    ...common,
    bucket: checked('bucket', bucket, BUCKET),
    bucketOwner: owner === undefined ? undefined : checked('bucket-owner', owner, ACCOUNT),
    policyFile: text(values, 'policy'),
    stage,
    upload: values['dry-run'] === undefined ? 'missing objects' : 'none',
  };
}
