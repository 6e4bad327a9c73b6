/** Characters that editors and chat put in the place of others, and that YAML takes for text. Build time only. */
import { isScalar, type Node, Scalar } from 'yaml';
import { printable } from '../model/printable.ts';

/** Typographic quotes, as word processors and chat make them of straight ones. */
const QUOTES = '\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a';
const QUOTED = new RegExp(`^[${QUOTES}](.*)[${QUOTES}]$`, 'su');

/** What looks like a blank, or like nothing, and is neither a blank nor a line's end. */
const UNSEEN: Readonly<Record<string, string>> = {
  '\u00a0': 'a no-break space (U+00A0)',
  '\u2007': 'a figure space (U+2007)',
  '\u202f': 'a narrow no-break space (U+202F)',
  '\u3000': 'an ideographic space (U+3000)',
  '\u200b': 'a zero-width space (U+200B)',
  '\u2060': 'a word joiner (U+2060)',
  '\ufeff': 'a byte order mark (U+FEFF)',
};

function unseenIn(text: string): string | undefined {
  const found = [...text].find((character) => UNSEEN[character] !== undefined);
  return found === undefined ? undefined : UNSEEN[found];
}

/**
 * What is wrong with text without quotes that begins or ends with such a character. Whoever means the character writes the text
 * in straight quotes.
 */
export function misleadingText(node: Node): string | undefined {
  if (!isScalar(node) || node.type !== Scalar.PLAIN || typeof node.value !== 'string') {
    return undefined;
  }
  const inner = QUOTED.exec(node.value)?.[1];
  if (inner !== undefined) {
    return `these are typographic quotes, which YAML takes for a part of the text; write straight ones: "${printable(inner, 80)}".`;
  }
  const [first = '', last = ''] = [node.value.at(0), node.value.at(-1)];
  const unseen = unseenIn(first + last);
  return unseen === undefined
    ? undefined
    : `here is ${unseen}, which YAML takes for a part of the text; take it out.`;
}

/** What a line that is no YAML was probably meant to be. */
const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/^(<{7}|={7}|>{7})( |$)/, 'a merge has left this line; decide what is to stay, and take it out'],
  [/^\s*(```|~~~)/, 'this is a line of Markdown; take it out'],
  [/^\s*[\u2010-\u2015\u2212]\s/u, 'this is a dash, not a hyphen; write -'],
  [/^[^#"']*\uff1a/u, 'this is a full-width colon; write : and a blank behind it'],
  [/^\s*-[A-Za-z]/, 'write a blank behind the hyphen'],
  [/^\s*(- +)?[A-Za-z]+:[^\s:/]/, 'write a blank behind the colon'],
];

/** A remedy for a line that is no YAML, or for text where a map was wanted; the rest of a sentence, empty where none is known. */
export function lineRemedy(line: string): string {
  const unseen = unseenIn(line);
  if (unseen !== undefined) {
    return `; in this line is ${unseen}, which is no blank to YAML: write blanks`;
  }
  const slip = SLIPS.find(([pattern]) => pattern.test(line));
  return slip === undefined ? '' : `; ${slip[1]}`;
}
