import type { FindingKind } from './finding.ts';
import type { HeldBy } from './held-by.ts';
import type { Route } from './route-table.ts';

/** What the policy asks for: one route in one opted-in table. */
export interface DesiredRoute {
  readonly region: string;
  readonly routeTableId: string;
  readonly destination: string;
  readonly peeringId: string;
  readonly rule: string;
}

export type ChangeAction = 'create' | 'replace' | 'delete';

/** One write that brings a table closer to its desired routes. */
export interface Change {
  readonly action: ChangeAction;
  readonly region: string;
  readonly routeTableId: string;
  readonly destination: string;
  /** create, replace: the peering to route to. delete: the peering the route points to now. */
  readonly peeringId: string;
  /** The rule that asks for the route; undefined when no rule does any more (delete). */
  readonly rule?: string;
  readonly reason: string;
  /** replace, delete: what the plan saw; it is read again and skipped if it is no longer so. */
  readonly seen?: Route;
  /** The peering that the plan took for dead, so that its route may go or be taken over: while it lives, the route stays. */
  readonly onlyIfDead?: string;
  /** The kind of drift that the change mends; undefined for work that was never done before, and for a changed policy. */
  readonly mends?: FindingKind;
  readonly heldBy?: HeldBy;
}
