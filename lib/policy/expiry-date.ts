import { utc } from '../model/utc.ts';

/** Times as the tag `<prefix>:expires`, `expireAfter` and `peering renew` write them. Pure. */

export const DAY_SECONDS = 24 * 60 * 60;

/** The longest `expireAfter`, in days: ten years. */
export const MAX_EXPIRE_DAYS = 3650;

/** What is said of a text that is no such time. */
export const WRITE_A_TIME =
  'write a date, such as 2027-03-01, which ends with that day in UTC, or a time with its zone, such as 2027-03-01T18:00:00+01:00';

/** A day, or a point in time. */
export interface WrittenTime {
  readonly kind: 'day' | 'instant';
  /** Seconds since the epoch; of a day, when it begins in UTC. */
  readonly at: number;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
/** ISO 8601 as RFC 3339 has it, which lets a blank stand for the T; seconds and their fractions may be left out. */
const TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(?: ?(\S+))?$/;
const OFFSET = /^([+-])(\d{2})(?::?(\d{2}))?$/;

/** Seconds since the epoch at which a day begins in UTC. JavaScript takes February 30 for March 2; a calendar does not. */
function startOfDay(text: string): number | undefined {
  const [, , , day] = DAY.exec(text) ?? [];
  const date = new Date(`${text}T00:00:00Z`);
  return day === undefined || Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)
    ? undefined
    : date.getTime() / 1000;
}

/** Seconds that a zone is ahead of UTC. */
function offsetOf(zone: string): number | undefined {
  if (/^(z|utc|gmt)$/i.test(zone)) {
    return 0;
  }
  const [, sign, hours = '', minutes = '0'] = OFFSET.exec(zone) ?? [];
  return sign === undefined || Number(hours) > 23 || Number(minutes) > 59
    ? undefined
    : (sign === '-' ? -60 : 60) * (Number(hours) * 60 + Number(minutes));
}

/**
 * A day such as `2027-03-01`, or a time with its zone: `2027-03-01T18:00:00+01:00`, `2027-03-01T17:00:00.000Z`, and as the product
 * itself writes it, `2027-03-01 17:00 UTC`. Fractions of a second do not count.
 *
 * @returns undefined for anything else, also for a time without a zone: it would be another one elsewhere.
 */
export function writtenTime(text: string): WrittenTime | undefined {
  const day = startOfDay(text);
  if (day !== undefined) {
    return { kind: 'day', at: day };
  }
  const [, date = '', hours, minutes, seconds = '0', zone = ''] = TIME.exec(text) ?? [];
  const [start, offset] = [startOfDay(date), offsetOf(zone)];
  if (start === undefined || offset === undefined) {
    return undefined;
  }
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  return hour > 23 || minute > 59 || second > 59
    ? undefined
    : { kind: 'instant', at: start + hour * 3600 + minute * 60 + second - offset };
}

/**
 * When a written end is, in seconds since the epoch: a day ends with itself, in UTC.
 *
 * @returns undefined for what is no {@link writtenTime}.
 */
export function endOfText(text: string): number | undefined {
  const time = writtenTime(text);
  if (time === undefined) {
    return undefined;
  }
  const seconds = time.kind === 'day' ? time.at + DAY_SECONDS : time.at;
  return seconds > 0 ? seconds : undefined;
}

/** `2027/3/1`, `2027.03.01`, `20270301`, and with dots the day first: whoever writes months first has slashes. */
const OTHER_DAYS: readonly { readonly form: RegExp; readonly order: readonly [number, number, number] }[] = [
  { form: /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?=$|[Tt ])/, order: [1, 3, 4] },
  { form: /^(\d{4})(\d{2})(\d{2})(?=$|[Tt])/, order: [1, 2, 3] },
  { form: /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?=$|[Tt ])/, order: [3, 2, 1] },
];

/** A day that is written in another way, and what stands behind it. */
function otherDay(text: string): { readonly day: string; readonly rest: string } | undefined {
  for (const { form, order } of OTHER_DAYS) {
    const match = form.exec(text);
    if (match !== null) {
      const [year = '', month = '', day = ''] = order.map((index) => (match[index] ?? '').padStart(2, '0'));
      return { day: `${year}-${month}-${day}`, rest: text.slice(match[0].length) };
    }
  }
  return undefined;
}

/** `T1800`, `T180000Z`: without colons. */
function withColons(rest: string): string {
  return rest.replace(/^([Tt ])(\d{2})(\d{2})(\d{2})?/, (_, start, hours, minutes, seconds) =>
    [`${start}${hours}`, minutes, ...(seconds === undefined ? [] : [seconds])].join(':'),
  );
}

/**
 * What was probably meant by a text that is no time: a day that is written in another way, or a time without a zone, which is then taken
 * for one in UTC.
 *
 * @returns a text that is one, or undefined where there is nothing to guess, or more than one thing.
 */
export function timeMeant(text: string): string | undefined {
  const trimmed = text.trim();
  const { day, rest } = otherDay(trimmed) ?? { day: trimmed, rest: '' };
  const candidate = `${day}${withColons(rest)}`;
  return [candidate, `${candidate}Z`].find((each) => each !== text && endOfText(each) !== undefined);
}

/** Days of `90d`; undefined for what is no such time. */
export function daysOfText(text: string): number | undefined {
  const [, amount] = /^([1-9]\d{0,3})d$/.exec(text) ?? [];
  const days = Number(amount);
  return amount === undefined || days > MAX_EXPIRE_DAYS ? undefined : days;
}

/** `2027-03-01 17:00 UTC`. @param at seconds since the epoch. */
export function endText(at: number): string {
  return utc(new Date(at * 1000));
}
