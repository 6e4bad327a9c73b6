import type { PeeringHealth } from '../connectivity/results.ts';
import type { Policy } from '../policy/schema.ts';
import type { ConnectivityReader, RunCommand } from '../ports/connectivity.ts';
import type { Journal } from '../ports/journal.ts';
import type { Memory } from '../ports/memory.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { Bus, PeerBuses, Topic } from '../ports/outbox.ts';

export interface RecordDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly documentName: string;
  readonly reader: NetworkReader;
  readonly connectivity: ConnectivityReader;
  readonly commands: RunCommand;
  readonly memory: Memory;
  readonly bus: Bus;
  readonly peerBuses: PeerBuses;
  readonly topic: Topic;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
}

/** What became of events that came together. */
export interface RecordSummary {
  readonly recorded: readonly PeeringHealth[];
  /** Instances whose part of a command has not ended. */
  readonly waitingFor: number;
  /** What peer accounts said. */
  readonly noted: readonly string[];
  /** Why events led nowhere. */
  readonly dropped: readonly string[];
}
