import { classifyAwsError } from '../model/aws-error.ts';
import type { BusEventType } from '../model/events.ts';
import type { PeeringSide } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import { trusts } from '../policy/trust.ts';
import type { Journal } from '../ports/journal.ts';
import type { PeerBuses } from '../ports/outbox.ts';

export interface TellDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly peerBuses: PeerBuses;
  readonly journal: Journal;
}

export interface PeerMessage {
  readonly type: Extract<BusEventType, 'Peering Requested' | 'Routes Synced' | 'Connectivity Verdict'>;
  readonly peeringId: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The side of a peering that another account owns. */
export function peerSideOf(
  accountId: string,
  { requester, accepter }: { readonly requester: PeeringSide; readonly accepter: PeeringSide },
): PeeringSide | undefined {
  return [requester, accepter].find((side) => side.accountId !== accountId);
}

/**
 * Gives the stack of the account at the other end a hint, if the policy trusts that account. It may run no stack, or not
 * trust this one, and its sweep finds out anyway: so a refusal is only noted. Observing, nothing goes out.
 */
export async function tellPeer(
  { accountId, policy, peerBuses, journal }: TellDependencies,
  side: PeeringSide,
  { type, peeringId, detail }: PeerMessage,
): Promise<'told' | 'not-told'> {
  if (policy.mode === 'observe' || !trusts(policy, side.accountId)) {
    return 'not-told';
  }
  try {
    await peerBuses.publishTo(side.accountId, {
      type,
      // The receiver's own Region of the peering, where it has to look.
      detail: { accountId, region: side.region, peeringId, ...detail },
    });
    return 'told';
  } catch (error) {
    const { message } = classifyAwsError(error);
    journal.info('peer account not told', {
      type,
      peeringId,
      peerAccountId: side.accountId,
      reason: message,
    });
    return 'not-told';
  }
}
