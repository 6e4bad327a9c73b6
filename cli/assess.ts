import { assess as assessNetwork } from '../lib/assessment/assess.ts';
import type * as Judged from '../lib/assessment/types.ts';
import { connectionsOf } from '../lib/connect/connect.ts';
import type { JudgedPair as Pair } from '../lib/connect/types.ts';
import type { Change } from '../lib/model/change.ts';
import type { Finding } from '../lib/model/finding.ts';
import { type AddressPlanOfPass, readAddressPlan } from '../lib/passes/address-plan.ts';
import { type OrganizationOfPass, readOrganization } from '../lib/passes/organization.ts';
import type { Policy } from '../lib/policy/schema.ts';
import type { WantedOption } from '../lib/routing/options.ts';
import { orderLines } from './orders.ts';
import { shown } from './output.ts';
import type { Policies } from './policy.ts';
import { type ReadScope, readScopes } from './read.ts';
import { selectionOf } from './selection.ts';
import { openSource } from './source/open.ts';
import type { Source } from './source/types.ts';
import type { Invocation } from './verb.ts';

/** What one account's policy makes of it. */
export interface AssessedAccount {
  readonly accountId: string;
  readonly policy: Policy;
  /** The file that it was read from. */
  readonly policyFile: string;
  readonly managedRegions: readonly string[];
  readonly scopes: readonly ReadScope[];
  /** All that was read of it, as it was judged. */
  readonly state: Judged.NetworkState;
  readonly memory: Judged.NetworkMemory;
  /** Of the account as a whole, whatever is shown of it. */
  readonly whole: Judged.Assessment;
}

type OfAccount<Item> = Item & { readonly accountId: string };

export type AssessedView = OfAccount<Judged.AssessedView>;
export type AssessedRequest = OfAccount<Judged.AssessedRequest>;
export type EndedPeering = OfAccount<Judged.EndedPeering>;
export type PeeringDeletion = OfAccount<Judged.PeeringDeletion>;
export type NotJudged = OfAccount<Judged.NotJudged>;

export type JudgedPair = OfAccount<Pair>;

export type PlannedChange = OfAccount<Change> & {
  /** The request that has to be accepted first. */
  readonly after?: string;
};

/** Everything that is shown: of all accounts, as far as `--region` and `--vpc` select it. */
export interface Assessment {
  readonly source: Source;
  /** Whether the account, or the stage, decides which policy judges. */
  readonly policiesGiven: Policies['given'];
  readonly accounts: readonly AssessedAccount[];
  readonly views: readonly AssessedView[];
  /** Requests that this account answers. */
  readonly requests: readonly AssessedRequest[];
  readonly ended: readonly EndedPeering[];
  readonly changes: readonly PlannedChange[];
  /** Peerings whose time is over and that the stack deletes. */
  readonly deletions: readonly PeeringDeletion[];
  /** Pairs of VPCs that the policy wants peered, or wanted so before. */
  readonly connections: readonly JudgedPair[];
  readonly findings: readonly OfAccount<Finding>[];
  /** Peering options that can be set now. */
  readonly options: readonly OfAccount<WantedOption>[];
  readonly notJudged: readonly NotJudged[];
  readonly warnings: readonly string[];
  /** By id: the tag Name of the VPCs and peerings that were read. */
  readonly names: ReadonlyMap<string, string>;
}

