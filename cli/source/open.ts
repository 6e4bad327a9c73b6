import type { Policy } from '../../lib/policy/schema.ts';
import { CliError } from '../errors.ts';
import { onePolicy, type Policies } from '../policy.ts';
import type { Invocation } from '../verb.ts';
import type { Source } from './types.ts';

const REGION = /^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/;
const VPC = /^vpc-[0-9a-f]{8,17}$/;

function checkNames({ region = [], vpc = [], account }: Invocation['options']): void {
  const oddRegion = region.find((name) => !REGION.test(name));
  if (oddRegion !== undefined) {
    throw new CliError(`--region ${oddRegion} is no Region; one looks like us-east-1.`);
  }
  const oddVpc = vpc.find((id) => !VPC.test(id));
  if (oddVpc !== undefined) {
    throw new CliError(`--vpc ${oddVpc} is no VPC; one looks like vpc-0a1b2c3d4e5f60718.`);
  }
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw new CliError(`--account ${account} is no account; one has 12 digits.`);
  }
}

/**
 * Opens what the options name. Every Region that the policy manages is read, even when one is asked for: a peering
 * between two Regions is decided from both sides. `--region` then says what is shown.
 *
 * Where the policy names no Regions, those that are asked for are the managed ones.
 */
export async function openSource(
  { options, progress }: Invocation,
  policyOrPolicies: Policy | Policies,
): Promise<Source> {
  checkNames(options);
  const policies = 'of' in policyOrPolicies ? policyOrPolicies : onePolicy(policyOrPolicies);
  const asked = options.region ?? [];
  const managed = policies.all.map(({ regions }) => regions);
  const foreign = managed.some((regions) => regions.length === 0)
    ? undefined
    : asked.find((name) => !managed.flat().includes(name));
  if (foreign !== undefined) {
    throw new CliError(
      `The policy does not manage ${foreign}; its regions are ${[...new Set(managed.flat())].join(', ')}. Add it there, or ask for one of these.`,
    );
  }
  const account = options.account === undefined ? {} : { account: options.account };
  if (options.snapshot !== undefined) {
    const { openSnapshot } = await import('./snapshot.ts');
    return openSnapshot(options.snapshot, policies, { regions: asked, ...account });
  }
  progress.doing('Asking AWS who is calling');
  const { openLive } = await import('./live.ts');
  return openLive({ regions: asked, stage: options.stage, ...account }, policies);
}
