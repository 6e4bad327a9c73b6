import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActivity } from './activity.ts';
import { createAlarms } from './alarms.ts';
import { createCallCounts } from './calls.ts';
import { createMotoClients } from './clients.ts';
import { clockRoutes, createClock } from './clock.ts';
import { createCustomResources } from './custom-resources/overlay.ts';
import { createCustomResourceRequests } from './custom-resources/requests.ts';
import { createDashboardMaker } from './dashboards.ts';
import { createAskMoto } from './ec2/moto.ts';
import { createEc2Overlay } from './ec2/overlay.ts';
import { LabError } from './errors.ts';
import { createEventBusPolicyMaker } from './event-bus-policy.ts';
import { createEventHistory } from './event-history.ts';
import { createEventPermissions } from './event-permissions.ts';
import { createEventRules } from './event-rules.ts';
import { createEventSourceMappings } from './event-source-mappings.ts';
import { createEventBuses } from './events.ts';
import { createFaults } from './faults.ts';
import { administratorRequest, createMotoPort } from './forward.ts';
import { createFunctionLogs } from './function-logs.ts';
import { type Layer, startGateway } from './gateway.ts';
import { createResourceFacts } from './iam/facts.ts';
import { createPermissions } from './iam/permissions.ts';
import { createRolePolicies } from './iam/roles.ts';
import { createRoleTrust } from './iam/trust.ts';
import { createLambdaService } from './lambda.ts';
import { createCodeStore } from './lambda-code.ts';
import { createFunctionRegistry } from './lambda-functions.ts';
import { createWorkerPool } from './lambda-pool.ts';
import { createMetricStore } from './metrics.ts';
import { startMoto } from './moto.ts';
import { createNotifications } from './notifications.ts';
import { accountNamedBy, createPrincipals } from './principals.ts';
import { createQueueDenials } from './queue-denials.ts';
import { createQueuePolicyMaker } from './queue-policies.ts';
import { createQueuePollers } from './queue-pollers.ts';
import { createQueues, sqsCall } from './queues.ts';
import { createEnabledRegions, homeRegion } from './regions.ts';
import { createRoleCalls, type RoleCalls } from './role-calls.ts';
import { makeRunDirectory } from './run-directory.ts';
import { createSchedules } from './schedules.ts';
import { createSsmOverlay } from './ssm/overlay.ts';
import { createModelPinger } from './ssm/ping-run.ts';
import { createRealPing } from './ssm/real-ping.ts';
import type { KnownScript } from './ssm/scripts.ts';
import { createStackSetsOverlay } from './stack-sets.ts';
import { createEventInvokeConfigMaker, createFunctionCodeMaker, createStacksOverlay } from './stacks.ts';
import { createToolRunner, type ToolRunner } from './tools.ts';
import {
  DEFAULT_ACCOUNT_ID,
  type LabContext,
  type LabLog,
  type LabRequest,
  type LabResponse,
  type LabRoute,
  type Place,
} from './types.ts';

export interface LabOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** Where stacks are deployed unless a deployment says otherwise, and clients look; default `us-east-1`. */
  readonly region?: string;
  /** `by-request` (default): only `POST /_lab/schedules/<function>` starts them. `by-time`: they also run by themselves. */
  readonly schedules?: 'by-request' | 'by-time';
  /** `model` (default): pings are computed. `real`: run between network namespaces, where this machine allows it. */
  readonly pings?: 'model' | 'real';
  /**
   * IAM paths, such as `/my-stack/`. Whoever works as a role with one of them in its path may do what the role's policies
   * allow, is throttled where the setting `throttling` says so, and assumes it only if its trust policy lets him. Default: none;
   * every other caller may do everything.
   */
  readonly checkedRoles?: readonly string[];
  /**
   * `enforced`: those roles are held to their policies; the default where the lab starts moto itself.
   * `ignored`: they may do everything; moto elsewhere cannot show the roles' policies.
   */
  readonly permissions?: 'enforced' | 'ignored';
  /** Scripts of command documents that do more than ping, with what they print; default: none. */
  readonly scripts?: readonly KnownScript[];
  /** What happens in the lab, one call per event; default: nothing is written. */
  readonly log?: LabLog;
  /** Sees every answer of the local AWS as its callers get it, whoever calls. */
  readonly watch?: (request: LabRequest, response: LabResponse) => void;
  /** Steps of starting and deploying, for a person; default: written to stderr. */
  readonly progress?: (line: string) => void;
}

