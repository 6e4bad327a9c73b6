import { driftMetrics } from '../messages/drift.ts';
import type { Change } from '../model/change.ts';
import type { BusEventType } from '../model/events.ts';
import type { Hint } from '../model/hint.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { DEAD_STATUSES, type Peering } from '../model/peering.ts';
import { syncedTagKey } from '../model/tags.ts';
import type { Decision } from '../policy/decide.ts';
import { decisionTags, tellsDecision } from '../policy/decision-tags.ts';
import type { FactsOptions } from '../policy/facts.ts';
import type { Policy } from '../policy/schema.ts';
import { classifyAwsError } from '../ports/aws-error.ts';
import type { Journal, MetricName } from '../ports/journal.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { OrganizationLookup } from '../ports/organization.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import type { Pace } from '../ports/pace.ts';
import type { StateStore } from '../ports/state.ts';
import {
  decodeHistory,
  EMPTY_HISTORY,
  encodeHistory,
  type RepairHistory,
  recordRepairs,
} from '../routing/contested.ts';
import { wantedOptions } from '../routing/options.ts';
import { type Plan, plan } from '../routing/plan.ts';
import { permittedChanges } from '../routing/repair.ts';
import { syncMarkOf, syncMarkValue } from '../routing/synced.ts';
import { type ApplyResult, applyPlan, type RouteEc2 } from './apply-changes.ts';
import { readOrganization } from './organization.ts';
import { readInventory } from './read-inventory.ts';
import { type OptionOutcome, setOptions } from './set-options.ts';
import { forgetRepaired, tellFindings } from './tell-findings.ts';
import { peerSideOf, tellPeer } from './tell-peer.ts';

/** The writes that a pass over the routes can lead to. */
export interface SyncWriter {
  createRoute(region: string, routeTableId: string, destination: string, peeringId: string): Promise<unknown>;
  replaceRoute(
    region: string,
    routeTableId: string,
    destination: string,
    peeringId: string,
  ): Promise<unknown>;
  deleteRoute(region: string, routeTableId: string, destination: string): Promise<unknown>;
  setDnsResolution(
    region: string,
    peeringId: string,
    side: 'requester' | 'accepter',
    resolution: 'allowed' | 'refused',
  ): Promise<'done' | 'observed'>;
  tag(
    region: string,
    resourceId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<'done' | 'observed'>;
}

export interface SyncDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly reader: NetworkReader;
  /** Left out: nothing of the organization can be read. */
  readonly organization?: OrganizationLookup;
  readonly writer: SyncWriter;
  readonly state: StateStore;
  readonly pace: Pace;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly remaining: () => number;
}

export interface RegionSync {
  readonly region: string;
  readonly created: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Peerings whose desired routes are all in place since this pass. */
  readonly synced: readonly string[];
  readonly failures: readonly { readonly reason: string; readonly retry: boolean }[];
  /** Changes handed on to another invocation because time ran out. */
  readonly handedOn: number;
}

/**
 * detect-drift sends this when it found work, after telling people about it; sync-routes sends it to itself when time
 * ran out. Findings are not told again.
 */
export const WORK_HANDED_ON: Extract<BusEventType, 'Routes Remaining'> = 'Routes Remaining';

function isHandedOn({ cause }: Hint): boolean {
  return cause === WORK_HANDED_ON;
}

/** Kept back from the Lambda's time for tags, events and metrics after the last route. */
const RESERVE_MS = 15_000;

/** Of that, for the events and messages after the last tag. */
const TELLING_MS = 5_000;

/** How long EC2 may take until every Region and call shows what just happened to a peering. */
const SETTLING_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/** `Routes Synced` comes from the other end only: it was accepted there. */
const ACCEPTED: ReadonlySet<string> = new Set([
  'Peering Accepted',
  'AcceptVpcPeeringConnection',
  'Routes Synced',
]);
const ENDED: ReadonlySet<string> = new Set(['DeleteVpcPeeringConnection', 'RejectVpcPeeringConnection']);

function shows(peering: Peering | undefined, cause: string): boolean {
  if (ACCEPTED.has(cause)) {
    return (
      peering !== undefined &&
      (peering.status === 'active' || peering.status === 'provisioning' || DEAD_STATUSES.has(peering.status))
    );
  }
  return !ENDED.has(cause) || peering === undefined || DEAD_STATUSES.has(peering.status);
}

