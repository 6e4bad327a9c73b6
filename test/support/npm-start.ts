import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readmeCommand } from './readme.ts';

const PROJECT = join(__dirname, '../..');

export interface Started {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `npm start`, as the README says it, to its end. */
export function npmStart(args: readonly string[]): Promise<Started> {
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

/** Plays a story of `npm start` that has so many steps, and expects that each of them holds. @returns what a person watches. */
export async function playWhole(args: readonly string[], steps: number): Promise<string> {
  const { code, stdout, stderr } = await npmStart(['--json', ...args]);
  const report = JSON.parse(stdout);
  expect(report.steps.map(({ ok, name, detail }: Record<string, unknown>) => ({ ok, name, detail }))).toEqual(
    report.steps.map(({ name }: Record<string, unknown>) => ({
      ok: true,
      name,
      detail: expect.any(String),
    })),
  );
  expect(report.steps).toHaveLength(steps);
  expect(report.ok).toBe(true);
  expect(code).toBe(0);
  expect(stderr).toContain('Deploying the stack into it');
  expect(stderr).toContain('3 packets transmitted, 0 received, 100% packet loss');
  expect(stderr).toMatch(
    /3 packets transmitted, 3 received, 0% packet loss.*\n {2}rtt min\/avg\/max\/mdev = /,
  );
  return stderr;
}
