import type { Connections, ConnectProblem, JudgedPair } from '../connect/types.ts';
import { type ConnectNews, connectNotification } from '../messages/connections.ts';
import { NO_MEMORY, type RegionMemory } from '../model/memory.ts';
import type { ConnectDependencies } from './connect-dependencies.ts';
import { ofDeleted, ofLeaving, ofProblem, ofRequested, type RememberedPair } from './connect-news.ts';
import { forgetOver, loudProblems, problemsToTell, silencedBy } from './connect-problems.ts';
import type { DeletedPair } from './delete-left.ts';
import { type Remembering, tellTogether } from './tell-together.ts';
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

/** What one message tells, and what to remember of it. */
interface Message {
  readonly news: ConnectNews;
  readonly remembering: readonly Remembering[];
}

function messageOf(
  requested: readonly RememberedPair[],
  leaving: readonly RememberedPair[],
  news: Pick<ConnectNews, 'requested' | 'deleted'> & { readonly problems: readonly ConnectProblem[] },
  now: Date,
): Message {
  return {
    news: { ...news, leaving },
    remembering: [
      ...requested.map((pair) => ofRequested(pair, now)),
      ...leaving.map((pair) => ofLeaving(pair, now)),
      ...news.problems.map((problem) => ofProblem(problem, now)),
      ...news.deleted.map((pair) => ofDeleted(pair, now)),
    ],
  };
}

/**
 * Tells people in one message what was requested, what is going to be deleted and was, and what keeps VPCs from being
 * connected: each once. Where more is to come in the next minutes, it waits for that; not so a problem that rings the alarm.
 */
export async function tellConnections(
  dependencies: Telling,
  toTell: ToTell,
): Promise<'told' | 'later' | 'nothing'> {
  const { accountId, now } = dependencies;
  const { connections, memory, deleted, failed } = toTell;
  const problems = [...connections.problems, ...failed];
  await forgetOver(dependencies, memory, problems);
  const isSilenced = silencedBy(memory, now());
  const loud = (pair: JudgedPair) =>
    !isSilenced(pair.requester.region, [pair.peeringId, pair.requester.vpcId, pair.accepter.vpcId]);
  const requested = untold(connections);
  const leaving = connections.pairs.filter(
    (pair): pair is RememberedPair => pair.isNews === true && pair.note !== undefined && loud(pair),
  );
  const { fresh, isAlarmOn } = problemsToTell(loudProblems(problems, memory, now()), memory);
  const gone = deleted.filter(({ result }) => result === 'deleted').map(({ pair }) => pair);
  const isLater = gone.length === 0 && canWait(toTell, accountId, seconds(now));
  if (isLater && (isAlarmOn || fresh.length === 0)) {
    return 'later';
  }
  const { news, remembering } = isLater
    ? messageOf([], [], { requested: [], deleted: [], problems: fresh }, now())
    : messageOf(
        requested,
        leaving,
        { requested: requested.filter(loud), deleted: gone, problems: fresh },
        now(),
      );
  const [first] = gone;
  const none: ConnectNews = { requested: [], leaving: [], deleted: [], problems: [] };
  await tellTogether(
    first === undefined
      ? dependencies
      : {
          ...dependencies,
          topic: keepingTopic(dependencies, first.noteRegion, memory.get(first.noteRegion) ?? NO_MEMORY),
        },
    remembering,
    () => connectNotification(news, { accountId }),
    first === undefined ? undefined : () => connectNotification({ ...none, deleted: gone }, { accountId }),
  );
  return remembering.length === 0 ? 'nothing' : 'told';
}
