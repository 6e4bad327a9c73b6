const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** Seconds between two runs. A cron expression may leave gaps of any length, so a day is assumed. */
export function intervalSeconds(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return count === undefined || unit === undefined ? 86_400 : Number(count) * (UNIT_SECONDS[unit] ?? 60);
}

/** How late results may be before nobody waits for them any more: a queue, or a pass that is behind. Seconds. */
const OVERDUE_SECONDS = 15 * 60;
/** Between two runs of a cron expression may lie a weekend and more. Seconds. */
const LONGEST_CRON_GAP = 8 * 86_400;

/** Seconds within which so many checks have to have a result, and a little more. */
export function resultsDueWithin(schedule: string, periods: number): number {
  const due = periods * intervalSeconds(schedule);
  return OVERDUE_SECONDS + (schedule.startsWith('rate(') ? due : Math.max(due, LONGEST_CRON_GAP));
}
