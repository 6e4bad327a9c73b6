import { decidedEvent, eventsToRemember } from '../messages/history.ts';
import { listed } from '../messages/text.ts';
import { togetherNotification } from '../messages/together.ts';
import type { RegionMemory } from '../model/memory.ts';
import { NO_MEMORY } from '../model/memory.ts';
import { withoutOwnConnections } from './own-connections.ts';
import type { ReadState } from './read-state.ts';
import type { RequestToCarryOut } from './request-calls.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import {
  decidedMail,
  type ExpiringRequest,
  expiringMail,
  type MailContext,
  mailSent,
  mailsCanWait,
} from './request-mails.ts';
import { toldNotes } from './request-notes.ts';
import { failed } from './request-scope.ts';
import type { DecidedRequest, RequestsToTell } from './requests-to-tell.ts';
import { withoutSilenced } from './silenced-requests.ts';
import { once } from './tell-once.ts';

/** Names and CIDRs of all that was read to decide. */
function mailContext(dependencies: RequestDependencies, { state }: ReadState): MailContext {
  const { accountId, policy, now } = dependencies;
  const vpcOf = (vpcId: string) =>
    state.regions.map(({ vpcs }) => vpcs.get(vpcId)).find((vpc) => vpc !== undefined);
  return {
    accountId,
    policy,
    now,
    nameOf: (id) => vpcOf(id)?.tags.Name || undefined,
    cidrsOf: (vpcId) => vpcOf(vpcId)?.cidrs,
    peerings: state.regions.flatMap(({ peerings }) => peerings),
  };
}

/** Decisions are noted as told once they were: of one that is not, the next look tells, or a sweep of sync-routes. */
async function tellDecided(
  { policy, memory, topic, now, journal }: RequestDependencies,
  region: string,
  decided: readonly DecidedRequest[],
  remembered: RegionMemory,
  context: MailContext,
): Promise<void> {
  const { loud, updates } = withoutSilenced(decided, (each) => each, remembered, now());
  const [first, ...others] = loud;
  if (updates.length > 0 && policy.mode === 'enforce') {
    await memory.update(region, updates);
  }
  if (first === undefined) {
    return;
  }
  if (policy.mode === 'observe') {
    await topic.notify(decidedMail([first, ...others], context));
    return;
  }
  if (mailsCanWait(remembered, now())) {
    journal.info('requests told later', { region, requests: loud.length });
    return;
  }
  await topic.notify(decidedMail([first, ...others], context));
  const sent = loud.filter(({ event }) => event === 'sent');
  await memory.update(region, [
    mailSent(remembered, now()),
    ...sent.flatMap((each) => toldNotes(each, remembered, now())),
    ...eventsToRemember(sent.map((each) => decidedEvent(each, now()))),
  ]);
}

async function tellExpiring(
  { memory, topic, now }: RequestDependencies,
  region: string,
  allExpiring: readonly ExpiringRequest[],
  remembered: RegionMemory,
  context: MailContext,
): Promise<void> {
  const { loud: expiring } = withoutSilenced(allExpiring, ({ request }) => request, remembered, now());
  const [first, ...others] = expiring;
  if (first !== undefined) {
    const updates = expiring.flatMap((each) => each.updates);
    await once(memory, region, updates, () => topic.notify(expiringMail([first, ...others], context)));
  }
}

async function tellRefused(
  { accountId, memory, topic, now }: RequestDependencies,
  region: string,
  allRefused: RequestsToTell['refused'],
  remembered: RegionMemory,
): Promise<void> {
  const { loud: refused } = withoutSilenced(allRefused, ({ request }) => request, remembered, now());
  const [first, ...others] = refused.map(({ message }) => message);
  if (first !== undefined) {
    const message = togetherNotification([first, ...others], {
      of: 'AWS call',
      where: `about VPC peering requests refused in ${accountId} (${region})`,
      rest: 'Run "peering requests" to see all requests.',
    });
    const updates = refused.flatMap((each) => each.updates);
    await once(memory, region, updates, () => topic.notify(message));
  }
}

/**
 * Tells people of all requests of one look: by Region one mail of what was decided, and one of what soon expires.
 *
 * @returns what became of those of which nobody could be told, by peering.
 */
export async function tellRequests(
  dependencies: RequestDependencies,
  read: ReadState,
  { decided, expiring, refused }: RequestsToTell,
): Promise<ReadonlyMap<string, RequestOutcome>> {
  const context = mailContext(dependencies, read);
  const untold = new Map<string, RequestOutcome>();
  const attempt = async (
    region: string,
    requests: readonly RequestToCarryOut[],
    tell: () => Promise<void>,
  ) => {
    try {
      await tell();
    } catch (error) {
      const ids = requests.map(({ peering: { peeringId } }) => peeringId);
      const outcome = failed(dependencies, { peeringId: listed(ids), region }, error);
      for (const peeringId of ids) {
        untold.set(peeringId, { ...outcome, peeringId });
      }
    }
  };
  const requestOf = ({ request }: { readonly request: RequestToCarryOut }) => request;
  const regionOf = ({ peering }: RequestToCarryOut) => peering.accepter.region;
  const regions = new Set(
    [...decided, ...[...expiring, ...refused].map(({ request }) => request)].map(regionOf),
  );
  for (const region of regions) {
    const here = decided.filter((request) => regionOf(request) === region);
    const soon = expiring.filter(({ request }) => regionOf(request) === region);
    const calls = refused.filter(({ request }) => regionOf(request) === region);
    const remembered = read.memory.get(region) ?? NO_MEMORY;
    const loud = () => withoutOwnConnections(dependencies, region, here, read);
    await attempt(region, here, async () =>
      tellDecided(dependencies, region, await loud(), remembered, context),
    );
    await attempt(region, soon.map(requestOf), () =>
      tellExpiring(dependencies, region, soon, remembered, context),
    );
    await attempt(region, calls.map(requestOf), () => tellRefused(dependencies, region, calls, remembered));
  }
  return untold;
}
