import { randomUUID } from 'node:crypto';
import type { Place } from '../types.ts';

/** Commands sent, and how far each instance has got with them. */

export type Status = 'Pending' | 'InProgress' | 'Success' | 'Cancelled' | 'TimedOut' | 'Failed';

export interface Outcome {
  readonly status: Status;
  /** `Undeliverable`, `ExecutionTimedOut`, …: the same as the status where there is nothing to add. */
  readonly statusDetails: string;
}

export interface StepResult extends Outcome {
  readonly name: string;
  /** -1: did not run. */
  readonly responseCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly started: Date | undefined;
  readonly ended: Date | undefined;
}

export interface Invocation {
  readonly instanceId: string;
  readonly instanceName: string;
  outcome: Outcome;
  steps: readonly StepResult[];
}

export interface Command {
  readonly commandId: string;
  readonly place: Place;
  readonly documentName: string;
  readonly documentVersion: string;
  /** The document's steps when it was sent. */
  readonly stepNames: readonly string[];
  readonly comment: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly targets: readonly { readonly Key?: string; readonly Values?: readonly string[] }[];
  readonly timeoutSeconds: number;
  readonly requested: Date;
  readonly invocations: readonly Invocation[];
  /** When reads begin to show it, on the machine's monotonic clock. */
  readonly visibleFrom: number;
}

export interface Commands {
  add(command: Omit<Command, 'commandId' | 'visibleFrom'>): Command;
  /** Newest first; only what reads already show. */
  visible(place: Place): readonly Command[];
}

/** A lab that runs for days must not keep everything. */
const KEPT_PER_PLACE = 1000;

/**
 * @param visibleAfterMs how long reads lag behind: SSM is eventually consistent.
 * @param monotonicNow milliseconds; the lab's clock would make commands visible when it is advanced.
 */
export function createCommands(visibleAfterMs: number, monotonicNow = () => performance.now()): Commands {
  const byPlace = new Map<string, Command[]>();
  const keyOf = ({ accountId, region }: Place) => `${accountId}/${region}`;
  return {
    add(sent) {
      const command = {
        ...sent,
        commandId: randomUUID(),
        visibleFrom: monotonicNow() + visibleAfterMs,
      };
      const all = byPlace.get(keyOf(sent.place)) ?? [];
      all.unshift(command);
      all.length = Math.min(all.length, KEPT_PER_PLACE);
      byPlace.set(keyOf(sent.place), all);
      return command;
    },
    visible(place) {
      const now = monotonicNow();
      return (byPlace.get(keyOf(place)) ?? []).filter(({ visibleFrom }) => visibleFrom <= now);
    },
  };
}

/** The command as a whole: unfinished while any instance is, then the worst of them. */
export function outcomeOf({ invocations }: Command): Outcome {
  const outcomes = invocations.map(({ outcome }) => outcome);
  const having = (status: Status) => outcomes.find((outcome) => outcome.status === status);
  if (outcomes.length > 0 && outcomes.every(({ status }) => status === 'Pending')) {
    return { status: 'Pending', statusDetails: 'Pending' };
  }
  if (having('Pending') !== undefined || having('InProgress') !== undefined) {
    return { status: 'InProgress', statusDetails: 'InProgress' };
  }
  return (
    having('Failed') ??
    having('TimedOut') ??
    having('Cancelled') ?? { status: 'Success', statusDetails: 'Success' }
  );
}
