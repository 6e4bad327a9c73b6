import type { BusEventType } from '../model/events.ts';
import type { Hint } from '../model/hint.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import type { Pace } from '../ports/pace.ts';
import type { Failure } from './failure.ts';
import type { ReadDependencies } from './read-state.ts';
import type { SyncWriter } from './sync-writer.ts';

export interface SyncDependencies extends Omit<ReadDependencies, 'memory' | 'journal'> {
  readonly writer: SyncWriter;
  readonly memory: Pick<Memory, 'read' | 'update'>;
  readonly pace: Pace;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly millisecondsLeft: () => number;
}

export interface RegionSync {
  readonly region: string;
  /** How many differences from the policy were found. */
  readonly findings: number;
  /** About how many things nothing could be said; the log names them. */
  readonly notJudged: number;
  readonly created: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Peerings whose desired routes are all in place since this pass. */
  readonly synced: readonly string[];
  readonly failures: readonly Failure[];
  /** Changes handed on to another invocation because time ran out. */
  readonly handedOn: number;
}

/** sync-routes sends this to itself when time ran out. Findings are not told again then. */
export const WORK_HANDED_ON: Extract<BusEventType, 'Routes Remaining'> = 'Routes Remaining';

export function isHandedOn({ cause }: Hint): boolean {
  return cause === WORK_HANDED_ON;
}
