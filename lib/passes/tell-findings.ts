import { type DriftContext, driftNotification } from '../messages/findings.ts';
import { driftEvents, eventsToRemember } from '../messages/history.ts';
import { newsKeys, whatToTell } from '../messages/news.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { Memory } from '../ports/memory.ts';
import { TOLD_ALL_KEY } from './legacy-notes.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { KeptForLater } from './unsent.ts';

/** An event holds 256 KB, and nobody reads more in one. */
const FINDINGS_PER_EVENT = 50;

/** Who changed a route is known only for the route that an event is about; of several the last one counts. */
function changedBy(hints: readonly Hint[]): NonNullable<DriftContext['changedBy']> {
  return ({ routeTableId, destination }) => {
    const hint = hints.findLast(
      (each) =>
        each.kind === 'route-table' &&
        each.actor !== undefined &&
        each.routeTableId === routeTableId &&
        (each.destination === undefined || each.destination === destination),
    );
    return hint === undefined ? undefined : `${hint.actor} (${hint.cause})`;
  };
}

/** What came together, each cause once. */
function causesOf(hints: readonly Hint[]): string {
  return [...new Set(hints.map(({ cause }) => cause))].join(', ');
}

/**
 * Tells people, and whoever listens on the bus, about findings. What is repaired at an event is told each time it happens;
 * what lasts is told once. Where nothing may be written (`mode: observe`) nothing can be remembered either, so a sweep,
 * which comes back every few minutes, tells nothing and leaves it to the alarms.
 */
export async function tellFindings(
  { accountId, policy, memory, bus, topic, now }: TellDependencies,
  findings: readonly Finding[],
  {
    region,
    hints,
    remembered,
    context = {},
  }: {
    readonly region: string;
    readonly hints: readonly Hint[];
    readonly remembered: RegionMemory;
    readonly context?: Omit<DriftContext, 'accountId' | 'changedBy'>;
  },
): Promise<void> {
  const onlySwept = hints.every(({ kind }) => kind === 'region');
  if (findings.length === 0 || (policy.mode === 'observe' && onlySwept)) {
    return;
  }
  // A sweep comes back every few minutes, and a repair may fail each time.
  const isLasting = (finding: Finding) => onlySwept || !finding.repairable || finding.heldBy !== undefined;
  const lasting = policy.mode === 'observe' ? [] : findings.filter(isLasting);
  const { news: fresh, updates } = whatToTell(remembered.notes, lasting, now());
  const news = new Set<Finding>(fresh.filter((finding) => !countsAsTold(finding, remembered)));
  const toTell = findings.filter((finding) => !lasting.includes(finding) || news.has(finding));
  const keys = new Set([...news].map(newsKeys.finding));
  const notesOfNews = updates.filter((update) => 'key' in update && keys.has(update.key));
  const otherNotes = updates.filter((update) => !notesOfNews.includes(update));
  if (toTell.length > 0) {
    const tell = () =>
      allOf([
        bus.publish([
          {
            type: 'Drift Found',
            detail: {
              accountId,
              region,
              cause: causesOf(hints),
              count: toTell.length,
              findings: toTell.slice(0, FINDINGS_PER_EVENT),
            },
          },
        ]),
        topic.notify(driftNotification(toTell, { accountId, ...context, changedBy: changedBy(hints) })),
      ]);
    const events = eventsToRemember(driftEvents(toTell, changedBy(hints), now()));
    await once(memory, region, [...notesOfNews, ...events], tell, {
      isPassing: toTell.some(isBeingRepaired),
    });
  }
  if (otherNotes.length > 0) {
    await memory.update(region, otherNotes);
  }
}

function isBeingRepaired({ repairable, heldBy }: Finding): boolean {
  return repairable && heldBy === undefined;
}

/** After an upgrade from a version that had told more than it could note, what is not noted was told. */
function countsAsTold(finding: Finding, { notes }: RegionMemory): boolean {
  return notes.has(TOLD_ALL_KEY) && !notes.has(newsKeys.finding(finding));
}

/** One of them failing does not keep the others from being sent. */
export async function allOf(sending: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(sending)).find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}

/**
 * Remembers what people are about to be told, tells them, and forgets it again if they could not be told. Remembered first:
 * if that were not possible, every sweep would tell it again. What the next pass will not find any more, because it is being
 * mended (`isPassing`), is told although it cannot be remembered.
 */
export async function once(
  memory: Pick<Memory, 'update'>,
  region: string,
  updates: readonly MemoryUpdate[],
  tell: () => Promise<void>,
  { isPassing = false }: { readonly isPassing?: boolean } = {},
): Promise<void> {
  const forget = updates.flatMap((update): MemoryUpdate[] =>
    update.kind === 'note' ? [{ kind: 'forget-note', key: update.key }] : [],
  );
  try {
    if (updates.length > 0) {
      // An error may be an answer that got lost, of an update that was made.
      await memory.update(region, updates);
    }
  } catch (error) {
    if (isPassing) {
      await tell();
    } else {
      await memory.update(region, forget);
    }
    throw error;
  }
  try {
    await tell();
  } catch (error) {
    if (forget.length > 0 && !(error instanceof KeptForLater)) {
      await memory.update(region, forget);
    }
    throw error;
  }
}
