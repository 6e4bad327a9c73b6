import { assess as assessNetwork } from '../lib/assessment/assess.ts';
import { withRoutesThatCome } from '../lib/assessment/one-sided-advice.ts';
import { byAge } from '../lib/assessment/requests.ts';
import type * as Judged from '../lib/assessment/types.ts';
import { connectionsOf } from '../lib/connect/connect.ts';
import type { Change } from '../lib/model/change.ts';
import { groupBy } from '../lib/model/group-by.ts';
import { type Nameable, nameableVpc } from '../lib/model/nameable.ts';
import { vpcOfTablesInUse } from '../lib/model/route-table.ts';
import { overlaps } from '../lib/network/cidr.ts';
import { readDestination } from '../lib/network/destination.ts';
import { type AddressPlanOfPass, readAddressPlan } from '../lib/passes/address-plan.ts';
import { type OrganizationOfPass, readOrganization } from '../lib/passes/organization.ts';
import { spokeUnitsOf } from '../lib/policy/organization.ts';
import { pairOf } from '../lib/policy/peered-already.ts';
import type { Selected } from '../lib/report/selection.ts';
import {
  addressPlanWarnings,
  type JudgedAccount,
  type NotJudged,
  namesOf,
  organizationWarnings,
  type ShownAssessment,
  shownOf,
} from '../lib/report/shown-assessment.ts';
import { type ChosenVpcs, chooseVpcs } from './naming.ts';
import { shown as printed } from './output.ts';
import type { Policies } from './policy.ts';
import { type ReadScope, readScopes } from './read.ts';
import { openSource } from './source/open.ts';
import type { Source } from './source/types.ts';
import type { Invocation } from './verb.ts';

/** What one account's policy makes of it, and what that took. */
export interface AssessedAccount extends JudgedAccount {
  /** The file that the policy was read from. */
  readonly policyFile: string;
  readonly managedRegions: readonly string[];
  readonly scopes: readonly ReadScope[];
}

/** Everything that is shown: of all accounts, as far as `--region` and `--vpc` select it. */
export interface Assessment extends ShownAssessment {
  readonly source: Source;
  /** Whether the account, or the stage, decides which policy judges. */
  readonly policiesGiven: Policies['howMany'];
  readonly accounts: readonly AssessedAccount[];
  /** `--region`, and `--vpc` by ids. */
  readonly selected: Selected;
  /** What names of `--vpc` stood for, as sentences. */
  readonly named: readonly string[];
}

/** What is saved does not say whether there is a stack, and a registry that could not be read is one. */
function lacksStack(
  { kind }: Source,
  { unread = [] }: Judged.NetworkState,
  memory: Judged.NetworkMemory,
): boolean {
  const remembered = [...memory.values()];
  return (
    kind !== 'snapshot' &&
    unread.length === 0 &&
    remembered.length > 0 &&
    remembered.every(({ registry }) => registry === 'none')
  );
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
  const units = await source.units?.lookUp(spokeUnitsOf([policy]));
  const state: Judged.NetworkState = {
    accountId,
    managedRegions,
    regions,
    others: others.map(({ inventory }) => inventory),
    organization: organization.facts,
    ...(units === undefined ? {} : { units }),
    ...(addressPlan.plan === undefined ? {} : { addressPlan: addressPlan.plan }),
    unread: (source.unread?.() ?? []).filter((each) => each.accountId === accountId),
  };
  const now = new Date();
  const connections = connectionsOf(state, policy, memory, now);
  const whole = assessNetwork({ ...state, connections }, policy, memory, now);
  return {
    account: {
      accountId,
      policy,
      policyFile,
      managedRegions,
      scopes,
      state,
      memory,
      whole,
      ...(lacksStack(source, state, memory) ? { stack: 'none' } : {}),
    },
    organization,
    addressPlan,
  };
}

/**
 * The requests that one of the accounts accepts. Of two VPCs whose accounts both asked, each account by itself accepts the request of
 * the other one; the first is the one that counts, as AWS takes no second. An account that only observes
 * accepts none.
 */
function acceptedByAny(accounts: readonly AssessedAccount[]): ReadonlySet<string> {
  const accepted = accounts
    .flatMap(({ whole, policy: { mode } }) => whole.requests.map((request) => ({ ...request, mode })))
    .filter(({ decision }) => decision.decision === 'accept')
    .sort((a, b) => (a.mode === b.mode ? byAge(a.peering, b.peering) : a.mode === 'observe' ? 1 : -1));
  const byPair = new Map<string, string>();
  for (const { peering } of accepted) {
    if (!byPair.has(pairOf(peering))) byPair.set(pairOf(peering), peering.peeringId);
  }
  return new Set(byPair.values());
}

/**
 * Where another account accepts a request of one, what follows on its side is planned, too; and a request of the same two VPCs that it
 * answers itself is held.
 */
function withAnswersOfOthers(accounts: readonly AssessedAccount[], now: Date): readonly AssessedAccount[] {
  const accepted = acceptedByAny(accounts);
  return accounts.map((account) => {
    const { policy, memory, whole } = account;
    const asked = whole.views.filter((each) => each.asked === 'theirs');
    const acceptedElsewhere = new Set(
      asked.map(({ view }) => view.peering.peeringId).filter((peeringId) => accepted.has(peeringId)),
    );
    if (acceptedElsewhere.size === 0) {
      return account;
    }
    const state = { ...account.state, acceptedElsewhere };
    return {
      ...account,
      state,
      whole: assessNetwork({ ...state, connections: whole.connections }, policy, memory, now),
    };
  });
}

