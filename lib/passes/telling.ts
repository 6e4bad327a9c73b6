import type { Hint } from '../model/hint.ts';
import type { RegionView } from './region-view.ts';
import type { TellDependencies } from './tell-findings.ts';

/** What people are told about: one look at a Region, and what led to it. */
export interface TellHow {
  readonly view: RegionView;
  readonly hints: readonly Hint[];
}

/** Who did what an event says of a peering; of several the last one counts. */
export function actorOf(hints: readonly Hint[], peeringId: string): string | undefined {
  return hints.findLast(
    (hint) => hint.kind === 'peering' && hint.peeringId === peeringId && hint.actor !== undefined,
  )?.actor;
}

/** Observing, nothing can be remembered, so that a sweep would tell it every few minutes. */
export function mayTell({ policy }: TellDependencies, hints: readonly Hint[]): boolean {
  return policy.mode === 'enforce' || !hints.every(({ kind }) => kind === 'region');
}

/** Observing, nothing is remembered. */
export function remembering<Update>(
  { policy }: TellDependencies,
  updates: readonly Update[],
): readonly Update[] {
  return policy.mode === 'enforce' ? updates : [];
}
