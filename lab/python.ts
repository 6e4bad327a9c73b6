import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { LabError, messageOf } from './errors.ts';

const run = promisify(execFile);

export interface VirtualEnvironmentOptions {
  /** A pip requirements file, every version pinned. */
  readonly requirements: string;
  /** The environment is made in `<directory>/venv-<hash of the requirements>`. */
  readonly directory: string;
  /** What needs it, for messages: "The local AWS". */
  readonly purpose: string;
  /** What else a person without a fit Python can do; a sentence. */
  readonly alternative: string;
  /** The oldest Python that will do, as `[3, 10]`. */
  readonly oldest: readonly [number, number];
  progress(line: string): void;
}

export interface VirtualEnvironment {
  readonly python: string;
  readonly bin: string;
}

/** Marks a complete environment; written last. */
const COMPLETE = 'complete';

/** Pip lines that say little to a person. */
const LAST_LINES = 5;

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return false;
    }
    throw error;
  }
}

/** Those that pyenv keeps: its commands in PATH run only the ones that are switched on. */
async function pyenvPythons(): Promise<readonly string[]> {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  if (!(await exists(versions))) {
    return [];
  }
  return (await readdir(versions)).sort().map((version) => join(versions, version, 'bin', 'python'));
}

/** The interpreters to try: the one that `PYTHON` names, or the usual names, newest known release last. */
async function candidates(): Promise<readonly string[]> {
  const named = process.env.PYTHON;
  return named
    ? [named]
    : [
        ...['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'],
        ...(await pyenvPythons()),
      ];
}

async function findPython(options: VirtualEnvironmentOptions): Promise<string> {
  const [major, minor] = options.oldest;
  const wanted = `Python ${major}.${minor} or newer`;
  const seen: string[] = [];
  for (const candidate of await candidates()) {
    let version: string;
    try {
      const { stdout } = await run(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
      version = stdout.trim();
    } catch {
      // Not there, or only a stub that cannot run: the next name is tried.
      continue;
    }
    const [foundMajor = 0, foundMinor = 0] = version.split('.').map(Number);
    if (foundMajor < major || (foundMajor === major && foundMinor < minor)) {
      seen.push(`${candidate} is ${version}`);
      continue;
    }
    try {
      await run(candidate, ['-c', 'import ensurepip, venv']);
      return candidate;
    } catch {
      seen.push(
        `${candidate} (${version}) lacks the venv module; on Debian and Ubuntu: apt install python3-venv`,
      );
    }
  }
  const found = seen.length === 0 ? 'none was found' : seen.join('; ');
  throw new LabError(
    `${options.purpose} needs ${wanted} with venv: ${found}. Install ${wanted} (PYTHON=/path/to/python names one), or ${options.alternative}`,
  );
}

/** Runs a command and hands its lines on; the last ones are in the error when it fails. */
async function runAloud(
  command: string,
  args: readonly string[],
  progress: (line: string) => void,
): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
        lines.push(line);
        progress(line);
      }
    });
  }
  // A stopped lab must not leave pip behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        code === 0
          ? resolve()
          : reject(
              new LabError(
                `${command} ended with ${code ?? signal}:\n${lines.slice(-LAST_LINES).join('\n')}`,
              ),
            ),
      );
    });
  } finally {
    process.off('exit', kill);
  }
}

/** Leftovers of runs that were interrupted: `venv-<hash>.<process id>.<random>` of processes that are gone. */
async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = /^venv-[0-9a-f]+\.(\d+)\./.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}

export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The virtual environment with these requirements; made when it is not there yet (about 30 s).
 * It is made under a name of its own and renamed when complete, so that several processes may ask at once and an
 * interrupted one leaves nothing that looks finished.
 * @throws {LabError} when Python is missing or too old, or the packages cannot be installed.
 */
export async function ensureVirtualEnvironment(
  options: VirtualEnvironmentOptions,
): Promise<VirtualEnvironment> {
  const requirements = await readFile(options.requirements);
  const hash = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const home = join(options.directory, `venv-${hash}`);
  const bin = join(home, process.platform === 'win32' ? 'Scripts' : 'bin');
  const environment = { python: join(bin, 'python'), bin };
  if (await exists(join(home, COMPLETE))) {
    return environment;
  }
  const python = await findPython(options);
  try {
    await mkdir(options.directory, { recursive: true });
    await access(options.directory, constants.W_OK);
  } catch (cause) {
    throw new LabError(
      `${options.purpose} needs a folder for its Python environment, and cannot write to ${options.directory}: ${messageOf(cause)}. Make it writable, or ${options.alternative}`,
      { cause },
    );
  }
  await removeUnfinished(options.directory);
  const making = `${home}.${process.pid}.${randomUUID().slice(0, 8)}`;
  const makingBin = making + bin.slice(home.length);
  options.progress(`Making a private Python environment in ${home} (once, about half a minute)`);
  try {
    await runAloud(python, ['-m', 'venv', making], options.progress);
    const pip = [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar',
      'off',
    ];
    const packages = requirements.toString().match(/^[^\s#].*$/gm)?.length ?? 0;
    options.progress(`  downloading and installing ${packages} ${packages === 1 ? 'package' : 'packages'}`);
    await runAloud(join(makingBin, 'python'), [...pip, '--no-deps', '-r', options.requirements], (line) => {
      if (/^(ERROR|error)/.test(line)) {
        options.progress(`  ${line.slice(0, 100)}`);
      }
    });
    await writeFile(join(making, COMPLETE), '');
    await install(making, home);
  } catch (error) {
    throw error instanceof LabError
      ? new LabError(
          `${options.purpose}: its Python environment could not be made, ${dirname(home)} is as before. ${messageOf(error)}\nSee that pip reaches a package index, or ${options.alternative}`,
          { cause: error },
        )
      : error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return environment;
}

/** Gives a finished environment its name, unless another process was faster. */
async function install(making: string, home: string): Promise<void> {
  try {
    await rename(making, home);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') {
      throw error;
    }
    if (!(await exists(join(home, COMPLETE)))) {
      await rm(home, { recursive: true, force: true });
      await rename(making, home);
    }
  }
}
