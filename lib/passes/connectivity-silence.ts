import type { Note } from '../model/memory.ts';
import type { Peering } from '../model/peering.ts';
import { type Silence, silencesIn } from '../model/silence.ts';
import { countDenied, failureOf } from './failure.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { type FindSilence, silenceFinder } from './silenced.ts';

/** Which silence covers a peering, by what is remembered of a Region. */
export function peeringSilence(
  notes: ReadonlyMap<string, Note>,
  now: Date,
  peerings: ReadonlyMap<string, Peering | undefined>,
): FindSilence {
  return silenceFinder(notes, now, {
    peeringOf: (peeringId) => peerings.get(peeringId),
    vpcOf: () => undefined,
  });
}

export type PeeringSilences = (peeringId: string) => Promise<Silence | undefined>;

/**
 * The silences of a Region, read once and only when something is wrong. What cannot be read silences nothing: an alarm too many is
 * better than one too few.
 */
export function createSilences(dependencies: RecordDependencies, region: string): PeeringSilences {
  const { memory, reader, journal, now, policy } = dependencies;
  if (policy.mode !== 'enforce') {
    // Nobody is told then, and the registry is not for the function to read.
    return async () => undefined;
  }
  let notes: Promise<ReadonlyMap<string, Note>> | undefined;
  const read = async (peeringId: string) => {
    notes ??= memory.read(region).then((remembered) => remembered.notes);
    const known = await notes;
    const silences = silencesIn(known, now());
    const needsEnds = [...silences.keys()].some((id) => id.startsWith('vpc-'));
    const peerings = needsEnds ? await reader.readPeerings(region, { peeringIds: [peeringId] }) : [];
    return peeringSilence(
      known,
      now(),
      new Map(peerings.map((each) => [each.peeringId, each])),
    )({ peeringId });
  };
  return async (peeringId) => {
    try {
      return await read(peeringId);
    } catch (error) {
      journal.warn('silences not read', { region, peeringId, ...failureOf(error) });
      countDenied(journal, error);
      return undefined;
    }
  };
}
