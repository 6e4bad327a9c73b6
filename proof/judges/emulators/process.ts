import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureVirtualEnvironment, LAB_DIRECTORY } from 'local-aws-peering/command';
import { PROJECT_ROOT } from '../../../build/bundle.ts';
import { lastLines, runCommand } from '../../command.ts';
import { NotJudged } from '../judge.ts';
import { orNotJudged } from '../python-tools.ts';

/** An emulator by others, in a private environment and a process of its own. */

export interface EmulatorSpec {
  readonly name: string;
  /** The folder beside this file: `requirements.txt` and `start.py`. */
  readonly folder: string;
  readonly oldestPython: readonly [number, number];
  /** Answers when it is ready. */
  readonly health: string;
  /** Its settings, for a port of 127.0.0.1. */
  environment(port: number): Readonly<Record<string, string>>;
}

export interface Emulator {
  readonly url: string;
  /** The end of what it said. */
  said(): string;
  stop(): Promise<void>;
}

const START_SECONDS = 120;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Addresses on which this process or one that it started listens, as `0.0.0.0:4566`. Linux only: by /proc, with `ss`. */
export async function listening(processId: number): Promise<readonly string[]> {
  const { stdout: tree } = await runCommand('ps', ['-e', '-o', 'pid=,ppid=']);
  const parents = tree
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = new Set([processId]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [pid = 0, parent = 0] of parents) {
      if (family.has(parent)) {
        family.add(pid);
      }
    }
  }
  const { stdout } = await runCommand('ss', ['-Hltnup']);
  return stdout
    .trim()
    .split('\n')
    .filter((line) => [...family].some((pid) => line.includes(`pid=${pid},`)))
    .map((line) => line.trim().split(/\s+/)[4] ?? '?');
}

/** Those that another machine may reach. */
export function reachable(addresses: readonly string[]): readonly string[] {
  return addresses.filter(
    (address) => !/^(127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:127\.\d+\.\d+\.\d+\]):/.test(address),
  );
}

/** @throws when it can be reached from another machine; @throws {NotJudged} where nobody can tell. */
async function validateAddresses(name: string, processId: number): Promise<void> {
  const addresses = await orNotJudged(listening(processId));
  const open = reachable(addresses);
  if (open.length > 0) {
    throw new Error(`${name} listens on ${open.join(', ')}, not on 127.0.0.1 alone.`);
  }
  if (addresses.length === 0) {
    throw new NotJudged(`whether ${name} listens on 127.0.0.1 alone cannot be seen here`);
  }
}

/**
 * @param environment what `start.py` needs to know of the local AWS.
 * @throws {NotJudged} when it is not to be had.
 */
export async function startEmulator(
  spec: EmulatorSpec,
  environment: Readonly<Record<string, string>>,
  progress: (line: string) => void,
): Promise<Emulator> {
  const home = join(PROJECT_ROOT, 'proof/judges/emulators', spec.folder);
  const { python } = await orNotJudged(
    ensureVirtualEnvironment({
      requirements: join(home, 'requirements.txt'),
      directory: LAB_DIRECTORY,
      purpose: spec.name,
      alternative: 'run the other judges alone.',
      oldest: spec.oldestPython,
      progress,
    }),
  );
  const directory = await mkdtemp(join(tmpdir(), `peering-${spec.folder}-`));
  const port = await freePort();
  const child = spawn(python, [join(home, 'start.py')], {
    cwd: directory,
    // With a group of its own, so that what it starts ends with it. Nothing of the person's own account reaches it.
    detached: true,
    // stdin stays open for as long as this process lives; when it closes, the emulator ends.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      TMPDIR: directory,
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      ...environment,
      ...spec.environment(port),
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
  };
  process.once('exit', kill);
  const stop = async () => {
    kill();
    await ended;
    process.off('exit', kill);
    await rm(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answers(`${url}${spec.health}`, () => child.exitCode !== null || child.signalCode !== null);
    await validateAddresses(spec.name, child.pid ?? 0);
  } catch (error) {
    await stop();
    throw error instanceof NotStarted
      ? new Error(`${spec.name} did not start: ${lastLines(said, 10)}`, { cause: error })
      : error;
  }
  return { url, stop, said: () => said };
}

class NotStarted extends Error {}

async function answers(url: string, hasEnded: () => boolean): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000;
  while (Date.now() < deadline && !hasEnded()) {
    try {
      if ((await fetch(url)).ok) {
        return;
      }
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new NotStarted();
}
