import { LabEnvironment } from './environment.ts';
import { type Layer, startGateway } from './gateway.ts';
import { homeRegion } from './regions.ts';
import { createLabServices, type LabServices } from './services/all.ts';
import { type LabGround, layGround } from './services/ground.ts';
import type { KnownScript } from './ssm/scripts.ts';
import { Teardown } from './teardown.ts';
import { createToolRunner, type ToolRunner } from './tools.ts';
import {
  DEFAULT_ACCOUNT_ID,
  type LabLog,
  type LabRequest,
  type LabResponse,
  type LabRoute,
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

/** `POST /_lab/idle`. */
function idleRoute(idle: Lab['idle']): LabRoute {
  return {
    method: 'POST',
    path: '/_lab/idle',
    handle: async ({ query }) => ({ idle: await idle(Number(query.get('timeoutMs') ?? IDLE_TIMEOUT_MS)) }),
  };
}

/** @returns its address. */
async function openGateway(
  { port, principals, teardown, log }: LabGround,
  { overlays, layers, routes }: LabServices,
  options: { readonly port: number; readonly watch: LabOptions['watch']; readonly idle: Lab['idle'] },
): Promise<string> {
  const gateway = await startGateway({
    port: options.port,
    forward: port.forward,
    principals,
    overlays,
    layers: [...(options.watch === undefined ? [] : [watched(options.watch)]), ...layers],
    routes: [idleRoute(options.idle), ...routes],
    log,
  });
  teardown.add(gateway.stop);
  return gateway.url;
}

/** Starts everything, and leaves to `teardown` what ends it. */
async function startAll(options: LabOptions, region: string, teardown: Teardown): Promise<Lab> {
  const {
    log = () => {},
    progress = (line: string) => process.stderr.write(`${line}\n`),
    port = 0,
    pings = 'model',
    checkedRoles = [],
    permissions,
    scripts = [],
    watch,
  } = options;
  let url = '';
  const ground = await layGround({ teardown, progress, log, gatewayUrl: () => url });
  const { activity, clients } = ground;
  const services = await createLabServices(ground, { pings, checkedRoles, permissions, scripts, progress });
  const idle = (timeoutMs = IDLE_TIMEOUT_MS) => activity.idle(timeoutMs);
  url = await openGateway(ground, services, { port, watch, idle });
  const environment = new LabEnvironment({ url, region, clients });
  const envOf = (account: string) => environment.ofAccount(account);
  const envInRole = (roleArn: string) => environment.inRole(roleArn);
  const tools = createToolRunner({ envOf, envInRole, region, progress });
  teardown.add(tools.stop);
  if (options.schedules === 'by-time') {
    services.schedules.start();
  }
  return {
    url,
    region,
    env: envOf(DEFAULT_ACCOUNT_ID),
    envOf,
    directory: ground.directory,
    run: tools.run,
    idle,
    stop: () => teardown.end(),
  };
}

/**
 * Starts a local AWS: moto, and the gateway in front of it.
 * @throws {LabError} when Python, the port or the Region is not to be had; nothing is left running then.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const region = homeRegion(options.region);
  const teardown = new Teardown();
  try {
    return await startAll(options, region, teardown);
  } catch (error) {
    await teardown.end();
    throw error;
  }
}
