import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The package as it would be published, installed into a folder of somebody's own. */

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');

/** What of the machine the package's command gets: nothing of whoever tests. */
const { PATH = '', HOME = '' } = process.env;

const NAME = 'vpc-peering-autopilot';

/** As on a machine that reaches none: nothing listens there. */
const NO_REGISTRY = {
  npm_config_registry: 'http://127.0.0.1:9/',
  npm_config_fetch_retries: '0',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

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
  /** Runs a line as a person types it there, without a registry. */
  shell(line: string, environment?: Readonly<Record<string, string>>): Promise<Ended>;
}

/**
 * No npm registry is there: whatever asks for one fails.
 * @param command that installs, with the name of the package as its last word; the packed file takes its place.
 */
export async function installPackage(
  directory: string,
  command = `npm i -D ${NAME}`,
): Promise<InstalledPackage> {
  const file = await tarball();
  writeFileSync(join(directory, 'package.json'), '{"private": true}\n');
  const ended = (program: string, args: readonly string[], environment: Readonly<Record<string, string>>) =>
    new Promise<Ended>((resolve, reject) => {
      execFile(
        program,
        args,
        { cwd: directory, env: { PATH, HOME, AWS_EC2_METADATA_DISABLED: 'true', ...environment } },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code;
          if (typeof code === 'number') resolve({ code, stdout, stderr });
          else reject(error);
        },
      );
    });
  const installed: InstalledPackage = {
    tarball: file,
    peering: (line, environment = {}) =>
      ended(join(directory, 'node_modules/.bin/peering'), line.split(' '), environment),
    shell: (line, environment = {}) => ended('sh', ['-c', line], { ...NO_REGISTRY, ...environment }),
  };
  const { code, stderr } = await installed.shell(command.replace(new RegExp(`${NAME}$`), file));
  if (code !== 0) throw new Error(stderr);
  return installed;
}
