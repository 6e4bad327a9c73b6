import { execFile } from 'node:child_process';
import { join } from 'node:path';
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

/** The same as somebody who took on a role of the account. Messages name that role. */
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
