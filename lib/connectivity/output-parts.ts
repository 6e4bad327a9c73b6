/** One part of what the document's steps print, from its line `== what` on. */
export interface OutputPart {
  readonly what: 'route' | 'ping' | 'size' | 'tcp' | 'name' | 'end';
  /** The size, or the name. */
  readonly of: string;
  readonly lines: readonly string[];
  /** Another part follows, so nothing is cut off. */
  readonly isWhole: boolean;
}

const MARK = /^== (?:(route|ping|tcp|end)|(size) ([1-9]\d{3})|(name) ([a-z0-9.-]{1,255}))$/;

function markOf(line: string): Pick<OutputPart, 'what' | 'of'> | undefined {
  const [, alone, size, bytes = '', named, name = ''] = MARK.exec(line) ?? [];
  const what = alone ?? size ?? named;
  return what === undefined ? undefined : { what: what as OutputPart['what'], of: bytes || name };
}

/**
 * What is printed before the first mark is no part.
 *
 * @returns nothing for the output of a ping alone, as earlier versions of the document printed it.
 */
export function partsOf(output: string): OutputPart[] {
  const parts: (Pick<OutputPart, 'what' | 'of'> & { lines: string[]; isWhole: boolean })[] = [];
  for (const line of output.split(/\r\n|\r|\n/)) {
    const mark = markOf(line.trimEnd());
    const last = parts.at(-1);
    if (mark !== undefined) {
      if (last !== undefined) {
        last.isWhole = true;
      }
      parts.push({ ...mark, lines: [], isWhole: false });
    } else {
      last?.lines.push(line);
    }
  }
  return parts;
}
