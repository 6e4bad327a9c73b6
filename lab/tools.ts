import { type ChildProcess, spawn } from 'node:child_process';
import { LabError } from './errors.ts';
import { DEFAULT_ACCOUNT_ID } from './types.ts';

/** A program that is to work in the lab as if it were AWS: a deployment tool, the AWS CLI, a script. */
export interface Tool {
  /** What messages call it: `serverless deploy`. */
  readonly name: string;
  /** Default: this Node. */
  readonly program?: string;
  readonly args: readonly string[];
  /** Default: where this process runs. */
  readonly cwd?: string;
  /** Twelve digits; default 123456789012. */
  readonly account?: string;
  /** The ARN of a role in whose name it works; default: the account's administrator. */
  readonly role?: string;
  /** Default: the lab's. */
  readonly region?: string;
  /** Variables of its own; they win. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets the lines that it prints. Default: the lab's. */
  progress?(line: string): void;
}

export interface ToolRunner {
  /** @throws {LabError} with the end of the tool's output when it fails. */
  run(tool: Tool): Promise<void>;
  /** Ends the tools that still run, with all that they started. */
  stop(): void;
}

export interface ToolRunnerOptions {
  /** The environment that makes AWS's clients use the lab as that account. */
  envOf(account: string): Readonly<Record<string, string>>;
  /** The same, as a session of a role. */
  envInRole(roleArn: string): Promise<Readonly<Record<string, string>>>;
  /** Where tools work unless they name another Region. */
  readonly region: string;
  /** Gets the lines that the tools print. */
  progress(line: string): void;
}

/** What of a failed tool's output is shown. */
const LAST_LINES = 30;

/** The lab's own credentials and endpoint must win over whatever account the person works with. */
const NOT_PASSED_ON = /^(AWS_|SLS_|SERVERLESS_)/;

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

/** Runs tools against the lab, none of which outlives it. */
export function createToolRunner({ envOf, envInRole, region, progress }: ToolRunnerOptions): ToolRunner {
  const running = new Set<ChildProcess>();
  const killAll = () => running.forEach(killGroup);

  async function toEnd(
    child: ChildProcess,
    { name, progress: say = progress }: Pick<Tool, 'name' | 'progress'>,
  ): Promise<void> {
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
          lines.push(line);
          say(line);
        }
      });
    }
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        code === 0
          ? resolve()
          : reject(
              new LabError(`${name} ended with ${code ?? signal}:\n${lines.slice(-LAST_LINES).join('\n')}`, {
                afterProgress: `${name} ended with ${code ?? signal}.`,
              }),
            ),
      );
    });
  }

  async function run(tool: Tool): Promise<void> {
    const inherited = Object.entries(process.env).filter(([key]) => !NOT_PASSED_ON.test(key));
    const where = tool.region ?? region;
    const credentials =
      tool.role === undefined ? envOf(tool.account ?? DEFAULT_ACCOUNT_ID) : await envInRole(tool.role);
    const child = spawn(tool.program ?? process.execPath, tool.args, {
      ...(tool.cwd === undefined ? {} : { cwd: tool.cwd }),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(inherited),
        CI: '1',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...credentials,
        AWS_REGION: where,
        AWS_DEFAULT_REGION: where,
        ...tool.environment,
      },
    });
    running.add(child);
    try {
      await toEnd(child, tool);
    } finally {
      running.delete(child);
    }
  }

  // Before the directories that a tool writes to are removed.
  process.prependOnceListener('exit', killAll);
  return {
    run,
    stop() {
      process.off('exit', killAll);
      killAll();
    },
  };
}
