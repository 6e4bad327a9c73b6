import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { findTagged } from '../../live/leftovers.ts';
import { openSession, placesOf } from '../../live/session.ts';
import { type Lab, startLab } from '../../local/lab.ts';
import { eventually } from '../support/lab-account.ts';

/**
 * `npm run live-check` against the local AWS: what docs/unproven.md assumes is what that one does, and where it does otherwise the
 * check says so. Whatever happens, nothing is left behind.
 */

const PROJECT = join(__dirname, '../..');
const PEER = '210987654321';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Result {
  readonly name: string;
  readonly verdict: string;
  readonly seen: string;
  readonly expected: string;
  readonly remedy?: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stderr(): string;
}

let lab: Lab;
let settings: string;
let command: readonly string[];
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  lab = await startLab({ progress: () => undefined });
  // What this process itself asks.
  Object.assign(process.env, lab.env);
  settings = mkdtempSync(join(tmpdir(), 'live-check-'));
  writeFileSync(join(settings, 'config'), '[profile second]\nregion = us-east-1\n');
  writeFileSync(
    join(settings, 'credentials'),
    `[second]\naws_access_key_id = ${PEER}\naws_secret_access_key = test\n`,
  );
  env = {
    PATH: process.env.PATH ?? '',
    HOME: settings,
    TERM: 'xterm',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(settings, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(settings, 'credentials'),
    ...lab.env,
  };
  // One file starts in a third of the time; it looks for package.json beside its folder.
  copyFileSync(join(PROJECT, 'package.json'), join(settings, 'package.json'));
  await build({
    entryPoints: [join(PROJECT, 'live/main.ts')],
    outfile: join(settings, 'live/main.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  command = [join(settings, 'live/main.mjs')];
});

afterAll(async () => {
  await lab?.stop();
  if (settings !== undefined) rmSync(settings, { recursive: true });
});

function follow(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    child,
    stderr: () => stderr,
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    }),
  };
}

