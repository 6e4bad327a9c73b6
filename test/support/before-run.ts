import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { motoEnvironment } from 'local-aws-peering/command';
import { upToDateCommand } from '../../build/cli.ts';
import { upToDateCode } from '../../build/code.ts';
import { testTools } from './venv.ts';

/** Done once, before the first test file of a run. What is kept for the files of the run goes with it: after-run.ts. */
export default async function beforeRun({
  testPathPatterns,
}: {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}): Promise<void> {
  const kept = await mkdtemp(join(tmpdir(), 'peering-kept-'));
  const preload = `--require ${JSON.stringify(require.resolve('./compiled-once.cjs'))}`;
  const python = join(kept, 'python');
  // Copied, because Python keeps what it compiled beside the source.
  await cp(join(__dirname, 'kept-python'), python, { recursive: true });
  Object.assign(process.env, {
    TEST_KEPT: kept,
    TEST_RUN: String(process.pid),
    PYTHONPATH: [python, process.env.PYTHONPATH].filter(Boolean).join(delimiter),
    NODE_OPTIONS: [process.env.NODE_OPTIONS, preload].filter(Boolean).join(' '),
  });
  if (testPathPatterns.patterns.length > 0) {
    // Whoever names files may want none that needs Python.
    return;
  }
  // Two workers would otherwise install the same packages at once, while the clocks of their tests run.
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const made = await Promise.allSettled([
    motoEnvironment({ progress }),
    testTools(),
    upToDateCode(),
    upToDateCommand(),
  ]);
  for (const each of made) {
    if (each.status === 'rejected') {
      // The tests that need it fail, and no others.
      progress(String(each.reason));
    }
  }
}
