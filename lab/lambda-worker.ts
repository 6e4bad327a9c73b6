import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { heapFlags } from './heap-flags.ts';

const RUNTIME = fileURLToPath(new URL('./runtime.mjs', import.meta.url));

/** What ran, and what it wrote. `payload` is JSON either way. */
export interface Outcome {
  readonly outcome: 'success' | 'error';
  readonly payload: string;
}

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export interface Invocation {
  readonly id: string;
  readonly payload: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly timeoutSeconds: number;
  /** Called for each line that the function writes. */
  onLine(line: string): void;
}

/** One process of one function; takes one invocation at a time. */
export interface Worker {
  invoke(invocation: Invocation): Promise<Outcome>;
  /** False once the process has ended: it takes no more invocations. */
  alive(): boolean;
  kill(): void;
}

export interface WorkerOptions {
  /** Where the package is unpacked. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMegabytes: number;
  /** How far the clock that the function sees is ahead of the machine's: asked at its start and for each invocation. */
  readonly aheadMs: () => number;
}

/** Lambda's own limit is 10 s; a busy machine gets more. */
const INIT_SECONDS = 30;

interface Reply {
  readonly ready?: true;
  readonly initError?: FunctionError;
  readonly id?: string;
  readonly result?: string;
  readonly error?: FunctionError;
}

export function failure(error: FunctionError): Outcome {
  return { outcome: 'error', payload: JSON.stringify(error) };
}

export function startWorker({ directory, environment, memoryMegabytes, aheadMs }: WorkerOptions): Worker {
  const child: ChildProcess = spawn(process.execPath, [...heapFlags(memoryMegabytes), RUNTIME], {
    cwd: directory,
    env: { ...environment, LAB_PID: String(process.pid), LAB_CLOCK_AHEAD_MS: String(aheadMs()) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  let alive = true;
  let linesBeforeFirst: string[] = [];
  let onLine = (line: string): void => {
    linesBeforeFirst.push(line);
  };

  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      alive = false;
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      alive = false;
      resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`);
    });
  });

  /** Who waits for the end of an invocation's output, by stream. */
  const marks = new Map<string, () => void>();
  for (const [name, stream] of [
    ['stdout', child.stdout],
    ['stderr', child.stderr],
  ] as const) {
    if (stream === null) {
      throw new Error('A function process has no output pipe.');
    }
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('\u0000end ')) {
        marks.get(`${name} ${line.slice('\u0000end '.length)}`)?.();
      } else {
        onLine(line);
      }
    });
  }
  const mark = (key: string) => new Promise<void>((resolve) => marks.set(key, resolve));

  let waiting: ((reply: Reply) => void) | undefined;
  const ready = new Promise<FunctionError | undefined>((resolve) => {
    child.on('message', (message: Reply) => {
      if (message.ready || message.initError) {
        resolve(message.initError);
      } else {
        waiting?.(message);
      }
    });
  });

  function kill(): void {
    alive = false;
    child.kill('SIGKILL');
  }

  /** `undefined` when the time is up. */
  function within<T>(seconds: number, work: Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout;
    const timeUp = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), seconds * 1000);
    });
    return Promise.race([work, timeUp]).finally(() => clearTimeout(timer));
  }

  async function invoke(invocation: Invocation): Promise<Outcome> {
    const { id, timeoutSeconds } = invocation;
    const exitError = (how: string): Outcome =>
      failure({
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: ${id} Error: Runtime exited with error: ${how}`,
      });
    onLine = invocation.onLine;
    linesBeforeFirst.forEach(onLine);
    linesBeforeFirst = [];

    const started = await within(
      INIT_SECONDS,
      Promise.race([ready.then((problem) => ({ problem })), ended.then((how) => ({ how }))]),
    );
    if (started === undefined) {
      kill();
      return failure({
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${id} Error: Task timed out after ${INIT_SECONDS.toFixed(2)} seconds`,
      });
    }
    if ('how' in started) {
      return exitError(started.how);
    }
    if (started.problem !== undefined) {
      kill();
      return failure(started.problem);
    }

    const written = Promise.all([mark(`stdout ${id}`), mark(`stderr ${id}`)]);
    const replied = new Promise<Reply>((resolve) => {
      waiting = resolve;
    });
    child.send(
      {
        id,
        payload: invocation.payload,
        context: invocation.context,
        aheadMs: aheadMs(),
        // By the machine's clock.
        deadline: Date.now() + timeoutSeconds * 1000,
      },
      // A process that is gone is reported by `ended`.
      () => {},
    );
    const answer = await within(timeoutSeconds, Promise.race([replied, ended]));
    if (answer === undefined) {
      kill();
      return failure({
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${id} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      });
    }
    if (typeof answer === 'string') {
      return exitError(answer);
    }
    await Promise.race([written, ended]);
    marks.clear();
    return answer.error === undefined
      ? { outcome: 'success', payload: answer.result ?? 'null' }
      : failure(answer.error);
  }

  return { invoke, alive: () => alive, kill };
}
