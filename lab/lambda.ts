import { randomUUID } from 'node:crypto';
import type { Activity } from './activity.ts';
import { isArn, parseArn } from './arn.ts';
import { messageOf } from './errors.ts';
import { PermanentDeliveryFailure } from './event-targets.ts';
import type { FunctionLogs } from './function-logs.ts';
import { AsynchronousInvocations } from './lambda-asynchronous.ts';
import type { CodeStore } from './lambda-code.ts';
import type { FunctionRegistry, LabFunction } from './lambda-functions.ts';
import { type FinishedInvocation, Invocations } from './lambda-invocations.ts';
import { invoke } from './lambda-invoke.ts';
import type { WorkerPool } from './lambda-pool.ts';
import type { MetricStore } from './metrics.ts';
import type { Notifications } from './notifications.ts';
import type { Queues } from './queues.ts';
import type {
  LabClock,
  LabLog,
  LabRequest,
  LabResponse,
  LabRoute,
  NewEvent,
  Place,
  ServiceOverlay,
} from './types.ts';

export interface LambdaOptions {
  readonly functions: FunctionRegistry;
  readonly pool: WorkerPool;
  readonly code: CodeStore;
  readonly logs: FunctionLogs;
  readonly metrics: MetricStore;
  readonly queues: Queues;
  readonly notifications: Notifications;
  readonly activity: Activity;
  readonly clock: LabClock;
  /** For destinations that are event buses. */
  emit(event: NewEvent, place: Place, busName: string): void;
  readonly log: LabLog;
}

export interface LambdaService {
  /** Takes an event as EventBridge hands it over: run later, again on error, then to the failure destination. */
  acceptEvent(functionArn: string, payload: string, source: { readonly ruleArn: string }): Promise<void>;
  /** Runs a function as an asynchronous invocation does, and answers how its last attempt ended. */
  runEvent(fn: LabFunction, payload: string): Promise<FinishedInvocation>;
  /** Runs a function once and waits for its result. */
  invokeNow(fn: LabFunction, payload: string): Promise<FinishedInvocation>;
  /**
   * Takes the package of a function, as Lambda does when one is made or changed: what becomes of the bucket afterwards is all the
   * same to it.
   *
   * @param reference as of {@link FunctionRegistry.find}.
   */
  takeCode(reference: string, place: Place): Promise<void>;
  readonly overlay: ServiceOverlay;
}

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const CODE_PATH = /^\/2015-03-31\/functions(\/[^/]+\/code)?\/?$/;

/** In Lambda's answer to `CreateFunction` and `UpdateFunctionCode`; undefined of one that it refused. */
function functionNameIn({ status, body }: LabResponse): string | undefined {
  if (status >= 300) {
    return undefined;
  }
  const { FunctionName } = JSON.parse(body.toString()) as { readonly FunctionName?: string };
  return FunctionName;
}

/** Compares an ARN with a pattern of IAM's `ArnLike`: `*` and `?`. */
function matchesArn(pattern: string, arn: string): boolean {
  if (!isArn(pattern)) {
    return pattern === '*';
  }
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(arn);
}

function mayInvoke(fn: LabFunction, ruleArn: string): boolean {
  return fn.invokers.some(
    ({ service, sourceArn }) =>
      service === 'events.amazonaws.com' && (sourceArn === undefined || matchesArn(sourceArn, ruleArn)),
  );
}

/** The packages of functions as callers of Lambda bring them along or name them. */
class Packages {
  readonly #options: Pick<LambdaOptions, 'functions' | 'code' | 'log'>;

  constructor(options: Pick<LambdaOptions, 'functions' | 'code' | 'log'>) {
    this.#options = options;
  }

  /** What a call that makes or changes a function has in itself. */
  remember(request: LabRequest): void {
    if (!CODE_PATH.test(request.path) || request.body.length === 0) {
      return;
    }
    const { ZipFile, Code } = JSON.parse(request.body.toString()) as {
      readonly ZipFile?: string;
      readonly Code?: { readonly ZipFile?: string };
    };
    const zip = ZipFile ?? Code?.ZipFile;
    if (zip !== undefined) {
      this.#options.code.remember(Buffer.from(zip, 'base64'));
    }
  }

  async take(reference: string, place: Place): Promise<void> {
    try {
      const fn = await this.#options.functions.find(reference, place);
      if (fn !== undefined) await this.#options.code.directoryOf(fn.code, fn);
    } catch (error) {
      // The first invocation tries again, and fails with it.
      this.#options.log('the package of a function could not be taken', {
        function: reference,
        error: messageOf(error),
      });
    }
  }
}

/** What is asked of the processes that run functions. */
function poolRoutes(pool: WorkerPool): readonly LabRoute[] {
  return [
    {
      method: 'POST',
      path: '/_lab/functions/kill',
      handle: () => ({ killed: pool.killOne(Math.random()) ?? null }),
    },
    {
      method: 'DELETE',
      path: '/_lab/functions/idle',
      handle() {
        pool.endIdle();
        return {};
      },
    },
  ];
}

/** Lambda: runs the deployed packages in processes of this machine. */
export function createLambdaService(options: LambdaOptions): LambdaService {
  const { functions, pool, logs, metrics, activity } = options;
  const invocations = new Invocations(options);
  const asynchronous = new AsynchronousInvocations({ ...options, invocations });
  const packages = new Packages(options);

  return {
    async acceptEvent(functionArn, payload, { ruleArn }) {
      const fn = await functions.find(functionArn, parseArn(functionArn));
      if (fn === undefined) {
        throw new PermanentDeliveryFailure('RESOURCE_NOT_FOUND', `There is no function ${functionArn}.`);
      }
      if (!mayInvoke(fn, ruleArn)) {
        throw new PermanentDeliveryFailure(
          'NO_PERMISSIONS',
          `${fn.name} does not let events.amazonaws.com invoke it for ${ruleArn}; add an AWS::Lambda::Permission.`,
        );
      }
      asynchronous.accept(fn, payload);
    },
    runEvent: (fn, payload) => asynchronous.run(fn, payload),
    invokeNow: (fn, payload) =>
      activity.track(() =>
        invocations.run(fn, { requestId: randomUUID(), payload, type: 'request', attempt: 1 }),
      ),
    takeCode: (reference, place) => packages.take(reference, place),
    overlay: {
      routes: [invocations.route, ...poolRoutes(pool), ...logs.routes, ...metrics.routes],
      stop: () => pool.stop(),
      async handle(request, forward) {
        const reference = INVOKE_PATH.exec(request.path)?.[1];
        if (reference !== undefined && request.method === 'POST') {
          const invoking = { functions, invocations, asynchronous, activity, logs };
          return invoke(invoking, decodeURIComponent(reference), request);
        }
        packages.remember(request);
        const response = await forward(request);
        if (request.method !== 'GET') {
          functions.invalidate();
          const changed = CODE_PATH.test(request.path) ? functionNameIn(response) : undefined;
          if (changed !== undefined) await packages.take(changed, request);
        }
        return response;
      },
    },
  };
}
