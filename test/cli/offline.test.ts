import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { policyFile, stackFile } from '../../cli/init/policy-files.ts';
import { describeCutOff } from '../support/cut-off.ts';
import { commandOfFile, type Ended } from './support/command.ts';

/** Neither AWS nor any registry is reached. */

const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const SETTINGS = { ...KEYS, AWS_REGION: 'us-east-1' };

const command = commandOfFile();

/** The first installation, as init writes it. */
function installation(name: string): string {
  const directory = command.inDirectory(name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'peering-policy.yml'), policyFile({ regions: ['us-east-1'] }));
  writeFileSync(join(directory, 'peering-stack.yml'), stackFile({ regions: ['us-east-1'] }));
  return directory;
}

const NEED_AWS = [
  'deploy',
  'deploy --yes',
  'deploy --dry-run',
  'remove --yes',
  'plan',
  'status',
  'doctor',
  'rollout --bucket example-artifacts',
];

/** Three attempts of a call take 30 s at most: what is not over by then on a busy machine hangs, and is ended. */
const AT_MOST_MS = 120_000;

describeCutOff('without a network', (before) => {
  const run = (directory: string, line: string, env: Readonly<Record<string, string>> = SETTINGS) =>
    new Promise<Ended>((resolve, reject) => {
      const [file = '', ...args] = [
        ...before,
        process.execPath,
        command.inDirectory('cli', 'peering.mjs'),
        ...line.split(' '),
      ];
      const { PATH } = process.env;
      execFile(
        file,
        args,
        {
          cwd: directory,
          timeout: AT_MOST_MS,
          env: {
            PATH,
            HOME: command.directory,
            AWS_EC2_METADATA_DISABLED: 'true',
            AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
            ...env,
          },
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code;
          if (typeof code === 'number') resolve({ code, stdout, stderr });
          else reject(error ?? new Error('no code'));
        },
      );
    });

  it.each(NEED_AWS)('peering %s says so in one line, with what to do', async (line) => {
    const directory = installation('here');
    const { code, stdout, stderr } = await run(directory, line);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.match(/^peering: /gm)).toHaveLength(1);
    expect(stderr.trim().split('\n').at(-1)).toMatch(
      /^peering: AWS was not reached or failed\. .*\. Look at the network, then try again\.$/,
    );
  });

  it('version says what it knows, and of the stack that it does not', async () => {
    const { code, stdout, stderr } = await run(installation('here'), 'version');
    expect([code, stdout]).toEqual([2, expect.stringMatching(/^stack {5}unknown$/m)]);
    expect(stderr).toMatch(/^The stack could not be asked for: AWS was not reached or failed\./m);
  });

  it('init writes its files all the same, and says what it does not know', async () => {
    const directory = command.inDirectory('fresh');
    mkdirSync(directory);
    const { code, stdout, stderr } = await run(directory, 'init --yes');
    expect([code, stdout]).toEqual([0, expect.stringContaining('written   peering-policy.yml')]);
    expect(stderr).toMatch(/^note: .*peering-stack\.yml names none/m);
    expect(readFileSync(join(directory, 'peering-stack.yml'), 'utf8')).not.toMatch(/^account:/m);
  });

  it.each(['policy check', '--version', 'deploy --help'])('peering %s does its work', async (line) => {
    expect(await run(installation('here'), line)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('behind a proxy that', () => {
  let silent: Server;
  const open = new Set<Socket>();

  beforeAll(async () => {
    silent = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
  });

  afterAll(() => {
    for (const socket of open) socket.destroy();
    silent?.close();
  });

  it.each([
    ['refuses', () => 9],
    ['never answers', () => (silent.address() as AddressInfo).port],
  ])('%s, deploy does not hang', async (_, port) => {
    const { code, stderr } = await command.run(['deploy', '--yes'], {
      cwd: installation('here'),
      env: { ...SETTINGS, HTTPS_PROXY: `http://127.0.0.1:${port()}` },
    });
    expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
      1,
      expect.stringMatching(
        /^peering: AWS was not reached or failed\. .*Look at the network, then try again\.$/,
      ),
    ]);
  });
});
