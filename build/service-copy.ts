import { cp, mkdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PROJECT_ROOT } from './bundle.ts';

/** Neither part of the service nor small. */
const NOT_COPIED = new Set([
  'node_modules',
  '.git',
  '.lab',
  '.serverless',
  '.venv',
  'coverage',
  'dist',
  'test',
]);

/** The file that `node` runs as the `serverless` command. */
export function serverlessCommand(): string {
  const manifest = createRequire(import.meta.url).resolve('serverless/package.json');
  return join(dirname(manifest), 'bin', 'serverless.js');
}

/**
 * serverless keeps files in `.serverless` beside the service's configuration, whatever its options: whoever runs it works
 * on a copy of the service, so that two runs never meet.
 */
export async function copyService(service: string, copy: string): Promise<void> {
  await cp(service, copy, {
    recursive: true,
    filter: (path) => !NOT_COPIED.has(relative(service, path)),
  });
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
  // What is built there is named by its sources, so the copy may share it.
  const code = join('dist', 'code');
  await mkdir(join(PROJECT_ROOT, code), { recursive: true });
  await mkdir(join(copy, 'dist'), { recursive: true });
  await symlink(join(PROJECT_ROOT, code), join(copy, code), 'junction');
}