function start(args: readonly string[], environment = env): Running {
  return follow(
    spawn(process.execPath, [...command, ...args], {
      cwd: PROJECT,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Waits shortly: what comes here comes at once. */
const SHORT = ['--quiet', '1', '--longest', '60'];

function run(args: readonly string[], environment = env): Promise<Ended> {
  return start([...SHORT, ...args], environment).ended;
}

function only(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => ['--only', name]);
}

function resultsOf({ stdout }: Ended): readonly Result[] {
  const { results } = JSON.parse(stdout) as { readonly results: readonly Result[] };
  return results;
}

async function post(path: string, body: object, method = 'POST'): Promise<void> {
  const response = await fetch(`${lab.url}${path}`, { method, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
}

/** What bears the tag, in every account and Region that is looked at. */
async function left(): Promise<readonly string[]> {
  const places = placesOf(await openSession({ region: 'us-east-1' }));
  const { entries, unknown } = await findTagged(places);
  expect(unknown).toEqual([]);
  return entries.map(({ kind, id }) => `${kind.name} ${id}`);
}

async function untilThereIs(what: string): Promise<void> {
  await eventually(what, async () =>
    (await left()).some((each) => each.startsWith(what)) ? what : undefined,
  );
}

describe('npm run live-check', () => {
  it('finds in the local AWS what is assumed, and leaves nothing behind', async () => {
    const ended = await run(['--yes', '--json', '--peer-profile', 'second']);
    const results = resultsOf(ended);
    const others = results.filter(({ verdict }) => verdict !== 'agrees');
    // It reads a stack that has run for a day.
    expect(others.map(({ name }) => name)).toEqual(['queue-polls']);
    expect(others[0]?.seen).toBe('There is no stack in us-east-1.');
    expect(results).toHaveLength(19);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).not.toMatch(/123456789012|210987654321|arn:aws:sts/);
    // Before anything was made: whose accounts, where, the tag and the price.
    const plan = ended.stderr.slice(0, ended.stderr.indexOf('[1/17]'));
    expect(plan).toContain('where: account 123456789012, us-east-1; ');
    expect(plan).toContain('account 123456789012, us-east-2');
    expect(plan).toContain(`account ${PEER}, us-east-1`);
    expect(plan).toMatch(/peering-autopilot-live-check=[0-9a-f]{8}/);
    expect(plan).toContain('less than 0.01 USD');
    expect(await left()).toEqual([]);
  });

  it('says where AWS does otherwise', async () => {
    const names = ['repeated-route', 'pending-cidrs', 'cross-account-event'] as const;
    await post('/_lab/ec2/settings', {
      identicalRoute: 'succeed',
      pendingRequesterCidrs: 'hidden',
      crossAccountEvents: 'accepter',
    });
    try {
      const ended = await run(['--yes', '--peer-profile', 'second', ...only(...names)]);
      expect(ended.code).toBe(2);
      const rows = ended.stdout.split('\n').filter((line) => line.endsWith('| differs |'));
      expect(rows.map((row) => row.split(' | ').slice(2, 4))).toEqual([
        ['RouteAlreadyExists', 'succeeds'],
        ['shown', 'hidden'],
        ['does not arrive', 'arrives'],
      ]);
      expect(ended.stderr).toContain('0 agree, 3 differ, 0 not tried');
    } finally {
      await post('/_lab/ec2/settings', {
        identicalRoute: 'refuse',
        pendingRequesterCidrs: 'shown',
        crossAccountEvents: 'none',
      });
    }
  });

  it('makes nothing without being told to, and asks nothing where it only reads', async () => {
    const refused = await run(only('new-alarm'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/live-check: Nothing was done: there is no terminal to ask on\. --yes /);
    expect(refused.stdout).toBe('');
    expect(await left()).toEqual([]);
    const reading = await run(only('queue-polls'));
    expect(reading.code).toBe(3);
    expect(reading.stdout).toMatch(/There is no stack in us-east-1\. Deploy it.*\| not tried \|/);
  });

  it.each([
    ['y', /agrees: RouteAlreadyExists/],
    ['n', /Nothing was made\./],
  ])('asks on a terminal, and does as it is told: %s', async (reply, outcome) => {
    const line = [process.execPath, ...command, ...SHORT, ...only('repeated-route')].join(' ');
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: PROJECT, env });
    let shown = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (!asked && shown.includes('Go on? [y/N]')) {
        asked = true;
        child.stdin.write(`${reply}\n`);
      }
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(shown).toMatch(outcome);
    expect(await left()).toEqual([]);
  });

  it('removes what it made on Ctrl-C, and still shows what it knows', async () => {
    const running = start(['--yes', '--quiet', '600', ...only('new-alarm', 'repeated-route')]);
    await untilThereIs('alarm');
    running.child.kill('SIGINT');
    // npm passes it on, so it comes twice.
    running.child.kill('SIGINT');
    const { signal, stdout, stderr } = await running.ended;
    expect(signal).toBe('SIGINT');
    expect(stderr).toContain('Stopping. What was made is removed first;');
    expect(stdout.split('\n').filter((row) => row.endsWith('| not tried |'))).toHaveLength(2);
    expect(stdout).toContain('Interrupted before it was answered.');
    expect(await left()).toEqual([]);
  });

  it('finds by its tag what a killed run left, and nothing else', async () => {
    const running = start(['--yes', '--quiet', '600', ...only('new-alarm')]);
    await untilThereIs('alarm');
    running.child.kill('SIGKILL');
    await running.ended;
    const refused = await run(['--clean-up']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('there is no terminal to ask on');
    const cleaned = await run(['--clean-up', '--yes']);
    expect(cleaned.stderr).toMatch(/alarm peering.*topic arn:.*queue peering.*Removed 3 of 3\./s);
    expect(cleaned).toMatchObject({ code: 0 });
    expect((await run(['--clean-up'])).stderr).toMatch(
      /^Nothing is left behind in us-east-1 of 123456789012, us-east-2 of /,
    );
  });

  it('ends at once on a second Ctrl-C, and says how to remove the rest', async () => {
    const running = start(['--yes', '--quiet', '600', ...only('new-alarm')]);
    await untilThereIs('alarm');
    await post('/_lab/faults', { service: 'sqs', action: 'DeleteQueue', kind: 'slow', delayMs: 8000 });
    running.child.kill('SIGINT');
    await eventually('the first Ctrl-C', async () =>
      running.stderr().includes('Stopping.') ? 'stopping' : undefined,
    );
    // One that comes within a second is the same one, passed on by npm.
    await sleep(1100);
    running.child.kill('SIGINT');
    const { signal, stderr } = await running.ended;
    expect(signal).toBe('SIGINT');
    expect(stderr).toContain('Left as it is. npm run live-check -- --clean-up removes it.');
    await fetch(`${lab.url}/_lab/faults`, { method: 'DELETE' });
    expect(await run(['--clean-up', '--yes'])).toMatchObject({ code: 0 });
    expect(await left()).toEqual([]);
  });

  it('names what it could not remove, and the command that does', async () => {
    await post('/_lab/faults', { service: 'sqs', action: 'DeleteQueue', kind: 'denied', times: 100 });
    const ended = await run(['--yes', ...only('ended-receive')]);
    await fetch(`${lab.url}/_lab/faults`, { method: 'DELETE' });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('| agrees |');
    expect(ended.stderr).toMatch(
      /Not removed, 1:\n {2}queue peering-live-check-\S+-fifo\.fifo in us-east-1 of account 123456789012: AccessDenied/,
    );
    expect(ended.stderr).toContain('aws sqs delete-queue --region us-east-1');
    expect(ended.stderr).toContain('npm run live-check -- --clean-up tries all of them again.');
    expect((await run(['--clean-up', '--yes'])).stderr).toContain('Removed 1 of 1.');
    expect(await left()).toEqual([]);
  });

  it('removes also what a call made whose answer was lost', async () => {
    await post('/_lab/faults', { service: 'ec2', action: 'CreateVpc', kind: 'reset-after', times: 1 });
    const ended = await run(['--yes', ...only('repeated-route')]);
    // The SDK asked again, and there was a VPC that nobody knew.
    expect(ended.stderr).toContain('1 agree, 0 differ, 0 not tried; made and removed 4');
    expect(await left()).toEqual([]);
  });

  it('counts as not tried what it may not do, and asks the rest', async () => {
    await post('/_lab/faults', { service: 'ec2', action: 'CreateVpc', kind: 'denied', times: 100 });
    const ended = await run(['--yes', '--json', ...only('repeated-route', 'ended-receive', 'pending-cidrs')]);
    await fetch(`${lab.url}/_lab/faults`, { method: 'DELETE' });
    expect(resultsOf(ended).map(({ name, verdict, seen, remedy }) => [name, verdict, seen, remedy])).toEqual([
      [
        'repeated-route',
        'not tried',
        expect.stringMatching(/^\S+ is denied to the caller\.$/),
        expect.stringContaining('AWS_PROFILE'),
      ],
      ['ended-receive', 'agrees', expect.anything(), undefined],
      [
        'pending-cidrs',
        'not tried',
        'It needs a second account.',
        expect.stringContaining('--peer-profile NAME'),
      ],
    ]);
    expect(ended).toMatchObject({ code: 0 });
  });

  it('says in one line what is wrong with credentials and Regions', async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...without } = env;
    const nobody = await run(['--yes'], without);
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toMatch(
      /^live-check: There are no AWS credentials that can be used\. Sign in.*\n$/,
    );
    const noPeer = await run(['--yes', '--peer-profile', 'nobody', ...only('pending-cidrs')]);
    expect(noPeer.stdout).toMatch(
      /The profile of --peer-profile gives no credentials that can be used\..*\| not tried \|/,
    );
    expect(noPeer.code).toBe(3);
    await post('/_lab/regions/us-east-2', { optInStatus: 'not-opted-in' }, 'PUT');
    try {
      const closed = await run(['--yes', '--other-region', 'us-east-2', ...only('own-bus-statement')]);
      expect(closed.stdout).toMatch(/has not enabled the Region us-east-2\. It has .*\| not tried \|/);
      const home = await run(['--yes', '--region', 'us-east-2', ...only('ended-receive')]);
      expect(home).toMatchObject({ code: 1, stdout: '' });
      expect(home.stderr).toMatch(/^live-check: The credentials are not valid in us-east-2: .*\n$/);
    } finally {
      await post('/_lab/regions/us-east-2', { optInStatus: 'opted-in' }, 'PUT');
    }
  });
});
