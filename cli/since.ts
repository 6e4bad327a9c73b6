import { timeMeant, writtenTime } from '../lib/policy/expiry-date.ts';
import { CliError } from './errors.ts';
import { shown } from './output.ts';

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function unitOf(letter: string | undefined): number | undefined {
  return letter === 'm' || letter === 'h' || letter === 'd' ? UNITS[letter] : undefined;
}

/** Milliseconds of `90m`, `12h` or `7d`; undefined for what is no such time. */
export function durationIn(text: string): number | undefined {
  const [, amount, letter] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const unit = unitOf(letter);
  return unit === undefined ? undefined : Number(amount) * unit;
}

/**
 * When `--since` begins: `90m`, `12h`, `7d`, or a time that says its zone, such as `2026-11-28T12:00:00Z`; a date alone begins
 * at midnight UTC.
 */
export function sinceOf(text: string, now: Date): Date {
  const ago = durationIn(text);
  if (ago !== undefined) {
    return new Date(now.getTime() - ago);
  }
  const written = writtenTime(text);
  if (written === undefined) {
    const meant = timeMeant(text);
    throw new CliError(
      `--since ${shown(text, 60)} is no time; write 90m, 12h, 7d, 2026-11-28 or 2026-11-28T12:00:00Z.${meant === undefined ? '' : ` Did you mean ${shown(meant, 60)}?`}`,
    );
  }
  return new Date(written.at * 1000);
}
