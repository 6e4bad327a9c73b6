import { type Diagnosis, diagnose } from '../connectivity/diagnosis.ts';
import { EndpointError } from '../connectivity/endpoints.ts';
import { parsePing } from '../connectivity/ping-output.ts';
import { readCommandComment } from '../connectivity/probes.ts';
import {
  connectivityLostNotification,
  connectivityRestoredNotification,
  mergeResults,
  type PeeringHealth,
  type PeerVerdict,
  resultOf,
  whoseFault,
} from '../connectivity/results.ts';
import { isFinal, verdictOf } from '../connectivity/verdict.ts';
import type { Hint } from '../model/hint.ts';
import type { NetworkSnapshot } from '../model/network.ts';
import type { PeeringSide } from '../model/peering.ts';
import type { Policy } from '../policy/schema.ts';
import { trusts, trustsSomebody } from '../policy/trust.ts';
import type { ConnectivityReader, Invocation, RunCommand } from '../ports/connectivity.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import {
  isLostNoteOld,
  lostKey,
  lostNote,
  peerKey,
  peerNote,
  peerNoteValue,
  peerVerdictIn,
  readLostCount,
} from './connectivity-notes.ts';
import { readInventory } from './read-inventory.ts';
import { peerSideOf, tellPeer } from './tell-peer.ts';

export interface RecordDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly documentName: string;
  readonly reader: NetworkReader;
  readonly connectivity: ConnectivityReader;
  readonly commands: RunCommand;
  readonly memory: Memory;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
}

export type RecordSummary =
  | { readonly recorded: readonly PeeringHealth[] }
  /** Other instances of the same command have not ended; the event of the last one records all. */
  | { readonly waitingFor: number }
  | { readonly noted: string }
  | { readonly dropped: string };

/** How long Systems Manager may take until it shows the command whose end it has just told. */
const FRESH_COMMAND_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/** Everything that the account shows of a peering's two VPCs. What lies in another account stays not visible. */
export async function readSnapshot(
  {
    accountId,
    managedRegions,
    reader,
    connectivity,
  }: Pick<RecordDependencies, 'accountId' | 'managedRegions' | 'reader' | 'connectivity'>,
  region: string,
  peeringId: string,
): Promise<NetworkSnapshot> {
  const here = await readInventory(reader, { accountId, region });
  const peering = here.peerings.find((each) => each.peeringId === peeringId);
  const own = [peering?.requester, peering?.accepter].filter(
    (side) => side !== undefined && side.accountId === accountId && managedRegions.includes(side.region),
  );
  const regions = [...new Set(own.flatMap((side) => side?.region ?? []))];
  const parts = await Promise.all(
    regions.map(async (each) => {
      const vpcIds = own.flatMap((side) => (side !== undefined && side.region === each ? [side.vpcId] : []));
      const [vpcs, tables, subnets, groups, acls, instances, interfaces] = await Promise.all([
        reader.readVpcs(each, vpcIds),
        reader.readTables(each, { vpcIds }),
        connectivity.readSubnets(each, vpcIds),
        connectivity.readSecurityGroups(each, vpcIds),
        connectivity.readNetworkAcls(each, vpcIds),
        connectivity.readInstances(each, vpcIds),
        connectivity.readInterfaces(each, vpcIds),
      ]);
      return { vpcs, tables, subnets, groups, acls, instances, interfaces };
    }),
  );
  return {
    vpcs: parts.flatMap(({ vpcs }) => vpcs),
    subnets: parts.flatMap(({ subnets }) => subnets),
    routeTables: parts.flatMap(({ tables }) => tables),
    peerings: here.peerings,
    securityGroups: parts.flatMap(({ groups }) => groups),
    networkAcls: parts.flatMap(({ acls }) => acls),
    instances: parts.flatMap(({ instances }) => instances),
    interfaces: parts.flatMap(({ interfaces }) => interfaces),
    prefixLists: new Map(),
  };
}

