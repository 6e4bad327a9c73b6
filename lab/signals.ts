/** A lab, as far as a signal is concerned. */
export interface Stoppable {
  stop(): Promise<void>;
}

export interface Signals {
  /** True once a signal asked for the end: what fails from then on fails because of it. */
  received(): boolean;
}

/** As of a process that SIGPIPE ended. */
const PIPE_CLOSED = 141;

/** Ctrl-C in a terminal comes twice under npm: from the terminal, and passed on by npm. Milliseconds. */
const SAME_SIGNAL = 1000;

const PARENT_CHECK = 500;

/** As a process that the signal ended: whoever waits for this one, as npm does, sees why. */
function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * The first signal ends the lab in order, one that comes later at once. A reader that closes our stdout counts as one, and so
 * does the end of the npm that started us: a killed one passes nothing on.
 */
export function stopOnSignals(current: () => Stoppable | undefined): Signals {
  let firstAt: number | undefined;
  function end(leave: () => void): void {
    const lab = current();
    if (firstAt !== undefined && Date.now() - firstAt < SAME_SIGNAL) {
      return;
    }
    if (firstAt !== undefined || lab === undefined) {
      leave();
      return;
    }
    firstAt = Date.now();
    process.stderr.write('\nStopping the local AWS ...\n');
    lab.stop().then(leave, (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      process.exit(1);
    });
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => end(() => endBy(signal)));
  }
  // With nobody left to read it, what is written meets an error of its own.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
      // What is still written meets the same error; only the first one ends the lab.
      if (firstAt === undefined) {
        end(() => process.exit(PIPE_CLOSED));
      }
    });
  }
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent && firstAt === undefined) {
        end(() => endBy('SIGHUP'));
      }
    }, PARENT_CHECK).unref();
  }
  return { received: () => firstAt !== undefined };
}
