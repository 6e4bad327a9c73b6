import type { Lab } from './lab.ts';

/** The first signal ends the lab in order, the second one at once. */
export function stopOnSignals(current: () => Lab | undefined): void {
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
      lab.stop().then(
        () => process.exit(exitCode),
        (error: unknown) => {
          process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
          process.exit(1);
        },
      );
    });
  }
}