/** @returns undefined when an end is no longer there to look at; the message then goes without the hops. */
async function diagnosisOf(
  dependencies: RecordDependencies,
  { region, peeringId, results }: PeeringHealth,
): Promise<Diagnosis | undefined> {
  const failing =
    results.find(({ verdict }) => verdict === 'unreachable') ??
    results.find(({ verdict }) => verdict === 'lossy');
  if (failing === undefined) {
    return undefined;
  }
  const snapshot = await readSnapshot(dependencies, region, peeringId);
  try {
    return diagnose(snapshot, failing.sourceInstanceId, failing.target);
  } catch (error) {
    if (!(error instanceof EndpointError)) {
      throw error;
    }
    dependencies.journal.warn('not diagnosed', { peeringId, reason: error.message });
    return undefined;
  }
}

/** The other side of a peering of this account, as EC2 shows it, if another account owns it. */
async function peerSide(
  { accountId, reader }: Pick<RecordDependencies, 'accountId' | 'reader'>,
  region: string,
  peeringId: string,
): Promise<PeeringSide | undefined> {
  const found = await reader.readPeerings(region, { peeringIds: [peeringId] });
  const peering = found.find((each) => each.peeringId === peeringId);
  return peering === undefined ? undefined : peerSideOf(accountId, peering);
}

function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

async function notePeerVerdict(
  hint: Extract<Hint, { kind: 'peer-verdict' }>,
  dependencies: RecordDependencies,
): Promise<RecordSummary> {
  const { policy, memory, journal, now } = dependencies;
  const { region, peeringId, peerAccountId, verdict, firstFailure } = hint;
  const side = trusts(policy, peerAccountId) ? await peerSide(dependencies, region, peeringId) : undefined;
  if (side?.accountId !== peerAccountId) {
    const reason = `account ${peerAccountId} is not trusted, or not at the other end of ${peeringId}`;
    journal.warn('event dropped', { peeringId, peerAccountId, reason });
    return { dropped: reason };
  }
  if (policy.mode === 'enforce') {
    const said = {
      accountId: peerAccountId,
      verdict,
      ...(firstFailure === undefined ? {} : { firstFailure }),
    };
    await memory.update(region, [peerNote(peeringId, peerNoteValue(said, now()), secondsOf(now()))]);
  }
  return { noted: `${peerAccountId} says that ${peeringId} is ${verdict}` };
}

async function recallPeerVerdict(
  { policy, memory, now }: RecordDependencies,
  { region, peeringId }: PeeringHealth,
): Promise<PeerVerdict | undefined> {
  return trustsSomebody(policy)
    ? peerVerdictIn(await memory.readNote(region, peerKey(peeringId)), now())
    : undefined;
}

/** Lets the account at the other end know how the peering looks from here. */
async function tellVerdict(
  dependencies: RecordDependencies,
  { region, peeringId, verdict }: PeeringHealth,
  diagnosis: Diagnosis | undefined,
): Promise<void> {
  if (!trustsSomebody(dependencies.policy)) {
    return;
  }
  const side = await peerSide(dependencies, region, peeringId);
  if (side !== undefined) {
    const firstFailure = diagnosis?.firstFailure?.sentence;
    await tellPeer(dependencies, side, {
      type: 'Connectivity Verdict',
      peeringId,
      detail: { verdict, ...(firstFailure === undefined ? {} : { firstFailure }) },
    });
  }
}

/** Tells people when a target has not answered for as many checks as the policy says, and when it answers again. */
async function tellChange(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  { target, commandId }: { readonly target: string; readonly commandId: string },
  diagnosis: Diagnosis | undefined,
): Promise<void> {
  const { accountId, policy, memory, topic, journal, now } = dependencies;
  const { periods } = policy.connectivity;
  const key = lostKey(health.peeringId, target);
  const note = await memory.readNote(health.region, key);
  const before = readLostCount(note);
  const lostBefore = before.times;
  if (!health.failed) {
    if (note !== undefined) {
      await memory.update(health.region, [{ kind: 'forget-note', key }]);
    }
    if (lostBefore >= periods) {
      await topic.notify(connectivityRestoredNotification(health, accountId));
    }
    return;
  }
  const at = secondsOf(now());
  if (lostBefore >= periods) {
    if (note !== undefined && isLostNoteOld(note, at)) {
      await memory.update(health.region, [lostNote(key, before, at)]);
    }
    return;
  }
  if (before.commandId === commandId) {
    return;
  }
  await memory.update(health.region, [lostNote(key, { times: lostBefore + 1, commandId }, at)]);
  if (lostBefore + 1 === periods) {
    const peer = await recallPeerVerdict(dependencies, health);
    const cause = whoseFault(diagnosis, peer);
    journal.warn('connectivity lost', { ...health, cause });
    await topic.notify(
      connectivityLostNotification(health, {
        accountId,
        ...(diagnosis === undefined ? {} : { diagnosis }),
        ...(peer === undefined ? {} : { peer }),
      }),
    );
  }
}

