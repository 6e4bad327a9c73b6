import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { isOfNetworks, type PropertyRun } from '../test/support/runs.ts';
import { lastLines, runCommand } from './command.ts';
import type { ProofSection } from './section.ts';

/** Examples for each property. */
const RUNS = 3_000;

/** For each property of whole accounts and networks, whose examples take a hundred times as long. */
const RUNS_OF_NETWORKS = 300;

/** Files side by side; they share nothing. The storm, which runs beside them, waits most of its time. */
const WORKERS = 2;

/** Long enough for the slowest property, which lets whole accounts converge. */
const TIMEOUT_MS = 1_800_000;

function outcomeOf({ failed, runs }: Pick<PropertyRun, 'failed' | 'runs'>, wanted: number): string {
  return failed ? 'FAILED' : runs < wanted ? 'held, but too few: it does not follow PROPERTY_RUNS' : 'held';
}

/** By jest's own words, as those around the properties are not in the log. */
function failedTests(stderr: string): string[] {
  return [...new Set(stderr.split('\n').flatMap((line) => /^ {2}● (.+)$/.exec(line)?.[1] ?? []))];
}

/** Runs every property of the tests with many more examples than `npm test` does. */
export const fuzz: ProofSection = {
  name: 'fuzz',
  title: 'Fuzz',
  async run(progress) {
    const asked = process.env.PROPERTY_RUNS ?? String(RUNS);
    const ofNetworks = String(Math.min(Number(asked), RUNS_OF_NETWORKS));
    const wanted = (file: string) => Number(isOfNetworks(file) ? ofNetworks : asked);
    progress(`every property with ${asked} examples, those of accounts and networks with ${ofNetworks}`);
    const directory = await mkdtemp(join(tmpdir(), 'proof-fuzz-'));
    const log = join(directory, 'properties.jsonl');
    try {
      const ended = await runCommand(
        process.execPath,
        [
          'node_modules/jest/bin/jest.js',
          '--config',
          'proof/jest.fuzz.config.js',
          '--maxWorkers',
          String(WORKERS),
          '--testTimeout',
          String(TIMEOUT_MS),
        ],
        { env: { PROPERTY_RUNS: asked, PROPERTY_RUNS_OF_NETWORKS: ofNetworks, PROPERTY_LOG: log } },
      );
      const text = await readFile(log, 'utf8').catch((error: unknown) => {
        throw new Error(`no property was run: ${lastLines(ended.stderr)}`, { cause: error });
      });
      const found = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as PropertyRun)
        .map((each) => ({ ...each, file: relative(PROJECT_ROOT, each.file) }))
        .sort((a, b) => (`${a.file} ${a.test}` < `${b.file} ${b.test}` ? -1 : 1));
      const total = found.reduce((sum, { runs }) => sum + runs, 0);
      return {
        markdown: [
          `${found.length} properties, ${total.toLocaleString('en')} examples: ${asked} for each, ${ofNetworks} where passes run over whole accounts or generated networks. \`PROPERTY_RUNS=N\` sets another number.`,
          '',
          '| property | in | examples | outcome |',
          '|---|---|---:|---|',
          ...found.map(
            ({ test, file, runs, failed }) =>
              `| ${test.replaceAll('|', '\\|')} | ${file} | ${runs} | ${outcomeOf({ failed, runs }, wanted(file))} |`,
          ),
          ...found.flatMap(({ test, how }) =>
            how === undefined ? [] : ['', `${test}:`, '', '~~~~text', how.replaceAll('~~~~', '~~~'), '~~~~'],
          ),
          ...(ended.code === 0
            ? []
            : ['', `jest ended with ${ended.code}: ${failedTests(ended.stderr).join('; ')}.`]),
        ].join('\n'),
        ok: ended.code === 0 && found.every(({ file, failed, runs }) => !failed && runs >= wanted(file)),
      };
    } finally {
      await rm(directory, { recursive: true });
    }
  },
};
