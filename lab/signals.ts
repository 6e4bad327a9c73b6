import type { Lab } from './lab.ts';

export interface Signals {
  /** True once a signal asked for the end: what fails from then on fails because of it. */
  received(): boolean;
}

/** As of a process that SIGPIPE ended. */
const PIPE_CLOSED = 141;

/** The first signal ends the lab in order, the second one at once. A reader that closes our stdout counts as one. */
export function stopOnSignals(current: () => Lab | undefined): Signals {
  let stopping = false;
  function end(exitCode: number): void {
    const lab = current();
    if (stopping || lab === undefined) {
      process.exit(exitCode);
    }
    stopping = true;
    process.stderr.write('\nStopping the local AWS ...\n');
    lab.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
        process.exit(1);
      },
    );
  }
  process.on('SIGINT', () => end(130));
  process.on('SIGTERM', () => end(143));
  process.on('SIGHUP', () => end(129));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
    // What is still written meets the same error; only the first one ends the lab.
    if (!stopping) {
      end(PIPE_CLOSED);
    }
  });
  return { received: () => stopping };
}
