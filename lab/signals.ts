import type { Lab } from './lab.ts';

export interface Signals {
  /** True once a signal asked for the end: what fails from then on fails because of it. */
  received(): boolean;
}

/** The first signal ends the lab in order, the second one at once. */
export function stopOnSignals(current: () => Lab | undefined): Signals {
  let stopping = false;
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.on(signal, () => {
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
    });
  }
  return { received: () => stopping };
}
