import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { unverifiedAuthorization } from 'local-aws-peering/parts';

/** Longer than anything takes, so that only what never happens fails. */
const PATIENCE_MS = 180_000;

const PROJECT = join(__dirname, '..', '..');

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly exited: Promise<unknown[]>;
}

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
});

function run(
  args: readonly string[],
  env: Record<string, string> = {},
  [program, ...before]: readonly [string, ...string[]] = [
    process.execPath,
    '--import',
    'tsx',
    'local/main.ts',
  ],
) {
  const child = spawn(program, [...before, ...args], {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

/** The server is a child of the lab, whose end is judged: not a fork as in the rest of a run (test/support/kept-python). */
const MOTO_OF_ITS_OWN = { PYTHONPATH: '' };

function start(...args: string[]): Promise<Started> {
  return ready(run(['--no-deploy', ...args]));
}

async function ready(child: ChildProcess): Promise<Started> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => {
    errors += part;
  });
  const exited = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout as Readable }), 'line'),
    exited.then(() => Promise.reject(new Error(`The lab ended before it was ready: ${errors}`))),
  ]);
  return { child, exited, url: String(line).replace(/^ready /, '') };
}

async function fail(args: readonly string[], env: Record<string, string> = {}) {
  const child = run(args, env);
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [code] = await once(child, 'close');
  return { code, text };
}

/** The processes that a process started. */
function childrenOf(parent: number | undefined): number[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, of]) => of === parent)
    .map(([id = 0]) => id);
}

function running(): Set<number> {
  return new Set(execFileSync('ps', ['-eo', 'pid='], { encoding: 'utf8' }).split('\n').map(Number));
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/_lab/schedules`);
    return true;
  } catch {
    return false;
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      throw new Error(`${what} did not happen.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function runDirectories(processId: number | undefined): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith(`peering-lab-${processId}-`));
}

/** A function that never ends, running in its own process. */
async function startEndlessFunction(url: string): Promise<void> {
  const lambda = new LambdaClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await fetch(url, {
    method: 'POST',
    headers: {
      authorization: unverifiedAuthorization({ accessKeyId: 'test', region: 'us-east-1', service: 'iam' }),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      Action: 'CreateRole',
      Version: '2010-05-08',
      RoleName: 'endless',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      }),
    }),
  });
  const ZipFile = zipSync({ 'index.mjs': strToU8('export const handler = () => { for (;;); };') });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'endless',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::123456789012:role/endless',
      Timeout: 600,
      Code: { ZipFile },
    }),
  );
  await lambda.send(new InvokeCommand({ FunctionName: 'endless', InvocationType: 'Event' }));
}

