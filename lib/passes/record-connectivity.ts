import type { PeeringHealth } from '../connectivity/results.ts';
import type { Hint } from '../model/hint.ts';
import { runLimited } from '../ports/run-limited.ts';
import { createSilences, type PeeringSilences } from './connectivity-silence.ts';
import { type CommandHint, type EndedCommand, readCommand } from './ended-command.ts';
import { failureOf } from './failure.ts';
import { logConnectivity, publishVerdict } from './log-connectivity.ts';
import { notePeerVerdict, tellVerdict } from './peer-verdicts.ts';
import { diagnosisOf } from './read-diagnosis.ts';
import type { RecordDependencies, RecordSummary } from './record-dependencies.ts';
import { answersAgain, type DiagnosedTarget, targetOf, updatesOf } from './target-watch.ts';
import { tellLost } from './tell-lost.ts';
import { tellPath } from './tell-path.ts';
import { tellRestored } from './tell-restored.ts';

/** Logs and publishes one result, and finds out what it changes. */
async function look(
  dependencies: RecordDependencies,
  silences: PeeringSilences,
  command: Extract<EndedCommand, { commandId: string }>,
): Promise<DiagnosedTarget | undefined> {
  const { policy, journal, memory } = dependencies;
  const { health, target, commandId } = command;
  const isWrong = health.failed || health.withoutVerdict > 0;
  logConnectivity(health, policy, journal, isWrong ? await silences(health.peeringId) : undefined);
  await publishVerdict(dependencies, health, target);
  // Observing, nothing may be remembered, so it could not be told once.
  if (policy.mode !== 'enforce') {
    return undefined;
  }
  const diagnosis = health.failed ? await diagnosisOf(dependencies, health) : undefined;
  if (health.verdict !== 'none') {
    await tellVerdict(dependencies, health, diagnosis);
    await tellPath(dependencies, health, { target, commandId }, silences);
  }
  const checked = await targetOf(dependencies, command, (key) => memory.readNote(health.region, key));
  return { ...checked, diagnosis };
}

/**
 * Remembers what the checks found out, and tells people what is new in it: what both ends of a peering see, and other
 * peerings of the same check, is one message.
 */
async function rememberAndTell(
  dependencies: RecordDependencies,
  region: string,
  targets: readonly DiagnosedTarget[],
): Promise<void> {
  const { policy, memory } = dependencies;
  const { periods } = policy.connectivity;
  const updates = targets.filter((target) => !answersAgain(target, periods)).flatMap(updatesOf);
  if (updates.length > 0) {
    await memory.update(region, updates);
  }
  await tellLost(
    dependencies,
    region,
    targets.filter(({ after, health }) => health.failed && after.lost >= periods),
  );
  await tellRestored(
    dependencies,
    region,
    targets.filter((target) => answersAgain(target, periods)),
  );
}

/** Commands that are looked at side by side: as many as Lambda hands over at once. */
const READERS = 10;

function isCommand(hint: Hint): hint is CommandHint {
  return hint.kind === 'command';
}

/** Each command once: it has an event for each of its instances. */
function commandsIn(hints: readonly Hint[]): CommandHint[] {
  return [...new Map(hints.filter(isCommand).map((hint) => [hint.commandId, hint])).values()];
}

/**
 * Reads what pings that have ended printed, records their verdicts, and tells people what changed. One command that cannot be
 * read does not keep the others from being recorded.
 *
 * @param hints events about the Region that came together.
 * @throws what a call threw, after all else was done: of several the first that may succeed when it is tried again.
 */
export async function recordConnectivity(
  region: string,
  hints: readonly Hint[],
  dependencies: RecordDependencies,
): Promise<RecordSummary> {
  const summary = {
    recorded: [] as PeeringHealth[],
    waitingFor: 0,
    noted: [] as string[],
    dropped: [] as string[],
  };
  const errors: unknown[] = [];
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  };
  for (const hint of hints) {
    if (hint.kind === 'peer-verdict') {
      await attempt(async () => {
        const { noted, dropped } = await notePeerVerdict(hint, dependencies);
        summary.noted.push(...noted);
        summary.dropped.push(...dropped);
      });
    } else if (!isCommand(hint)) {
      summary.dropped.push(`${hint.cause} is about no command`);
    }
  }
  const targets: DiagnosedTarget[] = [];
  const silences = createSilences(dependencies, region);
  await runLimited(commandsIn(hints), READERS, (hint) =>
    attempt(async () => {
      const read = await readCommand(dependencies, hint);
      if ('dropped' in read) {
        summary.dropped.push(read.dropped);
      } else if ('waitingFor' in read) {
        summary.waitingFor += read.waitingFor;
      } else {
        const target = await look(dependencies, silences, read);
        summary.recorded.push(read.health);
        if (target !== undefined) targets.push(target);
      }
    }),
  );
  await attempt(() => rememberAndTell(dependencies, region, targets));
  if (errors.length > 0) {
    throw errors.find((error) => failureOf(error).retry) ?? errors[0];
  }
  return summary;
}
