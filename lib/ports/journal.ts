/** Where features say what they saw and did: structured log lines and metrics. Filled by `powertools.ts`, in tests by memory. */

export type MetricName =
  | 'RequestsAccepted'
  | 'RequestsRejected'
  | 'RequestsHeld'
  | 'RequestsWaiting'
  | 'EventsDropped'
  | 'EventsNotForwarded'
  | 'RoutesCreated'
  | 'RoutesReplaced'
  | 'RoutesDeleted'
  | 'RouteFindings'
  | 'RouteDrift'
  | 'RouteDriftUnrepaired'
  | 'RouteConflict'
  | 'RoutesContested'
  | 'ActiveButNotAllowed'
  | 'QuotaLow'
  | 'PermanentFailures'
  | 'PacketLoss'
  | 'RoundTripTime'
  | 'ProbesWithoutVerdict'
  | 'PeeringsUnreachable';

export type MetricUnit = 'count' | 'percent' | 'milliseconds';

export interface Journal {
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  error(message: string, fields: Readonly<Record<string, unknown>>): void;
  /** A count of none is not published: no data say the same to an alarm, and cost nothing. */
  metric(name: MetricName, value: number, unit?: MetricUnit): void;
  /** A count that is published also where it is none, for an alarm that keeps its state while nobody counts. Charged in each hour. */
  steadyMetric(name: MetricName, value: number): void;
  /** As `metric`, with a dimension `kind`, for findings. */
  kindMetric(kind: string, name: MetricName, value: number): void;
  /** The same with a dimension `peering`: a metric of its own for each peering, each with its price. */
  peeringMetric(peeringId: string, name: MetricName, value: number, unit?: MetricUnit): void;
}
