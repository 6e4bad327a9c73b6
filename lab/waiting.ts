/**
 * Says what takes long while it does: nobody looks at a still screen. On a terminal a last line counts the seconds; in a pipe,
 * where nothing can be taken away again, a line comes where none came for a while.
 */
export interface Waiting {
  /** What is being done from now on. */
  doing(what: string): void;
  /** A line that stays. */
  line(text: string): void;
  /** Nothing is waited for any more. */
  done(): void;
}

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const TAKE_LINE_AWAY = '\r\u001b[2K';

/** Milliseconds between two looks, and of silence after which something is said. */
const ON_TERMINAL = { look: 200, silence: 1000 };
const IN_PIPE = { look: 1000, silence: 10_000 };

export function createWaiting(stream: Stream): Waiting {
  const takesAway = stream.isTTY === true && process.env.TERM !== 'dumb';
  const { look, silence } = takesAway ? ON_TERMINAL : IN_PIPE;
  let current: { readonly what: string; readonly since: number } | undefined;
  let saidAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let visible: 'line' | 'nothing' = 'nothing';

  function takeAway(): void {
    if (visible === 'line') {
      stream.write(TAKE_LINE_AWAY);
      visible = 'nothing';
    }
  }

  function show(): void {
    if (current === undefined || Date.now() - saidAt < silence) {
      return;
    }
    const text = `${current.what} (${Math.floor((Date.now() - current.since) / 1000)} s)`;
    if (takesAway) {
      stream.write(`${TAKE_LINE_AWAY}${text}`);
      visible = 'line';
    } else {
      stream.write(`${text}\n`);
      saidAt = Date.now();
    }
  }

  return {
    doing(what) {
      takeAway();
      current = { what, since: Date.now() };
      saidAt = Date.now();
      if (timer === undefined) {
        timer = setInterval(show, look);
        timer.unref();
      }
    },
    line(text) {
      takeAway();
      stream.write(`${text}\n`);
      saidAt = Date.now();
    },
    done() {
      takeAway();
      clearInterval(timer);
      timer = undefined;
      current = undefined;
    },
  };
}
