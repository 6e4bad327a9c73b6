import { connectionsOf } from '../connect/connect.ts';
import type { Connections, ConnectProblem, JudgedPair } from '../connect/types.ts';
import type { RegionMemory } from '../model/memory.ts';
import type { ConnectDependencies } from './connect-dependencies.ts';
import { eventsOf, failedProblems, refusedProblems } from './connect-outcome.ts';
import { loudProblems } from './connect-problems.ts';
import { type DeletedPair, deleteLeft } from './delete-left.ts';
import { countPermanent, createAttempts, type Failure } from './failure.ts';
import { makeRequests } from './make-requests.ts';
import { readConnections } from './read-connections.ts';
import type { RequestedPair } from './request-result.ts';
import { tellConnections } from './tell-connections.ts';

/** What became of one look. */
export interface ConnectSummary {
  readonly wanted: number;
  readonly connected: number;
  readonly requested: number;
  readonly deleted: number;
  readonly problems: number;
  readonly failures: readonly Failure[];
}

function isFree({ heldBy }: JudgedPair): boolean {
  return heldBy === undefined;
}

function logConnections(
  { journal }: ConnectDependencies,
  { pairs, problems, remarks, unknown }: Connections,
): void {
  for (const pair of pairs) {
    if (pair.state === 'to-request' || pair.state === 'to-delete') {
      journal.info(pair.heldBy === undefined ? 'pair to change' : 'pair held', {
        connection: pair.connection,
        requesterVpc: pair.requester.vpcId,
        accepterVpc: pair.accepter.vpcId,
        state: pair.state,
        why: pair.why,
        ...(pair.heldBy === undefined ? {} : { heldBy: pair.heldBy }),
      });
    }
  }
  for (const { connection, says } of problems) journal.warn('not connected', { connection, says });
  for (const says of remarks) journal.warn('connection to look at', { says });
  for (const { resource, reason } of unknown) journal.warn('not judged', { resource, reason });
}

/** Counts what this look tells people of, and what it told before: the alarm and its message come by the same look. */
function problemMetrics(
  { journal, policy, now }: ConnectDependencies,
  problems: readonly ConnectProblem[],
  memory: ReadonlyMap<string, RegionMemory>,
): void {
  const counted = new Set(loudProblems(problems, memory, now()).map(({ key }) => key)).size;
  // Observing, what is left to people is counted, too: it is what they look at before they enforce.
  journal.kindMetric('not-connected', 'RouteFindings', counted);
  if (policy.mode === 'enforce') journal.metric('RouteDriftUnrepaired', counted);
}

/**
 * Looks at all managed Regions once: which peerings `connect` and `mesh` want and are missing, and which the product requested
 * and are wanted no more. Requests and deletes them, remembers that, and tells people. One that fails does not stop the
 * others.
 */
export async function requestPeerings(dependencies: ConnectDependencies): Promise<ConnectSummary> {
  const { accountId, policy, memory: remember, bus, journal, now } = dependencies;
  const { state, memory, failures } = await readConnections(dependencies);
  const attempts = createAttempts(failures);
  const connections = connectionsOf(state, policy, memory, now());
  logConnections(dependencies, connections);
  let requested: readonly RequestedPair[] = [];
  let deleted: readonly DeletedPair[] = [];
  let refused: readonly ConnectProblem[] = [];
  if (policy.mode === 'enforce') {
    for (const [region, updates] of connections.learned) {
      await attempts.attempt(() => remember.update(region, updates));
    }
    const free = connections.pairs.filter(isFree);
    await attempts.attempt(async () => {
      requested = await makeRequests(
        dependencies,
        free.filter((pair) => pair.state === 'to-request'),
      );
    });
    await attempts.attempt(async () => {
      deleted = await deleteLeft(
        dependencies,
        free.filter((pair) => pair.state === 'to-delete'),
      );
    });
    const events = eventsOf(accountId, requested, deleted);
    if (events.length > 0) await attempts.attempt(() => bus.publish(events));
    await attempts.attempt(async () => {
      const isGoingOn = requested.some(({ result }) => result === 'requested');
      refused = refusedProblems(requested, Math.floor(now().getTime() / 1000));
      const failed = [...failedProblems(requested, deleted), ...refused];
      await tellConnections(dependencies, { connections, memory, deleted, failed, isGoingOn });
    });
  }
  const failedCalls = [...requested, ...deleted].flatMap(({ result, reason, retry = false }) =>
    result === 'failed' ? [{ reason, retry }] : [],
  );
  const unclear = requested.flatMap(({ result, reason }) =>
    result === 'unclear' ? [{ reason, retry: true }] : [],
  );
  const unremembered = deleted.flatMap((each) => each.unremembered ?? []);
  const all = [...attempts.failures, ...failedCalls, ...unclear, ...unremembered];
  countPermanent(
    journal,
    all.filter(({ retry }) => !retry),
  );
  problemMetrics(dependencies, [...connections.problems, ...refused], memory);
  return {
    wanted: connections.pairs.filter(({ state: of }) => !['kept', 'leaving', 'to-delete'].includes(of))
      .length,
    connected: connections.pairs.filter(({ state: of }) => of === 'connected').length,
    requested: requested.filter(({ result }) => result === 'requested').length,
    deleted: deleted.filter(({ result }) => result === 'deleted').length,
    problems: connections.problems.length,
    failures: all,
  };
}
