import type { Policy } from '../policy/schema.ts';
import type { PeeringRequest, SpokeReader } from '../ports/connect.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { UnitLookup } from '../ports/organization.ts';
import type { Bus, Topic } from '../ports/outbox.ts';
import type { Pace } from '../ports/pace.ts';

/** The writes that `connect` and `mesh` can lead to. */
export interface ConnectWriter {
  requestPeering(
    region: string,
    request: PeeringRequest,
  ): Promise<{ readonly outcome: 'done' | 'observed'; readonly peeringId?: string }>;
  deletePeering(region: string, peeringId: string): Promise<'done' | 'observed'>;
}

export interface ConnectDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly reader: NetworkReader;
  /** Left out: no other account can be looked at. */
  readonly spokes?: SpokeReader;
  /** Left out: no organizational unit can be looked into. */
  readonly units?: UnitLookup;
  readonly writer: ConnectWriter;
  readonly memory: Memory;
  readonly bus: Bus;
  readonly topic: Topic;
  readonly pace: Pick<Pace, 'take' | 'drain'>;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly millisecondsLeft: () => number;
}

/** Kept back from the Lambda's time for the notes, events and the message after the last request. */
export const CONNECT_RESERVE_MS = 20_000;
