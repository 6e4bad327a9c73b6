import type { Hint } from '../model/hint.ts';
import type { Peering } from '../model/peering.ts';
import { isBurst } from './burst.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import { actorOf } from './telling.ts';

export type PeeringHint = Extract<Hint, { kind: 'peering' }>;

/** A request to look at. `kind`: whether a hint named it, or its Region only. */
export interface NamedRequest {
  readonly peering: Peering;
  readonly kind: 'peering' | 'region';
  /** Who made the request, where an event of this account said so. */
  readonly askedBy?: string;
}

/** A fresh peering may not be visible yet, or still be `initiating-request` (EC2 is eventually consistent). */
const FRESH_PEERING_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/** Another account may name peerings that never were, as many as it likes: those are not waited for as long. */
const PEER_WAITS_MS = [100, 200, 400];

type Reading = Pick<RequestDependencies, 'accountId' | 'reader' | 'sleep' | 'journal'>;

/** Reads what the hints name, in one call for all of them, and again for those that EC2 does not show yet. */
async function readFreshPeerings(
  { reader, sleep }: Reading,
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

/** Those that a Region accepts; those of another are decided there. */
async function pendingIn({ accountId, reader }: Reading, region: string): Promise<Peering[]> {
  const pending = await reader.readPeerings(region, { statuses: ['pending-acceptance'] });
  return pending.filter(({ accepter }) => accepter.accountId === accountId && accepter.region === region);
}

/**
 * In a burst, the other pending requests of the Region, whose events are on their way: one look then decides all of them, and
 * of each batch behind this one nothing is left to look at. Observing, nothing remembers that they were decided.
 */
export async function othersInBurst(
  dependencies: Reading & Pick<RequestDependencies, 'policy'>,
  region: string,
  hints: readonly Hint[],
  named: readonly NamedRequest[],
): Promise<NamedRequest[]> {
  if (!isBurst(hints) || dependencies.policy.mode === 'observe') {
    return [];
  }
  const known = new Set(named.map(({ peering }) => peering.peeringId));
  const pending = await pendingIn(dependencies, region);
  return pending
    .filter(({ peeringId }) => !known.has(peeringId))
    .map((peering) => ({ peering, kind: 'region' }));
}

/**
 * The requests that hints of one Region are about, each once, those that were named first.
 *
 * @returns as `leftOut` those that were named in vain: EC2 does not show them, or a stack told of what its account did
 *   not request.
 */
export async function requestsNamedBy(
  dependencies: Reading,
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
      const askedBy = actorOf(naming, peeringId, ['CreateVpcPeeringConnection']);
      requests.set(peeringId, {
        peering,
        kind: 'peering',
        ...(askedBy === undefined ? {} : { askedBy }),
      });
    }
  }
  if (naming.length < hints.length) {
    for (const peering of await pendingIn(dependencies, region)) {
      requests.set(peering.peeringId, requests.get(peering.peeringId) ?? { peering, kind: 'region' });
    }
  }
  return {
    requests: [...requests.values()],
    leftOut: [...leftOut.values()].filter(({ peeringId }) => !requests.has(peeringId)),
  };
}
