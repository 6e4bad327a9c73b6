import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { testTools } from './venv.ts';

/** What a command of the AWS CLI ended with. */
export interface CliRun {
  /** The exit code of the AWS CLI. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A process of the AWS CLI that runs one command after the other: each in its own would begin by loading the CLI, and the models
 * of a service, for most of a second.
 */
class CliProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #problems = '';
  #last: Promise<unknown> = Promise.resolve();

  constructor(python: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(python, [fileURLToPath(new URL('aws-cli-many.py', import.meta.url))], {
      env: { ...process.env, ...env, AWS_PAGER: '' },
    });
    // A process that ends early says why on stderr.
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('error', ({ message }) => {
      this.#problems += message;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#problems += text;
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @param command arguments, as after `aws`. @throws when the process does not come to the end of it. */
  run(command: readonly string[]): Promise<CliRun> {
    const turn = this.#last.then(async () => {
      this.#child.stdin.write(`${JSON.stringify(command)}\n`);
      const { value, done } = await this.#answers.next();
      if (done) {
        throw new Error(`The AWS CLI ended in "aws ${command.join(' ')}": ${this.#problems}`);
      }
      return JSON.parse(value) as CliRun;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  end(): void {
    this.#child.stdin.end();
  }
}

async function startCli(env: Readonly<Record<string, string>>): Promise<CliProcess> {
  const { python } = await testTools();
  return new CliProcess(python, env);
}

export interface AwsCli {
  /**
   * Runs `aws LINE`, words apart by single spaces, and gives what it prints: as text, unless the line says `--output json`.
   * @throws an error with what it says where it fails.
   */
  (line: string): Promise<string>;
  /** It is asked for nothing more. */
  end(): void;
}

/** @param env the lab's, or that of a role in it. */
export async function awsCli(env: Readonly<Record<string, string>>): Promise<AwsCli> {
  const cli = await startCli(env);
  const run = async (line: string) => {
    const output = line.includes(' --output ') ? [] : ['--output', 'text'];
    const { code, stdout, stderr } = await cli.run([...line.split(' '), ...output]);
    if (code !== 0) {
      throw new Error(`aws ${line} ended with ${code}: ${stderr}`);
    }
    return stdout.trim();
  };
  return Object.assign(run, { end: () => cli.end() });
}

/** Runs commands one after the other. @param commands arguments, as after `aws`. */
export async function awsCliInOneProcess(
  env: Readonly<Record<string, string>>,
  commands: readonly (readonly string[])[],
): Promise<CliRun[]> {
  const cli = await startCli(env);
  try {
    return await Promise.all(commands.map((command) => cli.run(command)));
  } finally {
    cli.end();
  }
}

/** As `awsCli`, as somebody who took on a role of the account. Messages name that role. */
export async function awsCliAs(
  env: Readonly<Record<string, string>>,
  roleArn: string,
  session: string,
): Promise<AwsCli> {
  const aws = await awsCli(env);
  const keys = await aws(
    `sts assume-role --role-arn ${roleArn} --role-session-name ${session} --query Credentials.[AccessKeyId,SecretAccessKey,SessionToken]`,
  );
  aws.end();
  const [id = '', secret = '', token = ''] = keys.split(/\s+/);
  return awsCli({ ...env, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token });
}
