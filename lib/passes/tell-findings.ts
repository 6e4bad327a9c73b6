import { type DriftContext, driftNotification } from '../drift/report.ts';
import type { StateStore } from '../drift/state.ts';
import { decodeTold, encodeTold, NOTHING_TOLD, whatToTell } from '../drift/told.ts';
import type { Policy } from '../policy/schema.ts';
import type { Hint } from '../report/hints.ts';
import type { Bus, Topic } from '../report/outbox.ts';
import type { Change, Finding } from '../routing/types.ts';

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

/** Who changed a route is known only for the route that the event is about. */
function changedBy(hint: Hint): DriftContext['changedBy'] {
  const { actor } = hint;
  if (hint.kind !== 'route-table' || actor === undefined) {
    return undefined;
  }
  return ({ routeTableId, destination }) =>
    routeTableId === hint.routeTableId && (hint.destination === undefined || hint.destination === destination)
      ? `${actor} (${hint.cause})`
      : undefined;
}

/**
 * Tells people, and whoever listens on the bus, about findings. What is repaired is told each time it happens; what
 * lasts is told once. Where nothing may be written (`mode: observe`) nothing can be remembered either, so a sweep,
 * which comes back every few minutes, tells nothing and leaves it to the alarms.
 */
export async function tellFindings(
  { accountId, region, policy, state, bus, topic, now }: TellDependencies,
  findings: readonly Finding[],
  hint: Hint,
  withheld: readonly Change[] = [],
): Promise<void> {
  if (findings.length === 0 || (policy.mode === 'observe' && hint.kind === 'region')) {
    return;
  }
  const isWithheld = (finding: Finding) =>
    withheld.some(
      ({ routeTableId, destination }) =>
        routeTableId === finding.routeTableId && destination === finding.destination,
    );
  const lasting = findings.filter((finding) => !finding.repairable || isWithheld(finding));
  let news: readonly Finding[] = findings;
  if (policy.mode === 'enforce' && lasting.length > 0) {
    const text = await state.read('told', region);
    const telling = whatToTell(text === undefined ? NOTHING_TOLD : decodeTold(text), lasting, now());
    if (telling.remember !== undefined) {
      await state.write('told', region, encodeTold(telling.remember));
    }
    const fresh = new Set(telling.news);
    news = findings.filter((finding) => !lasting.includes(finding) || fresh.has(finding));
  }
  if (news.length === 0) {
    return;
  }
  const actor = changedBy(hint);
  await bus.publish([
    {
      type: 'Drift Found',
      detail: {
        accountId,
        region,
        cause: hint.cause,
        count: news.length,
        findings: news.slice(0, FINDINGS_PER_EVENT),
      },
    },
  ]);
  await topic.notify(
    driftNotification(news, {
      accountId,
      mode: policy.mode,
      withheld,
      ...(actor === undefined ? {} : { changedBy: actor }),
    }),
  );
}
