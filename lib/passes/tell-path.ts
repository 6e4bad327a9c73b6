import { PATH_KINDS, type PathKind, pathStateOf } from '../connectivity/path-finding.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import { eventsToRemember, toldEvent } from '../messages/history.ts';
import { pathNotification } from '../messages/path.ts';
import type { MemoryUpdate, Note } from '../model/memory.ts';
import type { Silence } from '../model/silence.ts';
import type { PeeringSilences } from './connectivity-silence.ts';
import { secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { keptQuiet } from './silenced.ts';
import { once } from './tell-once.ts';
import { readWatchedPeerings } from './watched-peering.ts';

/** Large packets that do not pass, and names that lead elsewhere: remembered, and told once. */

interface About {
  readonly target: string;
  readonly commandId: string;
  /** What is remembered of the Region. */
  readonly notes: ReadonlyMap<string, Note>;
}

/** How often in a row it was so, and the command that said so last: an event may come twice. */
interface Hindered {
  readonly times: number;
  readonly commandId: string;
}

const DAY = 24 * 60 * 60;
/** What nobody has asked for so long is forgotten. Seconds. */
const KEPT = 30 * DAY;

function readHindered(note: Pick<Note, 'value'> | undefined): Hindered {
  const [, times, commandId] = /^(\d{1,6}) ([0-9a-f-]{36})$/.exec(note?.value ?? '') ?? [];
  return { times: times === undefined ? 0 : Number(times), commandId: commandId ?? '' };
}

function noteOf(key: string, { times, commandId }: Hindered, at: number): MemoryUpdate {
  return { kind: 'note', key, value: `${times} ${commandId}`, at, expiresAt: at + KEPT };
}

async function tell(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  kind: PathKind,
  state: 'hindered' | 'fine',
): Promise<void> {
  const { region, peeringId } = health;
  dependencies.journal.info('path told', { peeringId, region, kind, state });
  const [watched] = await readWatchedPeerings(dependencies, region, [peeringId]);
  if (watched === undefined) {
    return;
  }
  const message = pathNotification(watched, health, { kind, state });
  await dependencies.topic.notify(message);
  const event = toldEvent('connectivity', peeringId, message, dependencies.now());
  await dependencies.memory.update(region, eventsToRemember([event]));
}

/** Remembers it again if nobody could be told that it is over. */
async function forgetAndTell(
  { memory }: RecordDependencies,
  { region, key, note, before }: { region: string; key: string; note: Note | undefined; before: Hindered },
  tellIt: () => Promise<void>,
): Promise<void> {
  if (note === undefined) {
    return;
  }
  await memory.update(region, [{ kind: 'forget-note', key }]);
  try {
    await tellIt();
  } catch (error) {
    await memory.update(region, [noteOf(key, before, note.at)]);
    throw error;
  }
}

/** What nobody is sent a message of goes into the history, once; it is not counted further, so that it is news again later. */
async function keepQuiet(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  { notes }: Pick<About, 'notes'>,
  { kind, key, silence, note }: { kind: PathKind; key: string; silence: Silence; note: MemoryUpdate },
): Promise<void> {
  const { region, peeringId } = health;
  const [watched] = await readWatchedPeerings(dependencies, region, [peeringId]);
  const mails = watched === undefined ? [] : [pathNotification(watched, health, { kind, state: 'hindered' })];
  const events = mails.map((message) => toldEvent('connectivity', peeringId, message, dependencies.now()));
  await dependencies.memory.update(region, [note, ...keptQuiet(notes, key, silence, events)]);
}

/** As with lost pings: after as many checks in a row as the policy says, because one packet may get lost anywhere. */
async function tellKind(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  { target, commandId, notes }: About,
  kind: PathKind,
  silences: PeeringSilences,
): Promise<void> {
  const { policy, memory, now } = dependencies;
  const state = pathStateOf(health, kind);
  if (state === undefined) {
    return;
  }
  const { periods } = policy.connectivity;
  const { region, peeringId } = health;
  const key = `path ${kind} ${peeringId} ${target}`;
  const note = notes.get(key);
  const before = readHindered(note);
  const wasTold = before.times >= periods;
  const at = secondsOf(now());
  if (state === 'fine') {
    await forgetAndTell(dependencies, { region, key, note, before }, async () => {
      if (wasTold && (await silences(peeringId)) === undefined) {
        await tell(dependencies, health, kind, state);
      }
    });
  } else if (wasTold) {
    // Written again once a day, because each note is a write, and would be forgotten else.
    if (note !== undefined && at - note.at >= DAY) {
      await memory.update(region, [noteOf(key, before, at)]);
    }
  } else if (before.commandId !== commandId) {
    const times = before.times + 1;
    const silence = times === periods ? await silences(peeringId) : undefined;
    if (silence !== undefined) {
      const next = noteOf(key, { ...before, commandId }, at);
      await keepQuiet(dependencies, health, { notes }, { kind, key, silence, note: next });
      return;
    }
    await once(memory, region, [noteOf(key, { times, commandId }, at)], async () => {
      if (times === periods) await tell(dependencies, health, kind, state);
    });
  }
}

/** Tells people once when large packets do not pass a peering, or names lead elsewhere, and once when that is over. */
export async function tellPath(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  about: About,
  silences: PeeringSilences,
): Promise<void> {
  for (const kind of PATH_KINDS) {
    await tellKind(dependencies, health, about, kind, silences);
  }
}
