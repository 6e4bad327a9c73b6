import { classifyAwsError } from '../aws/errors.ts';
import { factsFor } from '../peering/facts.ts';
import type { RegionInventory } from '../peering/inventory.ts';
import { readInventory } from '../peering/read-inventory.ts';
import type { NetworkReader } from '../peering/reader.ts';
import type { Peering } from '../peering/types.ts';
import { viewsOf } from '../peering/views.ts';
import { type Decision, decidePeering } from '../policy/decide.ts';
import type { Policy } from '../policy/schema.ts';
import type { Hint } from '../report/hints.ts';
import type { Journal } from '../report/journal.ts';
import type { Bus, BusEventType, Topic } from '../report/outbox.ts';
import { requestNotification } from '../report/request-notification.ts';

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
  readonly writer: RequestWriter;
  readonly bus: Bus;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
}

export interface RequestOutcome {
  readonly peeringId: string;
  /**
   * `unchanged`: decided the same way before, so nobody is told again. `skipped`: nothing to decide here.
   * `observed`: the policy says `mode: observe`. `failed`: could not be carried out; `reason` says why.
   */
  readonly result: 'accepted' | 'rejected' | 'held' | 'observed' | 'unchanged' | 'skipped' | 'failed';
  readonly decision?: Decision['decision'];
  readonly rule?: string;
  readonly reason: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

/** A fresh peering may not be visible yet, or still be `initiating-request` (EC2 is eventually consistent). */
const FRESH_PEERING_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

const EVENT_TYPES = {
  accept: 'Peering Accepted',
  reject: 'Peering Rejected',
  hold: 'Peering Held',
} as const satisfies Record<Decision['decision'], BusEventType>;

const METRICS = { accept: 'RequestsAccepted', reject: 'RequestsRejected', hold: 'RequestsHeld' } as const;
const RESULTS = { accept: 'accepted', reject: 'rejected', hold: 'held' } as const;

async function readFreshPeering(
  { reader, sleep }: RequestDependencies,
  region: string,
  peeringId: string,
): Promise<Peering | undefined> {
  for (const wait of [...FRESH_PEERING_WAITS_MS, undefined]) {
    const found = await reader.readPeerings(region, { peeringIds: [peeringId] });
    const peering = found.find((each) => each.peeringId === peeringId);
    if (wait === undefined || (peering !== undefined && peering.status !== 'initiating-request')) {
      return peering;
    }
    await sleep(wait);
  }
  return undefined;
}

async function carryOut(
  dependencies: RequestDependencies,
  peering: Peering,
  decision: Decision,
): Promise<'done' | 'observed'> {
  const { writer } = dependencies;
  const { region } = peering.accepter;
  switch (decision.decision) {
    case 'accept':
      return writer.acceptPeering(region, peering.peeringId);
    case 'reject':
      return writer.rejectPeering(region, peering.peeringId);
    case 'hold':
      return dependencies.policy.mode === 'observe' ? 'observed' : 'done';
  }
}

/** Tags that say what was decided. They are also how a later pass knows that people were told already. */
function decisionTags(prefix: string, decision: Decision, now: Date): Record<string, string> {
  return {
    [`${prefix}:decision`]: decision.decision,
    [`${prefix}:rule`]: decision.rule ?? 'none',
    [`${prefix}:decided-at`]: now.toISOString(),
  };
}

function decidedBefore(prefix: string, peering: Peering, decision: Decision): boolean {
  return (
    peering.tags[`${prefix}:decision`] === decision.decision &&
    peering.tags[`${prefix}:rule`] === (decision.rule ?? 'none')
  );
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
  { policy, writer, topic, now }: RequestDependencies,
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
  await writer.tag(peering.accepter.region, peering.peeringId, { [reminded]: now().toISOString() });
  const { subject, message } = requestNotification(peering, decision, policy.mode);
  await topic.notify({
    subject: `Expires soon: ${subject}`.slice(0, 100),
    message: `This request is still held and expires within a day.\n\n${message}`,
  });
}

/** Decides one pending request whose inventories have been read, and carries the decision out. */
async function decideRequest(
  dependencies: RequestDependencies,
  peering: Peering,
  inventories: readonly RegionInventory[],
  cause: Hint['kind'],
): Promise<RequestOutcome> {
  const { accountId, policy, managedRegions, writer, bus, topic, journal, now } = dependencies;
  const { peeringId } = peering;
  const views = inventories.flatMap((inventory) =>
    viewsOf(inventory, managedRegions)
      .filter((view) => view.peering.peeringId === peeringId)
      .map((view) => ({ view, facts: factsFor(view, inventory, policy) })),
  );
  const decision = decidePeering(views, policy);
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

  if ((await carryOut(dependencies, peering, decision)) === 'observed') {
    // Nothing may be written, so nothing remembers that people were told: a sweep stays quiet.
    if (cause === 'peering') {
      await topic.notify(requestNotification(peering, decision, policy.mode));
    }
    return { peeringId, result: 'observed', ...said, reason };
  }

  journal.metric(METRICS[decision.decision], 1);
  const announce = () =>
    bus.publish([
      { type: EVENT_TYPES[decision.decision], detail: eventDetail(accountId, peering, decision) },
    ]);
  const remember = () =>
    writer.tag(peering.accepter.region, peeringId, decisionTags(policy.tagPrefix, decision, now()));
  if (decision.decision === 'accept') {
    // Routing waits for this event, so it goes first.
    await announce();
    await remember();
  } else {
    // Without the tag each sweep would tell people again, so it goes first.
    await remember();
    await announce();
  }
  await topic.notify(requestNotification(peering, decision, policy.mode));
  return { peeringId, result: RESULTS[decision.decision], ...said, reason };
}

/** The local VPCs, by managed Region of this account, whose state bears on these requests. */
function scopesOf(
  { accountId, managedRegions }: RequestDependencies,
  peerings: readonly Peering[],
): Map<string, Set<string>> {
  const scopes = new Map<string, Set<string>>();
  for (const { requester, accepter } of peerings) {
    for (const side of [requester, accepter]) {
      if (side.accountId === accountId && managedRegions.includes(side.region)) {
        const vpcIds = scopes.get(side.region) ?? new Set();
        scopes.set(side.region, vpcIds.add(side.vpcId));
      }
    }
  }
  return scopes;
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

async function requestsNamedBy(dependencies: RequestDependencies, hint: Hint): Promise<Peering[]> {
  if (hint.kind === 'peering') {
    const peering = await readFreshPeering(dependencies, hint.region, hint.peeringId);
    return peering === undefined ? [] : [peering];
  }
  // A sweep of a Region decides the requests that this Region accepts; those of another are swept there.
  const pending = await dependencies.reader.readPeerings(hint.region, { statuses: ['pending-acceptance'] });
  return pending.filter(
    ({ accepter }) => accepter.accountId === dependencies.accountId && accepter.region === hint.region,
  );
}

/**
 * Decides the requests that a hint points at, each read again from EC2 first, and carries the decisions out.
 * One request failing does not stop the others.
 *
 * @throws AWS errors of the reads: without them nothing can be decided.
 */
export async function decideRequests(
  hint: Hint,
  dependencies: RequestDependencies,
): Promise<RequestOutcome[]> {
  const named = await requestsNamedBy(dependencies, hint);
  if (hint.kind === 'peering' && named.length === 0) {
    const reason = `EC2 in ${hint.region} does not know ${hint.peeringId}; it may have been deleted since.`;
    return [{ peeringId: hint.peeringId, result: 'skipped', reason }];
  }

  const outcomes: RequestOutcome[] = [];
  const undecided: Peering[] = [];
  for (const peering of named) {
    const reason = nothingToDecide(dependencies, peering);
    if (reason === undefined) {
      undecided.push(peering);
    } else {
      outcomes.push({ peeringId: peering.peeringId, result: 'skipped', reason });
    }
  }

  const { accountId, reader, journal } = dependencies;
  const inventories = await Promise.all(
    [...scopesOf(dependencies, undecided)].map(([region, vpcIds]) =>
      readInventory(reader, { accountId, region, vpcIds: [...vpcIds].sort() }),
    ),
  );
  for (const { peeringId, accepter } of undecided) {
    // What decides is the accepter Region's own answer, with the tags that were set there.
    const peering = inventories
      .find(({ region }) => region === accepter.region)
      ?.peerings.find((candidate) => candidate.peeringId === peeringId);
    const gone =
      peering === undefined
        ? `EC2 in ${accepter.region} does not show ${peeringId} yet.`
        : nothingToDecide(dependencies, peering);
    if (peering === undefined || gone !== undefined) {
      outcomes.push({ peeringId, result: 'skipped', reason: gone ?? '' });
      continue;
    }
    try {
      outcomes.push(await decideRequest(dependencies, peering, inventories, hint.kind));
    } catch (error) {
      const { kind, message } = classifyAwsError(error);
      const retry = kind === 'throttled' || kind === 'transient';
      if (!retry) {
        journal.metric('PermanentFailures', 1);
      }
      journal.error('request not carried out', {
        peeringId,
        region: accepter.region,
        kind,
        reason: message,
        retry,
      });
      outcomes.push({ peeringId, result: 'failed', reason: message, retry });
    }
  }
  return outcomes;
}
