import { notedVerdict } from '../connectivity/last-ping.ts';
import type { MemoryUpdate, Note, RegionMemory } from '../model/memory.ts';
import type { PeeringSilences } from './connectivity-silence.ts';
import type { EndedCommand } from './ended-command.ts';
import { logConnectivity, publishVerdict } from './log-connectivity.ts';
import { tellVerdict } from './peer-verdicts.ts';
import { diagnosisOf } from './read-diagnosis.ts';
import type { RecordDependencies } from './record-dependencies.ts';
import { type DiagnosedTarget, targetOf, updatesOf } from './target-watch.ts';
import { tellPath } from './tell-path.ts';

/** One look at the pings of a check. */
export interface Look {
  /** Undefined where nothing may be remembered, or it could not be read: then nothing can be told once. */
  readonly remembered: RegionMemory | undefined;
  readonly silences: PeeringSilences;
  /** What is remembered of the Region, with what the commands before this one change. */
  readonly notes: Map<string, Note>;
}

function apply(notes: Map<string, Note>, updates: readonly MemoryUpdate[]): void {
  for (const update of updates) {
    if (update.kind === 'note') notes.set(update.key, update);
    if (update.kind === 'forget-note') notes.delete(update.key);
  }
}

/** Logs and publishes one result, and finds out what it changes. What is noted already is left alone, as far as it is settled. */
export async function lookAtCommand(
  dependencies: RecordDependencies,
  { remembered, silences, notes }: Look,
  command: EndedCommand,
): Promise<DiagnosedTarget | undefined> {
  const { health, target, commandId, sentAt } = command;
  const checked = targetOf(dependencies, command, notes);
  const noted = notes.get(checked.ping.key);
  const at = sentAt.getTime() / 1000;
  const isNoted = noted !== undefined && noted.at >= at;
  const isOlder = noted !== undefined && noted.at > at;
  // Of what is lost, or was, people may not have been told yet: the events may come again because that failed.
  if (isOlder || (isNoted && !health.failed && checked.before.lost === 0)) {
    return undefined;
  }
  if (!isNoted) {
    const isWrong = health.failed || health.withoutVerdict > 0;
    const isNews = notedVerdict(checked.ping.key, noted) !== health.verdict;
    logConnectivity(dependencies, health, {
      isNews,
      isNewsToAlarm: noted === undefined || checked.before.lost > 0,
      silence: isWrong ? await silences(health.peeringId) : undefined,
    });
    if (isNews) {
      await publishVerdict(dependencies, health, target);
    }
  }
  if (remembered === undefined) {
    return undefined;
  }
  const diagnosis = health.failed ? await diagnosisOf(dependencies, health) : undefined;
  if (health.verdict !== 'none') {
    await tellVerdict(dependencies, health, diagnosis);
    await tellPath(dependencies, health, { target, commandId, notes }, silences);
  }
  apply(notes, [...updatesOf(checked), checked.ping]);
  return { ...checked, diagnosis };
}
