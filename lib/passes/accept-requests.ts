import { requestNotification } from '../messages/request.ts';
import type { BusEventType } from '../model/events.ts';
import type { Hint } from '../model/hint.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { optInOf, selectsRule } from '../model/opt-in.ts';
import type { Peering, PeeringSide, PeeringStatus } from '../model/peering.ts';
import { viewsOf } from '../model/views.ts';
import { type Decision, decidePeering, type ViewWithFacts } from '../policy/decide.ts';
import { decidedBefore, decisionTags } from '../policy/decision-tags.ts';
import { destinationsOf } from '../policy/destinations.ts';
import { type FactsOptions, factsFor } from '../policy/facts.ts';
import type { Policy } from '../policy/schema.ts';
import { classifyAwsError } from '../ports/aws-error.ts';
import type { Journal } from '../ports/journal.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { OrganizationLookup } from '../ports/organization.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import type { Pace, PacedCall } from '../ports/pace.ts';
import { type OrganizationOfPass, readOrganization } from './organization.ts';
import { readInventory } from './read-inventory.ts';
import { tellPeer } from './tell-peer.ts';

/** The writes that a decision can lead to. */
export interface RequestWriter {
  acceptPeering(region: string, peeringId: string): Promise<'done' | 'observed'>;
  rejectPeering(region: string, peeringId: string): Promise<'done' | 'observed'>;
  tag(
    region: string,
    resourceId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<'done' | 'observed'>;
}

export interface RequestDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly reader: NetworkReader;
  /** Left out: nothing of the organization can be read. */
  readonly organization?: OrganizationLookup;
  readonly writer: RequestWriter;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly pace: Pick<Pace, 'take'>;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly remaining: () => number;
}