/** Reads the Region until it shows what the hints say has happened, or long enough. */
async function readSettled(
  { accountId, reader, sleep }: SyncDependencies,
  region: string,
  hints: readonly Hint[],
): Promise<RegionInventory> {
  for (const wait of SETTLING_WAITS_MS) {
    const inventory = await readInventory(reader, { accountId, region });
    const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
    if (hints.every((hint) => hint.kind !== 'peering' || shows(peerings.get(hint.peeringId), hint.cause))) {
      return inventory;
    }
    await sleep(wait);
  }
  return readInventory(reader, { accountId, region });
}

/** Other managed Regions in which this account owns a side of what the hints are about. */
function otherRegions(
  { accountId, managedRegions }: SyncDependencies,
  inventory: RegionInventory,
  hints: readonly Hint[],
): string[] {
  const peeringIds = new Set(hints.flatMap((hint) => (hint.kind === 'peering' ? [hint.peeringId] : [])));
  const vpcIds = new Set(hints.flatMap((hint) => (hint.kind === 'vpc' ? [hint.vpcId] : [])));
  const concerned = inventory.peerings.filter(
    ({ peeringId, requester, accepter }) =>
      peeringIds.has(peeringId) || vpcIds.has(requester.vpcId) || vpcIds.has(accepter.vpcId),
  );
  const regions = concerned
    .flatMap(({ requester, accepter }) => [requester, accepter])
    .filter((side) => side.accountId === accountId && side.region !== inventory.region)
    .map(({ region }) => region)
    .filter((region) => managedRegions.includes(region));
  return [...new Set(regions)].sort();
}

export function routeEc2({ reader, writer }: Pick<SyncDependencies, 'reader' | 'writer'>): RouteEc2 {
  return {
    async readTable(region, routeTableId) {
      const tables = await reader.readTables(region, { routeTableIds: [routeTableId] });
      return tables.find((table) => table.routeTableId === routeTableId);
    },
    createRoute: ({ region, routeTableId, destination, peeringId }) =>
      writer.createRoute(region, routeTableId, destination, peeringId),
    replaceRoute: ({ region, routeTableId, destination, peeringId }) =>
      writer.replaceRoute(region, routeTableId, destination, peeringId),
    deleteRoute: ({ region, routeTableId, destination }) =>
      writer.deleteRoute(region, routeTableId, destination),
  };
}

async function readHistory({ state, journal }: SyncDependencies, region: string): Promise<RepairHistory> {
  const text = await state.read('repairs', region);
  if (text === undefined) {
    return EMPTY_HISTORY;
  }
  const { history, problem } = decodeHistory(text);
  if (problem !== undefined) {
    journal.warn('repair history', { region, problem });
  }
  return history;
}

/**
 * What the policy says of the peerings that were accepted here, by peering. One that was accepted although its tags were
 * refused, or by hand, gets them with the mark: nothing else comes back to it.
 */
function acceptances({ decisions }: Plan): Map<string, Decision> {
  return new Map(
    decisions.flatMap(({ view, decision }) =>
      view.direction === 'inbound' && decision.decision === 'accept'
        ? [[view.peering.peeringId, decision] as const]
        : [],
    ),
  );
}

/**
 * Marks the peerings for which nothing is left to do, so that a route missing later is known as drift. One that cannot
 * be marked does not stop the others, and what time leaves over the next sweep asks for.
 */
