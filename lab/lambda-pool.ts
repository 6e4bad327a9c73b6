import type { MotoClients } from './clients.ts';
import type { CodeStore } from './lambda-code.ts';
import type { LabFunction } from './lambda-functions.ts';
import { type Invocation, type Outcome, startWorker, type Worker } from './lambda-worker.ts';
import type { LabClock } from './types.ts';

/** The processes of all functions: kept warm, several per function. */
export interface WorkerPool {
  /**
   * Runs one invocation in a free process, or in a new one.
   * @returns `undefined` when all processes are busy and the caller does not want to wait.
   */
  run(fn: LabFunction, invocation: Invocation, whenBusy: 'wait' | 'refuse'): Promise<Outcome | undefined>;
  /**
   * Ends one process in the middle of its work, as `kill -9` does.
   * @param draw picks which: a number from 0 to below 1.
   * @returns the ARN of its function; `undefined` when no process is at work.
   */
  killOne(draw: number): string | undefined;
  /** Ends the processes that wait for work, as Lambda does after a while: the next invocation starts a new one. */
  endIdle(): void;
  /** Ends the process whose credentials have this access key, if there is one. */
  kill(accessKeyId: string): void;
  stop(): void;
}

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

export function createWorkerPool({ gatewayUrl, clients, code, clock }: WorkerPoolOptions): WorkerPool {
  const functions = new Map<string, FunctionWorkers>();
  /** By access key: each process has a session of its own. */
  const sessions = new Map<string, Worker>();
  let instances = 0;
  let stopped = false;

  function retireAll({ idle, all }: FunctionWorkers): void {
    for (const { worker, retire } of idle.splice(0)) {
      clearTimeout(retire);
      worker.kill();
      all.delete(worker);
    }
  }

  function workersOf(fn: LabFunction): FunctionWorkers {
    const version = JSON.stringify([
      fn.code.sha256,
      fn.handler,
      fn.environment,
      fn.memoryMegabytes,
      fn.roleArn,
    ]);
    const known = functions.get(fn.arn);
    if (known?.version === version) {
      return known;
    }
    if (known !== undefined) {
      retireAll(known);
    }
    const fresh: FunctionWorkers = { version, idle: [], all: new Set(), busy: 0, queue: [] };
    functions.set(fn.arn, fresh);
    return fresh;
  }

  async function start(fn: LabFunction): Promise<Worker> {
    const directory = await code.directoryOf(fn.code, fn);
    const credentials = await clients.assumeRole({ roleArn: fn.roleArn, sessionName: fn.name });
    if (stopped) {
      throw new Error('The lab is stopping; it starts no more functions.');
    }
    instances += 1;
    const passedOn = PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const worker = startWorker({
      directory,
      aheadMs: clock.aheadMs,
      memoryMegabytes: fn.memoryMegabytes,
      environment: {
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
        AWS_ENDPOINT_URL: gatewayUrl(),
        AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMegabytes),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: `lab/[$LATEST]${instances}`,
        LAMBDA_TASK_ROOT: directory,
        LAMBDA_RUNTIME_DIR: directory,
      },
    });
    for (const [accessKeyId, other] of sessions) {
      if (!other.alive()) {
        sessions.delete(accessKeyId);
      }
    }
    sessions.set(credentials.accessKeyId, worker);
    return worker;
  }

  function giveBack(workers: FunctionWorkers, worker: Worker, arn: string): void {
    if (!worker.alive() || functions.get(arn) !== workers) {
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

  return {
    async run(fn, invocation, whenBusy) {
      const workers = workersOf(fn);
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
        const worker = takeIdle(workers) ?? (await start(fn));
        workers.all.add(worker);
        const outcome = await worker.invoke(invocation);
        giveBack(workers, worker, fn.arn);
        return outcome;
      } finally {
        const next = workers.queue.shift();
        if (next === undefined) {
          workers.busy -= 1;
        } else {
          next();
        }
      }
    },
    killOne(draw) {
      const atWork = [...functions].flatMap(([arn, { idle, all }]) => {
        const waiting = new Set(idle.map(({ worker }) => worker));
        return [...all].filter((worker) => !waiting.has(worker)).map((worker) => ({ arn, worker }));
      });
      const chosen = atWork[Math.floor(draw * atWork.length)];
      chosen?.worker.kill();
      return chosen?.arn;
    },
    endIdle: () => {
      for (const workers of functions.values()) {
        retireAll(workers);
      }
    },
    kill: (accessKeyId) => sessions.get(accessKeyId)?.kill(),
    stop() {
      stopped = true;
      for (const workers of functions.values()) {
        retireAll(workers);
        for (const worker of workers.all) {
          worker.kill();
        }
      }
      functions.clear();
    },
  };
}
