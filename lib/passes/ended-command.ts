import { type CommandAbout, partOf, readCommandComment } from '../connectivity/probe-commands.ts';
import { resultsOf } from '../connectivity/read-results.ts';
import { mergeResults, type PeeringHealth } from '../connectivity/results.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { Hint } from '../model/hint.ts';
import type { Policy } from '../policy/schema.ts';
import type { Invocation } from '../ports/connectivity.ts';
import type { RecordDependencies } from './record-dependencies.ts';

/** How long Systems Manager may take until it shows the command whose end it has just told. */
const FRESH_COMMAND_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

export type CommandHint = Extract<Hint, { kind: 'command' }>;

/** Systems Manager is eventually consistent: what it tells of by an event may not be listed yet. */
async function readEndedCommand(
  { commands, sleep }: RecordDependencies,
  { region, commandId }: CommandHint,
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

/** The health of the peering that a command's probes crossed. */
export function healthOf(
  region: string,
  about: CommandAbout,
  invocations: readonly Invocation[],
  { connectivity }: Policy,
): PeeringHealth | undefined {
  const results = invocations.flatMap((invocation) => resultsOf(about, region, invocation));
  return mergeResults(results, connectivity)[0];
}

/** What the end of one command means. */
export type EndedCommand =
  | {
      readonly health: PeeringHealth;
      readonly target: string;
      readonly commandId: string;
      /** `partOf`. */
      readonly part: string;
      readonly sentAt: Date;
    }
  /** Other instances of the same command have not ended; the event of the last one records all. */
  | { readonly waitingFor: number }
  | { readonly dropped: string };

/**
 * The event says only which command to look at: status and output are read from Systems Manager, and a command of another
 * document is none of ours.
 */
export async function readCommand(
  dependencies: RecordDependencies,
  hint: CommandHint,
): Promise<EndedCommand> {
  const { policy, documentName, journal } = dependencies;
  const { region, commandId } = hint;
  const invocations = await readEndedCommand(dependencies, hint);
  const [first] = invocations;
  const about = first === undefined ? undefined : readCommandComment(first.comment);
  if (first === undefined || first.documentName !== documentName || about === undefined) {
    journal.warn('event dropped', { commandId, reason: `it is no command of ${documentName}` });
    return { dropped: `${commandId} is no command of ${documentName}` };
  }
  const waitingFor = invocations.filter(({ status }) => !isFinal(status)).length;
  const health = healthOf(region, about, invocations, policy);
  return waitingFor > 0 || health === undefined
    ? { waitingFor }
    : { health, target: about.target, commandId, part: partOf(about), sentAt: first.requestedAt };
}
