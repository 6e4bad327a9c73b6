import { expect } from 'expect';
import { bind } from 'jest-each';

type Step = () => unknown;

/** A `describe`, or a whole test file. */
interface Group {
  readonly names: readonly string[];
  readonly outer?: Group;
  readonly beforeAll: Step[];
  readonly beforeEach: Step[];
  readonly afterEach: Step[];
  readonly afterAll: Step[];
}

function groupOf(names: readonly string[], outer?: Group): Group {
  const steps = { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] };
  return outer === undefined ? { names, ...steps } : { names, outer, ...steps };
}

/** One test that a test file declares. */
export interface DeclaredTest {
  /** Its name after those of the `describe`s around it. */
  readonly name: string;
  readonly body: Step;
  readonly group: Group;
}

/** Outermost first. */
function groupsAround({ group }: DeclaredTest): readonly Group[] {
  const groups: Group[] = [];
  for (let each: Group | undefined = group; each !== undefined; each = each.outer) {
    groups.unshift(each);
  }
  return groups;
}

/**
 * Gives test files the globals of jest that the tests of the pure code use, and returns what they declare instead of
 * running it. Whoever wants to run a few of many tests, thousands of times, can then do so without jest.
 */
export function declaredBy(loadTestFile: () => void): readonly DeclaredTest[] {
  const tests: DeclaredTest[] = [];
  let group = groupOf([]);

  const it = (name: string, body: Step) => {
    tests.push({ name: [...group.names, name].join(' '), body, group });
  };
  const describe = (name: string, declare: () => void) => {
    const outer = group;
    group = groupOf([...outer.names, name], outer);
    declare();
    group = outer;
  };
  const skipped = (_name: string) => undefined;
  const skip = Object.assign(skipped, { each: () => skipped });
  const test = Object.assign(it, { each: bind(it, false), skip });
  Object.assign(globalThis, {
    describe: Object.assign(describe, { each: bind(describe, false), skip }),
    it: test,
    test,
    expect,
    beforeAll: (step: Step) => group.beforeAll.push(step),
    beforeEach: (step: Step) => group.beforeEach.push(step),
    afterEach: (step: Step) => group.afterEach.push(step),
    afterAll: (step: Step) => group.afterAll.push(step),
  });
  loadTestFile();
  return tests;
}

async function runAll(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    await step();
  }
}

/** Runs tests one by one in any order, with every `beforeAll` once before the first test that it is for. */
export class TestRun {
  readonly #prepared = new Set<Group>();

  /** @throws what the test throws. */
  async run(test: DeclaredTest): Promise<void> {
    const outermostFirst = groupsAround(test);
    for (const group of outermostFirst) {
      if (!this.#prepared.has(group)) {
        this.#prepared.add(group);
        await runAll(group.beforeAll);
      }
    }
    try {
      await runAll(outermostFirst.flatMap(({ beforeEach }) => beforeEach));
      await test.body();
    } finally {
      await runAll(outermostFirst.toReversed().flatMap(({ afterEach }) => afterEach));
    }
  }

  /** Runs what has to be cleared away after the tests that ran. */
  async end(): Promise<void> {
    for (const { afterAll } of this.#prepared) {
      await runAll(afterAll);
    }
  }
}
