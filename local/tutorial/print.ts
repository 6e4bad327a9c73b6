/** Prints the tutorial as it happens: colour on a terminal, plain text in a pipe or under NO_COLOR. */

export interface StepResult {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly ms: number;
}

export interface Printer {
  heading(step: number, name: string): void;
  line(text: string): void;
  outcome(result: StepResult): void;
  /** One line for each step. What was seen stands with the step; it is repeated only of one that failed. */
  summary(results: readonly StepResult[]): void;
}

type Style = 'bold' | 'dim' | 'green' | 'red';

const CODES: Readonly<Record<Style, string>> = { bold: '1', dim: '2', green: '32', red: '31' };

export function createPrinter(stream: NodeJS.WriteStream): Printer {
  const coloured = stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const style = (name: Style, text: string) => (coloured ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text);
  const write = (text: string) => {
    stream.write(`${text}\n`);
  };
  return {
    heading: (step, name) => write(`\n${style('bold', `${step}. ${name}`)}`),
    line: (text) => write(style('dim', text)),
    outcome: ({ ok, detail }) => write(`  ${ok ? style('green', 'ok') : style('red', 'FAILED')}  ${detail}`),
    summary(results) {
      const width = Math.max(...results.map(({ name }) => name.length));
      results.forEach(({ name, ok, detail, ms }, index) => {
        const mark = ok ? style('green', 'ok    ') : style('red', 'FAILED');
        const seconds = `${(ms / 1000).toFixed(1)} s`.padStart(7);
        write(
          `  ${String(index + 1).padStart(2)}  ${mark}  ${name.padEnd(width)}  ${seconds}${ok ? '' : `  ${detail}`}`,
        );
      });
    },
  };
}
