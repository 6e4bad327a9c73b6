import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { isOptedIn, optInOf, selectsRule } from '../model/opt-in.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { type AddressFamily, parseCidr } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import { type AwsErrorInfo, type AwsErrorKind, classifyAwsError } from '../ports/aws-error.ts';
import type { Clock, Pace, PacedCall } from '../ports/pace.ts';
import { runLimited } from '../ports/run-limited.ts';
import { carriesTraffic } from '../routing/order.ts';

export interface RouteKey {
  readonly region: string;
  readonly routeTableId: string;
  readonly destination: string;
}

export interface RouteWrite extends RouteKey {
  readonly peeringId: string;
}

/** What apply needs of EC2. Errors are thrown as the SDK throws them. */
export interface RouteEc2 {
  /** undefined: there is no such table. */
  readTable(region: string, routeTableId: string): Promise<RouteTable | undefined>;
  createRoute(write: RouteWrite): Promise<unknown>;
  replaceRoute(write: RouteWrite): Promise<unknown>;
  deleteRoute(write: RouteKey): Promise<unknown>;
}

export interface ApplyOptions {
  readonly ec2: RouteEc2;
  readonly pace: Pace;
  readonly clock: Pick<Clock, 'now'>;
  readonly mode: 'enforce' | 'observe';
  /** Milliseconds since the epoch; changes whose turn has not come by then are returned as `remaining`. */
  readonly deadline?: number;
  /** Given: a table whose tag `<prefix>:routes` no longer selects the change's rule when it is read again is left alone. */
  readonly tagPrefix?: string;
  /** Tables of one Region that are worked on at the same time; calls stay paced. */
  readonly concurrency?: number;
}

/**
 * `written`: done by a call of ours. `already-so`: it was that way before we came (an identical route is adopted, a
 * deleted one is gone). `observed`: `mode: observe`, so nothing was called. `skipped`: no longer what the plan saw.
 * `held-back`: a delete whose addresses would be without a route, because a create failed. `retryable`: failed for now;
 * the next pass tries again. `failed`: fails until someone does something.
 */
export type OutcomeKind =
  | 'written'
  | 'already-so'
  | 'observed'
  | 'skipped'
  | 'held-back'
  | 'retryable'
  | 'failed';

export interface ChangeOutcome {
  readonly change: Change;
  readonly outcome: OutcomeKind;
  /** One sentence for people; the change's own reason where it was written. */
  readonly reason: string;
  /** The code that AWS gave, where a call failed. */
  readonly errorCode?: string;
}

export interface ApplyResult {
  /** One per change that was dealt with, in the order of the changes. */
  readonly outcomes: readonly ChangeOutcome[];
  /** What came to light on the way: `conflict`, `over-limit`. */
  readonly findings: readonly Finding[];
  /** Changes that the deadline left over, in order. */
  readonly remaining: readonly Change[];
}

interface Verdict extends Omit<ChangeOutcome, 'change'> {
  readonly finding?: Finding;
  /** Why a call failed. */
  readonly errorKind?: AwsErrorKind;
}

const CALLS: Readonly<Record<Change['action'], PacedCall>> = {
  create: 'CreateRoute',
  replace: 'ReplaceRoute',
  delete: 'DeleteRoute',
};

/** Thrown inside one table when the deadline comes before the next call. */
class DeadlineReached extends Error {
  override readonly name = 'DeadlineReached';
}

function isStatic({ origin }: Route): boolean {
  return origin === 'CreateRoute' || origin === 'CreateRouteTable';
}

/** @param destination canonical, as plans write it; an inventory may hold another spelling. */
function staticRouteTo(table: RouteTable, destination: string): Route | undefined {
  return table.routes.find(
    (route) =>
      isStatic(route) &&
      (route.destination === destination || readDestination(route.destination)?.text === destination),
  );
}

/** Whether a route is still the one that the plan saw. A blackhole that works again belongs to a living peering. */
function isStillSeen(route: Route, seen: Route): boolean {
  return (
    route.target.kind === 'peering' &&
    route.target.id === seen.target.id &&
    (seen.state !== 'blackhole' || route.state === 'blackhole')
  );
}

