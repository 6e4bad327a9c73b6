import type { Connections, ConnectProblem, JudgedPair } from '../connect/types.ts';
import { type ConnectNews, connectNotification } from '../messages/connections.ts';
import { type MemoryUpdate, NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import { forgetProblem, toldProblemsIn } from '../model/pair.ts';
import { silenceOf, silencesIn } from '../model/silence.ts';
import type { ConnectDependencies } from './connect-dependencies.ts';
import { ofDeleted, ofLeaving, ofProblem, ofRequested, type RememberedPair } from './connect-news.ts';
import type { DeletedPair } from './delete-left.ts';
import { tellTogether } from './tell-together.ts';
import { keepingTopic } from './unsent.ts';

/** Requests of one burst are told together, but not later than this. Seconds. */
const LATEST_SECONDS = 3600;

export interface ToTell {
  readonly connections: Connections;
  readonly memory: ReadonlyMap<string, RegionMemory>;
  readonly deleted: readonly DeletedPair[];
  /** What AWS did not let the product do, or refused, as problems. */
  readonly failed: readonly ConnectProblem[];
  /** Whether this look requested something, so that more is to come. */
  readonly isGoingOn: boolean;
}

type Telling = Pick<ConnectDependencies, 'accountId' | 'memory' | 'topic' | 'policy' | 'now'>;

function seconds(now: () => Date): number {
  return Math.floor(now().getTime() / 1000);
}

/** Whether a message about one of these is silenced. */
function silencedBy(
  memory: ToTell['memory'],
  now: Date,
): (region: string, ids: readonly (string | undefined)[]) => boolean {
  const byRegion = new Map([...memory].map(([region, { notes }]) => [region, silencesIn(notes, now)]));
  return (region, ids) => silenceOf(byRegion.get(region) ?? new Map(), ids) !== undefined;
}

/** Requests of the product of which people have not been told. */
function untold({ pairs }: Connections): RememberedPair[] {
  return pairs.filter(
    (pair): pair is RememberedPair => pair.note?.told === 'not-yet' && pair.note.state !== 'asking',
  );
}

/** More is to come soon: then it is all told together, in one message. */
function canWait({ connections, isGoingOn }: ToTell, accountId: string, at: number): boolean {
  const open = untold(connections);
  const isAnsweredSoon = ({ state, isUnseen, accepter, note }: JudgedPair) =>
    (state === 'requested' || isUnseen === true) &&
    accepter.accountId === accountId &&
    at - (note?.at ?? 0) < LATEST_SECONDS;
  const oldest = open.reduce((least, { note }) => Math.min(least, note.at), at);
  return at - oldest < LATEST_SECONDS && (isGoingOn || open.some(isAnsweredSoon));
}

/** By key, of all Regions: where people were told of a problem, and with what. */
function toldBefore(
  memory: ToTell['memory'],
): Map<string, { readonly region: string; readonly signature: string }> {
  return new Map(
    [...memory].flatMap(([region, { notes }]) =>
      [...toldProblemsIn(notes)].map(([key, signature]) => [key, { region, signature }] as const),
    ),
  );
}

/** Problems that are over are news when they come back. */
async function forgetOver(
  { memory }: Telling,
  toTell: ToTell,
  problems: readonly ConnectProblem[],
): Promise<void> {
  const open = new Set(problems.map(({ key }) => key));
  const over = new Map<string, MemoryUpdate[]>();
  for (const [key, { region }] of toldBefore(toTell.memory)) {
    if (!open.has(key)) over.set(region, [...(over.get(region) ?? []), forgetProblem(key)]);
  }
  for (const [region, updates] of over) await memory.update(region, updates);
}

/**
 * Tells people in one message what was requested, what is going to be deleted and was, and what keeps VPCs from being
 * connected: each once. Where more is to come in the next minutes, it waits for that.
 */
export async function tellConnections(
  dependencies: Telling,
  toTell: ToTell,
): Promise<'told' | 'later' | 'nothing'> {
  const { accountId, now } = dependencies;
  const { connections, memory, deleted, failed } = toTell;
  const remembered = (region: string) => memory.get(region) ?? NO_MEMORY;
  const problems = [...connections.problems, ...failed];
  await forgetOver(dependencies, toTell, problems);
  const isSilenced = silencedBy(memory, now());
  const toldProblems = toldBefore(memory);
  const loud = (pair: JudgedPair) =>
    !isSilenced(pair.requester.region, [pair.peeringId, pair.requester.vpcId, pair.accepter.vpcId]);
  const requested = untold(connections);
  const leaving = connections.pairs.filter(
    (pair): pair is RememberedPair => pair.isNews === true && pair.note !== undefined && loud(pair),
  );
  const fresh = problems.filter(
    ({ key, signature, region, vpcId, peeringId }) =>
      toldProblems.get(key)?.signature !== signature && !isSilenced(region, [vpcId, peeringId]),
  );
  const gone = deleted.filter(({ result }) => result === 'deleted').map(({ pair }) => pair);
  if (gone.length === 0 && canWait(toTell, accountId, seconds(now))) {
    return 'later';
  }
  const news: ConnectNews = { requested: requested.filter(loud), leaving, deleted: gone, problems: fresh };
  const remembering = [
    ...requested.map((pair) => ofRequested(pair, now())),
    ...leaving.map((pair) => ofLeaving(pair, now())),
    ...fresh.map((problem) => ofProblem(problem, now())),
    ...gone.map((pair) => ofDeleted(pair, now())),
  ];
  const [first] = gone;
  const none: ConnectNews = { requested: [], leaving: [], deleted: [], problems: [] };
  await tellTogether(
    first === undefined
      ? dependencies
      : {
          ...dependencies,
          topic: keepingTopic(dependencies, first.noteRegion, remembered(first.noteRegion)),
        },
    remembering,
    () => connectNotification(news, { accountId }),
    first === undefined ? undefined : () => connectNotification({ ...none, deleted: gone }, { accountId }),
  );
  return remembering.length === 0 ? 'nothing' : 'told';
}
