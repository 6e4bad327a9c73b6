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
  'contested',
  'active-but-not-allowed',
  'dns-resolution',
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

/** One way in which a table or peering differs from what the policy asks for. */
export interface Finding {
  readonly kind: FindingKind;
  readonly region: string;
  readonly routeTableId?: string;
  readonly destination?: string;
  readonly peeringId?: string;
  readonly rule?: string;
  /** One sentence: what was expected, what is there. */
  readonly detail: string;
  /** Whether a change of the same plan mends it. */
  readonly repairable: boolean;
}
