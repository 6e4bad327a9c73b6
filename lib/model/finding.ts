import type { HeldBy } from './held-by.ts';

/** In the order in which people read them. docs/drift.md says what each means and what is done about it. */
export const FINDING_KINDS = [
  'missing',
  'wrong-target',
  'blackhole',
  'stale',
  'unexpected',
  'shadowed',
  'conflict',
  'over-limit',
  'untagged',
  'one-sided',
  'contested',
  'mass-delete',
  'active-but-not-allowed',
  'dns-resolution',
  'not-connected',
  'unreachable',
  'not-checked',
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/** Of these the connectivity check tells people, and has alarms of its own. */
const CHECK_KINDS: ReadonlySet<FindingKind> = new Set(['unreachable', 'not-checked']);

/** Not what the check itself cannot tell, because it does not run. */
export function isOfCheck({ kind, checkStopped }: Pick<Finding, 'kind' | 'checkStopped'>): boolean {
  return CHECK_KINDS.has(kind) && checkStopped !== true;
}

/**
 * Seconds: drift that was over for so long is news like any other when it comes back, and what stays as it is for so long is told, as for
 * what is contested. For so long its alarm stays on, so that neither messages nor alarm come at each turn of a route that comes and goes.
 */
export const STEADY_SECONDS = 60 * 60;

/** One way in which a table or peering differs from what the policy asks for. */
export interface Finding {
  readonly kind: FindingKind;
  readonly region: string;
  readonly routeTableId?: string;
  readonly destination?: string;
  readonly peeringId?: string;
  /** The side of the peering that it is about, where it is about one of them. */
  readonly vpcId?: string;
  readonly rule?: string;
  /** What has the destination instead, in short. People are told again when that becomes something else. */
  readonly elsewhere?: string;
  /** stale: the peering whose route takes its place, where it is not just deleted. */
  readonly takenOverBy?: string;
  /** conflict: the policy lets the route wait until another one is gone (`guardrails.equalRoutes: wait`), so that nobody has to act. */
  readonly awaited?: true;
  /** One sentence or more: what was expected, what is there, what a person can do. */
  readonly detail: string;
  /** not-checked: no result has come for so long that the check itself does not run, or nothing reads its results. */
  readonly checkStopped?: true;
  /** Whether the product has a change that mends it. */
  readonly repairable: boolean;
  /** repairable: what keeps that change from being made now. "Being repaired" is true only without it. */
  readonly heldBy?: HeldBy;
}