async function assessAccount(
  accountId: string,
  read: readonly ReadScope[],
  policies: Pick<Policies, 'of' | 'fileOf'>,
  source: Source,
): Promise<{
  readonly account: AssessedAccount;
  readonly organization: OrganizationOfPass;
  readonly addressPlan: AddressPlanOfPass;
}> {
  const policy = policies.of(accountId);
  const policyFile = policies.fileOf(accountId);
  const scopes = read.filter(({ scope }) => scope.accountId === accountId);
  const regions = scopes.map(({ inventory }) => inventory);
  const managedRegions = policy.regions.length > 0 ? policy.regions : regions.map(({ region }) => region);
  const memory = new Map(scopes.map(({ scope, memory: remembered }) => [scope.region, remembered]));
  const journal = { error: () => undefined, metric: () => undefined };
  const [organization, addressPlan] = await Promise.all([
    readOrganization(regions, {
      policy,
      journal,
      ...(source.organization === undefined ? {} : { organization: source.organization }),
    }),
    readAddressPlan(regions, memory, {
      policy,
      journal,
      ...(source.addressPlan === undefined ? {} : { addressPlan: source.addressPlan }),
    }),
  ]);
  const others = read.filter(({ scope }) => scope.accountId !== accountId);
  const state: Judged.NetworkState = {
    accountId,
    managedRegions,
    regions,
    others: others.map(({ inventory }) => inventory),
    organization: organization.facts,
    ...(addressPlan.plan === undefined ? {} : { addressPlan: addressPlan.plan }),
    unread: (source.unread?.() ?? []).filter((each) => each.accountId === accountId),
  };
  const now = new Date();
  const connections = connectionsOf(state, policy, memory, now);
  const whole = assessNetwork({ ...state, connections }, policy, memory, now);
  return {
    account: { accountId, policy, policyFile, managedRegions, scopes, state, memory, whole },
    organization,
    addressPlan,
  };
}

/** What `--region` and `--vpc` select of one account. */
function shownOf(account: AssessedAccount, invocation: Invocation) {
  const { accountId, whole, scopes } = account;
  const selection = selectionOf(invocation, scopes);
  const shownMemories = new Map([...account.memory].filter(([region]) => selection.region(region)));
  const own = <Item extends object>(item: Item): OfAccount<Item> => ({ ...item, accountId });
  const accepted = new Set(
    whole.requests
      .filter(({ decision }) => decision.decision === 'accept')
      .map(({ peering }) => peering.peeringId),
  );
  return {
    views: whole.views.filter(({ view }) => selection.vpc(view.region, view.local.vpcId)).map(own),
    requests: whole.requests
      .filter(({ peering: { peeringId, accepter } }) =>
        selection.about({ region: accepter.region, peeringId }),
      )
      .map(own),
    ended: whole.ended
      .filter(({ region, peering: { peeringId } }) => selection.about({ region, peeringId }))
      .map(own),
    changes: whole.changes
      .filter((change) => selection.about(change))
      .map((change) => own(accepted.has(change.peeringId) ? { ...change, after: change.peeringId } : change)),
    deletions: whole.deletions.filter((deletion) => selection.about(deletion)).map(own),
    connections: whole.connections.pairs
      .filter(({ requester, accepter }) =>
        [requester, accepter].some(({ region, vpcId }) => selection.vpc(region, vpcId)),
      )
      .map(own),
    findings: whole.findings.filter((finding) => selection.about(finding)).map(own),
    options: whole.options
      .filter(({ settable, region, vpcId }) => settable && selection.vpc(region, vpcId))
      .map(own),
    notJudged: whole.notJudged
      .filter(({ region, resource }) =>
        selection.about({ region, routeTableId: resource, peeringId: resource }),
      )
      .map(own),
    warnings: [
      ...orderLines(shownMemories, new Date()).map((line) =>
        invocation.options.accounts === undefined ? line : `account ${accountId}: ${line}`,
      ),
      ...(scopes.some(({ scope }) => selection.region(scope.region)) ? whole.warnings : []),
    ],
  };
}

/** Reads, decides and plans, for every account and Region of the source, as the functions do. */
export async function assess(
  invocation: Invocation,
  policies: Policies,
  source: Source | undefined = undefined,
): Promise<Assessment> {
  const opened = source ?? (await openSource(invocation, policies));
  const read = await readScopes(opened, policies, invocation);
  const accountIds = [...new Set(read.map(({ scope }) => scope.accountId))];
  const assessed = await Promise.all(
    accountIds.map((accountId) => assessAccount(accountId, read, policies, opened)),
  );
  const accounts = assessed.map(({ account }) => account);
  const shown = accounts.map((account) => shownOf(account, invocation));
  invocation.progress.done();
  return {
    source: opened,
    policiesGiven: policies.given,
    accounts,
    views: shown.flatMap(({ views }) => views),
    requests: shown.flatMap(({ requests }) => requests),
    ended: shown.flatMap(({ ended }) => ended),
    changes: shown.flatMap(({ changes }) => changes),
    deletions: shown.flatMap(({ deletions }) => deletions),
    connections: shown.flatMap(({ connections }) => connections),
    findings: shown.flatMap(({ findings }) => findings),
    options: shown.flatMap(({ options }) => options),
    notJudged: [
      ...unreadAccounts(opened, accountIds, invocation),
      ...shown.flatMap(({ notJudged }) => notJudged),
    ],
    warnings: [
      ...shown.flatMap(({ warnings }) => warnings),
      ...new Set(assessed.flatMap(({ organization }) => organizationWarnings(organization))),
      ...new Set(assessed.flatMap(({ addressPlan }) => addressPlanWarnings(addressPlan))),
      ...unknownVpcs(invocation, read),
    ],
    names: namesOf(read),
  };
}

