const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** Seconds between two runs. A cron expression may leave gaps of any length, so a day is assumed. */
export function intervalSeconds(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return count === undefined || unit === undefined ? 86_400 : Number(count) * (UNIT_SECONDS[unit] ?? 60);
}
