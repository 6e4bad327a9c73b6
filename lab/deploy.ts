import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { upToDateCode } from '../build/code.ts';
import { copyService, serverlessCommand } from '../build/service-copy.ts';
import { LabError } from './errors.ts';
import { DEFAULT_ACCOUNT_ID } from './types.ts';

/** Which stack of the lab. */
export interface StackOptions {
  /** Twelve digits; default 123456789012. */
  readonly account?: string;
  /** The ARN of a role in whose name it is done; default: the account's administrator. */
  readonly role?: string;
  /** Default: the project's `peering-policy.yml`. */
  readonly policyFile?: string;
  /** Default: the stage that `serverless.yml` names. */
  readonly stage?: string;
  /** Default: the lab's. */
  readonly region?: string;
  /** A directory with another `serverless.yml`; default: the project. */
  readonly service?: string;
  /** The tool; both make the same stack. Default: `peering`, but for another service `serverless`. */
  readonly tool?: 'peering' | 'serverless';
}

export type DeployOptions = StackOptions;
export type RemoveOptions = StackOptions;

export interface Deployer {
  /** @throws {LabError} with the end of the deployment's output when it fails. */
  deploy(options: DeployOptions): Promise<void>;
  /**
   * @throws {LabError} with the end of its output when it fails.
   */
  remove(options: RemoveOptions): Promise<void>;
  stop(): void;
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** What of a failed deployment's output is shown. */
const LAST_LINES = 30;

/** The lab's own credentials and endpoint must win over whatever account the person works with. */
const NOT_PASSED_ON = /^(AWS_|SLS_|SERVERLESS_)/;

/** Runs `peering deploy` and `peering remove`, or those of the serverless framework, against the lab. */
export function createDeployer({
  envOf,
  envInRole,
  region: homeRegion,
  directory,
  progress,
}: {
  /** The environment that makes AWS's clients use the lab as that account. */
  envOf(account: string): Readonly<Record<string, string>>;
  /** The same, as a session of a role. */
  envInRole(roleArn: string): Promise<Readonly<Record<string, string>>>;
  /** Where stacks go unless another Region is named. */
  readonly region: string;
  /** For copies of the service with their packages. */
  readonly directory: string;
  progress(line: string): void;
}): Deployer {
  const running = new Set<ChildProcess>();
  let deployments = 0;

  function killGroup(child: ChildProcess): void {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      // It ended a moment ago.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
        throw error;
      }
    }
  }
  const killAll = () => running.forEach(killGroup);

  /** @param name what messages call it. */
  async function runToEnd(
    args: readonly string[],
    {
      name,
      cwd,
      environment,
    }: {
      readonly name: string;
      readonly cwd: string;
      readonly environment: Readonly<Record<string, string>>;
    },
  ): Promise<void> {
    const inherited = Object.entries(process.env).filter(([key]) => !NOT_PASSED_ON.test(key));
    const child = spawn(process.execPath, args, {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(inherited),
        CI: '1',
        SLS_TELEMETRY_DISABLED: '1',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        AWS_EC2_METADATA_DISABLED: 'true',
        // Stacks are ready at once here: there is no need to look only every five seconds.
        SLS_AWS_MONITORING_FREQUENCY: '200',
        ...environment,
      },
    });
    running.add(child);
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
          lines.push(line);
          progress(line);
        }
      });
    }
    try {
      await new Promise<void>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) =>
          code === 0
            ? resolve()
            : reject(
                new LabError(
                  `${name} ended with ${code ?? signal}:\n${lines.slice(-LAST_LINES).join('\n')}`,
                  { afterProgress: `${name} ended with ${code ?? signal}.` },
                ),
              ),
        );
      });
    } finally {
      running.delete(child);
    }
  }

  async function copyOf(service: string): Promise<string> {
    deployments += 1;
    const copy = join(directory, `deployment-${deployments}`);
    await copyService(service, copy);
    return copy;
  }

  interface ToolRun {
    readonly command: 'deploy' | 'remove';
    readonly options: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  }

  async function withServerless({ command, options, environment }: ToolRun, service: string): Promise<void> {
    await runToEnd([serverlessCommand(), command, ...options, '--verbose'], {
      name: `serverless ${command}`,
      cwd: await copyOf(resolve(service)),
      environment,
    });
  }

  async function withPeering({ command, options, environment }: ToolRun): Promise<void> {
    // The command takes the functions as they are built.
    await upToDateCode();
    await runToEnd(['--import', 'tsx', join(PROJECT, 'cli', 'main.ts'), command, '--yes', ...options], {
      name: `peering ${command}`,
      cwd: PROJECT,
      environment,
    });
  }

  async function run(
    command: 'deploy' | 'remove',
    {
      account = DEFAULT_ACCOUNT_ID,
      role,
      policyFile,
      stage,
      region = homeRegion,
      service,
      tool = service === undefined ? 'peering' : 'serverless',
    }: StackOptions,
  ): Promise<void> {
    const toolRun: ToolRun = {
      command,
      options: ['--region', region, ...(stage ? ['--stage', stage] : [])],
      environment: {
        ...(role === undefined ? envOf(account) : await envInRole(role)),
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        ...(policyFile ? { PEERING_POLICY: resolve(policyFile) } : {}),
      },
    };
    await (tool === 'peering' ? withPeering(toolRun) : withServerless(toolRun, service ?? PROJECT));
  }

  // Before the directory that a deployment writes to is removed.
  process.prependOnceListener('exit', killAll);
  return {
    deploy: (options) => run('deploy', options),
    remove: (options) => run('remove', options),
    stop() {
      process.off('exit', killAll);
      killAll();
    },
  };
}
