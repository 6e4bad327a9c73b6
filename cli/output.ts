import { printable } from '../lib/model/printable.ts';

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Paint, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Where a command writes: its answer to stdout, everything else to stderr. */
export interface Output {
  /** One line of the answer. */
  line(text?: string): void;
  /** The answer as one JSON document. */
  json(document: object): void;
  /** Text as it is, such as a file's content. */
  raw(text: string): void;
  /** One line beside the answer: notes and warnings. */
  note(text: string): void;
  /** Text that is coloured where the answer goes to a terminal. */
  paint(text: string, paint: Paint): string;
}

/** `NO_COLOR` (no-color.org) wins over everything; `FORCE_COLOR` colours what goes into a pipe, too. */
export function coloursFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): 'on' | 'off' {
  const set = (name: string) => environment[name] !== undefined && environment[name] !== '';
  if (set('NO_COLOR')) return 'off';
  if (set('FORCE_COLOR') && environment.FORCE_COLOR !== '0') return 'on';
  return stream.isTTY === true && environment.TERM !== 'dumb' ? 'on' : 'off';
}

/** A terminal's width. A pipe has none, but for what COLUMNS says, as for other commands. */
export function columnsOf(
  { columns }: { readonly columns?: number },
  { COLUMNS }: Readonly<Record<string, string | undefined>>,
): number | undefined {
  const said = Number(COLUMNS);
  return columns || (Number.isInteger(said) && said > 0 ? said : undefined);
}

export function createOutput(options: {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly colours: 'on' | 'off';
}): Output {
  return {
    line: (text = '') => options.stdout(`${text}\n`),
    json: (document) => options.stdout(`${JSON.stringify(document, undefined, 2)}\n`),
    raw: (text) => options.stdout(text),
    note: (text) => options.stderr(`${text}\n`),
    paint(text, paint) {
      const [start, end] = CODES[paint];
      return options.colours === 'on' && text !== '' ? `\u001b[${start}m${text}\u001b[${end}m` : text;
    },
  };
}

/** Text that comes from outside (tags, ids, reasons that quote them), fit for a terminal. */
export function shown(text: string, max = 1000): string {
  return printable(text, max);
}
