/** How a peering's side is, in one word; the worst first. docs/cli.md says what each means. */
export const HEALTHS = [
  'lost',
  'not-checked',
  'impaired',
  'drift',
  'not-judged',
  'one-sided',
  'waiting',
  'held',
  'incomplete',
  'no-table',
  'expired',
  'unmanaged',
  'requested',
  'ok',
] as const;

export type Health = (typeof HEALTHS)[number];
