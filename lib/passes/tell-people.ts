import type { EndedPeering } from '../assessment/types.ts';
import { acceptedByHandNotification } from '../messages/accepted-by-hand.ts';
import { endedNotification, ownRequestEndedNotification } from '../messages/ended.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import { DEAD_STATUSES, type PeeringStatus } from '../model/peering.ts';
import type { RegionView } from './region-view.ts';
import { acceptedBy, requestNoteKey } from './request-notes.ts';
import { once, type TellDependencies } from './tell-findings.ts';

/** Statuses in which a request of ours ends without a peering. */
const UNANSWERED: ReadonlySet<PeeringStatus> = new Set(['rejected', 'failed', 'expired']);

/** Who did what an event says of a peering; of several the last one counts. */
function actorOf(hints: readonly Hint[], peeringId: string): string | undefined {
  return hints.findLast(
    (hint) => hint.kind === 'peering' && hint.peeringId === peeringId && hint.actor !== undefined,
  )?.actor;
}

type TellHow = { readonly view: RegionView; readonly hints: readonly Hint[] };

/** The findings that are about routes of peerings which have ended: clean-up, told as the end of the peering. */
export function endedFindings({ findings, inventory }: RegionView): Map<string, Finding[]> {
  const statuses = new Map(inventory.peerings.map(({ peeringId, status }) => [peeringId, status]));
  const ended = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { kind, peeringId, repairable } = finding;
    const status = peeringId === undefined ? undefined : statuses.get(peeringId);
    const isDead = status === undefined || DEAD_STATUSES.has(status);
    if (kind === 'stale' && repairable && peeringId !== undefined && isDead) {
      ended.set(peeringId, [...(ended.get(peeringId) ?? []), finding]);
    }
  }
  return ended;
}

/** What people did is told to people: a peering that somebody ended, with the routes that go with it. */
export async function tellEnded(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
  ended: ReadonlyMap<string, readonly Finding[]>,
): Promise<void> {
  const { region, inventory, remembered, nameOf } = view;
  const peerings = new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
  for (const [peeringId, findings] of ended) {
    const peering = peerings.get(peeringId);
    const status = peering?.status ?? 'deleted';
    const kept = findings.filter(({ heldBy }) => heldBy !== undefined);
    const actor = actorOf(hints, peeringId);
    const news = newsOf(remembered.notes, newsKeys.ended(peeringId), status, dependencies.now());
    if (!mayTell(dependencies, hints) || !news.isNews) {
      continue;
    }
    const [heldBy] = kept.flatMap((finding) => finding.heldBy ?? []);
    await once(dependencies.memory, region, remembering(dependencies, news.updates), () =>
      dependencies.topic.notify(
        endedNotification({
          peering: peering ?? peeringId,
          ...(actor === undefined ? {} : { actor }),
          status,
          statusMessage: peering?.statusMessage ?? '',
          routesRemoved: findings.length - kept.length,
          ...(heldBy === undefined ? {} : { routesKept: { count: kept.length, heldBy } }),
          accountId: dependencies.accountId,
          region,
          nameOf,
        }),
      ),
    );
  }
}

/** Our own requests that were rejected, failed or expired: EC2 shows them for a while, and tells nobody. */
export async function tellOwnRequestsEnded(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
): Promise<void> {
  const { region, assessment, remembered, nameOf, inventory } = view;
  const own = assessment.ended.filter(
    ({ peering, region: of, askedBy }: EndedPeering) =>
      askedBy === 'ours' &&
      of === region &&
      peering.requester.region === region &&
      UNANSWERED.has(peering.status),
  );
  for (const ended of own) {
    const { peeringId, status } = ended.peering;
    const news = newsOf(remembered.notes, newsKeys.ownRequest(peeringId, status), status, dependencies.now());
    if (!mayTell(dependencies, hints) || !news.isNews) {
      continue;
    }
    const actor = actorOf(hints, peeringId);
    await once(dependencies.memory, region, remembering(dependencies, news.updates), () =>
      dependencies.topic.notify(
        ownRequestEndedNotification(ended, {
          accountId: dependencies.accountId,
          ...(actor === undefined ? {} : { actor }),
          cidrsOf: (vpcId) => inventory.vpcs.get(vpcId)?.cidrs,
          nameOf,
        }),
      ),
    );
  }
}

/**
 * A request that a person accepted: seen by an event of somebody else's call, or because people were told that it was held
 * and it is live now.
 */
export async function tellAcceptedByHand(
  dependencies: TellDependencies,
  { view, hints }: TellHow,
): Promise<void> {
  const { region, assessment, remembered, nameOf } = view;
  for (const { view: side, decision } of assessment.views) {
    const { peering, direction } = side;
    const { peeringId, status } = peering;
    const isOurs = direction === 'inbound' && side.region === region;
    if (!isOurs || (status !== 'active' && status !== 'provisioning')) {
      continue;
    }
    const hint = hints.findLast(
      (each) =>
        each.kind === 'peering' &&
        each.peeringId === peeringId &&
        each.cause === 'AcceptVpcPeeringConnection' &&
        each.peerAccountId === undefined,
    );
    const noted = acceptedBy(remembered.notes, peeringId);
    if (noted === 'product' || (hint === undefined && noted !== 'somebody else')) {
      continue;
    }
    const news = newsOf(remembered.notes, newsKeys.acceptedByHand(peeringId), 'told', dependencies.now());
    if (!mayTell(dependencies, hints) || !news.isNews) {
      continue;
    }
    const updates = remembering(dependencies, [
      ...news.updates,
      ...(noted === undefined ? [] : [{ kind: 'forget-note', key: requestNoteKey(peeringId) } as const]),
    ]);
    await once(dependencies.memory, region, updates, () =>
      dependencies.topic.notify(
        acceptedByHandNotification({
          peering,
          view: side,
          ...(hint?.actor === undefined ? {} : { actor: hint.actor }),
          decision,
          policy: dependencies.policy,
          accountId: dependencies.accountId,
          nameOf,
        }),
      ),
    );
  }
}

/** Observing, nothing can be remembered, so that a sweep would tell it every few minutes. */
function mayTell({ policy }: TellDependencies, hints: readonly Hint[]): boolean {
  return policy.mode === 'enforce' || !hints.every(({ kind }) => kind === 'region');
}

function remembering<Update>({ policy }: TellDependencies, updates: readonly Update[]): readonly Update[] {
  return policy.mode === 'enforce' ? updates : [];
}
