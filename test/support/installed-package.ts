import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The package as it would be published, installed into a folder of somebody's own. */

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');

/** What of the machine the package's command gets: nothing of whoever tests. */
const { PATH = '', HOME = '' } = process.env;

/** Packed once in a test run; `prepare` builds the command and the functions. */
async function tarball(): Promise<string> {
  const kept = join(process.env.TEST_KEPT ?? '', 'package');
  if (!existsSync(kept)) {
    const making = `${kept}.${process.pid}`;
    mkdirSync(making);
    await run('npm', ['pack', '--silent', '--pack-destination', making], { cwd: ROOT });
    try {
      renameSync(making, kept);
    } catch (error) {
      // Another worker was faster; its package is the same.
      rmSync(making, { recursive: true });
      if (!existsSync(kept)) throw error;
    }
  }
  const [file = ''] = readdirSync(kept);
  return join(kept, file);
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InstalledPackage {
  readonly tarball: string;
  /** Runs `npx peering LINE` there; no word of a line has a blank in it. */
  peering(line: string, environment?: Readonly<Record<string, string>>): Promise<Ended>;
}

/** Offline: everything that the command needs is in the package. */
export async function installPackage(directory: string): Promise<InstalledPackage> {
  const file = await tarball();
  writeFileSync(join(directory, 'package.json'), '{"private": true}\n');
  await run('npm', ['install', '--save-dev', '--offline', '--no-audit', '--no-fund', file], {
    cwd: directory,
  });
  return {
    tarball: file,
    peering: (line, environment = {}) =>
      new Promise((resolve, reject) => {
        execFile(
          join(directory, 'node_modules/.bin/peering'),
          line.split(' '),
          { cwd: directory, env: { PATH, HOME, AWS_EC2_METADATA_DISABLED: 'true', ...environment } },
          (error, stdout, stderr) => {
            const code = error === null ? 0 : error.code;
            if (typeof code === 'number') resolve({ code, stdout, stderr });
            else reject(error);
          },
        );
      }),
  };
}
