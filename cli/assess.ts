import type { Change, DesiredRoute } from '../lib/model/change.ts';
import type { Finding } from '../lib/model/finding.ts';
import type { RegionInventory } from '../lib/model/inventory.ts';
import type { Peering, PeeringSide, PeeringView } from '../lib/model/peering.ts';
import { viewsOf } from '../lib/model/views.ts';
import { readDestination } from '../lib/network/destination.ts';
import { withAccepted } from '../lib/passes/accept-requests.ts';
import { type OrganizationOfPass, readOrganization } from '../lib/passes/organization.ts';
import { readInventory } from '../lib/passes/read-inventory.ts';
import { type Decision, type DecisionFacts, decidePeering } from '../lib/policy/decide.ts';
import { type FactsOptions, factsFor } from '../lib/policy/facts.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { type WantedOption, wantedOptions } from '../lib/routing/options.ts';
import { type Plan, plan } from '../lib/routing/plan.ts';
import { openSource } from './source/open.ts';
import type { Scope, Source } from './source/types.ts';
import type { Invocation } from './verb.ts';

/** One view with what the policy says of it and how its routes stand. */
export interface AssessedView {
  readonly accountId: string;
  readonly view: PeeringView;
  readonly facts: DecisionFacts;
  /** Of a request: the answer to it, from both sides where both are known. */
  readonly decision: Decision;
  /** `ours`: this account answers the request. `theirs`: another account does. `none`: nothing is asked. */
  readonly asked: 'ours' | 'theirs' | 'none';
  readonly routes: { readonly desired: number; readonly present: number };
}

export interface PlannedChange extends Change {
  readonly accountId: string;
  /** The request that has to be accepted first. */
  readonly after?: string;
}

export interface AssessedRegion {
  readonly scope: Scope;
  readonly inventory: RegionInventory;
  readonly planned: Plan;
}

export interface Assessment {
  readonly source: Source;
  readonly regions: readonly AssessedRegion[];
  readonly views: readonly AssessedView[];
  readonly changes: readonly PlannedChange[];
  readonly findings: readonly (Finding & { readonly accountId: string })[];
  /** Peering options that can be set now. */
  readonly options: readonly (WantedOption & { readonly accountId: string })[];
  readonly warnings: readonly string[];
}

async function readRegions(source: Source, { progress }: Pick<Invocation, 'progress'>): Promise<ReadScope[]> {
  progress.doing(`Reading ${[...new Set(source.scopes.map(({ region }) => region))].join(', ')}`);
  return Promise.all(
    source.scopes.map(async (scope) => {
      const { accountId, region, reader } = scope;
      const inventory = await readInventory(reader, { accountId, region });
      return { scope, inventory: withoutRepeats(inventory) };
    }),
  );
}

/** Saved answers may repeat a peering; EC2's do not. */
function withoutRepeats(inventory: RegionInventory): RegionInventory {
  const peerings = [...new Map(inventory.peerings.map((peering) => [peering.peeringId, peering])).values()];
  return { ...inventory, peerings };
}

function presentRoutes(inventory: RegionInventory, desired: readonly DesiredRoute[]): number {
  const tables = new Map(inventory.tables.map((table) => [table.routeTableId, table]));
  return desired.filter(({ routeTableId, destination, peeringId }) =>
    tables
      .get(routeTableId)
      ?.routes.some(
        (route) =>
          route.target.id === peeringId &&
          route.state !== 'blackhole' &&
          (route.destination === destination || readDestination(route.destination)?.text === destination),
      ),
  ).length;
}

function askedOf({ peering }: PeeringView, accountId: string): AssessedView['asked'] {
  if (peering.status !== 'pending-acceptance') {
    return 'none';
  }
  return peering.accepter.accountId === accountId ? 'ours' : 'theirs';
}

interface ReadScope {
  readonly scope: Scope;
  readonly inventory: RegionInventory;
}

/**
 * The answers to all pending requests that this account's VPCs accept, in the order in which a sweep gives them: what
 * one takes up of quotas and routes counts for the next.
 */
