const START = '<!-- npm run bench -- --write: from here';
const END = '<!-- to here -->';

/**
 * The text with the report in place of what stands between the markers.
 *
 * @throws when the text has not both markers in their order.
 */
export function withResults(text: string, results: string): string {
  const start = text.indexOf(START);
  const startLineEnd = text.indexOf('\n', start);
  const end = text.indexOf(END, startLineEnd);
  if (start === -1 || startLineEnd === -1 || end === -1) {
    throw new Error(`The file lacks the lines "${START} -->" and "${END}" between which the figures go.`);
  }
  return `${text.slice(0, startLineEnd + 1)}\n${results}\n\n${text.slice(end)}`;
}
