import { spawn } from 'node:child_process';

/** A program that takes TCP connections in a network namespace, and closes them. */

export interface Listener {
  stop(): void;
}

/** Takes an address and ports; says when it listens at all of them. */
const PROGRAM = `
const { createServer } = require('node:net');
const [address, ...ports] = process.argv.slice(1);
let waiting = ports.length;
for (const port of ports) {
  createServer((socket) => socket.on('error', () => {}).end()).listen(Number(port), address, () => {
    waiting -= 1;
    if (waiting === 0) process.stdout.write('listening');
  });
}
// With the lab's end of this pipe the lab is gone.
process.stdin.on('end', () => process.exit()).resume();
`;

/** @throws Error with what the program said if it ends before it listens. */
export function startListener(
  namespace: string,
  address: string,
  ports: readonly number[],
): Promise<Listener> {
  const child = spawn(
    'ip',
    ['netns', 'exec', namespace, process.execPath, '-e', PROGRAM, address, ...ports.map(String)],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`Nothing listens at ${address}: ${said.trim()}`)));
    child.stdout.once('data', () => resolve({ stop: () => child.kill('SIGKILL') }));
  });
}
