import { setTimeout as delay } from 'node:timers/promises';
import { isFinal } from '../../lib/connectivity/verdict.ts';
import type { Invocation, PingCommand, RunCommand } from '../../lib/ports/connectivity.ts';
import { withOutput } from '../pings.ts';
import type { Progress } from '../progress.ts';
import type { SentPings } from './send.ts';

const POLL_MS = 500;
/** Systems Manager names times by the second. */
const CLOCK_SLACK_MS = 2000;

/** Of each command, what Systems Manager shows of it, by instance. */
export type ShownPings = ReadonlyMap<PingCommand, ReadonlyMap<string, Invocation>>;

/** The newest invocation of a sent command on each of its instances, as far as there is one. */
function invocationsOf(
  { comment, instanceIds }: PingCommand,
  invocations: readonly Invocation[],
): Map<string, Invocation> {
  const found = new Map<string, Invocation>();
  for (const each of invocations) {
    if (each.comment !== comment || !instanceIds.includes(each.instanceId)) continue;
    const known = found.get(each.instanceId);
    if (known === undefined || each.requestedAt > known.requestedAt) found.set(each.instanceId, each);
  }
  return found;
}

async function readShown(commands: RunCommand, { sent, startedAt }: SentPings): Promise<ShownPings> {
  const since = new Date(startedAt - CLOCK_SLACK_MS);
  const byRegion = new Map(
    await Promise.all(
      [...new Set(sent.map(({ region }) => region))].map(
        async (region) => [region, await commands.readInvocationsSince(region, since)] as const,
      ),
    ),
  );
  return new Map(
    sent.map((command) => [command, invocationsOf(command, byRegion.get(command.region) ?? [])]),
  );
}

function countEnded(shown: ShownPings): number {
  return [...shown.values()].flatMap((found) => [...found.values()]).filter(({ status }) => isFinal(status))
    .length;
}

/** The same with what the pings printed. */
async function readPrinted(commands: RunCommand, shown: ShownPings): Promise<ShownPings> {
  const printed = new Map<PingCommand, ReadonlyMap<string, Invocation>>();
  for (const [command, found] of shown) {
    const full = await withOutput(commands, command.region, [...found.values()]);
    printed.set(command, new Map([...found, ...full.map((each) => [each.instanceId, each] as const)]));
  }
  return printed;
}

/**
 * Waits until all pings have ended.
 *
 * @param timeout milliseconds, after which those that have not are left as they are.
 */
export async function waitForPings(
  commands: RunCommand,
  pings: SentPings,
  timeout: number,
  progress: Progress,
): Promise<ShownPings> {
  const total = pings.sent.reduce((sum, { instanceIds }) => sum + instanceIds.length, 0);
  let shown: ShownPings = new Map();
  while (total > 0) {
    shown = await readShown(commands, pings);
    const ended = countEnded(shown);
    if (ended >= total || Date.now() - pings.startedAt >= timeout) {
      break;
    }
    progress.doing(`Waiting for ${total - ended} of ${total} pings`);
    await delay(POLL_MS);
  }
  return readPrinted(commands, shown);
}
