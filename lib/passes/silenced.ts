import { eventsToRemember } from '../messages/history.ts';
import type { HistoryEvent } from '../model/history.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import type { Peering } from '../model/peering.ts';
import { type Silence, silencedText, silenceOf, silencesIn } from '../model/silence.ts';
import type { RegionView } from './region-view.ts';

/** What a message would be about. */
export interface Subject {
  readonly peeringId?: string | undefined;
  readonly routeTableId?: string | undefined;
  readonly vpcId?: string | undefined;
}

/** What is known of the network around it: a silence of a VPC covers its tables and peerings. */
export interface SilenceContext {
  readonly peeringOf: (peeringId: string) => Pick<Peering, 'requester' | 'accepter'> | undefined;
  readonly vpcOf: (routeTableId: string) => string | undefined;
}

export type FindSilence = (subject: Subject) => Silence | undefined;

const NONE: FindSilence = () => undefined;

/** Which silence, if any, covers a subject. */
export function silenceFinder(
  notes: ReadonlyMap<string, Note>,
  now: Date,
  { peeringOf, vpcOf }: SilenceContext,
): FindSilence {
  const silences = silencesIn(notes, now);
  if (silences.size === 0) {
    return NONE;
  }
  return ({ peeringId, routeTableId, vpcId }) => {
    const peering = peeringId === undefined ? undefined : peeringOf(peeringId);
    return silenceOf(silences, [
      peeringId,
      routeTableId,
      vpcId,
      routeTableId === undefined ? undefined : vpcOf(routeTableId),
      // A table that is silenced, or not, is in one VPC only; what is about the peering alone is about both.
      ...(routeTableId === undefined ? [peering?.requester.vpcId, peering?.accepter.vpcId] : []),
    ]);
  };
}

/** The same of one look at a Region. */
export function silenceIn({ remembered, inventory, vpcOf }: RegionView, now: Date): FindSilence {
  let peerings: Map<string, Peering> | undefined;
  return silenceFinder(remembered.notes, now, {
    vpcOf,
    peeringOf(peeringId) {
      peerings ??= new Map(inventory.peerings.map((peering) => [peering.peeringId, peering]));
      return peerings.get(peeringId);
    },
  });
}

/** The event as the history keeps it where nobody was sent a message. */
export function withSilence(event: HistoryEvent, silence: Silence): HistoryEvent {
  return { ...event, why: [event.why, silencedText(silence)].filter((text) => text !== '').join(' ') };
}

/** Under which it is remembered that the history has what nobody was sent. */
function quietKey(key: string): string {
  return `quiet ${key}`;
}

/**
 * What to remember of news that nobody is sent: what happened, once for each silence. That people were told is not remembered, so
 * that they are once the silence is over, if it still is so.
 *
 * @param key what makes it the same news.
 */
export function keptQuiet(
  notes: ReadonlyMap<string, Note>,
  key: string,
  silence: Silence,
  events: readonly HistoryEvent[],
): MemoryUpdate[] {
  const quiet = quietKey(key);
  const value = `${silence.id} ${silence.since}`;
  if (notes.get(quiet)?.value === value) {
    return [];
  }
  return [
    { kind: 'note', key: quiet, value, at: silence.since, expiresAt: silence.until },
    ...eventsToRemember(events.map((event) => withSilence(event, silence))),
  ];
}
