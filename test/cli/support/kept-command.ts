import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * One process that runs the built command as often as it is asked, one run after the other. A process of its own for each
 * run costs six times as much, and nearly all of that to load the same files again.
 */

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Asked {
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of it: nothing of this process's environment is added. */
  readonly env: Readonly<Record<string, string>>;
}

export interface KeptCommand {
  /** @throws if the process of the command dies, or something keeps a process from ending: what it said is in the message. */
  run(asked: Asked): Promise<Ended>;
  /** Ends the process. @throws if it had ended by itself: what it said is in the message. */
  end(): Promise<void>;
}

/**
 * What Node, the C library or the SDK reads once, or keeps for the life of a process: the locale, the time zone, options
 * of Node, proxies, and the files of profiles.
 */
const ONCE_PER_PROCESS = /^(NODE_|LC_|LANG|TZ$|UV_|SSL_|AWS_PROFILE$|AWS_DEFAULT_PROFILE$)|_proxy$/i;
const FILES_OF_PROFILES = ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'];

/** Whether a run needs a process of its own, because a kept one may still know what an earlier environment said. */
export function needsOwnProcess({ args, env }: Pick<Asked, 'args' | 'env'>): boolean {
  return (
    args.some((each) => /^--profile(=|$)/.test(each)) ||
    Object.keys(env).some((name) => ONCE_PER_PROCESS.test(name)) ||
    FILES_OF_PROFILES.some((name) => env[name] !== '/dev/null')
  );
}

interface Resident {
  readonly process: ChildProcess;
  /** What it wrote past the output of its runs: why it ended. */
  said: string;
}

function resident(file: string, patience: number): Resident {
  const child = spawn(process.execPath, [join(__dirname, 'kept-process.mjs'), file, String(patience)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {},
  });
  const started: Resident = { process: child, said: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      started.said += text;
    });
  }
  return started;
}

function died({ process: { exitCode, signalCode }, said }: Resident, when: string): Error {
  return new Error(
    `The process of the command ended by itself, with ${signalCode ?? exitCode}, ${when}.\n${said}`,
  );
}

function isOver({ process: { exitCode, signalCode } }: Resident): boolean {
  return exitCode !== null || signalCode !== null;
}

function answered(by: Resident, asked: Asked & { readonly number: number }): Promise<Ended> {
  const { process: child } = by;
  return new Promise((resolve, reject) => {
    const onClose = () => {
      child.off('message', onAnswer);
      reject(died(by, `asked for: peering ${asked.args.join(' ')}`));
    };
    const onAnswer = (ended: Ended) => {
      child.off('close', onClose);
      resolve(ended);
    };
    child.once('message', onAnswer).once('close', onClose);
    child.send(asked, (error) => {
      // One that is over says why when it is closed.
      if (error !== null && !isOver(by)) reject(error);
    });
  });
}

/** Longer than anything that the command waits for on the way to its end. */
const PATIENCE_MS = 60_000;

/**
 * @param file the command's first file. Its process is started when it is first asked.
 * @param options patience: how long a run may have nothing to wait for and not answer, or have answered and not end, in
 *   milliseconds.
 */
export function keptCommand(file: string, { patience = PATIENCE_MS } = {}): KeptCommand {
  let kept: Resident | undefined;
  let number = 0;
  let before: Promise<unknown> = Promise.resolve();

  async function runNext(asked: Asked): Promise<Ended> {
    kept ??= resident(file, patience);
    number += 1;
    const by = kept;
    if (isOver(by)) {
      kept = undefined;
      throw died(by, 'after it had answered');
    }
    try {
      return await answered(by, { ...asked, number });
    } catch (error) {
      kept = undefined;
      throw error;
    }
  }

  return {
    run(asked) {
      const next = before.then(() => runNext(asked));
      before = next.catch(() => undefined);
      return next;
    },
    async end() {
      const by = kept;
      kept = undefined;
      if (by === undefined) return;
      if (isOver(by)) throw died(by, 'after it had answered');
      const closed = once(by.process, 'close');
      by.process.kill('SIGKILL');
      await closed;
    },
  };
}