function failure({ kind, code, message }: AwsErrorInfo, change: Change): Verdict {
  const call = `${CALLS[change.action]} of ${change.destination} in ${change.routeTableId} (${change.region})`;
  const because = `${code}: ${message}`;
  switch (kind) {
    case 'throttled':
    case 'transient':
      return {
        outcome: 'retryable',
        errorCode: code,
        reason: `${call} failed for now; the next pass reads the table again and retries. ${because}`,
      };
    case 'not-found':
    case 'conflict':
      return {
        outcome: 'retryable',
        errorCode: code,
        reason: `${call} no longer fits what EC2 holds; the next pass decides again. ${because}`,
      };
    case 'denied':
      return {
        outcome: 'failed',
        errorCode: code,
        errorKind: kind,
        reason: `${call} is not permitted. Check the function's role, permission boundaries and service control policies. ${because}`,
      };
    case 'limit':
    case 'invalid':
    case 'unknown':
      return { outcome: 'failed', errorCode: code, reason: `${call} was refused by EC2. ${because}` };
  }
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) {
      group.push(item);
    } else {
      groups.set(key, [item]);
    }
  }
  return [...groups.values()];
}

/**
 * Carries out a plan's changes, in their order within each table; tables and Regions don't wait for each other's
 * failures. Never throws for a failed call: every change ends in an outcome or in `remaining`.
 *
 * The table is read again right before each replace and each delete, and the change is skipped if the route is not
 * the one the plan saw: EC2 has no compare-and-set for routes, so this keeps the window small. A create needs no read,
 * because EC2 refuses to create over an existing route; only in a long pass the table is read again now and then, in
 * case it opted out meanwhile.
 */
export async function applyPlan(changes: readonly Change[], options: ApplyOptions): Promise<ApplyResult> {
  if (options.mode === 'observe') {
    const outcomes = changes.map(
      (change): ChangeOutcome => ({ change, outcome: 'observed', reason: change.reason }),
    );
    return { outcomes, findings: [], remaining: [] };
  }

  const verdicts = new Map<Change, Verdict>();
  const startedAt = options.clock.now();
  const regions = groupBy(changes, ({ region }) => region);
  await Promise.all(
    regions.map((inRegion) =>
      runLimited(
        groupBy(inRegion, ({ routeTableId }) => routeTableId),
        options.concurrency ?? DEFAULT_CONCURRENCY,
        (inTable) => applyToTable(inTable, { ...options, startedAt }, verdicts),
      ),
    ),
  );

  const outcomes: ChangeOutcome[] = [];
  const findings: Finding[] = [];
  const remaining: Change[] = [];
  for (const change of changes) {
    const verdict = verdicts.get(change);
    if (verdict === undefined) {
      remaining.push(change);
      continue;
    }
    const { finding, errorKind: _, ...outcome } = verdict;
    outcomes.push({ change, ...outcome });
    if (finding) findings.push(finding);
  }
  return { outcomes, findings, remaining };
}

/** Milliseconds after which a create no longer relies on the tags that were read. Pacing can stretch a pass to minutes. */
const TAGS_HOLD_MS = 10_000;

/** Enough to keep EC2's buckets busy at some 100 ms a call, few enough for a small function's memory and sockets. */
const DEFAULT_CONCURRENCY = 8;

