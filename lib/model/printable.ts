/**
 * Anything that could end a line, move the cursor, reorder or hide text, or is no character at all: controls, format
 * characters (bidirectional marks, zero width), line and paragraph separators, lone surrogates, private use and
 * unassigned code points.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** ASCII without controls: ids, names and CIDRs, which are nearly all that is ever shown. */
const PLAIN = /^[ -~]*$/;

const CUT = '...';

/**
 * Makes text from outside (tags, ids, actors) fit for a log line, a message or a terminal: one line, no control
 * characters, at most `max` UTF-16 units. What is not printable is shown as `\u{…}`, what is too long ends in `...`
 * (ASCII, because SNS takes no other characters in a subject).
 */
export function printable(text: string, max: number): string {
  if (text.length <= max && PLAIN.test(text)) {
    return text;
  }
  // An escape only ever makes text longer, so what lies behind `max` units cannot show.
  const escaped = text
    .slice(0, max + 1)
    .replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  if (escaped.length <= max) {
    return escaped;
  }
  const end = Math.max(0, max - CUT.length);
  // A cut inside a surrogate pair would leave half a character.
  const half = /[\uD800-\uDBFF]/.test(escaped.charAt(end - 1));
  return `${escaped.slice(0, half ? end - 1 : end)}${CUT}`.slice(0, max);
}
