import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Family } from './address.ts';

/** Network namespaces and what is in them, by `ip` of iproute2. */

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export class NamespaceError extends Error {
  override readonly name = 'NamespaceError';
}

/** @param started is told of the process, which then leads a group of its own, to end it before its time. */
export function run(
  command: string,
  args: readonly string[],
  { input = '', started }: { readonly input?: string; readonly started?: (child: ChildProcess) => void } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 60_000,
      env: { ...process.env, LC_ALL: 'C' },
      detached: started !== undefined,
    });
    started?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    // The program may end before it has read everything; its exit code tells.
    child.stdin.once('error', () => {});
    child.once('close', (code) => resolve({ stdout, stderr, exitCode: code ?? 1 }));
    child.stdin.end(input);
  });
}

/** @throws NamespaceError with what `ip` said. */
export async function ip(args: readonly string[], lines: readonly string[] = []): Promise<void> {
  const all = lines.length === 0 ? args : [...args, '-batch', '-'];
  const { exitCode, stderr } = await run('ip', all, { input: lines.map((line) => `${line}\n`).join('') });
  if (exitCode !== 0) {
    throw new NamespaceError(`ip ${all.join(' ')} failed: ${stderr.trim()}`);
  }
}

/** With all that it started. */
export function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) {
    process.kill(-pid, 'SIGKILL');
  }
}

const FORWARDING = [
  '/proc/sys/net/ipv4/ip_forward',
  '/proc/sys/net/ipv6/conf/all/forwarding',
  // Answers may come another way than requests go: that is what is tried out.
  '/proc/sys/net/ipv4/conf/all/rp_filter',
];

/** Lets a namespace be a router. @throws NamespaceError */
export async function allowForwarding(namespace: string): Promise<void> {
  const script = FORWARDING.filter((path) => existsSync(path))
    .map((path) => `echo ${path.endsWith('rp_filter') ? 0 : 1} > ${path}`)
    .join(' && ');
  const { exitCode, stderr } = await run('ip', ['netns', 'exec', namespace, 'sh', '-c', script]);
  if (exitCode !== 0) {
    throw new NamespaceError(`Forwarding could not be switched on: ${stderr.trim()}`);
  }
}

/** Both ends of every link have it, and no link asks for addresses: whatever is sent into one end arrives. */
const HARDWARE_ADDRESS = '02:00:00:00:00:01';
export interface LinkEnd {
  readonly namespace: string;
  readonly link: string;
  /** The largest packet that it sends, and that it takes. */
  readonly mtu: number;
}

/** Two ends of a veth pair. What is larger than its receiving end takes is dropped without a word. */
export async function joinLinks(one: LinkEnd, other: LinkEnd): Promise<void> {
  await ip([
    ...['-n', one.namespace, 'link', 'add', one.link, 'address', HARDWARE_ADDRESS, 'type', 'veth'],
    ...['peer', 'name', other.link, 'address', HARDWARE_ADDRESS, 'netns', other.namespace],
  ]);
  for (const { namespace, link, mtu } of [one, other]) {
    await ip(['-n', namespace], [`link set ${link} mtu ${mtu} arp off`, `link set ${link} up`]);
  }
}

/** Carries out lines of `ip -batch`, each in its address family. */
export async function applyLines(
  namespace: string,
  lines: readonly { readonly family: Family; readonly line: string }[],
): Promise<void> {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const own = lines.filter((each) => each.family === family).map(({ line }) => line);
    if (own.length > 0) {
      await ip([...(family === 'ipv6' ? ['-6'] : []), '-n', namespace], own);
    }
  }
}
