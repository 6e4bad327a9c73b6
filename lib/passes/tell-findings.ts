import { type DriftContext, driftNotification } from '../messages/findings.ts';
import { whatToTell } from '../messages/news.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { MemoryUpdate, RegionMemory } from '../model/memory.ts';
import type { Policy } from '../policy/schema.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus, Topic } from '../ports/outbox.ts';

export interface TellDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly memory: Pick<Memory, 'update'>;
  readonly bus: Bus;
  readonly topic: Topic;
  readonly now: () => Date;
}

/** An event holds 256 KB, and nobody reads more in one. */
const FINDINGS_PER_EVENT = 50;

/** Who changed a route is known only for the route that an event is about; of several the last one counts. */
export function changedBy(hints: readonly Hint[]): NonNullable<DriftContext['changedBy']> {
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
export function causesOf(hints: readonly Hint[]): string {
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
  const news = new Set<Finding>(fresh);
  const toTell = findings.filter((finding) => !lasting.includes(finding) || news.has(finding));
  await once(memory, region, updates, async () => {
    if (toTell.length === 0) {
      return;
    }
    await allOf([
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
  });
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
 * if that were not possible, every sweep would tell it again.
 */
export async function once(
  memory: Pick<Memory, 'update'>,
  region: string,
  updates: readonly MemoryUpdate[],
  tell: () => Promise<void>,
): Promise<void> {
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
  try {
    await tell();
  } catch (error) {
    const forget = updates.flatMap((update): MemoryUpdate[] =>
      update.kind === 'note' ? [{ kind: 'forget-note', key: update.key }] : [],
    );
    if (forget.length > 0) {
      await memory.update(region, forget);
    }
    throw error;
  }
}
