import { NO_MEMORY } from '../../lib/model/memory.ts';
import { sendPings as sendAll } from '../../lib/passes/check-connectivity.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { PingCommand, RunCommand } from '../../lib/ports/connectivity.ts';
import type { Journal } from '../../lib/ports/journal.ts';
import type { Selection } from '../../lib/report/selection.ts';
import type { Document } from '../documents.ts';
import type { Scope } from '../source/types.ts';

type Skipped = Document<'ping'>['skipped'][number];

/** What became of one check. */
export interface SentPings {
  readonly sent: readonly PingCommand[];
  /** Before the first was sent, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Peerings that are asked for and not pinged, with why. */
  readonly skipped: readonly Skipped[];
  /** Why not all could be sent. */
  readonly problems: readonly string[];
}

/** What the pass says in its journal about what it does not ping. */
function journalInto(skipped: Skipped[]): Journal {
  const none = () => undefined;
  return {
    info: (message, fields) => {
      if (message === 'not probed') {
        const { peeringId, region, localVpcId, reason } = fields;
        skipped.push({
          peeringId: String(peeringId),
          region: String(region),
          localVpc: String(localVpcId),
          reason: String(reason),
        });
      }
    },
    warn: none,
    error: none,
    metric: none,
    steadyMetric: none,
    kindMetric: none,
    peeringMetric: none,
  };
}

/** Sends what the filter lets through, and remembers it. */
function remembering(
  commands: RunCommand,
  wanted: (command: PingCommand) => PingCommand | undefined,
  sent: PingCommand[],
): RunCommand {
  return {
    ...commands,
    async sendPing(command, count) {
      const part = wanted(command);
      if (part === undefined) {
        return 'observed';
      }
      const outcome = await commands.sendPing(part, count);
      sent.push(part);
      return outcome;
    },
  };
}

/** Leaves of a command the instances in VPCs that are asked for; undefined if there is none. */
async function filterOf(
  scopes: readonly Scope[],
  tagPrefix: string,
  asked: Selection,
): Promise<(command: PingCommand) => PingCommand | undefined> {
  const instances = await Promise.all(
    scopes.map(({ region, connectivity }) => connectivity.readProbeInstances(region, tagPrefix)),
  );
  const vpcOf = new Map(instances.flat().map(({ instanceId, vpcId }) => [instanceId, vpcId]));
  return (command) => {
    const instanceIds = command.instanceIds.filter((id) => asked.vpc(command.region, vpcOf.get(id) ?? ''));
    return instanceIds.length === 0 ? undefined : { ...command, instanceIds };
  };
}

/** Runs the check of the function once, and sends of its pings those that are asked for. */
export async function sendPings(
  scopes: readonly [Scope, ...Scope[]],
  policy: Policy,
  commands: RunCommand,
  asked: Selection,
): Promise<SentPings> {
  const [{ accountId, reader, connectivity }] = scopes;
  const wanted = await filterOf(scopes, policy.tagPrefix, asked);
  const scopeOf = (region: string) => scopes.find((each) => each.region === region);
  const sent: PingCommand[] = [];
  const skipped: Skipped[] = [];
  const startedAt = Date.now();
  const { failures, notReady } = await sendAll({
    accountId,
    policy,
    managedRegions: scopes.map(({ region }) => region),
    reader,
    memory: { read: async (region) => (await scopeOf(region)?.readMemory()) ?? NO_MEMORY },
    connectivity,
    commands: remembering(commands, wanted, sent),
    journal: journalInto(skipped),
    now: () => new Date(),
  });
  return {
    sent,
    startedAt,
    skipped: skipped.filter(({ region, localVpc }) => asked.vpc(region, localVpc)),
    problems: [...failures, ...notReady].map(({ reason }) => reason),
  };
}
