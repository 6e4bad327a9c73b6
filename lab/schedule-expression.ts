/** `rate(5 minutes)` and `cron(0 12 ? * MON-FRI *)`, as EventBridge's rules take them; times are UTC. */

const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 1440 * MINUTE_MS,
};
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Far enough for any yearly schedule. */
const MOST_MINUTES_AHEAD = 366 * 24 * 60;

function numberOf(text: string, names: readonly string[], firstName: number): number {
  const named = names.indexOf(text.toUpperCase());
  const value = named === -1 ? Number(text) : named + firstName;
  if (!Number.isInteger(value)) {
    throw new Error(`"${text}" is no value that the lab knows in a cron expression.`);
  }
  return value;
}

/** A field of a cron expression as a test: `*`, `?`, lists, ranges and steps. */
function fieldMatcher(
  field: string,
  names: readonly string[] = [],
  firstName = 0,
): (value: number) => boolean {
  const matchers = field.split(',').map((part) => {
    const [range = '', step] = part.split('/');
    const every = step === undefined ? 1 : Number(step);
    if (range === '*' || range === '?') {
      return (value: number) => value % every === 0;
    }
    const [from = '', to] = range.split('-');
    const first = numberOf(from, names, firstName);
    const last =
      to === undefined
        ? step === undefined
          ? first
          : Number.POSITIVE_INFINITY
        : numberOf(to, names, firstName);
    return (value: number) => value >= first && value <= last && (value - first) % every === 0;
  });
  return (value) => matchers.some((matches) => matches(value));
}

/**
 * Milliseconds from `now` until the schedule is due next.
 * @throws {Error} when the expression is none that the lab knows.
 */
export function untilDue(expression: string, now: Date): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count !== undefined) {
    return Number(count) * (UNIT_MS[unit] ?? MINUTE_MS);
  }
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields ?? [];
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || !year) {
    throw new Error(`The lab cannot read the schedule "${expression}".`);
  }
  const minutes = fieldMatcher(minute);
  const hours = fieldMatcher(hour);
  const daysOfMonth = fieldMatcher(dayOfMonth);
  const months = fieldMatcher(month, MONTHS, 1);
  const daysOfWeek = fieldMatcher(dayOfWeek, DAYS, 1);
  const years = fieldMatcher(year);
  const nextMinute = Math.floor(now.getTime() / MINUTE_MS) + 1;
  for (let ahead = 0; ahead < MOST_MINUTES_AHEAD; ahead++) {
    const time = new Date((nextMinute + ahead) * MINUTE_MS);
    if (
      minutes(time.getUTCMinutes()) &&
      hours(time.getUTCHours()) &&
      daysOfMonth(time.getUTCDate()) &&
      months(time.getUTCMonth() + 1) &&
      daysOfWeek(time.getUTCDay() + 1) &&
      years(time.getUTCFullYear())
    ) {
      return time.getTime() - now.getTime();
    }
  }
  throw new Error(`The schedule "${expression}" is not due within a year.`);
}
