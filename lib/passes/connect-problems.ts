import type { ConnectProblem } from '../connect/types.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import { forgetProblem, toldProblemsIn } from '../model/pair.ts';
import { silenceOf, silencesIn } from '../model/silence.ts';
import type { Memory } from '../ports/memory.ts';

/** What keeps VPCs from being connected: of which of it people know, and of which they want to hear. */

type RememberedRegions = ReadonlyMap<string, RegionMemory>;

/** Whether a message about one of these is silenced. */
export function silencedBy(
  memory: RememberedRegions,
  now: Date,
): (region: string, ids: readonly (string | undefined)[]) => boolean {
  const byRegion = new Map([...memory].map(([region, { notes }]) => [region, silencesIn(notes, now)]));
  return (region, ids) => silenceOf(byRegion.get(region) ?? new Map(), ids) !== undefined;
}

/** Problems that nobody has silenced: those that people are told of, and that their alarm counts. */
export function loudProblems(
  problems: readonly ConnectProblem[],
  memory: RememberedRegions,
  now: Date,
): ConnectProblem[] {
  const isSilenced = silencedBy(memory, now);
  return problems.filter(({ region, vpcId, peeringId }) => !isSilenced(region, [vpcId, peeringId]));
}

/** By key, of all Regions: where people were told of a problem, and with what. */
function toldBefore(
  memory: RememberedRegions,
): Map<string, { readonly region: string; readonly signature: string }> {
  return new Map(
    [...memory].flatMap(([region, { notes }]) =>
      [...toldProblemsIn(notes)].map(([key, signature]) => [key, { region, signature }] as const),
    ),
  );
}

/** Problems that are over are news when they come back. */
export async function forgetOver(
  { memory }: { readonly memory: Pick<Memory, 'update'> },
  remembered: RememberedRegions,
  problems: readonly ConnectProblem[],
): Promise<void> {
  const open = new Set(problems.map(({ key }) => key));
  const over = new Map<string, MemoryUpdate[]>();
  for (const [key, { region }] of toldBefore(remembered)) {
    if (!open.has(key)) over.set(region, [...(over.get(region) ?? []), forgetProblem(key)]);
  }
  for (const [region, updates] of over) await memory.update(region, updates);
}

/** Problems that are told by this look: the first rings the alarm, so it does not wait for a burst; others do, as the alarm is on. */
export function problemsToTell(problems: readonly ConnectProblem[], memory: RememberedRegions) {
  const before = toldBefore(memory);
  return {
    fresh: problems.filter(({ key, signature }) => before.get(key)?.signature !== signature),
    isAlarmOn: problems.some(({ key }) => before.has(key)),
  };
}
