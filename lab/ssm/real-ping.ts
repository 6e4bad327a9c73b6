import { messageOf } from '../errors.ts';
import { familyOf } from '../network/address.ts';
import { createNamespaces, whyNoNamespaces } from '../network/namespaces.ts';
import type { LabLog } from '../types.ts';
import type { Ping } from './ping-command.ts';
import type { Pinger } from './ping-run.ts';

export interface RealPing {
  readonly pinger: Pinger;
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
 * Pings with the real program between network namespaces, for instances with Linux.
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
  const namespaces = createNamespaces();
  return {
    stop: namespaces.stop,
    async pinger(request) {
      const { ping, network, host } = request;
      const endless = ping.count === undefined && ping.deadlineMs === undefined;
      if (ping.style === 'windows' || endless || familyOf(ping.target) === undefined) {
        return options.model(request);
      }
      try {
        return await namespaces.ping({ network, host, destination: ping.target, args: argumentsOf(ping) });
      } catch (error) {
        options.log(`A real ping could not be set up: ${messageOf(error)}`);
        return options.model(request);
      }
    },
  };
}
