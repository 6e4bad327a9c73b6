import { type Diagnosis, diagnose } from '../connectivity/diagnosis.ts';
import { EndpointError } from '../connectivity/endpoints.ts';
import { parsePing } from '../connectivity/ping-output.ts';
import { readCommandComment } from '../connectivity/probes.ts';
import type { ConnectivityReader, RunCommand } from '../connectivity/reader.ts';
import {
  connectivityLostNotification,
  connectivityRestoredNotification,
  mergeResults,
  type PeeringHealth,
  resultOf,
} from '../connectivity/results.ts';
import type { NetworkSnapshot } from '../connectivity/types.ts';
import { isFinal, verdictOf } from '../connectivity/verdict.ts';
import type { StateStore } from '../drift/state.ts';
import { readInventory } from '../peering/read-inventory.ts';
import type { NetworkReader } from '../peering/reader.ts';
import type { Policy } from '../policy/schema.ts';
import type { Hint } from '../report/hints.ts';
import type { Journal } from '../report/journal.ts';
import type { Bus, Topic } from '../report/outbox.ts';

export interface RecordDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly documentName: string;
  readonly reader: NetworkReader;
  readonly connectivity: ConnectivityReader;
  readonly commands: RunCommand;
  readonly state: StateStore;
  readonly bus: Bus;
  readonly topic: Topic;
  readonly journal: Journal;
}

export type RecordSummary =
  | { readonly recorded: readonly PeeringHealth[] }
  /** Other instances of the same command have not ended; the event of the last one records all. */
  | { readonly waitingFor: number }
  | { readonly dropped: string };

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

/** Tells people when a target has not answered for as many checks as the policy says, and when it answers again. */
async function tellChange(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  target: string,
): Promise<void> {
  const { accountId, policy, state, topic, journal } = dependencies;
  const { periods } = policy.connectivity;
  const key = `${health.region}/${health.peeringId}/${target.replaceAll(':', '_')}`;
  const lostBefore = Number((await state.read('lost', key)) ?? 0);
  if (!health.failed) {
    if (lostBefore > 0) {
      await state.forget('lost', key);
    }
    if (lostBefore >= periods) {
      await topic.notify(connectivityRestoredNotification(health, accountId));
    }
    return;
  }
  if (lostBefore >= periods) {
    return;
  }
  await state.write('lost', key, String(lostBefore + 1));
  if (lostBefore + 1 === periods) {
    const diagnosis = await diagnosisOf(dependencies, health);
    journal.warn('connectivity lost', {
      ...health,
      cause: diagnosis?.firstFailure?.sentence ?? 'not visible from here',
    });
    await topic.notify(
      connectivityLostNotification(health, { accountId, ...(diagnosis === undefined ? {} : { diagnosis }) }),
    );
  }
}

/**
 * Reads what a ping that has ended printed, and records its verdict. The event says only which command to look at:
 * status and output are read from Systems Manager, and a command of another document is none of ours.
 */
export async function recordConnectivity(
  hint: Hint,
  dependencies: RecordDependencies,
): Promise<RecordSummary> {
  const { accountId, policy, documentName, commands, bus, journal } = dependencies;
  if (hint.kind !== 'command') {
    return { dropped: `${hint.cause} is about no command` };
  }
  const { region, commandId } = hint;
  const invocations = await commands.readCommand(region, commandId);
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
    if (verdict !== 'none') {
      await tellChange(dependencies, health, about.target);
    }
  }
  return { recorded };
}
