import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { lastLines, runCommand } from './command.ts';
import type { ProofSection } from './section.ts';
import { ROTATION_DAYS } from './turns.ts';

const CONFIG = join(PROJECT_ROOT, 'stryker.config.json');
/** The same for what has its turn: on a command line the commas of its places would part them. */
const CONFIG_OF_TURN = join(PROJECT_ROOT, 'dist/proof/stryker.json');
const REPORT = join(PROJECT_ROOT, 'dist/proof/mutation.json');

/** Percent of the mutants that the tests have to kill. */
const GOAL = 90;

/** What `npm run mutation` runs, too. tsx lets Stryker load proof/mutation-runner.ts. */
const STRYKER = ['--import', 'tsx', 'node_modules/@stryker-mutator/core/bin/stryker.js', 'run'];

interface Mutant {
  readonly status: string;
}

interface MutationResult {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

interface Score {
  readonly killed: number;
  readonly survived: number;
  readonly uncovered: number;
  /** Mutants of code that runs only when a module is loaded, and those that a comment in the code excuses. */
  readonly ignored: number;
}

/** As Stryker counts: a mutant that makes a test hang is found, one that no test reaches is not. */
export function scoreOf(mutants: readonly Mutant[]): Score {
  const count = (...statuses: readonly string[]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  return {
    killed: count('Killed', 'Timeout'),
    survived: count('Survived'),
    uncovered: count('NoCoverage'),
    ignored: count('Ignored'),
  };
}

/** Undefined where no mutant counts. */
export function percentOf({ killed, survived, uncovered }: Score): number | undefined {
  const all = killed + survived + uncovered;
  return all === 0 ? undefined : (killed / all) * 100;
}

/** Changes the pure code of lib/ in small ways, one at a time, and sees whether a test notices. */
export const mutation: ProofSection = {
  name: 'mutation',
  title: 'Mutation',
  async run(progress, turn) {
    const config = JSON.parse(await readFile(CONFIG, 'utf8')) as { readonly mutate: readonly string[] };
    const { mutate } = config;
    const places = turn(mutate);
    await mkdir(dirname(CONFIG_OF_TURN), { recursive: true });
    await writeFile(CONFIG_OF_TURN, JSON.stringify({ ...config, mutate: places }));
    progress(`every mutant of ${places.join(', ')}`);
    await rm(REPORT, { force: true });
    const ended = await runCommand(process.execPath, [...STRYKER, CONFIG_OF_TURN], {
      onStdout: (text) => {
        for (const line of text.split('\n').filter((each) => each.startsWith('Mutation testing'))) {
          progress(line);
        }
      },
    });
    const text = await readFile(REPORT, 'utf8').catch((error: unknown) => {
      throw new Error(`Stryker wrote no report: ${lastLines(`${ended.stdout}\n${ended.stderr}`)}`, {
        cause: error,
      });
    });
    const { files } = JSON.parse(text) as MutationResult;
    const scores = Object.entries(files)
      .map(([file, { mutants }]) => ({ file, score: scoreOf(mutants) }))
      .sort((a, b) => (a.file < b.file ? -1 : 1));
    const all = scoreOf(Object.values(files).flatMap(({ mutants }) => mutants));
    const percent = percentOf(all);
    const row = (name: string, score: Score) =>
      `| ${name} | ${score.killed} | ${score.survived} | ${score.uncovered} | ${score.ignored} | ${percentOf(score)?.toFixed(1) ?? '-'} |`;
    return {
      markdown: [
        `Stryker changes the pure code of lib/ in small ways, one at a time, and runs the tests that reach the change. At least ${GOAL}% of the changes have to make a test fail. Ignored are changes to code that runs once, when a module is loaded, and those that a comment in the code excuses. One run changes ${places.length} of ${mutate.length} places, another day others, so that ${ROTATION_DAYS} days in a row change all; \`--all\` and \`npm run mutation\` change all at once.`,
        '',
        '| file | killed | survived | not reached | ignored | % |',
        '|---|---:|---:|---:|---:|---:|',
        ...scores.map(({ file, score }) => row(file, score)),
        row('all', all),
      ].join('\n'),
      ok: percent !== undefined && percent >= GOAL,
    };
  },
};
