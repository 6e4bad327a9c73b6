/** One section of what the document's steps print, from its line `== what` on. */
export interface OutputSection {
  readonly what: 'route' | 'ping' | 'size' | 'tcp' | 'name' | 'end';
  /** The size, or the name. */
  readonly of: string;
  readonly lines: readonly string[];
  /** Another section follows, so nothing is cut off. */
  readonly isWhole: boolean;
}

const MARK = /^== (?:(route|ping|tcp|end)|(size) ([1-9]\d{3})|(name) ([a-z0-9.-]{1,255}))$/;

function markOf(line: string): Pick<OutputSection, 'what' | 'of'> | undefined {
  const [, alone, size, bytes = '', named, name = ''] = MARK.exec(line) ?? [];
  const what = alone ?? size ?? named;
  return what === undefined ? undefined : { what: what as OutputSection['what'], of: bytes || name };
}

/**
 * What is printed before the first mark is no section.
 *
 * @returns nothing for the output of a ping alone, as earlier versions of the document printed it.
 */
export function outputSectionsOf(output: string): OutputSection[] {
  const sections: (Pick<OutputSection, 'what' | 'of'> & { lines: string[]; isWhole: boolean })[] = [];
  for (const line of output.split(/\r\n|\r|\n/)) {
    const mark = markOf(line.trimEnd());
    const last = sections.at(-1);
    if (mark !== undefined) {
      if (last !== undefined) {
        last.isWhole = true;
      }
      sections.push({ ...mark, lines: [], isWhole: false });
    } else {
      last?.lines.push(line);
    }
  }
  return sections;
}
