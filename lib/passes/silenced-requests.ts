import { decidedEvent } from '../messages/history.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { RequestToCarryOut } from './request-calls.ts';
import { keptQuiet, silenceFinder } from './silenced.ts';

/** Those that nobody has silenced; of the others what to remember, which is not that people were told. */
export function withoutSilenced<Each>(
  all: readonly Each[],
  requestOf: (each: Each) => RequestToCarryOut,
  { notes }: RegionMemory,
  now: Date,
): { readonly loud: readonly Each[]; readonly updates: readonly MemoryUpdate[] } {
  const peerings = new Map(all.map((each) => [requestOf(each).peering.peeringId, requestOf(each).peering]));
  const silenceOf = silenceFinder(notes, now, {
    peeringOf: (peeringId) => peerings.get(peeringId),
    vpcOf: () => undefined,
  });
  const updates = all.flatMap((each) => {
    const { peering, decision } = requestOf(each);
    const silence = silenceOf(peering);
    return silence === undefined
      ? []
      : keptQuiet(notes, `decided ${peering.peeringId} ${decision.decision}`, silence, [
          decidedEvent({ peering, decision }, now),
        ]);
  });
  return { loud: all.filter((each) => silenceOf(requestOf(each).peering) === undefined), updates };
}
