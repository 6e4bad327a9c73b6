import { type ChildProcess, spawn } from 'node:child_process';
import { cp, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from './errors.ts';

export interface DeployOptions {
  /** Default: the project's `peering-policy.yml`. */
  readonly policyFile?: string;
  /** Default: the stage that `serverless.yml` names. */
  readonly stage?: string;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** A directory with another `serverless.yml`; default: the project. */
  readonly service?: string;
}

export interface Deployer {
  /** @throws {LabError} with the end of the deployment's output when it fails. */
  deploy(options: DeployOptions): Promise<void>;
  stop(): void;
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** What of a failed deployment's output is shown. */
const LAST_LINES = 30;

/** Neither part of the service nor small. */
const NOT_COPIED = new Set([
  'node_modules',
  '.git',
  '.lab',
  '.serverless',
  '.venv',
  'coverage',
  'dist',
  'test',
]);

/** The lab's own credentials and endpoint must win over whatever account the person works with. */
const NOT_PASSED_ON = /^(AWS_|SLS_|SERVERLESS_)/;

function serverlessCommand(): string {
  const manifest = createRequire(import.meta.url).resolve('serverless/package.json');
  return join(dirname(manifest), 'bin', 'serverless.js');
}

/** Runs `serverless deploy` of the real service against the lab. */
export function createDeployer({
  env,
  directory,
  progress,
}: {
  readonly env: Readonly<Record<string, string>>;
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

  async function serverless(
    args: readonly string[],
    { cwd, extra }: { readonly cwd: string; readonly extra: Readonly<Record<string, string>> },
  ): Promise<void> {
    const inherited = Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name));
    const child = spawn(process.execPath, [serverlessCommand(), ...args], {
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
        ...env,
        ...extra,
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
                  `serverless ${args[0]} ended with ${code ?? signal}:\n${lines.slice(-LAST_LINES).join('\n')}`,
                  { afterProgress: `serverless ${args[0]} ended with ${code ?? signal}.` },
                ),
              ),
        );
      });
    } finally {
      running.delete(child);
    }
  }

  /**
   * serverless keeps files in `.serverless` beside the service's configuration, whatever its options: each deployment
   * works on a copy of the service, so that two never meet.
   */
  async function copyOf(service: string): Promise<string> {
    deployments += 1;
    const copy = join(directory, `deployment-${deployments}`);
    await cp(service, copy, {
      recursive: true,
      filter: (path) => !NOT_COPIED.has(relative(service, path)),
    });
    await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'), 'junction');
    return copy;
  }

  // Before the directory that a deployment writes to is removed.
  process.prependOnceListener('exit', killAll);
  return {
    async deploy({ policyFile, stage, region = 'us-east-1', service = PROJECT }) {
      const cwd = await copyOf(resolve(service));
      await serverless(['deploy', '--region', region, ...(stage ? ['--stage', stage] : [])], {
        cwd,
        extra: {
          AWS_REGION: region,
          AWS_DEFAULT_REGION: region,
          ...(policyFile ? { PEERING_POLICY: resolve(policyFile) } : {}),
        },
      });
    },
    stop() {
      process.off('exit', killAll);
      killAll();
    },
  };
}