export async function markSynced(
  {
    policy,
    writer,
    pace,
    now,
    remaining,
  }: Pick<SyncDependencies, 'policy' | 'writer' | 'now' | 'remaining'> & {
    readonly pace: Pick<Pace, 'take'>;
  },
  inventory: RegionInventory,
  planned: Plan,
  unfinished: ReadonlySet<string>,
): Promise<{ marked: readonly string[]; failures: readonly unknown[] }> {
  const marked: string[] = [];
  const failures: unknown[] = [];
  const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
  const rules = new Map<string, Set<string>>();
  for (const { peeringId, rule } of planned.desired) {
    rules.set(peeringId, (rules.get(peeringId) ?? new Set()).add(rule));
  }
  const accepted = acceptances(planned);
  for (const [peeringId, fingerprint] of planned.fingerprints) {
    const peering = peerings.get(peeringId);
    if (peering === undefined || unfinished.has(peeringId)) {
      continue;
    }
    const value = syncMarkValue(now(), fingerprint, [...(rules.get(peeringId) ?? [])]);
    const key = syncedTagKey(policy.tagPrefix);
    const mark = syncMarkOf(peering, policy.tagPrefix);
    const wanted = syncMarkOf({ tags: { [key]: value } }, policy.tagPrefix);
    if (mark?.fingerprint === fingerprint && mark.rules.join(' ') === wanted?.rules.join(' ')) {
      continue;
    }
    const deadline = Date.now() + remaining() - TELLING_MS;
    if (
      policy.mode === 'enforce' &&
      (await pace.take(inventory.region, 'CreateTags', deadline)) === 'too-late'
    ) {
      break;
    }
    const decision = tellsDecision(policy.tagPrefix, peering) ? undefined : accepted.get(peeringId);
    const tags = {
      ...(decision === undefined ? {} : decisionTags(policy.tagPrefix, decision, now())),
      [key]: value,
    };
    try {
      if ((await writer.tag(inventory.region, peeringId, tags)) === 'done') {
        marked.push(peeringId);
      }
    } catch (error) {
      failures.push(error);
    }
  }
  return { marked, failures };
}

export function unfinishedPeerings(result: ApplyResult, withheld: readonly Change[]): Set<string> {
  return new Set([
    ...result.remaining.map(({ peeringId }) => peeringId),
    ...withheld.map(({ peeringId }) => peeringId),
    ...result.outcomes
      .filter(({ outcome }) => outcome !== 'written' && outcome !== 'already-so')
      .map(({ change }) => change.peeringId),
  ]);
}

/** DNS resolution can be set only once the peering is active: after an accept that takes a moment. */
async function syncOptions(
  dependencies: SyncDependencies,
  planned: Plan,
  facts: FactsOptions,
  hints: readonly Hint[],
): Promise<readonly OptionOutcome[]> {
  const { accountId, policy, managedRegions, reader, writer, sleep } = dependencies;
  let decisions = planned.decisions;
  const accepted = hints.some(({ cause }) => ACCEPTED.has(cause));
  if (accepted && wantedOptions(decisions, policy).some(({ settable }) => !settable)) {
    for (const wait of SETTLING_WAITS_MS) {
      await sleep(wait);
      const inventory = await readInventory(reader, { accountId, region: planned.region });
      decisions = plan(inventory, policy, { managedRegions, ...facts }).decisions;
      if (wantedOptions(decisions, policy).every(({ settable }) => settable)) {
        break;
      }
    }
  }
  return setOptions(wantedOptions(decisions, policy), writer);
}

function failureOf(error: unknown): { reason: string; retry: boolean } {
  const { kind, message } = classifyAwsError(error);
  return { reason: message, retry: kind === 'throttled' || kind === 'transient' };
}

