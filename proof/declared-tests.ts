import { expect } from 'expect';
import { bind } from 'jest-each';

type Step = () => unknown;

/** A `describe`, or a whole test file. */
interface Group {
  readonly names: readonly string[];
  readonly outer?: Group;
  readonly before: Step[];
  readonly after: Step[];
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
  let group: Group = { names: [], before: [], after: [] };

  const it = (name: string, body: Step) => {
    tests.push({ name: [...group.names, name].join(' '), body, group });
  };
  const describe = (name: string, declare: () => void) => {
    const outer = group;
    group = { names: [...outer.names, name], outer, before: [], after: [] };
    declare();
    group = outer;
  };
  const test = Object.assign(it, { each: bind(it, false) });
  Object.assign(globalThis, {
    describe: Object.assign(describe, { each: bind(describe, false) }),
    it: test,
    test,
    expect,
    beforeAll: (step: Step) => group.before.push(step),
    afterAll: (step: Step) => group.after.push(step),
  });
  loadTestFile();
  return tests;
}

/** Runs tests one by one in any order, with every `beforeAll` once before the first test that it is for. */
export class TestRun {
  readonly #prepared = new Set<Group>();

  /** @throws what the test throws. */
  async run(test: DeclaredTest): Promise<void> {
    for (const group of groupsAround(test)) {
      if (!this.#prepared.has(group)) {
        this.#prepared.add(group);
        for (const step of group.before) {
          await step();
        }
      }
    }
    await test.body();
  }

  /** Runs what has to be cleared away after the tests that ran. */
  async end(): Promise<void> {
    for (const group of this.#prepared) {
      for (const step of group.after) {
        await step();
      }
    }
  }
}