function answerRequests(
  read: readonly ReadScope[],
  policy: Policy,
  managedRegions: readonly string[],
  organization: FactsOptions,
): ReadonlyMap<string, Decision> {
  const answers = new Map<string, Decision>();
  for (const accountId of new Set(read.map(({ scope }) => scope.accountId))) {
    let known = read.filter(({ scope }) => scope.accountId === accountId).map(({ inventory }) => inventory);
    const pending = known.flatMap(({ region, peerings }) =>
      peerings.filter(
        ({ status, accepter }) =>
          status === 'pending-acceptance' && accepter.accountId === accountId && accepter.region === region,
      ),
    );
    for (const peering of pending) {
      const views = known.flatMap((inventory) =>
        viewsOf(inventory, managedRegions)
          .filter((view) => view.peering.peeringId === peering.peeringId)
          .map((view) => ({ view, facts: factsFor(view, inventory, policy, organization) })),
      );
      const decision = decidePeering(views, policy);
      answers.set(`${accountId} ${peering.peeringId}`, decision);
      if (decision.decision === 'accept') {
        known = known.map((inventory) => withAccepted(inventory, peering, decision, policy));
      }
    }
  }
  return answers;
}

/** A request whose accepter VPC is ours, in a Region that was not read. */
function unread({ peering }: PeeringView): Decision {
  const { vpcId, region } = peering.accepter;
  return {
    decision: 'hold',
    reasons: [`The accepter VPC ${vpcId} is in ${region}, which was not read or is not managed.`],
    rules: [],
    routableCidrs: [],
    managed: false,
  };
}

/** The inventory as it will be once these requests are accepted: what is planned then is what follows from it. */
function onceAccepted(
  inventory: RegionInventory,
  accepted: ReadonlySet<string>,
  cidrsOf: (side: PeeringSide) => readonly string[],
): RegionInventory {
  const peerings = inventory.peerings.map((peering): Peering => {
    if (!accepted.has(peering.peeringId)) {
      return peering;
    }
    const { requester, accepter } = peering;
    return {
      ...peering,
      status: 'active',
      requester: { ...requester, cidrs: requester.cidrs.length > 0 ? requester.cidrs : cidrsOf(requester) },
      accepter: { ...accepter, cidrs: accepter.cidrs.length > 0 ? accepter.cidrs : cidrsOf(accepter) },
    };
  });
  return { ...inventory, peerings };
}

/** Names a change, for telling whether a later plan still has it. */
export function changeKey({ action, region, routeTableId, destination, peeringId }: Change): string {
  return [action, region, routeTableId, destination, peeringId].join(' ');
}