/** Of accounts of which nothing could be read: what `--vpc` asks for may be there. */
function unreadAccounts(
  { unread }: Source,
  read: readonly string[],
  { options: { region = [] } }: Invocation,
): readonly NotJudged[] {
  return (unread?.() ?? []).filter(
    (each) =>
      !read.includes(each.accountId) &&
      (each.region === '*' || region.length === 0 || region.includes(each.region)),
  );
}

function organizationWarnings({ unread }: OrganizationOfPass): string[] {
  return [...unread].map(
    ([accountId, { reason }]) =>
      `Account ${accountId} could not be looked up in AWS Organizations: ${reason}`,
  );
}

function addressPlanWarnings({ unread }: AddressPlanOfPass): string[] {
  return [...unread].map(([id, { reason }]) => `${id} of the address plan could not be read: ${reason}`);
}

/** A mistyped VPC shows nothing, which looks like a good answer. */
function unknownVpcs({ options }: Invocation, read: readonly ReadScope[]): string[] {
  const known = new Set(
    read.flatMap(({ inventory }) => [
      ...inventory.tables.map(({ vpcId }) => vpcId),
      ...inventory.vpcs.keys(),
    ]),
  );
  return (options.vpc ?? [])
    .filter((vpcId) => !known.has(vpcId))
    .map((vpcId) => `${vpcId} is in none of the accounts and Regions that were read.`);
}

/** What people call VPCs and peerings. Each side of a peering has tags of its own: the first one read that has a name gives it. */
export function namesOf(read: readonly ReadScope[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { inventory } of read) {
    const peerings = inventory.peerings.map(({ peeringId, tags }) => [peeringId, { tags }] as const);
    for (const [id, { tags }] of [...inventory.vpcs, ...peerings]) {
      if (tags.Name !== undefined && tags.Name !== '' && !names.has(id)) {
        names.set(id, tags.Name);
      }
    }
  }
  return names;
}

/** Names a change, for telling whether a later plan still has it. */
export function changeKey({ action, region, routeTableId, destination, peeringId }: Change): string {
  return [action, region, routeTableId, destination, peeringId].join(' ');
}

/** Requests that this account would answer with yes or no, and does not leave open. */
export function answeredRequests({ views }: Pick<Assessment, 'views'>): readonly AssessedView[] {
  return views.filter(
    ({ asked, view, decision }) =>
      asked === 'ours' && view.direction === 'inbound' && decision.decision !== 'hold',
  );
}

/** Notes of the source, once all has been read that will be. */
export function tellNotes({ output }: Pick<Invocation, 'output'>, source: Source): void {
  for (const note of source.notes()) {
    output.note(`note: ${note}`);
  }
}

/** Which file judged which accounts, as one sentence; nothing where one file was named for everything. */
export function judgedText({ policiesGiven, accounts }: Assessment): string | undefined {
  const byFile = new Map<string, string[]>();
  for (const { accountId, policyFile } of accounts) {
    byFile.set(policyFile, [...(byFile.get(policyFile) ?? []), accountId]);
  }
  if (policiesGiven === 'one' || byFile.size === 0) {
    return undefined;
  }
  const whose = (ids: readonly string[]) => (ids.length > 3 ? `${ids.length} accounts` : ids.join(', '));
  return `Judged by ${[...byFile].map(([file, ids]) => `${shown(file, 200)} (${whose(ids)})`).join('; ')}.`;
}

/** The notes of the source, and which policies judged. */
export function tellAssessment(invocation: Pick<Invocation, 'output'>, assessment: Assessment): void {
  tellNotes(invocation, assessment.source);
  const judged = judgedText(assessment);
  if (judged !== undefined) invocation.output.note(`note: ${judged}`);
}