export interface RequestOutcome {
  readonly peeringId: string;
  /**
   * `unchanged`: decided the same way before, so nobody is told again. `skipped`: nothing to decide here.
   * `observed`: the policy says `mode: observe`. `handed-on`: left to the next invocation, because time ran out.
   * `failed`: could not be carried out; `reason` says why.
   */
  readonly result:
    | 'accepted'
    | 'rejected'
    | 'held'
    | 'observed'
    | 'unchanged'
    | 'skipped'
    | 'handed-on'
    | 'failed';
  readonly decision?: Decision['decision'];
  readonly rule?: string;
  readonly reason: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

/** A fresh peering may not be visible yet, or still be `initiating-request` (EC2 is eventually consistent). */
const FRESH_PEERING_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/** Another account may name peerings that never were, as many as it likes: those are not waited for as long. */
const PEER_WAITS_MS = [100, 200, 400];

/** Kept back from the Lambda's time for what follows the last decision: its event, its message, and handing on the rest. */
const RESERVE_MS = 15_000;

const EVENT_TYPES = {
  accept: 'Peering Accepted',
  reject: 'Peering Rejected',
  hold: 'Peering Held',
} as const satisfies Record<Decision['decision'], BusEventType>;

const METRICS = { accept: 'RequestsAccepted', reject: 'RequestsRejected', hold: 'RequestsHeld' } as const;
const RESULTS = { accept: 'accepted', reject: 'rejected', hold: 'held' } as const;

type PeeringHint = Extract<Hint, { kind: 'peering' }>;

/** Reads what the hints name, in one call for all of them, and again for those that EC2 does not show yet. */
async function readFreshPeerings(
  { reader, sleep }: RequestDependencies,
  region: string,
  hints: readonly PeeringHint[],
): Promise<Map<string, Peering>> {
  const found = new Map<string, Peering>();
  for (const [tried, wait] of [0, ...FRESH_PEERING_WAITS_MS].entries()) {
    const open = hints.filter(({ peeringId, peerAccountId }) => {
      const status = found.get(peeringId)?.status;
      return (
        (status === undefined || status === 'initiating-request') &&
        tried <= (peerAccountId === undefined ? FRESH_PEERING_WAITS_MS : PEER_WAITS_MS).length
      );
    });
    if (open.length === 0) {
      break;
    }
    if (wait > 0) {
      await sleep(wait);
    }
    const peeringIds = [...new Set(open.map(({ peeringId }) => peeringId))];
    for (const peering of await reader.readPeerings(region, { peeringIds })) {
      found.set(peering.peeringId, peering);
    }
  }
  return found;
}

async function send(
  { policy, writer }: RequestDependencies,
  { peeringId, accepter }: Peering,
  { decision }: Decision,
): Promise<'done' | 'observed'> {
  switch (decision) {
    case 'accept':
      return writer.acceptPeering(accepter.region, peeringId);
    case 'reject':
      return writer.rejectPeering(accepter.region, peeringId);
    case 'hold':
      return policy.mode === 'observe' ? 'observed' : 'done';
  }
}

const CARRIED_OUT: Readonly<Record<Decision['decision'], readonly PeeringStatus[]>> = {
  accept: ['provisioning', 'active'],
  reject: ['rejected'],
  hold: [],
};

/**
 * An answer that got lost may have been a yes, and sent again the call answers `InvalidStateTransition`: so EC2 is
 * asked what has become of the peering before the call counts as failed.
 */
async function carryOut(
  dependencies: RequestDependencies,
  peering: Peering,
  decision: Decision,
): Promise<'done' | 'observed'> {
  try {
    return await send(dependencies, peering, decision);
  } catch (error) {
    const { kind } = classifyAwsError(error);
    if (kind === 'transient' || kind === 'conflict') {
      const { peeringId, accepter } = peering;
      const found = await dependencies.reader.readPeerings(accepter.region, { peeringIds: [peeringId] });
      const now = found.find((each) => each.peeringId === peeringId);
      if (now !== undefined && CARRIED_OUT[decision.decision].includes(now.status)) {
        return 'done';
      }
    }
    throw error;
  }
}

function eventDetail(accountId: string, peering: Peering, decision: Decision) {
  return {
    accountId,
    region: peering.accepter.region,
    peeringId: peering.peeringId,
    decision: decision.decision,
    rule: decision.rule ?? null,
    reasons: decision.reasons,
    requester: peering.requester,
    accepter: peering.accepter,
  };
}

/** Whole days before a held request expires at which it is brought up once more. */
const REMINDER_MS = 24 * 60 * 60 * 1000;

async function remindOnce(
  { policy, writer, topic, pace, now }: RequestDependencies,
  peering: Peering,
  decision: Decision,
): Promise<void> {
  const reminded = `${policy.tagPrefix}:reminded-at`;
  const left = peering.expiresAt === undefined ? undefined : peering.expiresAt.getTime() - now().getTime();
  if (
    policy.mode === 'observe' ||
    decision.decision !== 'hold' ||
    left === undefined ||
    left > REMINDER_MS ||
    peering.tags[reminded] !== undefined
  ) {
    return;
  }
  await pace.take(peering.accepter.region, 'CreateTags');
  await writer.tag(peering.accepter.region, peering.peeringId, { [reminded]: now().toISOString() });
  const { subject, message } = requestNotification(peering, decision, policy.mode);
  await topic.notify({
    subject: `Expires soon: ${subject}`.slice(0, 100),
    message: `This request is still held and expires within a day.\n\n${message}`,
  });
}

/** Every view of a peering in the inventories, with what decide has to know. */
function viewsWithFacts(
  { policy, managedRegions }: RequestDependencies,
  peering: Peering,
  inventories: readonly RegionInventory[],
  organization: FactsOptions,
): ViewWithFacts[] {
  return inventories.flatMap((inventory) =>
    viewsOf(onlyPeerings(inventory, [peering]), managedRegions).map((view) => ({
      view,
      facts: factsFor(view, inventory, policy, organization),
    })),
  );
}

const CALLS = {
  accept: ['AcceptVpcPeeringConnection'],
  reject: ['RejectVpcPeeringConnection'],
  hold: [],
} as const satisfies Record<Decision['decision'], readonly PacedCall[]>;

/** Waits until EC2 will take the calls of a decision. Nothing of it is begun that time does not suffice for. */
async function waitForTurn(
  { policy, pace, remaining }: RequestDependencies,
  { accepter, tags }: Peering,
  decision: Decision,
): Promise<'now' | 'too-late'> {
  // Observing makes no call to wait for, and has no leave to hand anything on.
  if (policy.mode === 'observe') {
    return 'now';
  }
  if (remaining() <= RESERVE_MS) {
    return 'too-late';
  }
  if (decidedBefore(policy.tagPrefix, { tags }, decision)) {
    return 'now';
  }
  const deadline = Date.now() + remaining() - RESERVE_MS;
  for (const call of ['CreateTags', ...CALLS[decision.decision]] as const) {
    if ((await pace.take(accepter.region, call, deadline)) === 'too-late') {
      return 'too-late';
    }
  }
  return 'now';
}

/** Carries out what was decided about one pending request, and tells of it. */
async function settleRequest(
  dependencies: RequestDependencies,
  peering: Peering,
  decision: Decision,
  cause: NamedRequest['kind'],
): Promise<RequestOutcome> {
  const { accountId, policy, writer, bus, topic, journal, now } = dependencies;
  const { peeringId } = peering;
  const said = {
    decision: decision.decision,
    ...(decision.rule === undefined ? {} : { rule: decision.rule }),
  };
  const reason = decision.reasons.join(' ');
  journal.info('decided', {
    peeringId,
    ...said,
    reasons: decision.reasons,
    rules: decision.rules,
    mode: policy.mode,
  });

  const before = decidedBefore(policy.tagPrefix, peering, decision);
  if (before && decision.decision === 'hold') {
    await remindOnce(dependencies, peering, decision);
    return { peeringId, result: 'unchanged', ...said, reason };
  }

  // The tags go first: what was decided can be found whatever becomes of the rest, and a sweep tells nobody twice.
  // Whether the accepter may tag a peering that is still pending is unproven, so accept and reject do not depend on it.
  const remember = () =>
    writer.tag(peering.accepter.region, peeringId, decisionTags(policy.tagPrefix, decision, now()));
  let remembered = before;
  if (!before) {
    try {
      await remember();
      remembered = true;
    } catch (error) {
      const { kind, message } = classifyAwsError(error);
      if (decision.decision === 'hold' || kind === 'throttled' || kind === 'transient') {
        throw error;
      }
      journal.warn('tagged later', { peeringId, reason: message });
    }
  }
  if ((await carryOut(dependencies, peering, decision)) === 'observed') {
    // Nothing may be written, so nothing remembers that people were told: a sweep stays quiet.
    if (cause === 'peering') {
      await topic.notify(requestNotification(peering, decision, policy.mode));
    }
    return { peeringId, result: 'observed', ...said, reason };
  }

  journal.metric(METRICS[decision.decision], 1);
  // One of the two failing does not keep the other from being sent.
  const told = await Promise.allSettled([
    bus.publish([
      { type: EVENT_TYPES[decision.decision], detail: eventDetail(accountId, peering, decision) },
    ]),
    topic.notify(requestNotification(peering, decision, policy.mode)),
    ...(remembered ? [] : [remember()]),
  ]);
  const untold = told.find((each) => each.status === 'rejected');
  if (untold !== undefined) {
    if (decision.decision === 'hold') {
      // The next pass then takes the request for one that nobody was told of.
      await writer.tag(peering.accepter.region, peeringId, { [`${policy.tagPrefix}:decision`]: 'untold' });
    }
    const { message } = classifyAwsError(untold.reason);
    throw new Error(
      `${peeringId} was ${RESULTS[decision.decision]}, but the event, the message or the tags about it were not written: ${message}`,
      { cause: untold.reason },
    );
  }
  return { peeringId, result: RESULTS[decision.decision], ...said, reason };
}

/** The sides of a peering that this account owns in managed Regions. */
function ownSides(
  { accountId, managedRegions }: RequestDependencies,
  { requester, accepter }: Pick<Peering, 'requester' | 'accepter'>,
): PeeringSide[] {
  return [requester, accepter].filter(
    (side) => side.accountId === accountId && managedRegions.includes(side.region),
  );
}

/** The local VPCs, by managed Region of this account, whose state bears on these requests. */
function scopesOf(dependencies: RequestDependencies, peerings: readonly Peering[]): Map<string, Set<string>> {
  const scopes = new Map<string, Set<string>>();
  for (const { region, vpcId } of peerings.flatMap((peering) => ownSides(dependencies, peering))) {
    const vpcIds = scopes.get(region) ?? new Set();
    scopes.set(region, vpcIds.add(vpcId));
  }
  return scopes;
}

/**
 * The inventory as it will be once an accepted peering is routed, so that the next request of the same pass meets the
 * quota and the routes that this one takes up.
 */
export function withAccepted(
  inventory: RegionInventory,
  { peeringId, accepter }: Peering,
  decision: Decision,
  policy: Policy,
): RegionInventory {
  const rule = policy.rules.find(({ name }) => name === decision.rule);
  const destinations = rule === undefined ? [] : destinationsOf(rule, decision);
  return {
    ...inventory,
    peerings: inventory.peerings.map((peering) =>
      peering.peeringId === peeringId ? { ...peering, status: 'provisioning' } : peering,
    ),
    tables: inventory.tables.map((table) =>
      rule !== undefined &&
      table.vpcId === accepter.vpcId &&
      selectsRule(optInOf(table, policy.tagPrefix), rule.name)
        ? {
            ...table,
            routes: [
              ...table.routes,
              ...destinations.map(({ text }) => ({
                destination: text,
                target: { kind: 'peering' as const, id: peeringId },
                state: 'blackhole' as const,
                origin: 'CreateRoute' as const,
              })),
            ],
          }
        : table,
    ),
  };
}

/** While a request is pending EC2 leaves the accepter's CIDRs out of it, but the VPC is ours and was read. */
function withOwnCidrs(peering: Peering, inventories: readonly RegionInventory[]): Peering {
  const { accepter } = peering;
  const own = inventories.find(({ region }) => region === accepter.region)?.vpcs.get(accepter.vpcId);
  return accepter.cidrs.length > 0 || own === undefined
    ? peering
    : { ...peering, accepter: { ...accepter, cidrs: own.cidrs } };
}

/** Why there is nothing to decide about a peering here, or undefined if there is. */
function nothingToDecide(
  { accountId, managedRegions }: RequestDependencies,
  { status, accepter }: Peering,
): string | undefined {
  if (accepter.accountId !== accountId) {
    return `The request is for account ${accepter.accountId} to decide, not for this one.`;
  }
  if (!managedRegions.includes(accepter.region)) {
    return `The accepter VPC ${accepter.vpcId} is in ${accepter.region}, which is not a managed Region.`;
  }
  if (status !== 'pending-acceptance') {
    return `Its status is ${status}; only a request that is pending-acceptance can be decided.`;
  }
  return undefined;
}

/** The account that is asked may not hear of the request by itself: whether AWS sends it an event is unproven. */
async function tellAccepter(
  dependencies: RequestDependencies,
  { peeringId, status, requester, accepter }: Peering,
): Promise<void> {
  const { accountId } = dependencies;
  if (
    status === 'pending-acceptance' &&
    requester.accountId === accountId &&
    accepter.accountId !== accountId
  ) {
    await tellPeer(dependencies, accepter, { type: 'Peering Requested', peeringId });
  }
}

/** A request to look at. `kind`: whether a hint named it, or its Region only. */
interface NamedRequest {
  readonly peering: Peering;
  readonly kind: 'peering' | 'region';
}

/**
 * The requests that hints of one Region are about, each once, those that were named first.
 *
 * @returns as `leftOut` those that were named in vain: EC2 does not show them, or a stack told of what its account did
 *   not request.
 */
async function requestsNamedBy(
  dependencies: RequestDependencies,
  region: string,
  hints: readonly Hint[],
): Promise<{ requests: readonly NamedRequest[]; leftOut: readonly RequestOutcome[] }> {
  const naming = hints.filter((hint): hint is PeeringHint => hint.kind === 'peering');
  const found = await readFreshPeerings(dependencies, region, naming);
  const requests = new Map<string, NamedRequest>();
  const leftOut = new Map<string, RequestOutcome>();
  for (const { peeringId, peerAccountId } of naming) {
    const peering = found.get(peeringId);
    if (peering === undefined) {
      const reason = `EC2 in ${region} does not know ${peeringId}; it may have been deleted since.`;
      leftOut.set(peeringId, { peeringId, result: 'skipped', reason });
    } else if (peerAccountId !== undefined && peering.requester.accountId !== peerAccountId) {
      const reason = 'the account that sent it did not request this peering';
      dependencies.journal.warn('event dropped', { peeringId, peerAccountId, reason });
      leftOut.set(peeringId, { peeringId, result: 'skipped', reason: `An event was dropped: ${reason}.` });
    } else {
      requests.set(peeringId, { peering, kind: 'peering' });
    }
  }
  if (naming.length < hints.length) {
    // A sweep of a Region decides the requests that this Region accepts; those of another are swept there.
    const pending = await dependencies.reader.readPeerings(region, { statuses: ['pending-acceptance'] });
    for (const peering of pending) {
      const { peeringId, accepter } = peering;
      if (accepter.accountId === dependencies.accountId && accepter.region === region) {
        requests.set(peeringId, requests.get(peeringId) ?? { peering, kind: 'region' });
      }
    }
  }
  return {
    requests: [...requests.values()],
    leftOut: [...leftOut.values()].filter(({ peeringId }) => !requests.has(peeringId)),
  };
}

/** Inventories of the Regions that bear on the requests. One Region that cannot be read does not stop the others. */
async function readScopes(
  dependencies: RequestDependencies,
  peerings: readonly Peering[],
): Promise<{ inventories: readonly RegionInventory[]; failures: ReadonlyMap<string, unknown> }> {
  const { accountId, reader } = dependencies;
  const inventories: RegionInventory[] = [];
  const failures = new Map<string, unknown>();
  await Promise.all(
    [...scopesOf(dependencies, peerings)].map(async ([region, vpcIds]) => {
      try {
        inventories.push(await readInventory(reader, { accountId, region, vpcIds: [...vpcIds].sort() }));
      } catch (error) {
        failures.set(region, error);
      }
    }),
  );
  return { inventories, failures };
}

function onlyPeerings(inventory: RegionInventory, wanted: readonly Peering[]): RegionInventory {
  const ids = new Set(wanted.map(({ peeringId }) => peeringId));
  return { ...inventory, peerings: inventory.peerings.filter(({ peeringId }) => ids.has(peeringId)) };
}

/** Why an account's place in the organization, on which the decision hangs, could not be read just now. */
function passingObstacle(
  views: readonly ViewWithFacts[],
  { decision, rules }: Decision,
  { unread }: OrganizationOfPass,
): string | undefined {
  const open = rules.some(({ mismatches, unknowns }) => mismatches.length === 0 && unknowns.length > 0);
  if (decision !== 'hold' || !open) {
    return undefined;
  }
  return views.map(({ view }) => unread.get(view.remote.accountId)).find((problem) => problem?.retry === true)
    ?.reason;
}

/** What has become of a request whose call failed; as it was where that cannot be read either. */
async function statusNow(
  { reader, journal }: RequestDependencies,
  { peeringId, accepter, status }: Peering,
): Promise<PeeringStatus | undefined> {
  try {
    const found = await reader.readPeerings(accepter.region, { peeringIds: [peeringId] });
    return found.find((each) => each.peeringId === peeringId)?.status;
  } catch (error) {
    journal.warn('request not read again', { peeringId, reason: classifyAwsError(error).message });
    return status;
  }
}

function failed(
  { journal }: RequestDependencies,
  about: { readonly peeringId: string; readonly region: string },
  error: unknown,
): RequestOutcome {
  const { kind, message } = classifyAwsError(error);
  const retry = kind === 'throttled' || kind === 'transient';
  if (!retry) {
    journal.metric('PermanentFailures', 1);
  }
  journal.error('request not carried out', { ...about, kind, reason: message, retry });
  return { peeringId: about.peeringId, result: 'failed', reason: message, retry };
}

/** Asks the next invocation to look at what is still pending in these Regions, because this one ran out of time. */
async function handOn(
  { accountId, bus, journal }: RequestDependencies,
  regions: readonly string[],
): Promise<void> {
  journal.warn('requests handed on', { regions, reason: 'time ran out before their turn' });
  await bus.publish(regions.map((region) => ({ type: 'Peering Requested', detail: { accountId, region } })));
}

/**
 * Decides the requests that hints of one Region point at, each read again from EC2 first, and carries the decisions out
 * one after the other, so that each meets the routes and quotas that those before it take up. One request failing does
 * not stop the others; those that time does not suffice for are handed on.
 *
 * @param hints events that came together; a hint of the Region alone means all of its pending requests.
 * @throws AWS errors of reading which requests there are, and of handing on.
 */
export async function decideRequests(
  region: string,
  hints: readonly Hint[],
  dependencies: RequestDependencies,
): Promise<RequestOutcome[]> {
  const { policy } = dependencies;
  const { requests, leftOut } = await requestsNamedBy(dependencies, region, hints);
  const outcomes: RequestOutcome[] = [...leftOut];
  const undecided: NamedRequest[] = [];
  for (const request of requests) {
    const { peering, kind } = request;
    const reason = nothingToDecide(dependencies, peering);
    if (reason === undefined) {
      undecided.push(request);
    } else {
      outcomes.push({ peeringId: peering.peeringId, result: 'skipped', reason });
      if (kind === 'peering') {
        await tellAccepter(dependencies, peering);
      }
    }
  }
  if (undecided.length === 0) {
    return outcomes;
  }

  const pending = undecided.map(({ peering }) => peering);
  const { inventories, failures } = await readScopes(dependencies, pending);
  const organization = await readOrganization(
    inventories.map((inventory) => onlyPeerings(inventory, pending)),
    dependencies,
  );
  const late = new Set<string>();
  let known: readonly RegionInventory[] = inventories;
  for (const {
    peering: { peeringId, accepter, requester },
    kind: cause,
  } of undecided) {
    // A side that could not be read may be the one that a hold or reject rule is about.
    const unread = ownSides(dependencies, { accepter, requester }).find(({ region: own }) =>
      failures.has(own),
    );
    if (unread !== undefined) {
      outcomes.push(failed(dependencies, { peeringId, region: unread.region }, failures.get(unread.region)));
      continue;
    }
    // What decides is the accepter Region's own answer, with the tags that were set there.
    const peering = known
      .find((inventory) => inventory.region === accepter.region)
      ?.peerings.find((candidate) => candidate.peeringId === peeringId);
    const views =
      peering === undefined ? [] : viewsWithFacts(dependencies, peering, known, organization.facts);
    const unseen = ownSides(dependencies, { accepter, requester }).find(
      ({ vpcId }) => !views.some(({ view }) => view.local.vpcId === vpcId),
    );
    const reason =
      peering === undefined || unseen !== undefined
        ? `EC2 in ${(unseen ?? accepter).region} does not show ${peeringId} yet.`
        : nothingToDecide(dependencies, peering);
    if (peering === undefined || reason !== undefined) {
      outcomes.push({ peeringId, result: 'skipped', reason: reason ?? '' });
      continue;
    }
    const decision = decidePeering(views, policy);
    const passing = passingObstacle(views, decision, organization);
    if (passing !== undefined) {
      // Held now, it would be told to people, and accepted a minute later.
      outcomes.push({ peeringId, result: 'failed', reason: passing, retry: true });
      continue;
    }
    if ((await waitForTurn(dependencies, peering, decision)) === 'too-late') {
      late.add(accepter.region);
      outcomes.push({ peeringId, result: 'handed-on', reason: 'Time ran out before its turn.' });
      continue;
    }
    let status: PeeringStatus | undefined;
    try {
      const outcome = await settleRequest(dependencies, withOwnCidrs(peering, known), decision, cause);
      status = outcome.result === 'accepted' ? 'active' : undefined;
      outcomes.push(outcome);
    } catch (error) {
      status = await statusNow(dependencies, peering);
      const { kind } = classifyAwsError(error);
      outcomes.push(
        status !== 'pending-acceptance' && (kind === 'conflict' || kind === 'not-found')
          ? { peeringId, result: 'skipped', reason: `${peeringId} was decided or deleted by something else.` }
          : failed(dependencies, { peeringId, region: accepter.region }, error),
      );
    }
    if (status === 'active' || status === 'provisioning') {
      known = known.map((inventory) => withAccepted(inventory, peering, decision, policy));
    }
  }
  if (late.size > 0) {
    await handOn(dependencies, [...late]);
  }
  return outcomes;
}
