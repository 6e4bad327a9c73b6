import type { Decision } from '../policy/decision.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';
import type { Pace } from '../ports/pace.ts';
import type { ReadDependencies } from './read-state.ts';

/** The writes that a decision can lead to. */
export interface RequestWriter {
  acceptPeering(region: string, peeringId: string): Promise<'done' | 'observed'>;
  rejectPeering(region: string, peeringId: string): Promise<'done' | 'observed'>;
  tag(
    region: string,
    resourceId: string,
    tags: Readonly<Record<string, string>>,
  ): Promise<'done' | 'observed'>;
}

export interface RequestDependencies extends Omit<ReadDependencies, 'memory' | 'journal'> {
  readonly writer: RequestWriter;
  readonly memory: Memory;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly pace: Pick<Pace, 'take'>;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly millisecondsLeft: () => number;
}

export interface RequestOutcome {
  readonly peeringId: string;
  /**
   * `unchanged`: decided the same way before, so nobody is told again. `skipped`: nothing to decide here.
   * `observed`: the policy says `mode: observe`. `handed-on`: left to the next invocation, because time ran out.
   * `failed`: could not be carried out; `reason` says why.
   */
  readonly result:
    | 'accepted'
    | 'rejected'
    | 'held'
    | 'observed'
    | 'unchanged'
    | 'skipped'
    | 'handed-on'
    | 'failed';
  readonly decision?: Decision['decision'];
  readonly rule?: string;
  readonly reason: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

/** Kept back from the Lambda's time for what follows the last decision: its event, its message, and handing on the rest. */
export const RESERVE_MS = 15_000;
