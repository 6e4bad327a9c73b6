import { shown } from './output.ts';

/** What a long command is doing, on a terminal's last line; silent in a pipe. */
export interface Progress {
  /** What is being done now. Shown only if it takes more than a second since the command began. */
  doing(what: string): void;
  /** The same for what takes minutes: in a pipe each step is a line, so that a pipeline's log shows where it is. */
  step(what: string): void;
  /** Takes the line away. */
  done(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  /** Undefined or 0 where the terminal does not say how wide it is. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** Without a terminal nothing can be taken away again: only steps are shown, each once. */
function plainProgress(stderr: Terminal): Progress {
  let last = '';
  return {
    doing: () => undefined,
    done: () => undefined,
    step(what) {
      if (what !== last) {
        last = what;
        stderr.write(`${shown(what)}\n`);
      }
    },
  };
}

/** A command that answers within this time needs no progress. */
const SHOWN_AFTER_MS = 1000;
const REFRESH_MS = 200;

const TAKE_LINE_AWAY = '\r\u001b[2K';

/** A line that wraps could not be taken away: only its last row would go. */
function fitted(text: string, columns: number | undefined): string {
  const width = (columns || 80) - 1;
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

export function createProgress(
  stderr: Terminal,
  environment: Readonly<Record<string, string | undefined>>,
): Progress {
  // A dumb terminal cannot take a line away again.
  if (stderr.isTTY !== true || environment.TERM === 'dumb') {
    return plainProgress(stderr);
  }
  const started = Date.now();
  let current = '';
  let timer: NodeJS.Timeout | undefined;
  let visible: 'line' | 'nothing' = 'nothing';
  const show = () => {
    const elapsed = Date.now() - started;
    if (elapsed >= SHOWN_AFTER_MS && current !== '') {
      const line = `${shown(current)} (${Math.floor(elapsed / 1000)} s)`;
      stderr.write(`${TAKE_LINE_AWAY}${fitted(line, stderr.columns)}`);
      visible = 'line';
    }
  };
  const doing = (what: string) => {
    current = what;
    if (timer === undefined) {
      timer = setInterval(show, REFRESH_MS);
      timer.unref();
    }
    show();
  };
  return {
    doing,
    step: doing,
    done() {
      clearInterval(timer);
      timer = undefined;
      current = '';
      if (visible === 'line') {
        stderr.write(TAKE_LINE_AWAY);
        visible = 'nothing';
      }
    },
  };
}
