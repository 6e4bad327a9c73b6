import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOfFile } from './support/command.ts';
import { type KeptCommand, keptCommand, needsOwnProcess } from './support/kept-command.ts';
import { id, POLICY, writeNetwork } from './support/network.ts';

/** The tests ask one process for most answers of the command: it answers as a process of its own does, and hides nothing. */

describe('the built command', () => {
  const peering = commandOfFile();

  beforeAll(() => {
    writeFileSync(peering.inDirectory('peering-policy.yml'), POLICY);
    writeNetwork(peering.inDirectory('net'));
  });

  it.each([
    ['the version', '--version', 0],
    ['help', '--help', 0],
    ['help of a verb', 'plan --help', 0],
    ['an unknown verb', 'plann', 1],
    ['an error told with its stack', 'plan --snapshot nowhere --debug', 1],
    ['what is to do', 'plan --snapshot net', 2],
    ['JSON', 'plan --snapshot net --json', 2],
    ['YAML', 'status --snapshot net -o yaml', 0],
    ['drift', 'drift --snapshot net', 2],
    ['a page', 'report --snapshot net --out page.html', 0],
    ['a picture', 'graph --snapshot net', 0],
    ['what was checked', 'policy check', 0],
    ['one peering', `policy explain --peering ${id('pcx', 1)} --snapshot net`, 0],
    ['hop by hop', 'explain 10.1.1.10 10.2.1.10 --snapshot net', 2],
    ['no Region and no credentials', 'plan', 1],
    ['completion', 'completion bash', 0],
  ])('answers alike in a kept process and in one of its own: %s', async (_, line, code) => {
    const args = line.split(' ');
    const alone = await peering.runAlone(args);
    expect(alone.code).toBe(code);
    expect(await peering.run(args)).toEqual(alone);
    // Nor does it matter what was asked before.
    expect(await peering.run(args)).toEqual(alone);
  });

  it('has the environment and folder of the run alone', async () => {
    const coloured = await peering.run(['plan', '--snapshot', '.'], {
      cwd: peering.inDirectory('net'),
      env: { FORCE_COLOR: '1' },
    });
    expect(coloured).toMatchObject({ code: 1, stderr: expect.stringContaining('peering-policy.yml') });
    expect(
      (await peering.run(['plan', '--snapshot', 'net'], { env: { FORCE_COLOR: '1' } })).stdout,
    ).toContain('\u001b[');
    expect((await peering.run(['plan', '--snapshot', 'net'])).stdout).not.toContain('\u001b[');
  });

  it('answers each of what is asked at once', async () => {
    const codes = ['plan', 'status', 'plan'].map((verb) => peering.run([verb, '--snapshot', 'net']));
    expect((await Promise.all(codes)).map(({ code }) => code)).toEqual([2, 0, 2]);
  });
});

describe('what a kept process cannot stand for', () => {
  const clean = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };

  it.each([
    ['a proxy', [], { HTTPS_PROXY: 'http://127.0.0.1:1' }],
    ['a proxy in small letters', [], { http_proxy: 'http://127.0.0.1:1' }],
    ['options of Node', [], { NODE_OPTIONS: '--no-warnings' }],
    ['the time zone', [], { TZ: 'Asia/Tokyo' }],
    ['files of profiles', [], { AWS_CONFIG_FILE: '/home/me/.aws/config' }],
    ['a profile', ['plan', '--profile', 'prod'], {}],
    ['a profile by one word', ['plan', '--profile=prod'], {}],
  ])('gets a process of its own: %s', (_, args: readonly string[], env) => {
    expect(needsOwnProcess({ args, env: { ...clean, ...env } })).toBe(true);
  });

  it('does not get one for what the command reads in each run', () => {
    const env = { ...clean, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1', COLUMNS: '80' };
    expect(needsOwnProcess({ args: ['plan'], env })).toBe(false);
  });
});

describe('a command that does not end as it should', () => {
  let directory: string;
  let kept: KeptCommand | undefined;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'peering-kept-'));
  });

  afterEach(() => kept?.end());

  afterAll(() => rmSync(directory, { recursive: true }));

  function command(source: string) {
    const file = join(directory, 'command.mjs');
    writeFileSync(file, source);
    const made = keptCommand(file, { patience: 300 });
    kept = made;
    return (...args: readonly string[]) => made.run({ args, cwd: directory, env: {} });
  }

  it('fails the test where nobody catches an error, and answers the next', async () => {
    const run = command(`
      process.stdout.write('began');
      if (process.argv[2] === 'reject') void Promise.reject(new Error('lost it'));
      await new Promise((resolve) => setTimeout(resolve, 10));`);
    await expect(run('reject')).rejects.toThrow(/asked for: peering reject[\s\S]*began[\s\S]*lost it/);
    expect(await run('well')).toEqual({ code: 0, stdout: 'began', stderr: '' });
  });

  it('fails the test where the first file throws', async () => {
    await expect(command(`throw new TypeError('no such thing');`)()).rejects.toThrow('no such thing');
  });

  it('fails the test where the command ends the process', async () => {
    await expect(command(`process.stderr.write('bye'); process.exit(3);`)()).rejects.toThrow(
      /with 3, asked[\s\S]*bye/,
    );
  });

  it('fails the test where something keeps the process from ending', async () => {
    await expect(command('setInterval(() => {}, 1000);')()).rejects.toThrow(
      'has answered, and does not end: left open is Timeout',
    );
  });

  it('waits as a process does for what ends by itself', async () => {
    const run = command(`setTimeout(() => { process.stdout.write('late'); process.exitCode = 2; }, 100);`);
    expect(await run()).toEqual({ code: 2, stdout: 'late', stderr: '' });
  });

  it('fails the test where the command waits for what cannot come', async () => {
    await expect(command('await new Promise(() => {});')()).rejects.toThrow(
      'nothing is left that could come',
    );
  });

  it('forgets exit code, listeners and input of the run before', async () => {
    const run = command(`
      let input = '';
      for await (const each of process.stdin) input += each;
      process.on('SIGINT', () => {});
      process.stdout.on('error', () => {});
      console.log(process.listenerCount('SIGINT'), process.stdout.listenerCount('error'), process.exitCode, input === '');
      process.exitCode = 2;`);
    const said = { code: 2, stdout: '1 1 undefined true\n', stderr: '' };
    expect([await run(), await run()]).toEqual([said, said]);
  });
});