async function syncRegion(
  dependencies: SyncDependencies,
  inventory: RegionInventory,
  hints: readonly Hint[],
): Promise<RegionSync> {
  const { accountId, policy, managedRegions, pace, bus, journal, state, now, remaining } = dependencies;
  const { region } = inventory;
  const organization = await readOrganization([inventory], dependencies);
  const planned = plan(inventory, policy, { managedRegions, ...organization.facts });
  for (const warning of planned.warnings) {
    journal.warn('left out', { region, reason: warning });
  }

  // The history matters only to repairs, so without one it is not read.
  const history = planned.changes.some(({ mends }) => mends !== undefined)
    ? await readHistory(dependencies, region)
    : EMPTY_HISTORY;
  const permitted = permittedChanges(planned.changes, { repair: policy.drift.repair, history, now: now() });

  const result = await applyPlan(permitted.changes, {
    ec2: routeEc2(dependencies),
    pace,
    clock: { now: Date.now },
    mode: policy.mode,
    deadline: Date.now() + remaining() - RESERVE_MS,
    tagPrefix: policy.tagPrefix,
  });
  const written = result.outcomes.filter(({ outcome }) => outcome === 'written').map(({ change }) => change);
  for (const { change, outcome, reason } of result.outcomes) {
    const { action, routeTableId, destination, peeringId, rule } = change;
    journal.info('route', { action, region, routeTableId, destination, peeringId, rule, outcome, reason });
  }

  // Whoever repairs in silence hides that something is undoing the routes.
  const toldAlready = hints.every(isHandedOn);
  const shown = toldAlready
    ? []
    : [...planned.findings, ...permitted.findings].filter(
        ({ repairable, kind }) => repairable || kind === 'contested',
      );
  // Routes of a peering that somebody just deleted are expected to be stale: worth a message, not an alarm.
  const ended = hints.some(({ cause }) => ENDED.has(cause));
  const alarming = shown.filter(({ kind }) => kind !== 'stale' || !ended);
  const drift = driftMetrics(alarming, toldAlready ? [] : permitted.withheld);
  for (const [name, value] of Object.entries(drift) as [MetricName, number][]) {
    if (value > 0) {
      journal.metric(name, value);
    }
  }

  /** What follows the routes: one of these failing does not keep the others from being done. */
  const broken: { reason: string; retry: boolean }[] = [...organization.retryable];
  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      broken.push(failureOf(error));
    }
  }

  await attempt(() => forgetRepaired({ region, state }, written));
  await attempt(async () => {
    const repaired = written.filter(({ mends }) => mends !== undefined && mends !== 'stale');
    if (repaired.length === 0) {
      return;
    }
    // Nobody else has written it meanwhile: this function never runs beside itself.
    const { text, dropped } = encodeHistory(recordRepairs(history, repaired, now()));
    await state.write('repairs', region, text);
    if (dropped > 0) {
      journal.warn('repair history', {
        region,
        problem: `${dropped} repairs found no room and are forgotten.`,
      });
    }
  });
  let options: readonly OptionOutcome[] = [];
  await attempt(async () => {
    options = await syncOptions(dependencies, planned, organization.facts, hints);
  });
  for (const { option, result: outcome, reason } of options) {
    journal.info('peering option', { ...option, outcome, reason });
  }
  const unfinished = unfinishedPeerings(result, permitted.withheld);
  const { marked, failures: unmarked } = await markSynced(dependencies, inventory, planned, unfinished);
  broken.push(...unmarked.map(failureOf));
  await attempt(() => tellFindings({ ...dependencies, region }, shown, hints, permitted.withheld));
  const later = [...result.findings, ...options.flatMap(({ finding }) => (finding ? [finding] : []))];
  await attempt(() => tellFindings({ ...dependencies, region }, later, hints));

  const events = [
    ...marked.map((peeringId) => ({
      type: 'Routes Synced' as const,
      detail: { accountId, region, peeringId },
    })),
    ...(result.remaining.length > 0
      ? [
          {
            type: WORK_HANDED_ON,
            detail: { accountId, region, changes: result.remaining.length },
          },
        ]
      : []),
  ];
  if (result.remaining.length > 0) {
    // The next invocation may be another process, which takes the buckets to be full.
    await pace.refill(region, remaining() - TELLING_MS);
  }
  if (events.length > 0) {
    await attempt(() => bus.publish(events));
  }

  await tellPeers(dependencies, inventory, hints, marked);

  const failures = [
    ...result.outcomes
      .filter(({ outcome }) => outcome === 'retryable' || outcome === 'failed')
      .map(({ outcome, reason }) => ({ reason, retry: outcome === 'retryable' })),
    ...options
      .filter(({ result: outcome, finding }) => outcome === 'failed' && finding === undefined)
      .map(({ reason, retry }) => ({ reason, retry: retry === true })),
    ...broken,
  ];
  for (const { reason, retry } of failures) {
    journal.error('change not made', { region, reason, retry });
  }
  const permanent = failures.filter(({ retry }) => !retry).length;
  if (permanent > 0) {
    journal.metric('PermanentFailures', permanent);
  }

  const count = (action: Change['action']) => written.filter((change) => change.action === action).length;
  const counts = { created: count('create'), replaced: count('replace'), deleted: count('delete') };
  if (written.length > 0) {
    journal.metric('RoutesCreated', counts.created);
    journal.metric('RoutesReplaced', counts.replaced);
    journal.metric('RoutesDeleted', counts.deleted);
  }
  return { region, ...counts, synced: marked, failures, handedOn: result.remaining.length };
}

