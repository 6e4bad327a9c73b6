import type { AssessedRequest } from '../assessment/types.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { Peering, PeeringStatus } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import { decidedBefore } from '../policy/decision-tags.ts';
import type { PacedCall } from '../ports/pace.ts';
import { RESERVE_MS, type RequestDependencies } from './request-dependencies.ts';
import { heldBefore } from './request-notes.ts';

/** A pending request with its decision, and what is remembered of the accepter's Region. */
export interface RequestToCarryOut extends AssessedRequest {
  readonly remembered: RegionMemory;
  /** Whether an event named it, or a sweep found it. */
  readonly cause: 'peering' | 'region';
  /** Who made the request, where an event of this account said so. */
  readonly askedBy?: string;
}

/** The EC2 calls of each decision beside the tags. */
export const CALLS = {
  accept: ['AcceptVpcPeeringConnection'],
  reject: ['RejectVpcPeeringConnection'],
  hold: [],
} as const satisfies Record<Decision['decision'], readonly PacedCall[]>;

/** What EC2 shows of a request once a decision is carried out. */
export const CARRIED_OUT: Readonly<Record<Decision['decision'], readonly PeeringStatus[]>> = {
  accept: ['provisioning', 'active'],
  reject: ['rejected'],
  hold: [],
};

type Calling = Pick<RequestDependencies, 'policy' | 'writer' | 'reader'>;

async function send(
  { policy, writer }: Calling,
  { peeringId, accepter }: Peering,
  { decision }: Pick<Decision, 'decision'>,
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

/**
 * An answer that got lost may have been a yes, and sent again the call answers `InvalidStateTransition`: so EC2 is
 * asked what has become of the peering before the call counts as failed.
 */
export async function sendOrFindDone(
  dependencies: Calling,
  peering: Peering,
  decision: Pick<Decision, 'decision'>,
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

/** Waits until EC2 will take the calls of a decision. Nothing of it is begun that time does not suffice for. */
export async function waitForTurn(
  { policy, pace, millisecondsLeft, now }: RequestDependencies,
  { peering, decision, remembered }: RequestToCarryOut,
): Promise<'now' | 'too-late'> {
  // Observing makes no call to wait for, and has no leave to hand anything on.
  if (policy.mode === 'observe') {
    return 'now';
  }
  if (millisecondsLeft() <= RESERVE_MS) {
    return 'too-late';
  }
  if (
    decision.decision === 'hold' &&
    heldBefore(remembered, policy.tagPrefix, peering, decision, now()) &&
    decidedBefore(policy.tagPrefix, peering, decision)
  ) {
    return 'now';
  }
  const deadline = Date.now() + millisecondsLeft() - RESERVE_MS;
  for (const call of ['CreateTags', ...CALLS[decision.decision]] as const) {
    if ((await pace.take(peering.accepter.region, call, deadline)) === 'too-late') {
      return 'too-late';
    }
  }
  return 'now';
}
