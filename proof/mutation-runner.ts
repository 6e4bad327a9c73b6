import { createRequire } from 'node:module';
import { relative, resolve } from 'node:path';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  type CompleteDryRunResult,
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { runs } from '../test/support/runs.ts';
import { type DeclaredTest, declaredBy, TestRun } from './declared-tests.ts';
import { FreshModules } from './fresh-modules.ts';

/** Examples for each property: a mutant that few of them reach would make the run long and find little more. */
const EXAMPLES = '10';

/** Separates the file from the name in the id of a test. */
const IN_FILE = ' > ';

/** Where mutated code looks up which mutant is active, and counts what it passes. */
const state: { -readonly [Key in keyof InstrumenterContext]?: InstrumenterContext[Key] | undefined } = {};
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: state });

// Imported, it would be another instance than the one that the tests require.
const fc = createRequire(import.meta.url)('fast-check') as typeof import('fast-check');

// The same examples in every run, so that a mutant always dies for the same reason.
process.env.PROPERTY_RUNS ??= EXAMPLES;
fc.configureGlobal({
  numRuns: runs(100),
  seed: Number(process.env.PROPERTY_SEED ?? 1),
  // Nobody reads the smallest counterexample, and looking for it takes long.
  endOnFailure: true,
});

/** @returns the tests of these files by id, loaded anew. */
function loadTests(modules: FreshModules, files: Iterable<string>): ReadonlyMap<string, DeclaredTest> {
  const tests = new Map<string, DeclaredTest>();
  const load = modules.start();
  for (const file of files) {
    for (const test of declaredBy(() => load(resolve(file)))) {
      let id = `${file}${IN_FILE}${test.name}`;
      while (tests.has(id)) {
        id += ' (again)';
      }
      tests.set(id, test);
    }
  }
  return tests;
}

async function resultOf(run: TestRun, id: string, test: DeclaredTest): Promise<TestResult> {
  const started = performance.now();
  const result = () => ({ id, name: id, timeSpentMs: performance.now() - started });
  try {
    await run.run(test);
    return { ...result(), status: TestStatus.Success };
  } catch (error) {
    return {
      ...result(),
      status: TestStatus.Failed,
      failureMessage: error instanceof Error ? error.message : String(error),
    };
  }
}

/**
 * Runs tests for Stryker in a process that stays: for each mutant, the modules under test and the test files that reach
 * it are evaluated again, which takes milliseconds. With jest it takes seconds.
 */
class InProcessRunner implements TestRunner {
  static readonly inject = [] as const;
  readonly #modules = new FreshModules();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun({ testFiles = [] }: DryRunOptions): Promise<DryRunResult> {
    const tests = loadTests(
      this.#modules,
      testFiles.map((file) => relative('', file)),
    );
    const run = new TestRun();
    const results: TestResult[] = [];
    for (const [id, test] of tests) {
      state.currentTestId = id;
      results.push(await resultOf(run, id, test));
    }
    state.currentTestId = undefined;
    await run.end();
    return { status: DryRunStatus.Complete, tests: results, ...coverageOf(results) };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, hitLimit } = options;
    if (testFilter === undefined) {
      return { status: MutantRunStatus.Error, errorMessage: 'ignoreStatic has to be true.' };
    }
    state.hitLimit = hitLimit;
    state.hitCount = hitLimit === undefined ? undefined : 0;
    state.activeMutant = undefined;
    const files = new Set(testFilter.map((id) => id.slice(0, id.indexOf(IN_FILE))));
    const tests = loadTests(this.#modules, files);
    state.activeMutant = activeMutant.id;
    const run = new TestRun();
    const results: TestResult[] = [];
    for (const id of testFilter) {
      const test = tests.get(id);
      if (test === undefined) {
        return { status: MutantRunStatus.Error, errorMessage: `There is no test "${id}" any more.` };
      }
      const result = await resultOf(run, id, test);
      results.push(result);
      if (result.status === TestStatus.Failed) {
        break;
      }
    }
    state.activeMutant = undefined;
    await run.end();
    return toMutantRunResult(
      determineHitLimitReached(state.hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests: results },
    );
  }
}

/**
 * What each test reached, the fastest test first: Stryker asks for the tests of a mutant in this order, and the first
 * that fails ends them.
 */
function coverageOf(results: readonly TestResult[]): Pick<CompleteDryRunResult, 'mutantCoverage'> {
  const { mutantCoverage } = state;
  if (mutantCoverage === undefined) {
    return {};
  }
  const { perTest } = mutantCoverage;
  const fastestFirst = results.toSorted((a, b) => a.timeSpentMs - b.timeSpentMs);
  return {
    mutantCoverage: {
      static: mutantCoverage.static,
      perTest: Object.fromEntries(
        fastestFirst.flatMap(({ id }) => {
          const reached = perTest[id];
          return reached === undefined ? [] : [[id, reached]];
        }),
      ),
    },
  };
}

/** What Stryker loads. */
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