export interface Lab {
  /** The AWS endpoint, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Where stacks are deployed unless a deployment says otherwise. */
  readonly region: string;
  /** Environment variables that make AWS's clients use the lab, as the administrator of 123456789012. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * The same, as the administrator of another account.
   * @throws {LabError} when it is not twelve digits.
   */
  envOf(account: string): Readonly<Record<string, string>>;
  /** A folder outside of the project for what this lab's tools write; gone when it stops. */
  readonly directory: string;
  /**
   * Runs a tool, such as one that deploys, with the lab as its AWS; several may run at once. What it prints goes to `progress`.
   * @throws {LabError} with the end of its output when it fails.
   */
  readonly run: ToolRunner['run'];
  /** Waits until no event is on its way and no function runs; false when that takes longer. */
  idle(timeoutMs?: number): Promise<boolean>;
  /** Ends all processes and removes all that was written. */
  stop(): Promise<void>;
}

/** Longer than anything takes on a busy machine, so that only what never ends is given up. */
const IDLE_TIMEOUT_MS = 120_000;

function watched(watch: NonNullable<LabOptions['watch']>): Layer {
  return async (request, next) => {
    const response = await next(request);
    watch(request, response);
    return response;
  };
}

/**
 * Starts a local AWS: moto, and the gateway in front of it.
 * @throws {LabError} when Python, the port or the Region is not to be had; nothing is left running then.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const log: LabLog = options.log ?? (() => {});
  const region = homeRegion(options.region);
  const progress = options.progress ?? ((line: string) => process.stderr.write(`${line}\n`));

  /** What to undo, last first. */
  const undo: (() => Promise<void> | void)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      for (const step of undo.reverse()) {
        await step();
      }
    })();
    return stopping;
  };

  try {
    const moto = await startMoto({ progress, log });
    undo.push(moto.stop);
    // Outside the project: an unpacked function must not find the project's node_modules.
    const directory = await makeRunDirectory(tmpdir(), 'peering-lab-');
    undo.push(directory.remove);

    const clock = createClock();
    const calls = createCallCounts();
    const faults = createFaults({ endProcess: (accessKeyId) => pool.kill(accessKeyId) });
    const regions = createEnabledRegions();
    const activity = createActivity();
    const principals = createPrincipals();
    const port = createMotoPort(moto.url);
    const clients = createMotoClients(moto.url, principals);
    undo.push(clients.stop);
    let url = '';

    const notifications = createNotifications({ clients, clock });
    const metrics = createMetricStore(clock);
    const logs = createFunctionLogs({ metrics, clock, call: port.call, log });
    const code = createCodeStore(clients, join(directory.path, 'functions'));
    const functions = createFunctionRegistry(clients);
    const pool = createWorkerPool({ gatewayUrl: () => url, clients, code, clock });
    undo.push(pool.stop);
    const queues = createQueues({ call: port.call });
    const rules = createEventRules({ clients, log });
    const lambda = createLambdaService({
      functions,
      pool,
      code,
      logs,
      metrics,
      queues,
      notifications,
      activity,
      clock,
      emit: (event, place, busName) => buses.emit(event, place, busName),
      log,
    });
    const buses = createEventBuses({
      rules,
      queues,
      permissions: createEventPermissions({ clients, call: port.call, log }),
      notifications,
      invokeFunction: lambda.acceptEvent,
      activity,
      clock,
      log,
    });
    const schedules = createSchedules({ rules, functions, lambda, clock, log });
    undo.push(schedules.stop);
    // Its layers need the parts that follow.
    const inRole: RoleCalls = {
      send: (fn, call) => roleCalls.send(fn, call),
      refusal: (fn, call) => roleCalls.refusal(fn, call),
    };
    const pollers = createQueuePollers({
      queues,
      functions,
      roleCalls: inRole,
      invoke: lambda.invokeNow,
      faults,
      metrics,
      activity,
      clock,
      log,
    });
    undo.push(pollers.stop);
    const mappings = createEventSourceMappings({
      functions,
      queues,
      lambda: lambda.overlay,
      clock,
      async pollingRefusal(fn, queue) {
        for (const action of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) {
          const refusal = await inRole.refusal(fn, sqsCall(queue, action, { QueueUrl: queue.url }));
          if (refusal !== undefined) {
            return `The function execution role does not have permissions to call ${action} on SQS. ${refusal}`;
          }
        }
        return undefined;
      },
      changed: pollers.set,
      removed: pollers.remove,
      settled: pollers.resume,
    });
    const alarms = createAlarms({
      clients,
      metrics,
      notifications,
      clock,
      emit: buses.emit,
      ageOfOldestMessage: pollers.ageOfOldest,
      log,
    });
    undo.push(() => alarms.overlay.stop?.());
    const stacks = createStacksOverlay({
      clients,
      call: port.call,
      makers: [
        createFunctionCodeMaker(lambda.takeCode),
        createEventInvokeConfigMaker(clients),
        createEventBusPolicyMaker(clients),
        createQueuePolicyMaker(queues),
        alarms.maker,
        createDashboardMaker(clients),
        mappings.maker,
      ],
      changed(place: Place) {
        rules.invalidate(place);
        functions.invalidate();
        queues.invalidate();
        ec2.invalidate();
        permissions.invalidate();
      },
      log,
    });
    const customResources = createCustomResources({
      clients,
      call: port.call,
      requests: createCustomResourceRequests({ gatewayUrl: () => url, functions, lambda }),
      stacks,
      activity,
      log,
    });
    const history = createEventHistory({ clock, emit: buses.emit });
    const context: LabContext = { call: port.call, emit: history.emit, clock, log };
    const { checkedRoles = [] } = options;
    const ec2 = createEc2Overlay(context, { throttledRoles: checkedRoles });
    const real =
      options.pings === 'real' ? await createRealPing({ model: createModelPinger(1), log }) : undefined;
    if (typeof real === 'string') {
      progress(real);
    } else if (real !== undefined) {
      undo.push(real.stop);
    }
    const ssm = createSsmOverlay(context, {
      ...(typeof real === 'object' ? { pinger: real.pinger, runInShell: real.runInShell } : {}),
      scripts: options.scripts ?? [],
      // Through the overlay, so that the network has the states that callers see.
      readEc2: (call) => ec2.handle(administratorRequest(call), port.forward),
      track: activity.track,
    });
    const enforcement = options.permissions ?? (moto.startedBy === 'lab' ? 'enforced' : 'ignored');
    const facts = createResourceFacts({
      ask: createAskMoto(context),
      readEc2: (request) => ec2.handle(request, port.forward),
      call: port.call,
      clients,
    });
    const permissions = createPermissions({
      roles: createRolePolicies(port.call),
      checkedRoles,
      facts,
      log,
    });

    const queueDenials = createQueueDenials(queues);
    const roleCalls = createRoleCalls({
      layers: [regions.layer, faults.layer, queueDenials],
      permissions: enforcement === 'enforced' ? permissions.layer : undefined,
      forward: port.forward,
    });

    const idle = (timeoutMs = IDLE_TIMEOUT_MS) => activity.idle(timeoutMs);
    const idleRoute: LabRoute = {
      method: 'POST',
      path: '/_lab/idle',
      handle: async ({ query }) => ({ idle: await idle(Number(query.get('timeoutMs') ?? IDLE_TIMEOUT_MS)) }),
    };
    const gateway = await startGateway({
      port: options.port ?? 0,
      forward: port.forward,
      principals,
      overlays: {
        ec2,
        ssm,
        events: buses.overlay,
        lambda: mappings.overlay,
        sqs: queues.overlay,
        sns: notifications.overlay,
        cloudformation: createStackSetsOverlay({
          clients,
          stacks: customResources,
          forward: port.forward,
          call: port.call,
          track: activity.track,
          log,
        }),
        monitoring: alarms.overlay,
        cloudtrail: history.overlay,
      },
      // A call that a fault answers was not checked: what was seen is what the service saw.
      layers: [
        ...(options.watch === undefined ? [] : [watched(options.watch)]),
        calls.layer,
        regions.layer,
        faults.layer,
        queueDenials,
        ...(enforcement === 'enforced'
          ? [createRoleTrust({ call: port.call, facts, checkedRoles }), permissions.layer]
          : []),
      ],
      routes: [
        idleRoute,
        ...schedules.routes,
        ...calls.routes,
        ...faults.routes,
        ...regions.routes,
        ...permissions.routes,
        ...pollers.routes,
        ...clockRoutes(clock),
      ],
      log,
    });
    undo.push(gateway.stop);
    url = gateway.url;
    const envOf = (account: string) => {
      if (accountNamedBy(account) === undefined) {
        throw new LabError(
          `"${account}" is no account id: give twelve digits, such as ${DEFAULT_ACCOUNT_ID}.`,
        );
      }
      return {
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: account === DEFAULT_ACCOUNT_ID ? 'test' : account,
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
      };
    };
    const envInRole = async (roleArn: string) => {
      const {
        accessKeyId,
        secretAccessKey,
        sessionToken = '',
      } = await clients.assumeRole({
        roleArn,
        sessionName: 'deployment',
      });
      return {
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      };
    };
    const tools = createToolRunner({ envOf, envInRole, region, progress });
    undo.push(tools.stop);
    if (options.schedules === 'by-time') {
      schedules.start();
    }
    return {
      url,
      region,
      env: envOf(DEFAULT_ACCOUNT_ID),
      envOf,
      directory: directory.path,
      run: tools.run,
      idle,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
