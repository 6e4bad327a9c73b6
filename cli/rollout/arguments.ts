import type { StackSetOperationPreferences } from '@aws-sdk/client-cloudformation';
import { CliError } from '../errors.ts';
import { DEFAULT_STAGE, type Options } from '../options.ts';
import { shown } from '../output.ts';
import { FORMS, regionOption, validated } from '../release/forms.ts';

/** The options of `peering rollout`, checked. */

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
  readonly stage: string;
  readonly upload: 'missing objects' | 'none';
  /** As `--back-to` gives it. */
  readonly backTo: string | undefined;
}

export interface RemovalArguments extends Common {
  readonly verb: 'removal';
}

export type RolloutOrRemoval = RolloutArguments | RemovalArguments;

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

function preferences(options: Options): StackSetOperationPreferences {
  const concurrent = share('max-concurrent', options['max-concurrent'] ?? '10%', 1);
  const tolerance = share('failure-tolerance', options['failure-tolerance'] ?? '5%', 0);
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
const ROLLOUT_ONLY = ['bucket', 'bucket-owner', 'policy', 'back-to', 'dry-run'] as const;

/**
 * @param settingsRegion that of the AWS settings, for where none is given.
 * @throws CliError for what is not understood.
 */
export function rolloutArguments(options: Options, settingsRegion: string): RolloutOrRemoval {
  const stage = validated('stage', options.stage ?? DEFAULT_STAGE, FORMS.stage);
  const common: Common = {
    organizationalUnits: (options.ou ?? []).map((unit) => validated('ou', unit, FORMS.organizationalUnit)),
    name: validated('name', options.name ?? `vpc-peering-autopilot-${stage}`, FORMS.stackSetName),
    region: regionOption(options) ?? settingsRegion,
    callAs: options['delegated-admin'] === undefined ? 'SELF' : 'DELEGATED_ADMIN',
    preferences: preferences(options),
    mode: options.apply === undefined ? 'print' : 'apply',
    format: options.json === undefined ? 'text' : 'json',
  };
  if (options.remove !== undefined) {
    const odd = ROLLOUT_ONLY.find((name) => options[name] !== undefined);
    if (odd !== undefined) {
      throw new CliError(`--remove has no use for --${odd}. See peering rollout --help.`);
    }
    return { verb: 'removal', ...common };
  }
  const { bucket } = options;
  if (bucket === undefined) {
    throw new CliError(
      'peering rollout needs --bucket BUCKET: a bucket in the home Region that every account can read. See peering rollout --help.',
    );
  }
  if (common.mode === 'apply' && options['dry-run'] !== undefined) {
    throw new CliError('--apply and --dry-run exclude each other.');
  }
  const owner = options['bucket-owner'];
  return {
    verb: 'rollout',
    ...common,
    bucket: validated('bucket', bucket, FORMS.bucket),
    bucketOwner: owner === undefined ? undefined : validated('bucket-owner', owner, FORMS.account),
    stage,
    upload: options['dry-run'] === undefined ? 'missing objects' : 'none',
    backTo: options['back-to'],
  };
}
