/** The alarms of the stack by the end of their names. Each has one page: `docs/runbooks/<name>.md`. */
export const ALARM_NAMES = [
  'AcceptRequestsBacklog',
  'ConnectivityLost',
  'DeadLetterQueueNotEmpty',
  'EventsUnhandled',
  'PermanentFailures',
  'ProbesWithoutVerdict',
  'QuotaLow',
  'RecordConnectivityBacklog',
  'RequestPeeringsBacklog',
  'RouteDriftUnrepaired',
  'SweepMissing',
  'SyncRoutesBacklog',
] as const;

export type AlarmName = (typeof ALARM_NAMES)[number];

export function isAlarmName(name: string): name is AlarmName {
  return ALARM_NAMES.some((known) => known === name);
}

/** Where the pages lie in the project, for a stack that knows no address of them. */
export const RUNBOOK_FOLDER = 'docs/runbooks';

/**
 * Where the page of an alarm is read.
 *
 * @param base the folder of the pages: a URL, or a path in the project.
 */
export function runbookOf(alarm: AlarmName, base: string = RUNBOOK_FOLDER): string {
  return `${base.replace(/\/+$/, '')}/${alarm}.md`;
}

/** `Runbook: docs/runbooks/QuotaLow.md`, as it ends descriptions of alarms and messages. */
export function runbookLine(alarm: AlarmName, base?: string): string {
  return `Runbook: ${runbookOf(alarm, base)}`;
}
