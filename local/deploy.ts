import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ToolRunner } from 'local-aws-peering';
import { upToDateCode } from '../build/code.ts';
import { copyService, serverlessCommand } from '../build/service-copy.ts';

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
  /** The tool; both make the same stack. Default: `peering`. */
  readonly tool?: 'peering' | 'serverless';
  /** Gets the lines that the tool prints. Default: the lab's. */
  progress?(line: string): void;
}

export type DeployOptions = StackOptions;
export type RemoveOptions = StackOptions;

export interface Deployer {
  /** @throws {LabError} with the end of the deployment's output when it fails. */
  deploy(options: DeployOptions): Promise<void>;
  /** @throws {LabError} with the end of its output when it fails. */
  remove(options: RemoveOptions): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** Stacks are ready at once here: there is no need to look only every five seconds. */
const SERVERLESS = { SLS_TELEMETRY_DISABLED: '1', SLS_AWS_MONITORING_FREQUENCY: '200' };

/** Runs `peering deploy` and `peering remove`, or those of the serverless framework, against the lab. */
export function createDeployer({
  run: runTool,
  directory,
}: {
  readonly run: ToolRunner['run'];
  /** For copies of the service with their packages. */
  readonly directory: string;
}): Deployer {
  let copies = 0;

  async function copyOfProject(): Promise<string> {
    copies += 1;
    const copy = join(directory, `deployment-${copies}`);
    await copyService(PROJECT, copy);
    return copy;
  }

  /** The command takes the functions as they are built. */
  async function peering(command: string): Promise<{ readonly args: string[]; readonly cwd: string }> {
    await upToDateCode();
    return { args: ['--import', 'tsx', join(PROJECT, 'cli', 'main.ts'), command, '--yes'], cwd: PROJECT };
  }

  async function serverless(command: string): Promise<{ readonly args: string[]; readonly cwd: string }> {
    return { args: [serverlessCommand(), command, '--verbose'], cwd: await copyOfProject() };
  }

  async function run(
    command: 'deploy' | 'remove',
    { policyFile, stage, tool = 'peering', region, ...who }: StackOptions,
  ): Promise<void> {
    const { args, cwd } = await (tool === 'peering' ? peering(command) : serverless(command));
    await runTool({
      ...who,
      name: `${tool} ${command}`,
      cwd,
      args: [
        ...args,
        ...(region === undefined ? [] : ['--region', region]),
        ...(stage ? ['--stage', stage] : []),
      ],
      ...(region === undefined ? {} : { region }),
      environment: { ...SERVERLESS, ...(policyFile ? { PEERING_POLICY: resolve(policyFile) } : {}) },
    });
  }

  return {
    deploy: (options) => run('deploy', options),
    remove: (options) => run('remove', options),
  };
}
