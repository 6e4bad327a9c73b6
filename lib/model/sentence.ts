/** A text as a sentence of its own: with a capital letter, and a full stop unless it ends a sentence already. */
export function asSentence(text: string): string {
  const ends = /[.!?]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${ends}`;
}
