import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readmeCommand } from '../support/readme.ts';

const PROJECT = join(__dirname, '../..');

jest.setTimeout(600_000);

function npmStart(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const [npm = '', ...start] = readmeCommand('npm start').split(' ');
    const child = spawn(npm, [...start, '--silent', '--', ...args], { cwd: PROJECT });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('npm start', () => {
  it.each([
    // The stack's Region as it comes is played by the other tests: this one is as different as can be.
    ['the tutorial in China', ['--region', 'cn-north-1'], 10, '1. server1 pings server2 before any peering'],
    [
      'two accounts in two Regions',
      ['--accounts', '2'],
      9,
      '1. The stack in 210987654321 listens in eu-west-1',
    ],
  ])(
    'deploys, plays every step of %s, and ends with one JSON document on stdout',
    async (_story, args, steps, first) => {
      const { code, stdout, stderr } = await npmStart(['--json', ...args]);
      const report = JSON.parse(stdout);
      expect(
        report.steps.map(({ ok, name, detail }: Record<string, unknown>) => ({ ok, name, detail })),
      ).toEqual(
        report.steps.map(({ name }: Record<string, unknown>) => ({
          ok: true,
          name,
          detail: expect.any(String),
        })),
      );
      expect(report.steps).toHaveLength(steps);
      expect(report.ok).toBe(true);
      expect(code).toBe(0);
      // What a person watches goes to stderr meanwhile, without colour because it is no terminal.
      expect(stderr).toContain(first);
      expect(stderr).not.toContain('\u001b[');
      expect(stderr).toContain('Deploying the stack into it');
      expect(stderr).toContain('3 packets transmitted, 0 received, 100% packet loss');
      expect(stderr).toMatch(
        /3 packets transmitted, 3 received, 0% packet loss.*\n {2}rtt min\/avg\/max\/mdev = /,
      );
      expect(stderr).toContain('named VPC-A-to-VPC-B');
      expect(stderr.match(/<- this ping$/gm)).toHaveLength(1);
      // What is said of one account's deployment stands together.
      const accounts = [...stderr.matchAll(/^ *In account (\d{12}):$/gm)].map(([, account = '']) => account);
      const [, ...deployments] = (stderr.split(/^1\. /m)[0] ?? '').split(/^ *In account \d{12}:$/m);
      for (const [index, account] of accounts.entries()) {
        expect(new Set(deployments[index]?.match(/\b\d{12}\b/g))).toEqual(new Set([account]));
      }
      expect(accounts).toHaveLength(args.includes('--accounts') ? 2 : 0);
    },
  );

  it.each([
    ['an option that it does not know', ['--jsn']],
    ['a number of accounts that it has no story for', ['--accounts', '3']],
    ['another home Region for the story of two accounts', ['--accounts', '2', '--region', 'cn-north-1']],
  ])('refuses %s, in one line that says where to look', async (_what, args) => {
    const { code, stderr } = await npmStart(args);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('--help');
  });
});
