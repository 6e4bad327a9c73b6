import { decidedEvent, eventsToRemember } from '../messages/history.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import type { RegionView } from './region-view.ts';
import { CARRIED_OUT } from './request-calls.ts';
import { isLeftUntold, requestNote, type UntoldDecision, untoldDecision } from './request-notes.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { tellings } from './tell-request.ts';

/**
 * Tells of requests that were accepted or rejected without anybody having been told: the event or message was not taken, or
 * the function ended before.
 */
export async function tellUntold(dependencies: TellDependencies, view: RegionView): Promise<void> {
  const { accountId, policy, memory, now } = dependencies;
  const { region, inventory, remembered } = view;
  if (policy.mode === 'observe') {
    return;
  }
  for (const peering of inventory.peerings) {
    const { peeringId, accepter, status } = peering;
    const untold = untoldDecision(remembered, peeringId);
    if (
      untold === undefined ||
      !isLeftUntold(untold, now()) ||
      accepter.accountId !== accountId ||
      accepter.region !== region ||
      !CARRIED_OUT[untold.decision].includes(status)
    ) {
      continue;
    }
    const decision = decisionOf(untold, peering, view);
    await Promise.all(tellings(dependencies, { peering, decision, sides: [] }));
    await memory.update(region, [
      requestNote(peeringId, 'told', decision, now()),
      ...eventsToRemember([decidedEvent({ peering, decision }, now())]),
    ]);
  }
}

/** What the policy says of a peering that lives, where that is what was decided; else what is known of it. */
function decisionOf(
  { decision, rule }: UntoldDecision,
  { peeringId }: Peering,
  { assessment }: RegionView,
): Decision {
  const now = assessment.views.find(
    ({ view }) => view.peering.peeringId === peeringId && view.direction === 'inbound',
  )?.decision;
  return now !== undefined && now.decision === decision && now.rule === rule
    ? now
    : {
        decision,
        ...(rule === undefined ? {} : { rule }),
        reasons: ['What led to it is in the log of the function that decided it.'],
        rules: [],
        routableCidrs: [],
        managed: false,
      };
}
