import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The lab as `npm start` in its folder runs it. */

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
});

function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'main.ts', ...args], {
    cwd: join(__dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const said = { text: '' };
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said.text += part;
  });
  return { child, said };
}

async function ended(...args: string[]) {
  const { child, said } = run(...args);
  const [code] = await once(child, 'close');
  return { code, text: said.text.trim() };
}

it('is ready with an empty AWS, says how to use it, and ends on a signal', async () => {
  const { child, said } = run('--region', 'eu-west-1');
  const [line] = await once(createInterface({ input: child.stdout as Readable }), 'line');
  const [, url = ''] = /^ready (http:\/\/127\.0\.0\.1:\d+)$/.exec(String(line)) ?? [];
  expect(await (await fetch(`${url}/_lab/schedules`)).json()).toEqual([]);
  expect(said.text).toContain(`export AWS_ENDPOINT_URL=${url}`);
  expect(said.text).toContain('export AWS_REGION=eu-west-1');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
  await expect(fetch(url)).rejects.toThrow();
});

it('refuses in one line what it does not know', async () => {
  expect(await ended('--colour')).toMatchObject({ code: 1, text: expect.stringContaining("'--colour'") });
  expect(await ended('--port', 'x')).toEqual({
    code: 1,
    text: '--port x is no port: give a number from 1 to 65535.',
  });
  expect(await ended('--region', 'us-esat-1')).toMatchObject({
    code: 1,
    text: expect.stringContaining('There is no Region "us-esat-1". Did you mean us-east-1?'),
  });
});
