import { decidedEvent, eventsToRemember } from '../messages/history.ts';
import type { RegionMemory } from '../model/memory.ts';
import { pairKey, pairNotesIn } from '../model/pair.ts';
import type { Peering } from '../model/peering.ts';
import { connects } from '../policy/connects.ts';
import type { Policy } from '../policy/schema.ts';
import type { ReadState } from './read-state.ts';
import type { RequestDependencies } from './request-dependencies.ts';
import { toldNotes } from './request-notes.ts';
import type { DecidedRequest } from './requests-to-tell.ts';

/**
 * Which requests the product made itself, because `connect` or `mesh` wants them. What becomes of them request-peerings tells,
 * many in one message; whoever decides or routes them need not tell the same again.
 *
 * @param memories of the Regions in which the account has a side.
 */
export function ownConnections(
  policy: Policy,
  memories: readonly Pick<RegionMemory, 'notes'>[],
): (peering: Pick<Peering, 'peeringId' | 'requester' | 'accepter'>) => boolean {
  if (!connects(policy) || policy.mode === 'observe') {
    return () => false;
  }
  const remembered = memories.map(({ notes }) => pairNotesIn(notes));
  return ({ peeringId, requester, accepter }) =>
    remembered.some((notes) => {
      const note = notes.get(pairKey(requester.vpcId, accepter.vpcId));
      // Between the call and what is remembered of it, the request has no id here.
      return note?.madeBy === 'product' && (note.peeringId === peeringId || note.state === 'asking');
    });
}

/** Ids of peerings that the product requested for `connect` or `mesh`: what becomes of them request-peerings tells. */
export function connectionsMade(policy: Policy, { notes }: Pick<RegionMemory, 'notes'>): ReadonlySet<string> {
  return connects(policy) && policy.mode !== 'observe'
    ? new Set(
        [...pairNotesIn(notes).values()].flatMap(({ madeBy, peeringId }) =>
          madeBy === 'product' && peeringId !== undefined ? [peeringId] : [],
        ),
      )
    : new Set();
}

/** What was accepted of the product's own requests: request-peerings tells of it. The history has it all the same. */
export async function withoutOwnConnections(
  { policy, accountId, memory, now }: RequestDependencies,
  region: string,
  decided: readonly DecidedRequest[],
  read: ReadState,
): Promise<readonly DecidedRequest[]> {
  const isOwn = ownConnections(policy, [...read.memory.values()]);
  const quiet = decided.filter(
    ({ peering, decision }) =>
      decision.decision === 'accept' && peering.requester.accountId === accountId && isOwn(peering),
  );
  const sent = quiet.filter(({ event }) => event === 'sent');
  if (sent.length > 0) {
    await memory.update(region, [
      ...sent.flatMap((each) => toldNotes(each, each.remembered, now())),
      ...eventsToRemember(sent.map((each) => decidedEvent(each, now()))),
    ]);
  }
  return decided.filter((each) => !quiet.includes(each));
}
