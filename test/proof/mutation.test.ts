import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeclaredTest, declaredBy, TestRun } from '../../proof/declared-tests.ts';
import { FreshModules } from '../../proof/fresh-modules.ts';
import { percentOf, scoreOf } from '../../proof/mutation.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mutation-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function written(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

describe('the score', () => {
  const mutants = (...statuses: readonly string[]) => statuses.map((status) => ({ status }));

  it('counts a mutant that hangs as found, and one that no test reaches as not found', () => {
    const score = scoreOf(mutants('Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored'));
    expect(score).toEqual({ killed: 2, survived: 1, uncovered: 1, ignored: 1 });
    expect(percentOf(score)).toBe(50);
  });

  it('is none when no mutant counts', () => {
    expect(percentOf(scoreOf(mutants('Ignored')))).toBeUndefined();
  });
});

describe('modules loaded anew', () => {
  it('have forgotten what an earlier load remembered, but are one module within a load', () => {
    const counter = written(
      'counter.ts',
      'let count: number = 0; export const next = (): number => { count += 1; return count; };',
    );
    const user = written('user.ts', "export { next } from './counter.ts';");
    const modules = new FreshModules();
    const nextOf = (module: unknown) => (module as { next: () => number }).next();

    const load = modules.start();
    expect([nextOf(load(counter)), nextOf(load(user))]).toEqual([1, 2]);
    expect(nextOf(modules.start()(user))).toBe(1);
  });

  it('know their place, and reach packages', () => {
    const file = written(
      'place.ts',
      "import { basename } from 'node:path'; export const place = [__dirname, basename(__filename)];",
    );
    expect(new FreshModules().start()(file)).toMatchObject({ place: [directory, 'place.ts'] });
  });
});

const say = (log: string[], text: string) => () => {
  log.push(text);
};

describe('declared tests', () => {
  /** What this file itself uses must be jest's again afterwards. */
  function declared(declare: (log: string[]) => void): { tests: readonly DeclaredTest[]; log: string[] } {
    const own = { describe, it, test, expect, beforeAll, afterAll };
    const log: string[] = [];
    try {
      return { tests: declaredBy(() => declare(log)), log };
    } finally {
      Object.assign(globalThis, own);
    }
  }

  it('have the names that jest gives them, and do not run by themselves', () => {
    const { tests, log } = declared((log) => {
      it('outside', say(log, 'ran'));
      describe('a', () => {
        it.each([
          ['b', 1],
          ['c', 2],
        ])('with %s: %i', (_, value) => say(log, `${value}`)());
        describe.each([['d']])('in %s', () => {
          test('e', say(log, 'ran'));
        });
      });
      test('last', say(log, 'ran'));
    });
    expect(tests.map(({ name }) => name)).toEqual([
      'outside',
      'a with b: 1',
      'a with c: 2',
      'a in d e',
      'last',
    ]);
    expect(log).toEqual([]);
  });

  it('run in any order, each group prepared once and cleared away at the end', async () => {
    const { tests, log } = declared((log) => {
      describe('unused', () => {
        beforeAll(say(log, 'never'));
        it('stays', say(log, 'never'));
      });
      describe('group', () => {
        beforeAll(async () => {
          await Promise.resolve();
          log.push('prepare');
        });
        afterAll(say(log, 'clear'));
        it('first', say(log, 'first'));
        it('second', say(log, 'second'));
      });
    });
    const run = new TestRun();
    for (const test of tests.toReversed().slice(0, 2)) {
      await run.run(test);
    }
    await run.end();
    expect(log).toEqual(['prepare', 'second', 'first', 'clear']);
  });

  it('throw what the test throws, now or later', async () => {
    const { tests } = declared(() => {
      it('at once', () => {
        throw new Error('at once');
      });
      it('later', () => Promise.reject(new Error('later')));
    });
    for (const test of tests) {
      await expect(new TestRun().run(test)).rejects.toThrow(test.name);
    }
  });
});