/** A peering that is routed from one side is said to get its other side where the plan of the other account has it. */
function withPlansOfOthers(accounts: readonly AssessedAccount[]): readonly AssessedAccount[] {
  if (accounts.length < 2) {
    return accounts;
  }
  // A route in a table that no subnet uses leads nothing back.
  const vpcOf = vpcOfTablesInUse(
    accounts.flatMap(({ scopes }) => scopes.flatMap(({ inventory }) => inventory.tables)),
  );
  const coming = groupBy(
    accounts.flatMap(({ whole }) =>
      whole.changes.filter(
        ({ action, heldBy, routeTableId }) =>
          action !== 'delete' && heldBy === undefined && vpcOf.has(routeTableId),
      ),
    ),
    ({ peeringId, routeTableId }) => [`${peeringId} ${vpcOf.get(routeTableId)}`],
  );
  const comesIn = (peeringId: string, vpcId: string, block: string | undefined) =>
    (coming.get(`${peeringId} ${vpcId}`) ?? []).some(({ destination }) => {
      const [one, other] = [block ?? destination, destination].map(readDestination);
      return one !== undefined && other !== undefined && overlaps(one, other);
    });
  return accounts.map((account) => {
    const sidesOf = new Map(
      account.whole.views.map(({ view: { peering } }) => [
        peering.peeringId,
        [peering.requester, peering.accepter],
      ]),
    );
    const findings = account.whole.findings.map((finding) =>
      withRoutesThatCome(finding, sidesOf.get(finding.peeringId ?? '') ?? [], comesIn),
    );
    return { ...account, whole: { ...account.whole, findings } };
  });
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
  const now = new Date();
  const accounts = withPlansOfOthers(
    withAnswersOfOthers(
      assessed.map(({ account }) => account),
      now,
    ),
  );
  const { options } = invocation;
  const chosen = vpcsAsked(invocation, read, opened);
  const selected = selectedBy(options, chosen);
  const shown = accounts.map((account) =>
    shownOf(account, selected, now, (line) =>
      options.accounts === undefined ? line : `account ${account.accountId}: ${line}`,
    ),
  );
  invocation.progress.done();
  return {
    source: opened,
    policiesGiven: policies.howMany,
    accounts,
    selected,
    named: chosen.notes,
    views: shown.flatMap(({ views }) => views),
    requests: shown.flatMap(({ requests }) => requests),
    ended: shown.flatMap(({ ended }) => ended),
    changes: shown.flatMap(({ changes }) => changes),
    deletions: shown.flatMap(({ deletions }) => deletions),
    connections: shown.flatMap(({ connections }) => connections),
    findings: shown.flatMap(({ findings }) => findings),
    options: shown.flatMap(({ options }) => options),
    heldOptions: shown.flatMap(({ heldOptions }) => heldOptions),
    notJudged: [
      ...unreadAccounts(opened, accountIds, invocation),
      ...shown.flatMap(({ notJudged }) => notJudged),
    ],
    warnings: [
      ...shown.flatMap(({ warnings }) => warnings),
      ...new Set(assessed.flatMap(({ organization }) => organizationWarnings(organization.unread))),
      ...new Set(assessed.flatMap(({ addressPlan }) => addressPlanWarnings(addressPlan.unread))),
      ...chosen.warnings,
    ],
    names: namesOf(read.map(({ inventory }) => inventory)),
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

/** A name means a VPC of the Regions that are asked for: `--region` tells two of the same name apart. */
function vpcsAsked(
  { options: { vpc = [], region = [] } }: Invocation,
  read: readonly ReadScope[],
  { unread }: Source,
) {
  const things = read.flatMap(({ scope, inventory }): Nameable[] => [
    ...[...inventory.vpcs.values()]
      .map(nameableVpc)
      .map((each) => (region.length === 0 || region.includes(scope.region) ? each : { id: each.id })),
    ...inventory.tables.map(({ vpcId }) => ({ id: vpcId })),
  ]);
  return chooseVpcs(vpc, things, (unread?.() ?? []).length === 0 ? 'all-read' : 'some-unread');
}

function selectedBy({ region, vpc }: Invocation['options'], chosen: ChosenVpcs): Selected {
  return {
    ...(region === undefined ? {} : { region }),
    ...(vpc === undefined ? {} : { vpc: chosen.vpc }),
  };
}

/** The same invocation for what was selected just now: a name that stands for something else by then has no say any more. */
export function pinnedTo({ selected: { vpc } }: Assessment, invocation: Invocation): Invocation {
  return vpc === undefined ? invocation : { ...invocation, options: { ...invocation.options, vpc } };
}

/** Names a change, for telling whether a later plan still has it. */
export function changeKey({ action, region, routeTableId, destination, peeringId }: Change): string {
  return [action, region, routeTableId, destination, peeringId].join(' ');
}

/** Notes of the source, once all has been read that will be. @param known what was told before. */
export function tellNotes(
  { output }: Pick<Invocation, 'output'>,
  source: Source,
  known: ReadonlySet<string> = new Set(),
): void {
  for (const note of source.notes()) {
    if (!known.has(note)) output.note(`note: ${note}`);
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
  return `Judged by ${[...byFile].map(([file, ids]) => `${printed(file, 200)} (${whose(ids)})`).join('; ')}.`;
}

/** The notes of the source, and which policies judged. */
export function tellAssessment(invocation: Pick<Invocation, 'output'>, assessment: Assessment): void {
  tellNotes(invocation, assessment.source);
  for (const each of assessment.named) invocation.output.note(`note: ${each}`);
  const judged = judgedText(assessment);
  if (judged !== undefined) invocation.output.note(`note: ${judged}`);
}
