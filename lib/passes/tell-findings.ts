import { type DriftContext, driftNotification } from '../messages/drift.ts';
import { decodeTold, encodeTold, findingKey, NOTHING_TOLD, whatToTell } from '../messages/told.ts';
import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { Policy } from '../policy/schema.ts';
import type { Bus, Topic } from '../ports/outbox.ts';
import type { StateStore } from '../ports/state.ts';

export interface TellDependencies {
  readonly accountId: string;
  readonly region: string;
  readonly policy: Policy;
  readonly state: StateStore;
  readonly bus: Bus;
  readonly topic: Topic;
  readonly now: () => Date;
}

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

/** Drift that was mended is news when it comes back. */
export async function forgetRepaired(
  { region, state }: Pick<TellDependencies, 'region' | 'state'>,
  repaired: readonly Change[],
): Promise<void> {
  const keys = new Set(
    repaired.flatMap(({ mends, ...at }) => (mends ? findingKey({ kind: mends, ...at }) : [])),
  );
  const text = keys.size === 0 ? undefined : await state.read('told', region);
  const told = text === undefined ? NOTHING_TOLD : decodeTold(text);
  const seen = new Map([...told.seen].filter(([key]) => !keys.has(key)));
  if (seen.size < told.seen.size) {
    await state.write('told', region, encodeTold({ seen }));
  }
}

/**
 * Tells people, and whoever listens on the bus, about findings. What is repaired is told each time it happens
 * (`forgetRepaired`); what lasts is told once. Where nothing may be written (`mode: observe`) nothing can be remembered either, so a sweep,
 * which comes back every few minutes, tells nothing and leaves it to the alarms.
 */
export async function tellFindings(
  { accountId, region, policy, state, bus, topic, now }: TellDependencies,
  findings: readonly Finding[],
  hints: readonly Hint[],
  withheld: readonly Change[] = [],
): Promise<void> {
  const onlySwept = hints.every(({ kind }) => kind === 'region');
  if (findings.length === 0 || (policy.mode === 'observe' && onlySwept)) {
    return;
  }
  const isWithheld = (finding: Finding) =>
    withheld.some(
      ({ routeTableId, destination }) =>
        routeTableId === finding.routeTableId && destination === finding.destination,
    );
  // A sweep comes back every few minutes, and a repair may fail each time.
  const lasting = findings.filter((finding) => onlySwept || !finding.repairable || isWithheld(finding));
  let news: readonly Finding[] = findings;
  let before: string | undefined;
  if (policy.mode === 'enforce' && lasting.length > 0) {
    const text = await state.read('told', region);
    const telling = whatToTell(text === undefined ? NOTHING_TOLD : decodeTold(text), lasting, now());
    if (telling.remember !== undefined) {
      // Before anybody is told: if it could not be remembered, every sweep would tell it again.
      await state.write('told', region, encodeTold(telling.remember));
      before = text ?? encodeTold(NOTHING_TOLD);
    }
    const fresh = new Set(telling.news);
    news = findings.filter((finding) => !lasting.includes(finding) || fresh.has(finding));
  }
  if (news.length === 0) {
    return;
  }
  // One of the two failing does not keep the other from being sent.
  const told = await Promise.allSettled([
    bus.publish([
      {
        type: 'Drift Found',
        detail: {
          accountId,
          region,
          cause: causesOf(hints),
          count: news.length,
          findings: news.slice(0, FINDINGS_PER_EVENT),
        },
      },
    ]),
    topic.notify(
      driftNotification(news, {
        accountId,
        mode: policy.mode,
        withheld,
        changedBy: changedBy(hints),
      }),
    ),
  ]);
  const untold = told.find((each) => each.status === 'rejected');
  if (untold !== undefined) {
    if (before !== undefined) {
      await state.write('told', region, before);
    }
    throw untold.reason;
  }
}