describe('the lab as a process', () => {
  it('runs beside another one, and ends without a trace on a signal', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(two.url).not.toBe(one.url);
    expect(await Promise.all([answers(one.url), answers(two.url)])).toEqual([true, true]);
    one.child.kill('SIGINT');
    expect(await one.exited).toEqual([null, 'SIGINT']);
    expect(await answers(one.url)).toBe(false);
    expect(await answers(two.url)).toBe(true);
    expect(await runDirectories(one.child.pid)).toEqual([]);
    two.child.kill('SIGTERM');
    expect(await two.exited).toEqual([null, 'SIGTERM']);
    expect(await runDirectories(two.child.pid)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'ends with the npm that started it, whatever ends that: %s',
    async (signal) => {
      const npm = run(['--no-deploy'], MOTO_OF_ITS_OWN, ['npm', 'run', '--silent', 'lab', '--']);
      const { url, exited } = await ready(npm);
      const [lab] = childrenOf(npm.pid);
      const descendants = [lab ?? 0, ...childrenOf(lab)];
      expect(descendants.length).toBeGreaterThan(1);
      npm.kill(signal);
      expect(await exited).toEqual([null, signal]);
      await until('the end of the lab and moto', async () => {
        const alive = running();
        return descendants.every((id) => !alive.has(id));
      });
      expect(await answers(url)).toBe(false);
      expect(await runDirectories(lab)).toEqual([]);
    },
  );

  it('ends in order when Ctrl-C comes twice, from the terminal and from npm', async () => {
    const { child, exited } = await start();
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await exited).toEqual([null, 'SIGINT']);
    expect(await runDirectories(child.pid)).toEqual([]);
  });

  it('takes its functions and moto along when it is killed, and the next one clears its files away', async () => {
    const { child, exited, url } = await ready(run(['--no-deploy'], MOTO_OF_ITS_OWN));
    await startEndlessFunction(url);
    const mark = `peering-lab-${child.pid}-`;
    await until('the start of the function', async () => (await runDirectories(child.pid)).length > 0);
    await until('a process for the function beside moto', async () => childrenOf(child.pid).length > 1);
    const descendants = childrenOf(child.pid);
    child.kill('SIGKILL');
    await exited;
    await until('the end of moto and the function', async () => {
      const alive = running();
      return descendants.every((id) => !alive.has(id));
    });
    const next = await start();
    expect((await readdir(tmpdir())).filter((name) => name.startsWith(mark))).toEqual([]);
    next.child.kill('SIGTERM');
    await next.exited;
  });

  it('ends in order and says no more when it is interrupted while it deploys', async () => {
    const child = run([]);
    const exited = once(child, 'close');
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await until('the deployment', async () => text.includes('reading the stack'));
    child.kill('SIGINT');
    expect(await exited).toEqual([null, 'SIGINT']);
    expect(text).toMatch(/Stopping the local AWS \.\.\.\s*$/);
    expect(await runDirectories(child.pid)).toEqual([]);
  });

  it('ends quietly when nobody reads what it says', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts'], {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    child.stdout.destroy();
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    expect(await once(child, 'close')).toEqual([141, null]);
    expect(text).toMatch(/Stopping the local AWS \.\.\.\s*$/);
    expect(await runDirectories(child.pid)).toEqual([]);
  });

  it('leaves an example running with --example, and every command that it names shows what it promises', async () => {
    const child = run(['--example']);
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const { exited } = await ready(child);
    const env = Object.fromEntries(
      [...text.matchAll(/^ {2}export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    const commands = [...text.matchAll(/^ {2}(npx peering .*?) {2,}\S.*$/gm)].map(
      ([, command = '']) => command,
    );
    const directory = await mkdtemp(join(tmpdir(), 'example-'));
    const printed = commands.map((command) =>
      execFileSync('sh', ['-c', command.replace('peerings.html', `${directory}/peerings.html`)], {
        cwd: PROJECT,
        env: { ...process.env, ...env },
        encoding: 'utf8',
      }),
    );
    expect(printed).toEqual([
      expect.stringMatching(
        /ok +pcx-\w+ +VPC-A-to-VPC-B .* VPC-A +VPC-B .* 1\/1 +reachable[\s\S]*2 lines: 2 ok\./,
      ),
      expect.stringMatching(/^i-\w+ \(10\.1\.1\.13\) can ping i-\w+ \(10\.2\.1\.139\)/),
      expect.stringMatching(/10\.2\.1\.139 +ping +reachable +0%/),
      expect.stringMatching(/decided {2}pcx-\w+ \(VPC-A-to-VPC-B\) [\s\S]*accepted by rule lab-vpcs/),
      expect.any(String),
    ]);
    expect(await readFile(join(directory, 'peerings.html'), 'utf8')).toContain('VPC-A-to-VPC-B');
    // What the local AWS is made of is no news to whoever tries it.
    expect(text).not.toContain('moto reports');
    await rm(directory, { recursive: true });
    child.kill('SIGINT');
    expect(await exited).toEqual([null, 'SIGINT']);
    expect(await runDirectories(child.pid)).toEqual([]);
  });

  it('tells of a failed deployment once', async () => {
    const { code, text } = await fail(['--policy', 'no-such-policy.yml']);
    expect(code).toBe(1);
    expect(text.match(/there is no such file/g)).toHaveLength(1);
    expect(text.trim()).toMatch(/peering deploy ended with 1\.$/);
  });

  it('says in one line that its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, text } = await fail(['--no-deploy', '--port', String(port)]);
    server.close();
    expect(code).toBe(1);
    expect(text.trim()).toBe(
      `Port ${port} on 127.0.0.1 is in use. Choose another with --port, or leave it out for a free one.`,
    );
  });

  it('refuses options that it does not know, and a moto that is not there', async () => {
    expect((await fail(['--colour'])).text).toContain("'--colour'");
    expect((await fail(['--example', '--no-deploy'])).text).toContain(
      '--example brings its own policy and deploys with it',
    );
    expect((await fail(['--port', 'x'])).text.trim()).toBe(
      '--port x is no port: give a number from 1 to 65535.',
    );
    expect((await fail(['--no-deploy'], { LAB_MOTO_URL: 'http://127.0.0.1:1' })).text.trim()).toBe(
      'No moto_server answers at http://127.0.0.1:1. Start one there, or unset LAB_MOTO_URL.',
    );
  });
});
