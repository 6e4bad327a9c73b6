import type { Credentials, MotoClients } from './clients.ts';
import type { CodeStore } from './lambda-code.ts';
import type { LabFunction } from './lambda-functions.ts';
import { type Invocation, type Outcome, startWorker, type Worker } from './lambda-worker.ts';
import type { LabClock } from './types.ts';

export interface WorkerPoolOptions {
  readonly gatewayUrl: () => string;
  readonly clients: MotoClients;
  readonly code: CodeStore;
  readonly clock: LabClock;
}

interface FunctionWorkers {
  /** Changes with everything that a process takes in at its start. */
  readonly version: string;
  readonly idle: { readonly worker: Worker; readonly retire: NodeJS.Timeout }[];
  readonly all: Set<Worker>;
  /** Processes that run or start an invocation. */
  busy: number;
  readonly queue: (() => void)[];
}

/** Processes per function without reserved concurrency: this is one machine. */
const CONCURRENCY = 5;

const KEEP_WARM_MS = 60_000;

/** What a function sees of this machine's environment. */
const PASSED_ON = ['PATH', 'LANG', 'TMPDIR', 'SystemRoot'];

/** Where a new process runs, and as whom. */
interface ProcessPlace {
  readonly directory: string;
  readonly credentials: Credentials;
  readonly gatewayUrl: string;
  /** A number that no other process has. */
  readonly instance: number;
}

/** What the process of a function sees: this machine's least, its configuration, and what Lambda adds. */
function environmentOf(
  fn: LabFunction,
  { directory, credentials, gatewayUrl, instance }: ProcessPlace,
): Readonly<Record<string, string>> {
  const passedOn = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passedOn),
    TZ: ':UTC',
    // The function's Node on AWS is the one that its stack names, not this machine's.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    ...fn.environment,
    _HANDLER: fn.handler,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    AWS_REGION: fn.region,
    AWS_DEFAULT_REGION: fn.region,
    AWS_ENDPOINT_URL: gatewayUrl,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `lab/[$LATEST]${instance}`,
    LAMBDA_TASK_ROOT: directory,
    LAMBDA_RUNTIME_DIR: directory,
  };
}

function retireAll({ idle, all }: FunctionWorkers): void {
  for (const { worker, retire } of idle.splice(0)) {
    clearTimeout(retire);
    worker.kill();
    all.delete(worker);
  }
}

function takeIdle(workers: FunctionWorkers): Worker | undefined {
  for (let entry = workers.idle.pop(); entry !== undefined; entry = workers.idle.pop()) {
    clearTimeout(entry.retire);
    if (entry.worker.alive()) {
      return entry.worker;
    }
    workers.all.delete(entry.worker);
  }
  return undefined;
}

/** The processes of all functions: kept warm, several per function. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #functions = new Map<string, FunctionWorkers>();
  /** By access key: each process has a session of its own. */
  readonly #sessions = new Map<string, Worker>();
  #instances = 0;
  #stopped = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /**
   * Runs one invocation in a free process, or in a new one.
   * @returns `undefined` when all processes are busy and the caller does not want to wait.
   */
  async run(
    fn: LabFunction,
    invocation: Invocation,
    whenBusy: 'wait' | 'refuse',
  ): Promise<Outcome | undefined> {
    const workers = this.#workersOf(fn);
    if (workers.busy >= (fn.reservedConcurrency ?? CONCURRENCY)) {
      if (whenBusy === 'refuse' && fn.reservedConcurrency !== undefined) {
        return undefined;
      }
      // Whoever ends hands its place over: `busy` stays as it is.
      await new Promise<void>((resolve) => workers.queue.push(resolve));
    } else {
      workers.busy += 1;
    }
    try {
      const worker = takeIdle(workers) ?? (await this.#start(fn));
      workers.all.add(worker);
      const outcome = await worker.invoke(invocation);
      this.#giveBack(workers, worker, fn.arn);
      return outcome;
    } finally {
      const next = workers.queue.shift();
      if (next === undefined) {
        workers.busy -= 1;
      } else {
        next();
      }
    }
  }

  /**
   * Ends one process in the middle of its work, as `kill -9` does.
   * @param draw picks which: a number from 0 to below 1.
   * @returns the ARN of its function; `undefined` when no process is at work.
   */
  killOne(draw: number): string | undefined {
    const atWork = [...this.#functions].flatMap(([arn, { idle, all }]) => {
      const waiting = new Set(idle.map(({ worker }) => worker));
      return [...all].filter((worker) => !waiting.has(worker)).map((worker) => ({ arn, worker }));
    });
    const chosen = atWork[Math.floor(draw * atWork.length)];
    chosen?.worker.kill();
    return chosen?.arn;
  }

  /** Ends the processes that wait for work, as Lambda does after a while: the next invocation starts a new one. */
  endIdle(): void {
    for (const workers of this.#functions.values()) {
      retireAll(workers);
    }
  }

  /** Ends the process whose credentials have this access key, if there is one. */
  kill(accessKeyId: string): void {
    this.#sessions.get(accessKeyId)?.kill();
  }

  stop(): void {
    this.#stopped = true;
    for (const workers of this.#functions.values()) {
      retireAll(workers);
      for (const worker of workers.all) {
        worker.kill();
      }
    }
    this.#functions.clear();
  }

  #workersOf(fn: LabFunction): FunctionWorkers {
    const version = JSON.stringify([
      fn.code.sha256,
      fn.handler,
      fn.environment,
      fn.memoryMegabytes,
      fn.roleArn,
    ]);
    const known = this.#functions.get(fn.arn);
    if (known?.version === version) {
      return known;
    }
    if (known !== undefined) {
      retireAll(known);
    }
    const fresh: FunctionWorkers = { version, idle: [], all: new Set(), busy: 0, queue: [] };
    this.#functions.set(fn.arn, fresh);
    return fresh;
  }

  async #start(fn: LabFunction): Promise<Worker> {
    const directory = await this.#options.code.directoryOf(fn.code, fn);
    const credentials = await this.#options.clients.assumeRole({ roleArn: fn.roleArn, sessionName: fn.name });
    if (this.#stopped) {
      throw new Error('The lab is stopping; it starts no more functions.');
    }
    this.#instances += 1;
    const worker = startWorker({
      directory,
      aheadMs: this.#options.clock.aheadMs,
      memoryMegabytes: fn.memoryMegabytes,
      environment: environmentOf(fn, {
        directory,
        credentials,
        gatewayUrl: this.#options.gatewayUrl(),
        instance: this.#instances,
      }),
    });
    for (const [accessKeyId, other] of this.#sessions) {
      if (!other.alive()) {
        this.#sessions.delete(accessKeyId);
      }
    }
    this.#sessions.set(credentials.accessKeyId, worker);
    return worker;
  }

  #giveBack(workers: FunctionWorkers, worker: Worker, arn: string): void {
    if (!worker.alive() || this.#functions.get(arn) !== workers) {
      worker.kill();
      workers.all.delete(worker);
      return;
    }
    const retire = setTimeout(() => {
      worker.kill();
      workers.all.delete(worker);
      workers.idle.splice(
        workers.idle.findIndex((entry) => entry.worker === worker),
        1,
      );
    }, KEEP_WARM_MS);
    retire.unref();
    workers.idle.push({ worker, retire });
  }
}
