import type { DriftContext } from '../messages/findings.ts';
import type { BusEvent } from '../model/events.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { FindSilence } from './silenced.ts';
import type { TellDependencies } from './tell-dependencies.ts';

/** How findings are told, whoever hears of them. */

/** An event holds 256 KB, and nobody reads more in one. */
const FINDINGS_PER_EVENT = 50;

/** Who changed a route is known only for the route that an event is about; of several the last one counts. */
export function changedBy(
  hints: readonly Hint[],
): (finding: Pick<Finding, 'routeTableId' | 'destination'>) => string | undefined {
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

export interface FindingsHow {
  readonly region: string;
  readonly hints: readonly Hint[];
  readonly remembered: RegionMemory;
  readonly silence: FindSilence;
  readonly context?: Omit<DriftContext, 'accountId' | 'changedBy'>;
}

export function driftEvent(
  { accountId }: TellDependencies,
  { region, hints }: Pick<FindingsHow, 'region' | 'hints'>,
  findings: readonly Finding[],
): BusEvent {
  return {
    type: 'Drift Found',
    detail: {
      accountId,
      region,
      cause: causesOf(hints),
      count: findings.length,
      findings: findings.slice(0, FINDINGS_PER_EVENT),
    },
  };
}
