import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createAddressPlanReader } from '../../lib/aws/address-plan.ts';
import { AwsCallError } from '../../lib/aws/call-error.ts';
import { createClient } from '../../lib/aws/clients.ts';
import { createConnectivityReader } from '../../lib/aws/connectivity.ts';
import { createEc2Clients, type Ec2Clients } from '../../lib/aws/ec2-clients.ts';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import { createAddressPlanLookup } from '../../lib/passes/address-plan.ts';
import { createOrganizationLookup, createUnitLookup } from '../../lib/passes/organization.ts';
import { asksOrganization, organizationNeedsOf, spokeUnitsOf } from '../../lib/policy/organization.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { StackOptions } from '../../lib/policy/stack-schema.ts';
import { CliError } from '../errors.ts';
import type { SourcePolicies } from '../policy.ts';
import { readPeeringEnds } from './live-history.ts';
import { createLiveMemory } from './live-memory.ts';
import { type AskedRegions, isManaged, regionsRead } from './reach.ts';
import type { Source } from './types.ts';

/** The Region of the usual AWS settings: environment, then profile. */
export async function defaultRegion(
  remedy = 'Name one with --region, or set AWS_REGION, or list regions in the policy.',
): Promise<string> {
  try {
    // AWS_DEFAULT_REGION is what the AWS CLI reads; the SDK reads AWS_REGION and the profile.
    return (
      process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || (await new STSClient({}).config.region())
    );
  } catch (error) {
    throw new CliError(`No Region is known. ${remedy}`, { cause: error });
  }
}

/** Whose credentials these are. */
export async function callerAccount(region: string): Promise<{ accountId: string; arn: string }> {
  try {
    const { Account, Arn } = await createClient(STSClient, { region }).send(new GetCallerIdentityCommand({}));
    if (Account === undefined) {
      throw new Error('STS answered without an account.');
    }
    return { accountId: Account, arn: Arn ?? '' };
  } catch (error) {
    throw new AwsCallError('GetCallerIdentity', region, 'the caller', error);
  }
}

/** As the functions have it; a person's own credentials may not be allowed to assume the role, and then rules hold. */
export async function organizationFor(
  policies: readonly Policy[],
  region: string,
): Promise<Pick<Source, 'organization' | 'units'>> {
  const asking = policies.filter(asksOrganization);
  const lookingInto = policies.filter((policy) => spokeUnitsOf([policy]).length > 0);
  if (asking.length + lookingInto.length === 0) {
    return {};
  }
  const { createOrganizationReader, createUnitReader } = await import('../../lib/aws/organizations.ts');
  const clock = { now: () => Date.now() };
  const readerOf = (those: readonly Policy[]) => {
    const role = those.find(({ organization }) => organization?.role !== undefined)?.organization?.role;
    return { region, ...(role === undefined ? {} : { role }) };
  };
  return {
    ...(asking.length === 0
      ? {}
      : {
          organization: createOrganizationLookup(
            createOrganizationReader({ ...readerOf(asking), needs: organizationNeedsOf(asking) }),
            clock,
          ),
        }),
    ...(lookingInto.length === 0
      ? {}
      : { units: createUnitLookup(createUnitReader(readerOf(lookingInto)), clock) }),
  };
}

/** By the caller's own credentials, whichever account's policy names it. */
export function addressPlanFor(
  policies: readonly Policy[],
  clients: Ec2Clients,
): Pick<Source, 'addressPlan'> {
  return policies.some(({ guardrails }) => guardrails.ipam !== undefined)
    ? { addressPlan: createAddressPlanLookup(createAddressPlanReader(clients)) }
    : {};
}

export interface LiveOptions extends AskedRegions {
  readonly account?: string;
  readonly stage?: string | undefined;
  /** Where `peering-stack.yml` says that the stack is. */
  readonly place?: Pick<StackOptions, 'account' | 'region'>;
}

/** What was read is judged all the same: a policy may be tried on another account before it has a stack there. */
function otherAccount(place: LiveOptions['place'], accountId: string): string[] {
  return place?.account === undefined || place.account === accountId
    ? []
    : [
        `The credentials are those of account ${accountId}, and peering-stack.yml says that the stack belongs to ${place.account}: this is about ${accountId}. Choose another profile (AWS_PROFILE) for the other.`,
      ];
}

export async function openLive(options: LiveOptions, policies: SourcePolicies): Promise<Source> {
  const [named] = [...policies.all.flatMap(({ regions }) => regions), ...options.regions];
  const first = named ?? (await defaultRegion());
  const { accountId } = await callerAccount(first);
  if (options.account !== undefined && options.account !== accountId) {
    throw new CliError(
      `The credentials are those of account ${accountId}, not of ${options.account}. Choose another profile (AWS_PROFILE).`,
    );
  }
  const policy = policies.of(accountId);
  const foreign = options.regions.find((region) => !isManaged(policy, region));
  if (foreign !== undefined && options.reach === 'managed') {
    throw new CliError(
      `The policy of account ${accountId} does not manage ${foreign}; its regions are ${policy.regions.join(', ')}. Add it there, or ask for one of these.`,
    );
  }
  const asked = regionsRead(policy, options);
  const regions = [...new Set(asked.length > 0 ? asked : [first])].sort();
  const notes: string[] = otherAccount(options.place, accountId);
  const clients = createEc2Clients();
  const reader = createNetworkReader(clients, (problem) => notes.push(problem));
  const connectivity = createConnectivityReader(clients);
  const home = options.place?.region ?? (await defaultRegion().catch(() => first));
  const memory = createLiveMemory({
    regions: [home, ...regions],
    stage: options.stage,
    accountId,
    policy,
  });
  return {
    kind: 'live',
    scopes: regions.map((region) => ({
      accountId,
      region,
      reader,
      connectivity,
      ec2: clients,
      readMemory: () => memory.read(region),
      readPeeringEnds: (peeringIds: ReadonlySet<string>) => readPeeringEnds(region, peeringIds),
    })),
    memory: () => memory.store(),
    unread: () => memory.unread().map((each) => ({ ...each, accountId })),
    notes: () => [...notes, ...memory.notes()],
    ...(await organizationFor([policy], first)),
    ...addressPlanFor([policy], clients),
  };
}
