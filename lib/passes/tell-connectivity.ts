import type { Diagnosis } from '../connectivity/diagnosis.ts';
import {
  connectivityLostNotification,
  connectivityRestoredNotification,
  type PeeringHealth,
  whoseFault,
} from '../connectivity/results.ts';
import { isLostNoteOld, lostKey, lostNote, readLostCount } from './connectivity-notes.ts';
import { recallPeerVerdict, secondsOf } from './peer-verdicts.ts';
import type { RecordDependencies } from './record-dependencies.ts';

/** Tells people when a target has not answered for as many checks as the policy says, and when it answers again. */
export async function tellChange(
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
