import { setTimeout as delay } from 'node:timers/promises';
import { append } from '../../lib/model/append.ts';
import { decideRequests } from '../../lib/passes/accept-requests.ts';
import type { RequestOutcome, RequestWriter } from '../../lib/passes/request-dependencies.ts';
import type { NetworkReader } from '../../lib/ports/network-reader.ts';
import { answeredRequests } from '../../lib/report/shown-assessment.ts';
import { CliError } from '../errors.ts';
import type { Work } from './work.ts';

/** Thrown instead of a write that the person was not shown. */
function changedSince(peeringId: string): CliError {
  return new CliError(
    `The decision about ${peeringId} is another one than the plan showed; nothing was done about it. Run peering plan again.`,
  );
}

/** Writes only what was agreed on. */
function guardedWriter({ writer, policy }: Work, agreed: ReadonlyMap<string, string>): RequestWriter {
  const throwIfChanged = (said: string | undefined, peeringId: string) => {
    if (agreed.get(peeringId) !== said) throw changedSince(peeringId);
  };
  return {
    acceptPeering: async (region, peeringId) => {
      throwIfChanged('accept', peeringId);
      return writer.acceptPeering(region, peeringId);
    },
    rejectPeering: async (region, peeringId) => {
      throwIfChanged('reject', peeringId);
      return writer.rejectPeering(region, peeringId);
    },
    tag: async (region, resourceId, tags) => {
      throwIfChanged(tags[`${policy.tagPrefix}:decision`], resourceId);
      return writer.tag(region, resourceId, tags);
    },
  };
}

/** Answers the requests as they were shown, by the same pass as the function: each is read and decided again first. */
export async function answerRequests(work: Work): Promise<RequestOutcome[]> {
  const { shownPlan, accountId, policy, managedRegions, reader, pace, journal } = work;
  const { organization, addressPlan } = shownPlan.source;
  const requests = answeredRequests(shownPlan);
  const agreed = new Map(requests.map(({ view, decision }) => [view.peering.peeringId, decision.decision]));
  const onlyAgreed: NetworkReader = {
    ...reader,
    readPeerings: async (region, filter, onSkipped) => {
      const found = await reader.readPeerings(region, filter, onSkipped);
      return filter.statuses === undefined ? found : found.filter(({ peeringId }) => agreed.has(peeringId));
    },
  };
  const outcomes: RequestOutcome[] = [];
  for (const region of new Set(requests.map(({ view }) => view.peering.accepter.region))) {
    const answered = await decideRequests(region, [{ kind: 'region', region, cause: 'peering apply' }], {
      accountId,
      policy,
      managedRegions,
      reader: onlyAgreed,
      ...(organization === undefined ? {} : { organization }),
      ...(addressPlan === undefined ? {} : { addressPlan }),
      writer: guardedWriter(work, agreed),
      memory: work.memory,
      // Nobody waits for an event, and the person to tell is at the terminal.
      bus: { publish: async () => undefined },
      peerBuses: { publishTo: async () => undefined },
      topic: { notify: async () => undefined },
      pace,
      journal,
      now: () => new Date(),
      sleep: (duration) => delay(duration),
      millisecondsLeft: () => Number.POSITIVE_INFINITY,
    });
    append(outcomes, answered);
  }
  return outcomes;
}
