/** Times as people read them: messages, findings and lists. Documents for machines have ISO 8601. */

function written(date: Date, rest: RegExp): string {
  return Number.isNaN(date.getTime())
    ? 'an unknown time'
    : date.toISOString().replace('T', ' ').replace(rest, ' UTC');
}

/** `2026-03-08 12:00 UTC`. */
export function utc(date: Date): string {
  return written(date, /:\d\d\.\d{3}Z$/);
}

/** `2026-03-08 12:00:30 UTC`, where things follow each other within a minute. */
export function utcToTheSecond(date: Date): string {
  return written(date, /\.\d{3}Z$/);
}
