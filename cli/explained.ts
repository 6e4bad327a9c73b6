import {
  type AdviseRoute,
  answerOfLines,
  type DiagnoseOptions,
  type Diagnosis,
  diagnose,
} from '../lib/connectivity/diagnosis.ts';
import { EndpointError } from '../lib/connectivity/endpoint.ts';
import { vpcsWithDoubt } from '../lib/connectivity/group-references.ts';
import { peeringsAsked } from '../lib/connectivity/last-ping.ts';
import { newsKeys } from '../lib/messages/news.ts';
import type { NetworkSnapshot, PeeringEnd, StaleGroup } from '../lib/model/network.ts';
import { DEAD_STATUSES } from '../lib/model/peering.ts';
import { asAddress } from '../lib/network/cidr.ts';
import type { Scope, Source } from './source/types.ts';

/** A diagnosis with what is looked up only where it matters: who ended a peering, and which rules EC2 calls stale. */

/** Told of what could not be looked up; the diagnosis does without. */
type OnMissing = (what: string, error: unknown) => void;

const PEERING_IDS = /\bpcx-[0-9a-z]+/g;

/** The peerings that a diagnosis speaks of, or that were asked about, and that EC2 shows as ended or not at all. */
function endedIn({ peerings }: NetworkSnapshot, text: string): ReadonlySet<string> {
  const live = new Set(
    peerings.filter(({ status }) => !DEAD_STATUSES.has(status)).map(({ peeringId }) => peeringId),
  );
  return new Set([...text.matchAll(PEERING_IDS)].map(([id]) => id).filter((id) => !live.has(id)));
}

/** When the stack told people: it was not later. */
async function toldEnds(scope: Scope, ids: ReadonlySet<string>): Promise<[string, PeeringEnd][]> {
  const { notes } = await scope.readMemory();
  return [...ids].flatMap((id): [string, PeeringEnd][] => {
    const note = notes.get(newsKeys.ended(id));
    return note === undefined ? [] : [[id, { at: new Date(note.at * 1000), known: 'told' }]];
  });
}

async function peeringEnds(
  { scopes }: Source,
  ids: ReadonlySet<string>,
  onMissing: OnMissing,
): Promise<ReadonlyMap<string, PeeringEnd>> {
  if (ids.size === 0) {
    return new Map();
  }
  const byScope = await Promise.all(
    scopes.map(async (scope) => {
      const toldByStack = await toldEnds(scope, ids).catch((error: unknown) => {
        onMissing('When the stack told of the end of a peering is not known', error);
        return [];
      });
      const called = await scope.readPeeringEnds?.(ids).catch((error: unknown) => {
        onMissing('Who deleted a peering is not known', error);
        return undefined;
      });
      return { toldByStack, called: [...(called ?? [])] };
    }),
  );
  // CloudTrail knows more, so it comes last.
  return new Map([
    ...byScope.flatMap(({ toldByStack }) => toldByStack),
    ...byScope.flatMap(({ called }) => called),
  ]);
}

async function staleGroups(
  { scopes }: Source,
  network: NetworkSnapshot,
  vpcIds: readonly string[],
  onMissing: OnMissing,
): Promise<ReadonlyMap<string, readonly StaleGroup[]>> {
  const found = await Promise.all(
    vpcIds.map(async (vpcId) => {
      const home = network.vpcs.find((vpc) => vpc.vpcId === vpcId);
      const scope = scopes.find(
        ({ accountId, region }) => accountId === home?.accountId && region === home?.region,
      );
      const groups = await scope?.connectivity
        .readStaleGroups(scope.region, vpcId)
        .catch((error: unknown) => {
          onMissing(`Which rules of ${vpcId} are stale is not known`, error);
          return undefined;
        });
      return groups === undefined ? [] : [[vpcId, groups] as const];
    }),
  );
  return new Map(found.flat());
}

interface Asked {
  readonly source: string;
  readonly target: string;
}

interface ExplainOptions extends DiagnoseOptions {
  readonly onMissing: OnMissing;
  /** Judges the network by the policy; left out: there is none. */
  readonly readAdvice?: () => Promise<AdviseRoute>;
}

