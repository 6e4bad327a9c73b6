import { assumedRole } from '../../lib/aws/assumed-role.ts';
import { type CredentialProvider, createClients } from '../../lib/aws/clients.ts';
import { createConnectivityReader } from '../../lib/aws/connectivity.ts';
import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import { createNetworkReader } from '../../lib/aws/reads.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import { fleetReaderRole, rolePathOf } from '../../lib/model/names.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { runLimited } from '../../lib/ports/run-limited.ts';
import type { AccountSelection } from '../accounts.ts';
import { CliError } from '../errors.ts';
import type { SourcePolicies } from '../policy.ts';
import { type FleetAccount, fleetAccounts } from './fleet-accounts.ts';
import { createFleetMemory, type HomeRegion } from './fleet-memory.ts';
import { addressPlanFor, callerAccount, defaultRegion, organizationFor } from './live.ts';
import { type AskedRegions, regionsRead } from './reach.ts';
import type { Scope, Source, Unread } from './types.ts';

/** Many accounts, each read by the role that its stack has for that; the caller's own with the caller's credentials. */

/** Accounts whose role is asked for at a time. */
const ROLES_AT_ONCE = 16;

export interface FleetOptions extends AskedRegions {
  readonly selection: AccountSelection;
  readonly stage: string;
  /** What the path of the roles starts with, as `peering-stack.yml` has it. */
  readonly rolePath: string;
}

/** What all accounts of one fleet have in common. */
interface Fleet extends FleetOptions {
  readonly caller: { readonly accountId: string; readonly arn: string };
  /** The Region of the usual settings, or the first one that the policy names: where STS is asked. */
  readonly first: string;
  readonly home: HomeRegion;
  readonly note: (text: string) => void;
  /** What is looked at twice is told once. */
  readonly tell: (unread: Unread) => void;
}

function named({ accountId, name }: FleetAccount): string {
  return name === undefined || name === '' ? accountId : `${accountId} (${name})`;
}

function roleArn({ caller, rolePath, stage }: Fleet, accountId: string): string {
  const partition = caller.arn.split(':')[1] || 'aws';
  return `arn:${partition}:iam::${accountId}:role${rolePathOf(rolePath, stage)}${fleetReaderRole(stage)}`;
}

/** AWS's sentences end with a full stop, or not. */
function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Why an account stays dark, and what to do. */
function assumeProblem(account: FleetAccount, { caller }: Fleet, error: unknown): string {
  const { kind, code, message } = classifyAwsError(error);
  const remedy =
    kind === 'denied' || kind === 'not-found'
      ? `Roll the stack out to it with fleetReader: { account: "${caller.accountId}", organization: … } in peering-stack.yml, and let ${caller.arn} call sts:AssumeRole on that role.`
      : 'Try again in a minute.';
  return `Account ${named(account)} was not read: its role for readers could not be assumed. ${code}: ${ended(message)} ${remedy}`;
}

function regionRemedy(error: unknown): string {
  switch (classifyAwsError(error).kind) {
    case 'denied':
      return 'Enable the Region in that account, let service control policies and the permissions boundary allow these calls there, or take the Region out of the policy.';
    case 'throttled':
    case 'transient':
      return 'Try again in a minute.';
    default:
      return 'Run it again with --account in that account to see more.';
  }
}

/** Credentials are fetched once for all clients of an account: a command is over long before they expire. */
async function credentialsFor(account: FleetAccount, fleet: Fleet): Promise<CredentialProvider | undefined> {
  if (account.accountId === fleet.caller.accountId) {
    return undefined;
  }
  const credentials = await assumedRole(roleArn(fleet, account.accountId), fleet.first)();
  return async () => credentials;
}

function scopesOf(
  { accountId }: FleetAccount,
  policy: Policy,
  fleet: Fleet,
  credentials: CredentialProvider | undefined,
): Scope[] {
  const asked = regionsRead(policy, fleet);
  const regions = [...new Set(asked.length > 0 ? asked : [fleet.first])].sort();
  const settings = credentials === undefined ? {} : { credentials };
  const ec2 = createEc2Clients(createClients(settings));
  const reader = createNetworkReader(ec2, (problem) => fleet.note(`${accountId}: ${problem}`));
  const connectivity = createConnectivityReader(ec2);
  const memory = createFleetMemory({
    accountId,
    managed: policy.regions,
    note: fleet.note,
    regions: [fleet.first, ...regions],
    home: fleet.home,
    stage: fleet.stage,
    stack: credentials === undefined ? 'maybe' : 'there',
    unread: (region, reason) =>
      fleet.tell({ accountId, region, resource: region, reason: `Account ${accountId}: ${reason}` }),
    ...settings,
  });
  return regions.map((region) => ({
    accountId,
    region,
    reader,
    connectivity,
    ec2,
    readMemory: () => memory.read(region),
  }));
}

/** @returns nothing for an account that cannot be read, which is then told. */
async function openAccount(account: FleetAccount, policies: SourcePolicies, fleet: Fleet): Promise<Scope[]> {
  const { accountId, state = 'ACTIVE' } = account;
  const dark = (reason: string): Scope[] => {
    fleet.tell({ accountId, region: '*', resource: accountId, reason });
    return [];
  };
  if (state !== 'ACTIVE') {
    return dark(
      `Account ${named(account)} was not read: it is ${state} in AWS Organizations. Reopen it, or leave it out: --accounts …,-${accountId}.`,
    );
  }
  let policy: Policy;
  try {
    policy = policies.of(accountId);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return dark(`Account ${named(account)} was not read: ${error.message}`);
  }
  try {
    return scopesOf(account, policy, fleet, await credentialsFor(account, fleet));
  } catch (error) {
    return dark(assumeProblem(account, fleet, error));
  }
}

function leaveOut({ tell }: Fleet, { accountId, region }: Scope, error: unknown): void {
  // It is about a file or an option, which is the same for all accounts.
  if (error instanceof CliError) {
    throw error;
  }
  const reason = `Account ${accountId} was not read in ${region}: ${ended(classifyAwsError(error).message)} ${regionRemedy(error)}`;
  tell({ accountId, region, resource: region, reason });
}

/** @throws CliError when it is not known which accounts are meant; each that cannot be read is told by the source. */
export async function openFleet(options: FleetOptions, policies: SourcePolicies): Promise<Source> {
  const [named] = [...policies.all.flatMap(({ regions }) => regions), ...options.regions];
  const first = await defaultRegion().catch((error: unknown) => {
    if (named === undefined) throw error;
    return named;
  });
  const caller = await callerAccount(first);
  const accounts = await fleetAccounts(options.selection, first);
  const notes: string[] = [];
  const unread: Unread[] = [];
  const fleet: Fleet = {
    ...options,
    caller,
    first,
    home: {},
    note: (text) => notes.push(text),
    tell: (one) => {
      const known = unread.some((each) => each.accountId === one.accountId && each.region === one.region);
      if (!known) unread.push(one);
    },
  };
  const opened = new Map<string, Scope[]>();
  await runLimited(accounts, ROLES_AT_ONCE, async (account) => {
    opened.set(account.accountId, await openAccount(account, policies, fleet));
  });
  return {
    kind: 'fleet',
    scopes: accounts.flatMap(({ accountId }) => opened.get(accountId) ?? []),
    unread: () => unread,
    leaveOut: (scope, error) => leaveOut(fleet, scope, error),
    notes: () => notes,
    ...(await organizationFor(policies.all, first)),
    ...addressPlanFor(policies.all, createEc2Clients()),
  };
}
