import type { Outlook } from '../assessment/proposal.ts';
import { acceptedByHandEvent, eventsToRemember, rejectedByHandEvent } from '../messages/history.ts';
import { acceptanceNote, forgetAcceptance } from '../model/acceptance.ts';
import type { MemoryUpdate } from '../model/memory.ts';
import type { Peering } from '../model/peering.ts';
import { forgetRejection, rejectionNote } from '../model/rejection.ts';

/** The answer of a person to a request, given with the command or from chat. */
export interface PersonsAnswer {
  readonly peering: Peering;
  readonly decision: { readonly decision: 'accept' | 'reject'; readonly rule?: string };
  /** Who gives it, as far as that is known for sure. */
  readonly by: string;
  readonly remembered: readonly Remembered[];
}

/** What is to be remembered of an answer, and what takes it back, by Region. */
export interface Remembered {
  readonly region: string;
  readonly updates: readonly MemoryUpdate[];
  readonly back: readonly MemoryUpdate[];
}

/** The managed Regions in which this account owns a side of a request, the accepter's first. */
export function ownRegions(
  { requester, accepter }: Pick<Peering, 'requester' | 'accepter'>,
  { accountId, managedRegions }: { readonly accountId: string; readonly managedRegions: readonly string[] },
): string[] {
  const owned = [accepter, requester].filter(
    (side) => side.accountId === accountId && managedRegions.includes(side.region),
  );
  return [...new Set(owned.map(({ region }) => region))];
}

/** An acceptance, with what each Region has to know of it. @param regions the accepter's first. */
export function acceptanceBy(
  { request, acceptance }: Pick<Outlook, 'request' | 'acceptance'>,
  regions: readonly string[],
): PersonsAnswer {
  const { peering } = request;
  const { peeringId } = peering;
  const event = acceptedByHandEvent(request, acceptance);
  return {
    peering,
    decision: { decision: 'accept', rule: acceptance.rule },
    by: acceptance.by,
    remembered: regions.map((region, index) => ({
      region,
      // Each Region judges its own side; what happened once is told once.
      updates: [acceptanceNote(peeringId, acceptance), ...(index === 0 ? eventsToRemember([event]) : [])],
      back: [forgetAcceptance(peeringId), ...(index === 0 ? [{ kind: 'forget-event' as const, event }] : [])],
    })),
  };
}

/** A rejection, told once, in the Region that answers. */
export function rejectionBy(
  peering: Peering,
  who: { readonly by: string; readonly because?: string },
  now: Date,
): PersonsAnswer {
  const event = rejectedByHandEvent(peering, who, now);
  return {
    peering,
    decision: { decision: 'reject' },
    by: who.by,
    remembered: [
      {
        region: peering.accepter.region,
        updates: [rejectionNote(peering.peeringId, who, now), ...eventsToRemember([event])],
        back: [forgetRejection(peering.peeringId), { kind: 'forget-event', event }],
      },
    ],
  };
}
