import { widthOf } from '../../policy/text-width.ts';

/** Text in a monospaced font: its width is known without asking a browser. */

/** Of a character, as part of the size: what Menlo, Consolas, DejaVu and Liberation Mono have, or a little less. */
const ADVANCE = 0.605;

const PLAIN = /^[ -~]*$/;

/** In points. */
export function textWidth(text: string, size: number): number {
  return (PLAIN.test(text) ? text.length : widthOf(text)) * size * ADVANCE;
}

/** The text, or as much of it as fits, with an ellipsis. */
export function fitted(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) {
    return text;
  }
  const room = Math.floor(width / (size * ADVANCE)) - 1;
  let kept = '';
  let taken = 0;
  for (const character of text) {
    taken += widthOf(character);
    if (taken > room) break;
    kept += character;
  }
  return `${kept}…`;
}
