import { ownSides } from '../assessment/requests.ts';
import type { AssessedRequest } from '../assessment/types.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Peering } from '../model/peering.ts';
import { countPermanent, failureOf } from './failure.ts';
import type { NamedRequest } from './named-requests.ts';
import type { OrganizationOfPass } from './organization.ts';
import { type ReadDependencies, type ReadState, readRegions, stateOf } from './read-state.ts';
import type { RequestDependencies, RequestOutcome } from './request-dependencies.ts';
import { tellPeer } from './tell-peer.ts';

/** Whose requests these are, and where. */
type Scope = Pick<RequestDependencies, 'accountId' | 'managedRegions'>;

/** Why there is nothing to decide about a peering here, or undefined if there is. */
export function nothingToDecide(
  { accountId, managedRegions }: Scope,
  { status, accepter }: Peering,
): string | undefined {
  if (accepter.accountId !== accountId) {
    return `The request is for account ${accepter.accountId} to decide, not for this one.`;
  }
  if (!managedRegions.includes(accepter.region)) {
    return `The accepter VPC ${accepter.vpcId} is in ${accepter.region}, which is not a managed Region.`;
  }
  if (status !== 'pending-acceptance') {
    return `Its status is ${status}; only a request that is pending-acceptance can be decided.`;
  }
  return undefined;
}

/** The account that is asked may not hear of the request by itself: whether AWS sends it an event is unproven. */
export async function tellAccepter(
  dependencies: RequestDependencies,
  { peeringId, status, requester, accepter }: Peering,
): Promise<void> {
  const { accountId } = dependencies;
  if (
    status === 'pending-acceptance' &&
    requester.accountId === accountId &&
    accepter.accountId !== accountId
  ) {
    await tellPeer(dependencies, accepter, { type: 'Peering Requested', peeringId });
  }
}

/** The state that requests are decided in, and by Region why another could not be read. */
export interface ReadAround extends ReadState {
  readonly failures: ReadonlyMap<string, unknown>;
}

/** Reads the VPCs, in every managed Region of this account, whose state bears on these requests. */
export async function readAround(
  dependencies: ReadDependencies,
  requests: readonly Pick<NamedRequest, 'peering'>[],
): Promise<ReadAround> {
  const scopes = new Map<string, Set<string>>();
  for (const { region, vpcId } of requests.flatMap(({ peering }) => ownSides(dependencies, peering))) {
    scopes.set(region, (scopes.get(region) ?? new Set()).add(vpcId));
  }
  const { regions, failures } = await readRegions(
    dependencies,
    [...scopes].map(([region, vpcIds]) => ({ region, vpcIds: [...vpcIds].sort() })),
  );
  const read = await stateOf(dependencies, regions, failures);
  return { ...read, memory: await withDenied(dependencies, read), failures };
}

/** What is remembered of a Region says what people were told of its requests, also where AWS denies to read it. */
async function withDenied(
  { memory }: Pick<ReadDependencies, 'memory'>,
  read: ReadState,
): Promise<ReadState['memory']> {
  const denied = [...(read.state.denied?.keys() ?? [])];
  return denied.length === 0
    ? read.memory
    : new Map([
        ...read.memory,
        ...(await Promise.all(denied.map(async (region) => [region, await memory.read(region)] as const))),
      ]);
}

/** Why something on which the decision hangs could not be read just now: the organization, or the address plan. */
export function passingObstacle(
  request: AssessedRequest,
  { organization, addressPlan }: Pick<ReadState, 'organization' | 'addressPlan'>,
): string | undefined {
  const [planProblem] = request.decision.unread === 'address-plan' ? addressPlan.retryable : [];
  return organizationObstacle(request, organization) ?? planProblem?.reason;
}

function organizationObstacle(
  { peering, decision }: AssessedRequest,
  { unread }: OrganizationOfPass,
): string | undefined {
  const { rules } = decision;
  const open = rules.some(({ mismatches, unknowns }) => mismatches.length === 0 && unknowns.length > 0);
  return decision.decision !== 'hold' || !open
    ? undefined
    : [peering.requester, peering.accepter]
        .map(({ accountId }) => unread.get(accountId))
        .find((problem) => problem?.retry === true)?.reason;
}

/** A request that could not be carried out, as log, metric and outcome say it. */
export function failed(
  { journal }: RequestDependencies,
  about: { readonly peeringId: string; readonly region: string },
  error: unknown,
): RequestOutcome {
  const { reason, retry } = failureOf(error);
  countPermanent(journal, [{ retry }]);
  journal.error('request not carried out', {
    ...about,
    kind: classifyAwsError(error).kind,
    reason,
    retry,
  });
  return { peeringId: about.peeringId, result: 'failed', reason, retry };
}

/**
 * Why a request that was named cannot be decided after all, or undefined if it can. What AWS denies to read does not pass by
 * itself: the request is held for that, which people are told.
 */
export function unreadable(
  dependencies: RequestDependencies,
  { peering }: NamedRequest,
  { failures, state }: Pick<ReadAround, 'failures' | 'state'>,
): RequestOutcome | undefined {
  // A side that could not be read may be the one that a hold or reject rule is about.
  const unread = ownSides(dependencies, peering).filter(({ region }) => failures.has(region));
  const isDenied = ({ region }: { readonly region: string }) => state.denied?.has(region) === true;
  const counted = unread.find((side) => !isDenied(side)) ?? unread[0];
  if (counted === undefined) {
    return undefined;
  }
  const { region } = counted;
  const outcome = failed(dependencies, { peeringId: peering.peeringId, region }, failures.get(region));
  return isDenied(counted) ? undefined : outcome;
}

/** Whether a request waits because AWS denies to read one of its sides. */
export function waitsForPermission(scope: Scope, peering: Peering, { denied }: ReadState['state']): boolean {
  return denied !== undefined && ownSides(scope, peering).some(({ region }) => denied.has(region));
}
