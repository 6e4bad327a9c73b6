import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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

/** Before the id of an invocation: the stream has all that it wrote. runtime.mjs writes it. */
const END_MARK = '\u0000end ';

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

/** @returns `undefined` when the time is up. */
function within<T>(seconds: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout;
  const timeUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
  });
  return Promise.race([work, timeUp]).finally(() => clearTimeout(timer));
}

function timedOut(id: string, seconds: number): Outcome {
  return failure({
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${id} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
  });
}

/** @param how the exit status or the signal. */
function exited(id: string, how: string): Outcome {
  return failure({
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${id} Error: Runtime exited with error: ${how}`,
  });
}

/** What a process writes, line by line, and where an invocation's share of it ends. */
class ProcessOutput {
  #linesBeforeFirst: string[] = [];
  #onLine = (line: string): void => {
    this.#linesBeforeFirst.push(line);
  };
  /** Who waits for the end of an invocation's output, by stream. */
  readonly #marks = new Map<string, () => void>();

  constructor({ stdout, stderr }: ChildProcess) {
    this.#read('stdout', stdout);
    this.#read('stderr', stderr);
  }

  /** Hands lines on from now on, those first that have come before. */
  handTo(onLine: (line: string) => void): void {
    this.#onLine = onLine;
    this.#linesBeforeFirst.forEach(onLine);
    this.#linesBeforeFirst = [];
  }

  /** Once all is written that the invocation wrote. */
  async written(id: string): Promise<void> {
    const mark = (key: string) => new Promise<void>((resolve) => this.#marks.set(key, resolve));
    await Promise.all([mark(`stdout ${id}`), mark(`stderr ${id}`)]);
  }

  forgetMarks(): void {
    this.#marks.clear();
  }

  #read(name: 'stdout' | 'stderr', stream: Readable | null): void {
    if (stream === null) {
      throw new Error('A function process has no output pipe.');
    }
    createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith(END_MARK)) {
        this.#marks.get(`${name} ${line.slice(END_MARK.length)}`)?.();
      } else {
        this.#onLine(line);
      }
    });
  }
}

class FunctionProcess implements Worker {
  readonly #child: ChildProcess;
  readonly #aheadMs: () => number;
  readonly #output: ProcessOutput;
  /** The exit status or the signal. */
  readonly #ended: Promise<string>;
  readonly #ready: Promise<FunctionError | undefined>;
  #alive = true;
  #waiting: ((reply: Reply) => void) | undefined;

  constructor({ directory, environment, memoryMegabytes, aheadMs }: WorkerOptions) {
    this.#aheadMs = aheadMs;
    this.#child = spawn(process.execPath, [...heapFlags(memoryMegabytes), RUNTIME], {
      cwd: directory,
      env: { ...environment, LAB_PID: String(process.pid), LAB_CLOCK_AHEAD_MS: String(aheadMs()) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.#ended = this.#end();
    this.#output = new ProcessOutput(this.#child);
    this.#ready = this.#start();
  }

  alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    this.#alive = false;
    this.#child.kill('SIGKILL');
  }

  async invoke(invocation: Invocation): Promise<Outcome> {
    const { id, timeoutSeconds, onLine } = invocation;
    this.#output.handTo(onLine);
    const problem = await this.#whyNotStarted(id);
    if (problem !== undefined) {
      return problem;
    }
    const written = this.#output.written(id);
    const answer = await within(timeoutSeconds, Promise.race([this.#send(invocation), this.#ended]));
    if (answer === undefined) {
      this.kill();
      return timedOut(id, timeoutSeconds);
    }
    if (typeof answer === 'string') {
      return exited(id, answer);
    }
    await Promise.race([written, this.#ended]);
    this.#output.forgetMarks();
    return answer.error === undefined
      ? { outcome: 'success', payload: answer.result ?? 'null' }
      : failure(answer.error);
  }

  #end(): Promise<string> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#alive = false;
        resolve(error.message);
      });
      this.#child.once('exit', (code, signal) => {
        this.#alive = false;
        resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`);
      });
    });
  }

  /** Once the function is loaded, with what went wrong there. */
  #start(): Promise<FunctionError | undefined> {
    return new Promise((resolve) => {
      this.#child.on('message', (message: Reply) => {
        if (message.ready || message.initError) {
          resolve(message.initError);
        } else {
          this.#waiting?.(message);
        }
      });
    });
  }

  /** Waits until the process is ready; otherwise, how the invocation has failed. */
  async #whyNotStarted(id: string): Promise<Outcome | undefined> {
    const started = await within(
      INIT_SECONDS,
      Promise.race([this.#ready.then((problem) => ({ problem })), this.#ended.then((how) => ({ how }))]),
    );
    if (started === undefined) {
      this.kill();
      return timedOut(id, INIT_SECONDS);
    }
    if ('how' in started) {
      return exited(id, started.how);
    }
    if (started.problem !== undefined) {
      this.kill();
      return failure(started.problem);
    }
    return undefined;
  }

  #send({ id, payload, context, timeoutSeconds }: Invocation): Promise<Reply> {
    const replied = new Promise<Reply>((resolve) => {
      this.#waiting = resolve;
    });
    // By the machine's clock.
    const deadline = Date.now() + timeoutSeconds * 1000;
    this.#child.send(
      { id, payload, context, aheadMs: this.#aheadMs(), deadline },
      // A process that is gone is reported by `ended`.
      () => {},
    );
    return replied;
  }
}

export function startWorker(options: WorkerOptions): Worker {
  return new FunctionProcess(options);
}
