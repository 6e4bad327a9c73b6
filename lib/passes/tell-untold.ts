import { decidedEvent, eventsToRemember } from '../messages/history.ts';
import type { Peering } from '../model/peering.ts';
import type { Decision } from '../policy/decision.ts';
import type { RegionView } from './region-view.ts';
import { CARRIED_OUT } from './request-calls.ts';
import { decidedMail, mailSent, mailsCanWait } from './request-mails.ts';
import { toldNotes } from './request-notes.ts';
import { silenceIn } from './silenced.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { decisionEvent } from './tell-request.ts';
import { isLeftUntold, type UntoldDecision, untoldDecision } from './untold-decision.ts';

/** Requests that were accepted or rejected, and of which nobody is about to tell any more. */
function untoldIn({ accountId, now }: TellDependencies, view: RegionView) {
  const { region, inventory, remembered } = view;
  const silence = silenceIn(view, now());
  return inventory.peerings.flatMap((peering) => {
    const { peeringId, accepter, status } = peering;
    const untold = untoldDecision(remembered, peeringId);
    return untold === undefined ||
      !isLeftUntold(untold, now()) ||
      accepter.accountId !== accountId ||
      accepter.region !== region ||
      silence({ peeringId }) !== undefined ||
      !CARRIED_OUT[untold.decision].includes(status)
      ? []
      : [{ peering, decision: decisionOf(untold, peering, view), sides: [] }];
  });
}

/**
 * Tells of requests that were accepted or rejected without anybody having been told: the event or message was not taken, the
 * function ended before, or so many came that the message waited. All in one message.
 */
export async function tellUntold(dependencies: TellDependencies, view: RegionView): Promise<void> {
  const { policy, memory, bus, topic, now } = dependencies;
  const { region, remembered, nameOf, inventory } = view;
  const [first, ...others] = untoldIn(dependencies, view);
  if (policy.mode === 'observe' || first === undefined || mailsCanWait(remembered, now())) {
    return;
  }
  const all = [first, ...others] as const;
  const cidrsOf = (vpcId: string) => inventory.vpcs.get(vpcId)?.cidrs;
  await Promise.all([
    bus.publish(all.map((each) => decisionEvent(dependencies, each))),
    topic.notify(decidedMail(all, { ...dependencies, nameOf, cidrsOf })),
  ]);
  await memory.update(region, [
    mailSent(remembered, now()),
    ...all.flatMap((each) => toldNotes(each, remembered, now())),
    ...eventsToRemember(all.map((each) => decidedEvent(each, now()))),
  ]);
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
