/** What happened to peerings and their routes, as people look it up later: who did it, and why. */

export const HISTORY_KINDS = [
  /** A request was accepted, rejected or held by the policy. */
  'decided',
  'accepted-by-hand',
  'rejected-by-hand',
  /** A peering was requested because the policy wants it, or is not requested although it does. */
  'requested',
  /** A peering or request is no more. */
  'ended',
  /** Routes were created, replaced or deleted, or their table was handed back. */
  'routes',
  /** The same, because somebody had changed them. */
  'repaired',
  'drift',
  /** Pings got lost, are answered again, or are not sent any more. */
  'connectivity',
  /** Messages about a resource were silenced, or are sent again. */
  'silence',
  /** People were told that the time of a peering ends, it ended, or somebody gave it more. */
  'expiry',
  /** A Region was frozen, or is no longer. */
  'freeze',
] as const;

export type HistoryKind = (typeof HISTORY_KINDS)[number];

export interface HistoryEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: HistoryKind;
  readonly peeringId?: string;
  readonly routeTableId?: string;
  /** `policy`: the product by itself. Else an ARN, as STS or CloudTrail gave it; left out: nobody said who. */
  readonly by?: string;
  /** One sentence. */
  readonly what: string;
  /** Sentences; empty where there is no more to say. */
  readonly why: string;
}

/** Whoever decides by the policy and carries that out. */
export const BY_POLICY = 'policy';

/** How long an event is kept. Days. */
export const HISTORY_DAYS = 90;
