import { type CommandAbout, readCommandComment } from '../connectivity/probe-commands.ts';
import { resultsOf } from '../connectivity/read-results.ts';
import { mergeResults, type PeeringHealth } from '../connectivity/results.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { Hint } from '../model/hint.ts';
import type { Policy } from '../policy/schema.ts';
import type { Invocation } from '../ports/connectivity.ts';
import { logConnectivity } from './log-connectivity.ts';
import { notePeerVerdict, tellVerdict } from './peer-verdicts.ts';
import { diagnosisOf } from './read-diagnosis.ts';
import type { RecordDependencies, RecordSummary } from './record-dependencies.ts';
import { tellChange } from './tell-connectivity.ts';
import { tellPath } from './tell-path.ts';

/** How long Systems Manager may take until it shows the command whose end it has just told. */
const FRESH_COMMAND_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

/** Systems Manager is eventually consistent: what it tells of by an event may not be listed yet. */
async function readEndedCommand(
  { commands, sleep }: RecordDependencies,
  { region, commandId }: Extract<Hint, { kind: 'command' }>,
): Promise<readonly Invocation[]> {
  for (const wait of FRESH_COMMAND_WAITS_MS) {
    const invocations = await commands.readCommand(region, commandId);
    if (invocations.length > 0) {
      return invocations;
    }
    await sleep(wait);
  }
  return commands.readCommand(region, commandId);
}

/** The health of the peering that a command's pings crossed. */
function healthsOf(
  region: string,
  about: CommandAbout,
  invocations: readonly Invocation[],
  { connectivity }: Policy,
): PeeringHealth[] {
  return mergeResults(
    invocations.flatMap((invocation) => resultsOf(about, region, invocation)),
    connectivity,
  );
}

async function publishVerdict(
  { accountId, bus }: RecordDependencies,
  { region, peeringId, verdict, lossPercent, averageRtt, results }: PeeringHealth,
  target: string,
): Promise<void> {
  await bus.publish([
    {
      type: 'Connectivity Verdict',
      detail: { accountId, region, peeringId, target, verdict, lossPercent, averageRtt, results },
    },
  ]);
}

/**
 * Reads what a ping that has ended printed, and records its verdict. The event says only which command to look at:
 * status and output are read from Systems Manager, and a command of another document is none of ours.
 */
export async function recordConnectivity(
  hint: Hint,
  dependencies: RecordDependencies,
): Promise<RecordSummary> {
  const { policy, documentName, journal } = dependencies;
  if (hint.kind === 'peer-verdict') {
    return notePeerVerdict(hint, dependencies);
  }
  if (hint.kind !== 'command') {
    return { dropped: `${hint.cause} is about no command` };
  }
  const { region, commandId } = hint;
  const invocations = await readEndedCommand(dependencies, hint);
  const [first] = invocations;
  const about = first === undefined ? undefined : readCommandComment(first.comment);
  if (first === undefined || first.documentName !== documentName || about === undefined) {
    journal.warn('event dropped', { commandId, reason: `it is no command of ${documentName}` });
    return { dropped: `${commandId} is no command of ${documentName}` };
  }
  const waitingFor = invocations.filter(({ status }) => !isFinal(status)).length;
  if (waitingFor > 0) {
    return { waitingFor };
  }

  const recorded = healthsOf(region, about, invocations, policy);
  for (const health of recorded) {
    logConnectivity(health, policy, journal);
    await publishVerdict(dependencies, health, about.target);
    // Observing, nothing may be remembered, so it could not be told once.
    if (health.verdict !== 'none' && policy.mode === 'enforce') {
      const diagnosis = health.failed ? await diagnosisOf(dependencies, health) : undefined;
      await tellVerdict(dependencies, health, diagnosis);
      await tellChange(dependencies, health, { target: about.target, commandId }, diagnosis);
      await tellPath(dependencies, health, { target: about.target, commandId });
    }
  }
  return { recorded };
}
