/** What a long command is doing, on a terminal's last line; silent in a pipe. */
export interface Progress {
  /** What is being done now. Shown only if it takes more than a second since the command began. */
  doing(what: string): void;
  /** Takes the line away. */
  done(): void;
}

const SILENT: Progress = { doing: () => undefined, done: () => undefined };

/** A command that answers within this time needs no progress. */
const SHOWN_AFTER_MS = 1000;
const REFRESH_MS = 200;

export function createProgress(stderr: { readonly isTTY?: boolean; write(text: string): unknown }): Progress {
  if (stderr.isTTY !== true) {
    return SILENT;
  }
  const started = Date.now();
  let current = '';
  let timer: NodeJS.Timeout | undefined;
  let visible = '';
  const show = () => {
    const elapsed = Date.now() - started;
    if (elapsed >= SHOWN_AFTER_MS && current !== '') {
      visible = `${current} (${Math.floor(elapsed / 1000)} s)`;
      stderr.write(`\r\u001b[2K${visible}`);
    }
  };
  return {
    doing(what) {
      current = what;
      if (timer === undefined) {
        timer = setInterval(show, REFRESH_MS);
        timer.unref();
      }
      show();
    },
    done() {
      clearInterval(timer);
      timer = undefined;
      current = '';
      if (visible !== '') {
        stderr.write('\r\u001b[2K');
        visible = '';
      }
    },
  };
}
