import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectEc2Writer, createConnectWriter } from '../../lib/aws/connect-writes.ts';
import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import { createEc2Writer, type DoorOptions, type Ec2Writer } from '../../lib/aws/writes.ts';
import { type MemoryUpdate, NO_MEMORY } from '../../lib/model/memory.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { Journal } from '../../lib/ports/journal.ts';
import type { Memory } from '../../lib/ports/memory.ts';
import type { NetworkReader } from '../../lib/ports/network-reader.ts';
import { createPace, type Pace } from '../../lib/ports/pace.ts';
import type { Assessment } from '../assess.ts';
import { CliError } from '../errors.ts';
import type { Policies } from '../policy.ts';
import type { Invocation } from '../verb.ts';

/** What `peering apply` works with: one account, as live AWS is. */
export interface Work {
  readonly invocation: Invocation;
  readonly accountId: string;
  readonly policies: Policies;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly shownPlan: Assessment;
  readonly reader: NetworkReader;
  readonly writer: Ec2Writer & ConnectEc2Writer;
  /** What is done is remembered as the functions remember it; without a stack nowhere. */
  readonly memory: Memory;
  readonly pace: Pace;
  readonly journal: Journal;
}

/** What the command says of what it does goes to the person, not to metrics; with --debug every call is shown. */
function journalFor({ output, options }: Invocation): Journal {
  const say = (message: string, fields: Readonly<Record<string, unknown>>) => {
    if (options.debug) output.note(`debug: ${message} ${JSON.stringify(fields)}`);
  };
  const none = () => undefined;
  return {
    info: say,
    warn: say,
    error: say,
    metric: none,
    steadyMetric: none,
    kindMetric: none,
    peeringMetric: none,
  };
}

/** The source reads what is remembered, and says it when it cannot; the stack's own store takes what is done. */
function memoryOf({ source }: Assessment, by: string): Work['memory'] {
  const byCaller = (update: MemoryUpdate): MemoryUpdate =>
    update.kind === 'event' ? { ...update, event: { ...update.event, by } } : update;
  const read = async (region: string) =>
    (await source.scopes.find((scope) => scope.region === region)?.readMemory()) ?? NO_MEMORY;
  return {
    read,
    readNote: async (region, key) => (await read(region)).notes.get(key),
    update: async (region, updates) => {
      await (await source.memory?.())?.update(region, updates.map(byCaller));
    },
  };
}

/** @param by the ARN of the caller: in the history it is they who did it. */
export function createWork(
  invocation: Invocation,
  policies: Policies,
  shownPlan: Assessment,
  by: string,
): Work {
  const [account] = shownPlan.accounts;
  const [scope] = shownPlan.source.scopes;
  if (account === undefined || scope === undefined) {
    throw new CliError('There is no account to change anything in.');
  }
  const { accountId, policy, managedRegions } = account;
  const journal = journalFor(invocation);
  const clients = createEc2Clients();
  const door: DoorOptions = {
    mode: policy.mode,
    onWrite: ({ action, region, resource, arguments: callArguments }) =>
      journal.info(action, { region, resource, ...callArguments }),
  };
  const writer = { ...createEc2Writer(clients, door), ...createConnectWriter(clients, door) };
  return {
    invocation,
    accountId,
    policies,
    policy,
    managedRegions,
    shownPlan,
    reader: scope.reader,
    writer,
    memory: memoryOf(shownPlan, by),
    pace: createPace({ now: Date.now, sleep: (duration) => delay(duration) }),
    journal,
  };
}
