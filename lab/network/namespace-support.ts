import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { allowForwarding, ip, run } from './iproute.ts';

/** Names of namespaces begin with it, and with the id of the process that made them: `vpa-4711-…`. */
export const NAMESPACE_PREFIX = 'vpa-';
const NAME = /^vpa-(\d+)-\S+/;

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Of labs that were killed. */
function removeLeftovers(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const line of stdout.split('\n')) {
    const [name, pid] = NAME.exec(line) ?? [];
    if (name !== undefined && !isAlive(Number(pid))) {
      spawnSync('ip', ['netns', 'delete', name]);
    }
  }
}

const PROBE_NAME = `${NAMESPACE_PREFIX}${process.pid}-probe`;

/**
 * Tries out whether this machine lets us make namespaces, links between them and policy rules.
 *
 * @returns undefined if so, else one line saying what is missing.
 */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return `network namespaces are Linux's, and this is ${process.platform}.`;
  }
  if (process.getuid?.() !== 0) {
    return 'network namespaces need root.';
  }
  try {
    removeLeftovers();
    await ip(['netns', 'add', PROBE_NAME]);
    try {
      await ip(
        ['-n', PROBE_NAME],
        [
          'link set lo up',
          'link add h0 type veth peer name h1',
          'rule add pref 200 lookup 100',
          'route add blackhole default table 100',
        ],
      );
      await allowForwarding(PROBE_NAME);
      const { exitCode, stderr } = await run('ip', [
        ...['netns', 'exec', PROBE_NAME, 'ping', '-n', '-c', '1', '-W', '1', '127.0.0.1'],
      ]);
      return exitCode === 0 ? undefined : `ping does not run in a namespace: ${stderr.trim()}`;
    } finally {
      await ip(['netns', 'delete', PROBE_NAME]);
    }
  } catch (error) {
    return `this machine does not allow network namespaces, or lacks iproute2 or ping: ${messageOf(error)}`;
  }
}