async function applyToTable(
  changes: readonly Change[],
  options: ApplyOptions & { readonly startedAt: number },
  verdicts: Map<Change, Verdict>,
): Promise<void> {
  const { ec2, pace, clock } = options;
  const deadline = options.deadline ?? Number.POSITIVE_INFINITY;
  /** Destinations of creates and replaces that are not in place. */
  const unfinished = new PrefixMap<Change>();
  /** When the tags were read last, and the table as it was then; undefined: it is the plan that read them. */
  let looked: { readonly at: number; readonly table?: RouteTable } = { at: options.startedAt };
  /** Set once nothing more can be done in the table. */
  let tableGone: string | undefined;
  const full = new Map<AddressFamily, Verdict>();
  const denied = new Map<Change['action'], Verdict>();

  async function paced<Answer>(
    region: string,
    call: PacedCall,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    if ((await pace.take(region, call, deadline)) === 'too-late') {
      throw new DeadlineReached();
    }
    try {
      return await send();
    } catch (error) {
      if (classifyAwsError(error).kind === 'throttled') {
        pace.drain(region, call);
      }
      throw error;
    }
  }

  async function readAgain({ region, routeTableId }: Change): Promise<RouteTable | undefined> {
    const table = await paced(region, 'DescribeRouteTables', () => ec2.readTable(region, routeTableId));
    looked = { at: clock.now(), ...(table === undefined ? {} : { table }) };
    return table;
  }

  function tableIsGone({ region, routeTableId }: Change): Verdict {
    tableGone = `${routeTableId} in ${region} no longer exists.`;
    return { outcome: 'skipped', reason: tableGone };
  }

  /** EC2 may deny for a while what it showed a moment ago, so the table is looked for before it is given up. */
  async function tableNotFound(info: AwsErrorInfo, change: Change): Promise<Verdict> {
    return (await readAgain(change)) === undefined ? tableIsGone(change) : failure(info, change);
  }

  /** Why a table that was read again must not be written to any more. */
  function lostTag(table: RouteTable, { rule, routeTableId, region }: Change): string | undefined {
    const { tagPrefix } = options;
    if (tagPrefix === undefined) {
      return undefined;
    }
    const optIn = optInOf(table, tagPrefix);
    const stillSelected = rule === undefined ? isOptedIn(optIn) : selectsRule(optIn, rule);
    return stillSelected
      ? undefined
      : `${routeTableId} in ${region} no longer opts in by its tag ${routesTagKey(tagPrefix)}.`;
  }

  async function create(change: Change): Promise<Verdict> {
    const { region, routeTableId, destination, peeringId, rule } = change;
    const isDue = options.tagPrefix !== undefined && clock.now() - looked.at >= TAGS_HOLD_MS;
    if (isDue && (await readAgain(change)) === undefined) {
      return tableIsGone(change);
    }
    const untagged = looked.table === undefined ? undefined : lostTag(looked.table, change);
    if (untagged !== undefined) {
      return { outcome: 'skipped', reason: untagged };
    }
    try {
      await paced(region, 'CreateRoute', () =>
        ec2.createRoute({ region, routeTableId, destination, peeringId }),
      );
      return { outcome: 'written', reason: change.reason };
    } catch (error) {
      if (error instanceof DeadlineReached) throw error;
      const info = classifyAwsError(error);
      const about = { region, routeTableId, destination, peeringId, ...(rule === undefined ? {} : { rule }) };
      if (info.kind === 'limit') {
        const reason = `${routeTableId} in ${region} takes no further route: ${info.code}: ${info.message} Its quota is lower than guardrails.routesPerTable says. Remove routes, or have the quota raised.`;
        return {
          outcome: 'failed',
          errorCode: info.code,
          errorKind: info.kind,
          reason,
          finding: { kind: 'over-limit', ...about, detail: reason, repairable: false },
        };
      }
      if (info.code.toLowerCase() !== 'routealreadyexists') {
        return isMissingTable(info) ? await tableNotFound(info, change) : failure(info, change);
      }
      const table = await readAgain(change);
      if (table === undefined) {
        return tableIsGone(change);
      }
      const found = staticRouteTo(table, destination);
      if (found?.target.id === peeringId) {
        return {
          outcome: 'already-so',
          reason: `${routeTableId} in ${region} already routes ${destination} to ${peeringId}.`,
        };
      }
      if (found === undefined) {
        return failure(info, change);
      }
      const detail = `${routeTableId} in ${region} should route ${destination} to ${peeringId}, but meanwhile routes it to ${found.target.id}, which is left alone.`;
      return {
        outcome: 'skipped',
        errorCode: info.code,
        reason: detail,
        finding: { kind: 'conflict', ...about, detail, repairable: false },
      };
    }
  }

  async function replaceOrDelete(change: Change): Promise<Verdict> {
    const { action, region, routeTableId, destination, peeringId, seen } = change;
    const table = await readAgain(change);
    if (table === undefined) {
      return tableIsGone(change);
    }
    const untagged = lostTag(table, change);
    if (untagged !== undefined) {
      return { outcome: 'skipped', reason: untagged };
    }
    const found = staticRouteTo(table, destination);
    if (action === 'delete' ? found === undefined : found?.target.id === peeringId) {
      return {
        outcome: 'already-so',
        reason: `${routeTableId} in ${region} ${action === 'delete' ? `has no route to ${destination} any more` : `already routes ${destination} to ${peeringId}`}.`,
      };
    }
    if (found === undefined || seen === undefined || !isStillSeen(found, seen)) {
      const now = found === undefined ? 'is gone' : `now goes to ${found.target.id} (${found.state})`;
      return {
        outcome: 'skipped',
        reason: `The route to ${destination} in ${routeTableId} (${region}) ${now}, which is not what the plan saw; the next pass decides again.`,
      };
    }
    try {
      if (action === 'delete') {
        await paced(region, 'DeleteRoute', () => ec2.deleteRoute({ region, routeTableId, destination }));
      } else {
        await paced(region, 'ReplaceRoute', () =>
          ec2.replaceRoute({ region, routeTableId, destination, peeringId }),
        );
      }
      return { outcome: 'written', reason: change.reason };
    } catch (error) {
      if (error instanceof DeadlineReached) throw error;
      const info = classifyAwsError(error);
      if (isMissingTable(info)) {
        return await tableNotFound(info, change);
      }
      if (action === 'delete' && info.code.toLowerCase() === 'invalidroute.notfound') {
        return {
          outcome: 'already-so',
          reason: `${routeTableId} in ${region} has no route to ${destination} any more.`,
        };
      }
      return failure(info, change);
    }
  }

  async function carryOut(change: Change): Promise<Verdict> {
    if (tableGone !== undefined) {
      return { outcome: 'skipped', reason: tableGone };
    }
    const cidr = parseCidr(change.destination);
    const refused =
      denied.get(change.action) ?? (change.action === 'create' ? full.get(cidr.family) : undefined);
    if (refused !== undefined) {
      const { finding, ...verdict } = refused;
      return finding === undefined
        ? verdict
        : {
            ...verdict,
            finding: { ...finding, destination: change.destination, peeringId: change.peeringId },
          };
    }
    if (change.action === 'delete' && carriesTraffic(change)) {
      const waitsFor = [...unfinished.covering(cidr), ...unfinished.within(cidr)][0]?.value;
      if (waitsFor !== undefined) {
        return {
          outcome: 'held-back',
          reason: `The route to ${change.destination} in ${change.routeTableId} (${change.region}) stays until ${waitsFor.destination} is routed to ${waitsFor.peeringId}.`,
        };
      }
    }
    try {
      return await (change.action === 'create' ? create(change) : replaceOrDelete(change));
    } catch (error) {
      if (error instanceof DeadlineReached) throw error;
      return failure(classifyAwsError(error), change);
    }
  }

  for (const change of changes) {
    if (clock.now() >= deadline) {
      return;
    }
    let verdict: Verdict;
    try {
      verdict = await carryOut(change);
    } catch (error) {
      if (error instanceof DeadlineReached) return;
      throw error;
    }
    verdicts.set(change, verdict);
    const cidr = parseCidr(change.destination);
    if (verdict.errorKind === 'limit') full.set(cidr.family, verdict);
    if (verdict.errorKind === 'denied') denied.set(change.action, verdict);
    if (change.action !== 'delete' && verdict.outcome !== 'written' && verdict.outcome !== 'already-so') {
      unfinished.set(cidr, change);
    }
  }
}

function isMissingTable({ kind, code }: AwsErrorInfo): boolean {
  return kind === 'not-found' && code.toLowerCase().startsWith('invalidroutetableid');
}