/** Systems Manager is eventually consistent: what it tells of by an event may not be listed yet. */
async function readEndedCommand(
  { commands, sleep }: RecordDependencies,
  { region, commandId }: Extract<Hint, { kind: 'command' }>,
): Promise<readonly Invocation[]> {
  for (const wait of FRESH_COMMAND_WAITS_MS) {
    const invocations = await commands.readCommand(region, commandId);
    if (invocations.length > 0) {
      return invocations;
    }
    await sleep(wait);
  }
  return commands.readCommand(region, commandId);
}

/**
 * Reads what a ping that has ended printed, and records its verdict. The event says only which command to look at:
 * status and output are read from Systems Manager, and a command of another document is none of ours.
 */
export async function recordConnectivity(
  hint: Hint,
  dependencies: RecordDependencies,
): Promise<RecordSummary> {
  const { accountId, policy, documentName, bus, journal } = dependencies;
  if (hint.kind === 'peer-verdict') {
    return notePeerVerdict(hint, dependencies);
  }
  if (hint.kind !== 'command') {
    return { dropped: `${hint.cause} is about no command` };
  }
  const { region, commandId } = hint;
  const invocations = await readEndedCommand(dependencies, hint);
  const [first] = invocations;
  const about = first === undefined ? undefined : readCommandComment(first.comment);
  if (first === undefined || first.documentName !== documentName || about === undefined) {
    journal.warn('event dropped', { commandId, reason: `it is no command of ${documentName}` });
    return { dropped: `${commandId} is no command of ${documentName}` };
  }
  const waitingFor = invocations.filter(({ status }) => !isFinal(status)).length;
  if (waitingFor > 0) {
    return { waitingFor };
  }

  const results = invocations.map(({ instanceId, status, statusDetails, output }) => {
    const ping = parsePing(output);
    return resultOf(
      { ...about, region, sourceInstanceId: instanceId },
      verdictOf(status, statusDetails, ping),
      ping,
    );
  });
  const recorded = mergeResults(results, policy.connectivity);
  for (const health of recorded) {
    const { peeringId, verdict, lossPercent, averageRtt, withoutVerdict, failed } = health;
    journal.info('connectivity', { ...health });
    journal.metric('ProbesWithoutVerdict', withoutVerdict);
    if (lossPercent !== undefined) {
      journal.metric('PacketLoss', lossPercent, 'percent');
      journal.metric('PeeringsUnreachable', failed ? 1 : 0);
    }
    if (averageRtt !== undefined) {
      journal.metric('RoundTripTime', averageRtt, 'milliseconds');
    }
    if (policy.metrics.perPeering) {
      if (lossPercent !== undefined) {
        journal.peeringMetric(peeringId, 'PacketLoss', lossPercent, 'percent');
      }
      if (averageRtt !== undefined) {
        journal.peeringMetric(peeringId, 'RoundTripTime', averageRtt, 'milliseconds');
      }
    }
    await bus.publish([
      {
        type: 'Connectivity Verdict',
        detail: {
          accountId,
          region,
          peeringId,
          target: about.target,
          verdict,
          lossPercent,
          averageRtt,
          results: health.results,
        },
      },
    ]);
    // Observing, nothing may be remembered, so it could not be told once.
    if (verdict !== 'none' && policy.mode === 'enforce') {
      const diagnosis = failed ? await diagnosisOf(dependencies, health) : undefined;
      await tellVerdict(dependencies, health, diagnosis);
      await tellChange(dependencies, health, { target: about.target, commandId }, diagnosis);
    }
  }
  return { recorded };
}
