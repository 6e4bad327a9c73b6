/** What of docs/proof.md is written by `npm run proof -- --write`: the text between a section's two markers. */

export interface Stamp {
  readonly date: Date;
  /** What it ran on, in words. */
  readonly machine: string;
  /** Whole run of the section. */
  readonly seconds: number;
}

export interface Written {
  readonly name: string;
  readonly title: string;
  readonly markdown: string;
  readonly ok: boolean;
}

const startOf = (name: string) => `<!-- proof: ${name} -->`;
const endOf = (name: string) => `<!-- end of proof: ${name} -->`;

/** A section as it is printed and written. */
export function renderSection({ name, title, markdown, ok }: Written, stamp: Stamp): string {
  const day = stamp.date.toISOString().slice(0, 10);
  const outcome = ok ? 'Everything held.' : '**Not everything held.**';
  return [
    startOf(name),
    `## ${title}`,
    '',
    `${outcome} Measured ${day} on ${stamp.machine} in ${Math.round(stamp.seconds)} s with \`npm run proof -- --only ${name}\`.`,
    '',
    markdown.trim(),
    endOf(name),
  ].join('\n');
}

/**
 * Puts a rendered section in the place of the one of the same name, or at the end of the document.
 * @throws when the document has only one of the two markers, or has them the wrong way round.
 */
export function replaceSection(document: string, name: string, rendered: string): string {
  const start = document.indexOf(startOf(name));
  const end = document.indexOf(endOf(name));
  if (start === -1 && end === -1) {
    return `${document.trimEnd()}\n\n${rendered}\n`;
  }
  if (start === -1 || end < start) {
    throw new Error(
      `The markers of section ${name} do not enclose anything: ${startOf(name)} … ${endOf(name)}.`,
    );
  }
  return `${document.slice(0, start)}${rendered}${document.slice(end + endOf(name).length)}`;
}

/**
 * The minutes that a run of all sections took, between its markers; where the document has none, nothing is written.
 *
 * @param seconds from the first section's start to the last one's end: some run side by side.
 */
export function withTotal(document: string, seconds: number): string {
  return document.replace(
    /<!-- proof: total -->.*?<!-- end of proof: total -->/,
    `<!-- proof: total -->${Math.ceil(seconds / 60)} minutes<!-- end of proof: total -->`,
  );
}
