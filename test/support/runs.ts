import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { count } from './count-setting.ts';

/**
 * Files whose properties let passes run over whole accounts, or walk generated networks hop by hop. An example of theirs takes
 * a hundred times as long as one of a parser.
 */
const OF_NETWORKS =
  /test\/(passes\/|assessment\/|existing\/|cli\/graph-layout|connectivity\/(independent-model|diagnosis|probes)|routing\/pace|proof\/attack-after)/;

export function isOfNetworks(file: string): boolean {
  return OF_NETWORKS.test(file.replaceAll('\\', '/'));
}

/**
 * How many examples each property gets: PROPERTY_RUNS for all of them, or what the test asks for. Properties of whole
 * accounts and networks follow PROPERTY_RUNS_OF_NETWORKS where that is set.
 */
export function runs(usual: number): number {
  // Outside of jest nobody asks for networks apart.
  const testPath = typeof expect === 'undefined' ? '' : (expect.getState().testPath ?? '');
  const ofNetworks = isOfNetworks(testPath) ? count('PROPERTY_RUNS_OF_NETWORKS') : undefined;
  return ofNetworks ?? count('PROPERTY_RUNS') ?? usual;
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
  /** Where it failed: what fast-check says, its counterexample cut short. */
  readonly how?: string;
}

/** Characters of a counterexample that are kept: whole networks are long. */
const HOW = 6_000;

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
      const failure = fc.defaultReportMessage(details);
      if (log !== undefined) {
        const line: PropertyRun = {
          test: currentTestName,
          file: testPath,
          runs: details.numRuns,
          skips: details.numSkips,
          failed: details.failed,
          ...(failure === undefined ? {} : { how: failure.slice(0, HOW) }),
        };
        appendFileSync(log, `${JSON.stringify(line)}\n`);
      }
      if (failure !== undefined) {
        throw new Error(failure);
      }
    },
  });
}