/** Observes, decides and plans, for every account and Region of the source. */
export async function assess(
  invocation: Invocation,
  policy: Policy,
  source: Source | undefined = undefined,
): Promise<Assessment> {
  const opened = source ?? (await openSource(invocation, policy));
  const read = await readRegions(opened, invocation);
  const managedRegions =
    policy.regions.length > 0 ? policy.regions : [...new Set(opened.scopes.map(({ region }) => region))];

  const organization = await readOrganization(
    read.map(({ inventory }) => inventory),
    {
      policy,
      journal: { error: () => undefined, metric: () => undefined },
      ...(opened.organization === undefined ? {} : { organization: opened.organization }),
    },
  );

  const regions = read.map(
    ({ scope, inventory }): AssessedRegion => ({
      scope,
      inventory,
      planned: plan(inventory, policy, { managedRegions, ...organization.facts }),
    }),
  );

  const answers = answerRequests(read, policy, managedRegions, organization.facts);
  /** The answer to a request is one for the peering; what a live view means is each view's own. */
  const answerTo = (accountId: string, view: PeeringView, own: Decision): Decision => {
    switch (askedOf(view, accountId)) {
      case 'none':
        return own;
      case 'ours':
        return answers.get(`${accountId} ${view.peering.peeringId}`) ?? unread(view);
      case 'theirs':
        return {
          ...own,
          decision: 'hold',
          reasons: [
            `Account ${view.peering.accepter.accountId} answers this request, not this one.`,
            ...own.reasons,
          ],
        };
    }
  };

  const filter = filterOf(invocation);
  const views: AssessedView[] = [];
  const changes: PlannedChange[] = [];
  const findings: (Finding & { accountId: string })[] = [];
  const options: (WantedOption & { accountId: string })[] = [];
  const warnings: string[] = [];
  const accepted = new Map<string, Set<string>>();
  const decided = regions.map(({ scope, inventory, planned }) => ({
    scope,
    inventory,
    planned,
    views: planned.decisions.map(({ view, facts, decision }): AssessedView => {
      const { accountId } = scope;
      const answer = answerTo(accountId, view, decision);
      const asked = askedOf(view, accountId);
      if (asked === 'ours' && answer.decision === 'accept') {
        accepted.set(accountId, (accepted.get(accountId) ?? new Set()).add(view.peering.peeringId));
      }
      const own = new Set(
        inventory.tables
          .filter(({ vpcId }) => vpcId === view.local.vpcId)
          .map(({ routeTableId }) => routeTableId),
      );
      const desired = planned.desired.filter(
        ({ peeringId, routeTableId }) => peeringId === view.peering.peeringId && own.has(routeTableId),
      );
      return {
        accountId,
        view,
        facts,
        decision: answer,
        asked,
        routes: { desired: desired.length, present: presentRoutes(inventory, desired) },
      };
    }),
  }));

  for (const { scope, inventory, planned, views: own } of decided) {
    const { accountId } = scope;
    const toAccept = accepted.get(accountId) ?? new Set<string>();
    const cidrsOf = (side: PeeringSide): readonly string[] =>
      decided
        .find((each) => each.scope.accountId === side.accountId && each.scope.region === side.region)
        ?.inventory.vpcs.get(side.vpcId)?.cidrs ?? [];
    const later =
      toAccept.size === 0
        ? planned
        : plan(onceAccepted(inventory, toAccept, cidrsOf), policy, { managedRegions, ...organization.facts });
    const vpcOfTable = new Map(inventory.tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId]));
    const vpcsOfPeering = new Map(
      inventory.peerings.map(({ peeringId, requester, accepter }) => [
        peeringId,
        [requester, accepter]
          .filter((side) => side.accountId === accountId && side.region === scope.region)
          .map(({ vpcId }) => vpcId),
      ]),
    );
    views.push(...own.filter(({ view }) => filter(scope.region, [view.local.vpcId])));
    for (const change of later.changes) {
      if (filter(change.region, [vpcOfTable.get(change.routeTableId) ?? ''])) {
        changes.push({
          ...change,
          accountId,
          ...(toAccept.has(change.peeringId) ? { after: change.peeringId } : {}),
        });
      }
    }
    for (const finding of planned.findings) {
      const vpcIds =
        finding.routeTableId === undefined
          ? (vpcsOfPeering.get(finding.peeringId ?? '') ?? [])
          : [vpcOfTable.get(finding.routeTableId) ?? ''];
      if (filter(finding.region, vpcIds)) {
        findings.push({ ...finding, accountId });
      }
    }
    for (const option of wantedOptions(later.decisions, policy)) {
      if (option.settable && filter(option.region, [option.vpcId])) {
        options.push({ ...option, accountId });
      }
    }
    if (filter(scope.region, undefined)) {
      warnings.push(...planned.warnings);
    }
  }
  invocation.progress.done();
  return {
    source: opened,
    regions,
    views,
    changes,
    findings,
    options,
    warnings: [...warnings, ...organizationWarnings(organization), ...unknownVpcs(invocation, regions)],
  };
}

/** What `--region` and `--vpc` select. */
function filterOf({
  options,
}: Invocation): (region: string, vpcIds: readonly string[] | undefined) => boolean {
  const { region = [], vpc = [] } = options;
  return (place, vpcIds) =>
    (region.length === 0 || region.includes(place)) &&
    (vpc.length === 0 || vpcIds === undefined || vpcIds.some((vpcId) => vpc.includes(vpcId)));
}

function organizationWarnings({ unread }: OrganizationOfPass): string[] {
  return [...unread].map(
    ([accountId, { reason }]) =>
      `Account ${accountId} could not be looked up in AWS Organizations: ${reason}`,
  );
}

/** A mistyped VPC shows nothing, which looks like a good answer. */
function unknownVpcs({ options }: Invocation, regions: readonly AssessedRegion[]): string[] {
  const known = new Set(regions.flatMap(({ inventory }) => inventory.tables.map(({ vpcId }) => vpcId)));
  return (options.vpc ?? [])
    .filter((vpcId) => !known.has(vpcId))
    .map((vpcId) => `${vpcId} is in none of the accounts and Regions that were read.`);
}

/** The value of a VPC's tag Name, where it was read. */
export function nameOfVpc(regions: readonly AssessedRegion[], vpcId: string): string | undefined {
  for (const { inventory } of regions) {
    const name = inventory.vpcs.get(vpcId)?.tags.Name;
    if (name !== undefined && name !== '') return name;
  }
  return undefined;
}

/** Requests that this account would answer with yes or no, and does not leave open. */
export function answeredRequests(assessment: Assessment): readonly AssessedView[] {
  return assessment.views.filter(
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
