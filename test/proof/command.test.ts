import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Tests load the proof's files in another way than `npm run proof` does, so that what they share may work in one of both only. */

it('npm run proof loads all of its sections, and says which there are', () => {
  const printed = execFileSync(process.execPath, ['--import', 'tsx', 'proof/main.ts', '--help'], {
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
  });
  expect(printed).toContain(
    'Sections: faults, storm, permissions, attack, pages, fuzz, mutation, supply-chain, judges',
  );
});
