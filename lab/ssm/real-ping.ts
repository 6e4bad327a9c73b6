import { messageOf } from '../errors.ts';
import { familyOf } from '../network/address.ts';
import type { Ran } from '../network/iproute.ts';
import type { Asking } from '../network/namespace-network.ts';
import { whyNoNamespaces } from '../network/namespace-support.ts';
import { Namespaces } from '../network/namespaces.ts';
import type { LabLog } from '../types.ts';
import type { Ping } from './ping-command.ts';
import type { Pinger } from './ping-run.ts';
import type { RunInShell } from './scripts.ts';

export interface RealPing {
  readonly pinger: Pinger;
  readonly runInShell: RunInShell;
  stop(): void;
}

/** At most five packets a second: nobody waits longer than needed, and ping lets anybody do that. */
const INTERVAL_SECONDS = 0.2;
const WAIT_SECONDS = 1;

function argumentsOf({ family, count, deadlineMs, size, quiet, target }: Ping): string[] {
  return [
    ...(family === undefined ? [] : [family === 'ipv6' ? '-6' : '-4']),
    '-n',
    ...(quiet ? ['-q'] : []),
    ...(count === undefined ? [] : ['-c', String(count)]),
    ...(deadlineMs === undefined ? [] : ['-w', String(deadlineMs / 1000)]),
    ...['-i', String(INTERVAL_SECONDS), '-W', String(WAIT_SECONDS), '-s', String(size), target],
  ];
}

/**
 * Pings with the real program between network namespaces, for instances with Linux, and runs known scripts there.
 *
 * @param options.model takes what the namespaces cannot: Windows, endless pings, names, and a ping that could not be set up.
 * @returns why this machine cannot, as one line, where it cannot.
 */
export async function createRealPing(options: {
  readonly model: Pinger;
  readonly log: LabLog;
}): Promise<RealPing | string> {
  const why = await whyNoNamespaces();
  if (why !== undefined) {
    return `No real pings: ${why} The lab pings over its model.`;
  }
  const namespaces = new Namespaces();

  /** @returns undefined if it could not be set up. */
  async function run(asking: Asking): Promise<Ran | undefined> {
    try {
      return await namespaces.run(asking);
    } catch (error) {
      options.log(`A real ping could not be set up: ${messageOf(error)}`);
      return undefined;
    }
  }

  return {
    stop: () => namespaces.stop(),
    async pinger(request) {
      const { ping, network, host } = request;
      const endless = ping.count === undefined && ping.deadlineMs === undefined;
      if (ping.style === 'windows' || endless || familyOf(ping.target) === undefined) {
        return options.model(request);
      }
      const command = ['ping', ...argumentsOf(ping)];
      const ran = await run({ network, host, destination: ping.target, ports: [], command });
      return ran ?? options.model(request);
    },
    async runInShell({ script, ...where }) {
      if (where.host.platform !== 'Linux' || familyOf(where.destination) === undefined) {
        return undefined;
      }
      const ran = await run({ ...where, command: ['sh', '-c', script] });
      return ran?.stdout;
    },
  };
}
