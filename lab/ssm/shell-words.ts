/**
 * Splits script lines into simple commands, as far as it takes to find a ping in them. It is no shell and runs
 * nothing: substitutions and redirections are not performed.
 */

export interface SimpleCommand {
  readonly words: readonly string[];
  /** The operator after it: `||`, `&&`, `;`, `|`, `&`; empty at the end of a line. */
  readonly operator: string;
}

const OPERATOR = /^(\|\||&&|;;|;|\||&|\(|\))/;
const REDIRECTION = /^\d*(>>|>|<)(&\d|&-)?/;
const VARIABLE = /^\$(?:(\w+)|\{(\w+)\})/;

export interface Script {
  /** Values that `$name` and `${name}` stand for, besides those that the lines assign. */
  readonly variables: ReadonlyMap<string, string>;
  /** `\\` in a POSIX shell, a backtick in PowerShell. */
  readonly escapeLetter: string;
}

interface Reader extends Script {
  readonly text: string;
}

/** One word from `start` on. An unquoted variable without a value leaves no word, as in a shell. */
function readWord(
  { text, variables, escapeLetter }: Reader,
  start: number,
): { word: string | undefined; end: number } {
  let word: string | undefined;
  let at = start;
  while (at < text.length) {
    const rest = text.slice(at);
    const letter = rest.charAt(0);
    if (/\s/.test(letter) || OPERATOR.test(rest)) {
      break;
    }
    if (letter === "'" || letter === '"') {
      const closing = text.indexOf(letter, at + 1);
      const end = closing === -1 ? text.length : closing;
      const quoted = text.slice(at + 1, end);
      word = (word ?? '') + (letter === "'" ? quoted : expand(quoted, variables));
      at = end + 1;
      continue;
    }
    const variable = VARIABLE.exec(rest);
    if (variable !== null) {
      const value = variables.get(variable[1] ?? variable[2] ?? '') ?? '';
      if (value !== '') {
        word = (word ?? '') + value;
      }
      at += variable[0].length;
      continue;
    }
    const escaped = letter === escapeLetter && rest.length > 1;
    word = (word ?? '') + (escaped ? rest.charAt(1) : letter);
    at += escaped ? 2 : 1;
  }
  return { word, end: at };
}

function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:(\w+)|\{(\w+)\})/g, (_, plain?: string, braced?: string) => {
    return variables.get(plain ?? braced ?? '') ?? '';
  });
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;

function splitLine(reader: Reader): SimpleCommand[] {
  const { text } = reader;
  const commands: SimpleCommand[] = [];
  let words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^\s+/.exec(rest);
    const redirection = REDIRECTION.exec(rest);
    const operator = OPERATOR.exec(rest);
    if (space !== null) {
      at += space[0].length;
    } else if (rest.startsWith('#')) {
      break;
    } else if (redirection !== null) {
      at += redirection[0].length;
      if (redirection[2] === undefined) {
        at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
        at = readWord(reader, at).end;
      }
    } else if (operator !== null) {
      commands.push({ words, operator: operator[0] });
      words = [];
      at += operator[0].length;
    } else {
      const { word, end } = readWord(reader, at);
      if (word !== undefined) {
        words.push(word);
      }
      at = end;
    }
  }
  commands.push({ words, operator: '' });
  return commands.filter((command) => command.words.length > 0);
}

export function splitCommands(lines: readonly string[], script: Script): readonly SimpleCommand[] {
  const variables = new Map(script.variables);
  const commands: SimpleCommand[] = [];
  for (const text of lines.flatMap((line) => line.replace(/\\\r?\n/g, ' ').split(/\r?\n/))) {
    for (const command of splitLine({ ...script, text, variables })) {
      const assignment = command.words.length === 1 ? ASSIGNMENT.exec(command.words[0] ?? '') : null;
      if (assignment?.[1] !== undefined) {
        variables.set(assignment[1], assignment[2] ?? '');
      } else {
        commands.push(command);
      }
    }
  }
  return commands;
}
