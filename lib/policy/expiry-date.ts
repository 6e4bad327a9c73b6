/** Times as the tag `<prefix>:expires`, `expireAfter` and `peering renew` write them. Pure. */

export const DAY_SECONDS = 24 * 60 * 60;

/** The longest `expireAfter`, in days: ten years. */
export const MAX_EXPIRE_DAYS = 3650;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Whether a calendar has that day: JavaScript takes February 30 for March 2. */
function isDay(year: string, month: string, day: string): boolean {
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/**
 * When a written end is, in seconds since the epoch: a date, such as `2027-03-01`, ends with that day in UTC; a time has to say
 * its zone, such as `2027-03-01T18:00:00+01:00` or `2027-03-01T17:00Z` (ISO 8601).
 *
 * @returns undefined for anything else.
 */
export function endOfText(text: string): number | undefined {
  const [, year = '', month = '', day = ''] = DATE.exec(text) ?? DATE_TIME.exec(text) ?? [];
  if (year === '' || !isDay(year, month, day)) {
    return undefined;
  }
  const at = Date.parse(text);
  const seconds = Math.floor(at / 1000) + (DATE.test(text) ? DAY_SECONDS : 0);
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined;
}

/** Days of `90d`; undefined for what is no such time. */
export function daysOfText(text: string): number | undefined {
  const [, amount] = /^([1-9]\d{0,3})d$/.exec(text) ?? [];
  const days = Number(amount);
  return amount === undefined || days > MAX_EXPIRE_DAYS ? undefined : days;
}

/** `2027-03-01 17:00 UTC`. @param at seconds since the epoch. */
export function endText(at: number): string {
  const date = new Date(at * 1000);
  return Number.isNaN(date.getTime())
    ? 'an unknown time'
    : date
        .toISOString()
        .replace('T', ' ')
        .replace(/:\d\d\.\d{3}Z$/, ' UTC');
}
