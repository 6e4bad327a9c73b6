import { type CommandAbout, partOf, readCommandComment } from '../connectivity/probe-commands.ts';
import { resultsOf } from '../connectivity/read-results.ts';
import { mergeResults, type PeeringHealth } from '../connectivity/results.ts';
import { isFinal } from '../connectivity/verdict.ts';
import type { Policy } from '../policy/schema.ts';
import type { Invocation } from '../ports/connectivity.ts';
import type { RecordDependencies } from './record-dependencies.ts';

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

/** What a command of the product has found, once it has ended on each of its instances. */
export interface EndedCommand {
  readonly health: PeeringHealth;
  readonly target: string;
  readonly commandId: string;
  /** `partOf`. */
  readonly part: string;
  readonly sentAt: Date;
}

/** What became of one command. */
export type ReadCommand =
  | EndedCommand
  /** On so many instances it has not ended. */
  | { readonly waitingFor: number }
  | { readonly dropped: string };

/** Status and output are Systems Manager's, and a command of another document is none of ours. Never without an invocation. */
export function readInvocations(
  { policy, documentName, journal }: Pick<RecordDependencies, 'policy' | 'documentName' | 'journal'>,
  region: string,
  invocations: readonly [Invocation, ...Invocation[]],
): ReadCommand {
  const [{ commandId, comment, requestedAt, documentName: ofDocument }] = invocations;
  const about = readCommandComment(comment);
  if (ofDocument !== documentName || about === undefined) {
    journal.warn('command left out', { commandId, reason: `it is no command of ${documentName}` });
    return { dropped: `${commandId} is no command of ${documentName}` };
  }
  const waitingFor = invocations.filter(({ status }) => !isFinal(status)).length;
  const health = healthOf(region, about, invocations, policy);
  return waitingFor > 0 || health === undefined
    ? { waitingFor }
    : { health, target: about.target, commandId, part: partOf(about), sentAt: requestedAt };
}
