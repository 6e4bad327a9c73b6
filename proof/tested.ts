import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PROJECT_ROOT } from '../build/bundle.ts';
import { lastLines, runCommand } from './command.ts';
import type { ProofSection } from './section.ts';

interface TestFile {
  readonly name: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

async function runTests(project: string, pattern: string): Promise<readonly TestFile[]> {
  const directory = await mkdtemp(join(tmpdir(), 'proof-tests-'));
  const file = join(directory, 'results.json');
  try {
    const args = ['--selectProjects', project, '--testPathPatterns', pattern, '--runInBand'];
    const { stderr } = await runCommand(process.execPath, [
      'node_modules/jest/bin/jest.js',
      ...args,
      '--json',
      '--outputFile',
      file,
    ]);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new Error(`jest wrote no results: ${lastLines(stderr)}`, { cause: error });
    });
    return (JSON.parse(text) as { testResults: TestFile[] }).testResults;
  } finally {
    await rm(directory, { recursive: true });
  }
}

export interface TestedClaim {
  readonly name: string;
  readonly title: string;
  /** Jest's name for the tests; left out: those in `test/proof`. */
  readonly project?: string;
  /** Which of them show it. */
  readonly pattern: string;
  readonly doing: string;
  readonly explanation: string;
}

/** A section whose claims are shown by tests: runs them and counts, file by file. */
export function testedSection({
  name,
  title,
  project = 'proof',
  pattern,
  doing,
  explanation,
}: TestedClaim): ProofSection {
  return {
    name,
    title,
    async run(progress) {
      progress(doing);
      const files = await runTests(project, pattern);
      const rows = files
        .map(({ name, assertionResults }) => {
          const count = (status: string) => assertionResults.filter((each) => each.status === status).length;
          return {
            file: relative(PROJECT_ROOT, name),
            passed: count('passed'),
            failed: count('failed'),
            all: assertionResults.length,
          };
        })
        .sort((a, b) => (a.file < b.file ? -1 : 1));
      const failures = files.flatMap(({ assertionResults }) =>
        assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => `- ${fullName}`),
      );
      return {
        markdown: [
          explanation,
          '',
          '| tests | passed | failed |',
          '|---|---:|---:|',
          ...rows.map(({ file, passed, failed }) => `| ${file} | ${passed} | ${failed} |`),
          ...(failures.length === 0 ? [] : ['', 'Failed:', '', ...failures]),
        ].join('\n'),
        ok: rows.length > 0 && rows.every(({ passed, all }) => passed === all && all > 0),
      };
    },
  };
}
