import { appendFileSync } from 'node:fs';
import fc from 'fast-check';

/** How many examples each property gets: PROPERTY_RUNS for all of them, or what the test asks for. */
export function runs(usual: number): number {
  const asked = process.env.PROPERTY_RUNS;
  if (asked === undefined) {
    return usual;
  }
  const count = Number(asked);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new Error(`PROPERTY_RUNS is "${asked}", but it has to be a whole number from 1 on.`);
  }
  return count;
}

/** One line of the file that PROPERTY_LOG names. */
export interface PropertyRun {
  readonly test: string;
  readonly file: string;
  /** Examples that were tried. */
  readonly runs: number;
  /** Examples that the property's own precondition turned away. */
  readonly skips: number;
  readonly failed: boolean;
}

/**
 * Makes every property of this test file follow PROPERTY_RUNS and PROPERTY_SEED, and tells the file PROPERTY_LOG what
 * was tried.
 */
export function recordProperties(): void {
  const log = process.env.PROPERTY_LOG;
  const seed = process.env.PROPERTY_SEED;
  fc.configureGlobal({
    numRuns: runs(100),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    reporter: (details) => {
      const { currentTestName = '', testPath = '' } = expect.getState();
      if (log !== undefined) {
        const line: PropertyRun = {
          test: currentTestName,
          file: testPath,
          runs: details.numRuns,
          skips: details.numSkips,
          failed: details.failed,
        };
        appendFileSync(log, `${JSON.stringify(line)}\n`);
      }
      const failure = fc.defaultReportMessage(details);
      if (failure !== undefined) {
        throw new Error(failure);
      }
    },
  });
}
