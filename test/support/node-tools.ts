import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** npm packages that only long tests need: they are too large for devDependencies. */

const run = promisify(execFile);
const KEPT = join(__dirname, '../../.lab');

/**
 * Installs what a lock file names into `.lab/`, once for each state of it, without running any script of a package.
 *
 * @param manifests a folder with package.json and package-lock.json.
 * @returns the folder that has `node_modules`.
 */
export async function nodeTools(manifests: string): Promise<string> {
  const lock = await readFile(join(manifests, 'package-lock.json'));
  const place = join(KEPT, `node-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
  if (!existsSync(place)) {
    const making = `${place}.${process.pid}.${randomUUID().slice(0, 8)}`;
    await mkdir(making, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      await cp(join(manifests, file), join(making, file));
    }
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: making });
    try {
      await rename(making, place);
    } catch (error) {
      await rm(making, { recursive: true });
      // Another process was faster; its packages are the same.
      if (!existsSync(place)) throw error;
    }
  }
  return place;
}
