import { PATH_KINDS, type PathKind, pathNotification, pathStateOf } from '../connectivity/path-finding.ts';
import type { PeeringHealth } from '../connectivity/results.ts';
import { isWatchNoteOld, readTargetWatch, targetNote } from '../model/watch-notes.ts';
import { secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';

function pathKey(kind: PathKind, peeringId: string, target: string): string {
  return `path ${kind} ${peeringId} ${target}`;
}

/** As with lost pings: after as many checks in a row as the policy says, because one packet may get lost anywhere. */
async function tellKind(
  { accountId, policy, memory, topic, journal, now }: RecordDependencies,
  health: PeeringHealth,
  { target, commandId }: { readonly target: string; readonly commandId: string },
  kind: PathKind,
): Promise<void> {
  const state = pathStateOf(health, kind);
  if (state === undefined) {
    return;
  }
  const { periods } = policy.connectivity;
  const { region, peeringId } = health;
  const key = pathKey(kind, peeringId, target);
  const note = await memory.readNote(region, key);
  const before = readTargetWatch(note);
  const wasTold = before.lost >= periods;
  const at = secondsOf(now());
  if (state === 'fine') {
    if (note !== undefined) {
      await memory.update(region, [{ kind: 'forget-note', key }]);
    }
    if (wasTold) {
      await topic.notify(pathNotification(health, accountId, { kind, state }));
    }
  } else if (wasTold) {
    if (note !== undefined && isWatchNoteOld(note, at)) {
      await memory.update(region, [targetNote(key, before, at)]);
    }
  } else if (before.commandId !== commandId) {
    const lost = before.lost + 1;
    await memory.update(region, [targetNote(key, { ...before, lost, commandId }, at)]);
    if (lost === periods) {
      journal.warn('path hindered', { peeringId, region, target, kind });
      await topic.notify(pathNotification(health, accountId, { kind, state }));
    }
  }
}

/** Tells people once when large packets do not pass a peering, or names lead elsewhere, and once when that is over. */
export async function tellPath(
  dependencies: RecordDependencies,
  health: PeeringHealth,
  about: { readonly target: string; readonly commandId: string },
): Promise<void> {
  for (const kind of PATH_KINDS) {
    await tellKind(dependencies, health, about, kind);
  }
}
