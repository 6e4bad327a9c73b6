import { didYouMean } from '../../lib/policy/did-you-mean.ts';
import { KNOWN_REGIONS } from '../../lib/policy/regions.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { type AccountSelection, accountSelection } from '../accounts.ts';
import { CliError } from '../errors.ts';
import { refuseOtherKind, VPC_OPTION } from '../naming.ts';
import { DEFAULT_STAGE } from '../options.ts';
import { shown } from '../output.ts';
import { type SourcePolicies, stackOptionsOf } from '../policy.ts';
import type { Invocation } from '../verb.ts';
import type { Reach } from './reach.ts';
import type { Source } from './types.ts';

const REGION = /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/;

function validateNames({ region = [], vpc = [], account, accounts }: Invocation['options']): void {
  const oddRegion = region.find((name) => !REGION.test(name));
  if (oddRegion !== undefined) {
    const near = didYouMean(oddRegion, KNOWN_REGIONS);
    throw new CliError(
      `--region ${shown(oddRegion, 60)} is no Region; one looks like us-east-1.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    );
  }
  for (const each of vpc) refuseOtherKind(each, VPC_OPTION);
  if (account !== undefined && accounts !== undefined) {
    throw new CliError('--account names the one account to look at, --accounts several: give one of them.');
  }
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw new CliError(`--account ${account} is no account; one has 12 digits.`);
  }
}

/** The path of the readers' roles is that of all roles, which the stack's options name. */
async function openAccounts(
  { options, environment }: Invocation,
  selection: AccountSelection,
  policies: SourcePolicies,
  reach: Reach,
): Promise<Source> {
  const { openFleet } = await import('./fleet.ts');
  const { rolePath } = stackOptionsOf({ options, environment });
  return openFleet(
    { selection, regions: options.region ?? [], reach, stage: options.stage ?? DEFAULT_STAGE, rolePath },
    policies,
  );
}

/** @throws CliError for a Region that no policy manages, where only such are read. */
function validateManaged(asked: readonly string[], policies: SourcePolicies, reach: Reach): void {
  const managed = policies.all.map(({ regions }) => regions);
  if (reach === 'managed-and-asked' || managed.some((regions) => regions.length === 0)) {
    return;
  }
  const foreign = asked.find((name) => !managed.flat().includes(name));
  if (foreign !== undefined) {
    const near = didYouMean(foreign, managed.flat());
    throw new CliError(
      `The policy does not manage ${foreign}; its regions are ${[...new Set(managed.flat())].join(', ')}. Add it there, or ask for one of these.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    );
  }
}

/**
 * Opens what the options name. Every Region that the policy manages is read, even when one is asked for: a peering
 * between two Regions is decided from both sides. `--region` then says what is shown.
 *
 * Where the policy names no Regions, those that are asked for are the managed ones.
 */
export async function openSource(
  invocation: Invocation,
  policyOrPolicies: Policy | SourcePolicies,
  reach: Reach = 'managed',
): Promise<Source> {
  const { options, progress } = invocation;
  validateNames(options);
  const policies =
    'of' in policyOrPolicies ? policyOrPolicies : { of: () => policyOrPolicies, all: [policyOrPolicies] };
  const asked = options.region ?? [];
  validateManaged(asked, policies, reach);
  const selection = options.accounts === undefined ? undefined : accountSelection(options.accounts);
  const account = options.account === undefined ? {} : { account: options.account };
  if (options.snapshot !== undefined) {
    const { openSnapshot } = await import('./snapshot.ts');
    return openSnapshot(options.snapshot, policies, {
      regions: asked,
      reach,
      ...account,
      ...(selection === undefined ? {} : { accounts: selection }),
    });
  }
  progress.doing('Asking AWS who is calling');
  if (selection !== undefined) {
    return openAccounts(invocation, selection, policies, reach);
  }
  const { openLive } = await import('./live.ts');
  return openLive(
    { regions: asked, reach, stage: options.stage, place: stackOptionsOf(invocation), ...account },
    policies,
  );
}
