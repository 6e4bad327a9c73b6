import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testTools } from './venv.ts';

const run = promisify(execFile);

/** Runs `aws LINE`, words apart by single spaces, and gives what it prints: as text, unless the line says `--output json`. */
export type AwsCli = (line: string) => Promise<string>;

/** @param env the lab's, or that of a role in it. */
export async function awsCli(env: Readonly<Record<string, string>>): Promise<AwsCli> {
  const tools = await testTools();
  return async (line) => {
    const output = line.includes(' --output ') ? [] : ['--output', 'text'];
    const { stdout } = await run(tools.python, [join(tools.bin, 'aws'), ...line.split(' '), ...output], {
      env: { ...process.env, ...env, AWS_PAGER: '' },
    });
    return stdout.trim();
  };
}

export interface CliRun {
  /** The exit code of the AWS CLI. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs commands of the AWS CLI one after the other in one process: on its own each would begin by loading the CLI for half a
 * second. @param commands arguments, as after `aws`. @throws when that process does not come to its end.
 */
export async function awsCliInOneProcess(
  env: Readonly<Record<string, string>>,
  commands: readonly (readonly string[])[],
): Promise<CliRun[]> {
  const { python } = await testTools();
  const child = spawn(python, [fileURLToPath(new URL('aws-cli-many.py', import.meta.url))], {
    env: { ...process.env, ...env, AWS_PAGER: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A process that ends early says why on stderr.
  child.stdin.on('error', () => undefined);
  child.stdin.end(commands.map((command) => `${JSON.stringify(command)}\n`).join(''));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [answers, problems, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const runs = answers
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CliRun);
  if (code !== 0 || runs.length !== commands.length) {
    throw new Error(
      `The AWS CLI ran ${runs.length} of ${commands.length} commands and ended with ${code}: ${problems}`,
    );
  }
  return runs;
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
  const [id = '', secret = '', token = ''] = keys.split(/\s+/);
  return awsCli({ ...env, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token });
}