/** What a policy says of a missing route takes a judgement of the whole network, so it is asked only where one would be named. */
async function adviceOn(
  readAdvice: ExplainOptions['readAdvice'],
  onMissing: OnMissing,
): Promise<Pick<DiagnoseOptions, 'adviseRoute'>> {
  if (readAdvice === undefined) {
    return {};
  }
  try {
    return { adviseRoute: await readAdvice() };
  } catch (error) {
    onMissing('What the policy makes of the missing route is not known', error);
    return {};
  }
}

/** The ended peering of the source's VPC across which an address was pinged that nothing shows any more. */
async function endedAcross(
  { scopes }: Source,
  network: NetworkSnapshot,
  { source, target }: Asked,
  onMissing: OnMissing,
): Promise<string | undefined> {
  if (asAddress(target) === undefined) {
    return undefined;
  }
  const [vpcId] = diagnose(network, source, source).vpcIds;
  const asked = await Promise.all(
    scopes.map(async (scope) => {
      const { notes } = await scope.readMemory();
      return peeringsAsked(notes, target);
    }),
  ).catch((error: unknown) => {
    onMissing(`Across which peering ${target} was pinged is not known`, error);
    return [];
  });
  const ids = new Set(asked.flat());
  return network.peerings.find(
    ({ peeringId, status, requester, accepter }) =>
      ids.has(peeringId) &&
      DEAD_STATUSES.has(status) &&
      [requester, accepter].some((side) => side.vpcId === vpcId),
  )?.peeringId;
}

/**
 * Of an address behind a peering that has ended EC2 shows nothing, and its route is gone, too: then the peering is what is explained.
 *
 * @throws `error`, where no such peering is known.
 */
async function explainedByEnd(
  source: Source,
  network: NetworkSnapshot,
  asked: Asked,
  { onMissing, ...diagnosisOptions }: ExplainOptions,
  error: unknown,
): Promise<Diagnosis> {
  const ended =
    error instanceof EndpointError ? await endedAcross(source, network, asked, onMissing) : undefined;
  if (ended === undefined) {
    throw error;
  }
  const ends = await peeringEnds(source, new Set([ended]), onMissing);
  const diagnosis = diagnose({ ...network, peeringEnds: ends }, ended, ended, diagnosisOptions);
  return { ...diagnosis, ...answerOfLines([...diagnosis.answer, `${asked.target} was pinged across it.`]) };
}

/**
 * @throws EndpointError as `diagnose` does.
 */
export async function explained(
  source: Source,
  network: NetworkSnapshot,
  asked: Asked,
  options: ExplainOptions,
): Promise<Diagnosis> {
  try {
    return await explainedAsAsked(source, network, asked, options);
  } catch (error) {
    return explainedByEnd(source, network, asked, options, error);
  }
}

async function explainedAsAsked(
  source: Source,
  network: NetworkSnapshot,
  asked: Asked,
  { onMissing, readAdvice, ...diagnosisOptions }: ExplainOptions,
): Promise<Diagnosis> {
  const endsAsked = endedIn(network, `${asked.source} ${asked.target}`);
  const known = { ...network, peeringEnds: await peeringEnds(source, endsAsked, onMissing) };
  let isRouteMissing = false;
  const adviseRoute = () => {
    isRouteMissing = true;
    return undefined;
  };
  const plain = diagnose(known, asked.source, asked.target, { ...diagnosisOptions, adviseRoute });
  const options = {
    ...diagnosisOptions,
    ...(isRouteMissing ? await adviceOn(readAdvice, onMissing) : {}),
  };
  const first =
    options.adviseRoute === undefined ? plain : diagnose(known, asked.source, asked.target, options);
  const spoken = endedIn(network, [first.summary, ...first.hops.map(({ sentence }) => sentence)].join(' '));
  const [ends, stale] = await Promise.all([
    peeringEnds(source, new Set([...spoken].filter((id) => !endsAsked.has(id))), onMissing),
    staleGroups(source, network, vpcsWithDoubt(network, first), onMissing),
  ]);
  return ends.size === 0 && stale.size === 0
    ? first
    : diagnose(
        { ...known, peeringEnds: new Map([...known.peeringEnds, ...ends]), staleGroups: stale },
        asked.source,
        asked.target,
        options,
      );
}