/**
 * The account at the other end may not hear that a peering was accepted, nor that this side is routed. An acceptance is
 * told even where no table of this side takes routes.
 */
async function tellPeers(
  dependencies: SyncDependencies,
  { peerings }: RegionInventory,
  hints: readonly Hint[],
  synced: readonly string[],
): Promise<void> {
  const accepted = hints.flatMap((hint) =>
    hint.kind === 'peering' && hint.peerAccountId === undefined && ACCEPTED.has(hint.cause)
      ? [hint.peeringId]
      : [],
  );
  const news = new Set([...synced, ...accepted]);
  for (const peering of peerings.filter(({ peeringId }) => news.has(peeringId))) {
    const side = peerSideOf(dependencies.accountId, peering);
    if (side !== undefined) {
      await tellPeer(dependencies, side, { type: 'Routes Synced', peeringId: peering.peeringId });
    }
  }
}

function failedRegion({ journal }: SyncDependencies, region: string, error: unknown): RegionSync {
  const failure = failureOf(error);
  journal.error('Region not synced', { region, ...failure });
  if (!failure.retry) {
    journal.metric('PermanentFailures', 1);
  }
  return { region, created: 0, replaced: 0, deleted: 0, synced: [], failures: [failure], handedOn: 0 };
}

/** Without the hints of other accounts' stacks about peerings that they have no side of. One read, so that lies cost little. */
async function withoutForeign(
  { reader, journal }: SyncDependencies,
  region: string,
  hints: readonly Hint[],
): Promise<Hint[]> {
  const fromPeers = hints.flatMap((hint) =>
    hint.kind === 'peering' && hint.peerAccountId !== undefined ? [hint.peeringId] : [],
  );
  if (fromPeers.length === 0) {
    return [...hints];
  }
  const found = await reader.readPeerings(region, { peeringIds: [...new Set(fromPeers)] });
  const peerings = new Map(found.map((peering) => [peering.peeringId, peering]));
  return hints.filter((hint) => {
    if (hint.kind !== 'peering' || hint.peerAccountId === undefined) {
      return true;
    }
    const peering = peerings.get(hint.peeringId);
    const atAnEnd = [peering?.requester, peering?.accepter].some(
      (side) => side?.accountId === hint.peerAccountId,
    );
    if (!atAnEnd) {
      journal.warn('event dropped', {
        ...hint,
        reason: 'the account that sent it is not at the other end of this peering',
      });
    }
    return atAnEnd;
  });
}

async function syncTogether(
  region: string,
  hints: readonly Hint[],
  dependencies: SyncDependencies,
): Promise<RegionSync[]> {
  const here = await readSettled(dependencies, region, hints);
  const others = await Promise.all(
    otherRegions(dependencies, here, hints).map(async (other) => {
      try {
        return await readSettled(dependencies, other, hints);
      } catch (error) {
        return failedRegion(dependencies, other, error);
      }
    }),
  );
  const results: RegionSync[] = [];
  for (const inventory of [here, ...others]) {
    if ('failures' in inventory) {
      results.push(inventory);
      continue;
    }
    try {
      results.push(await syncRegion(dependencies, inventory, hints));
    } catch (error) {
      results.push(failedRegion(dependencies, inventory.region, error));
    }
  }
  return results;
}

/**
 * Brings the opted-in tables of a Region to the policy's routes, and those of every other managed Region in which this
 * account owns a side of what the hints are about. A Region that cannot be read does not stop the others.
 *
 * @param hints events about the Region that came together; one pass answers all of them. Only work handed on is done
 *   in a pass of its own, before the rest: of that people were told.
 */
export async function syncRoutes(
  region: string,
  hints: readonly Hint[],
  dependencies: SyncDependencies,
): Promise<RegionSync[]> {
  const heard = await withoutForeign(dependencies, region, hints);
  const results: RegionSync[] = [];
  for (const together of [heard.filter(isHandedOn), heard.filter((hint) => !isHandedOn(hint))]) {
    if (together.length > 0) {
      results.push(...(await syncTogether(region, together, dependencies)));
    }
  }
  return results;
}
