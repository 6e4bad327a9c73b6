import { classifyAwsError } from '../aws/errors.ts';
import { type Decision, decidePeering } from '../policy/decide.ts';
import type { Policy } from '../policy/schema.ts';
import type { Hint } from '../report/hints.ts';
import type { Journal } from '../report/journal.ts';
import type { BusEventType, Outbox } from '../report/outbox.ts';
import { requestNotification } from '../report/request-notification.ts';
import { factsFor } from './facts.ts';
import type { NetworkReader } from './reader.ts';
import { readInventory } from './read-inventory.ts';
import type { Peering } from './types.ts';
import { viewsOf } from './views.ts';

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

export interface RequestDependencies {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  readonly reader: NetworkReader;
  readonly writer: RequestWriter;
  readonly outbox: Outbox;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
}

export interface RequestOutcome {
  readonly peeringId: string;
  /**
   * `unchanged`: decided the same way before, so nobody is told again. `skipped`: nothing to decide here.
   * `observed`: the policy says `mode: observe`. `failed`: could not be carried out; `reason` says why.
   */
  readonly result: 'accepted' | 'rejected' | 'held' | 'observed' | 'unchanged' | 'skipped' | 'failed';
  readonly decision?: Decision['decision'];
  readonly rule?: string;
  readonly reason: string;
  /** failed: whether trying again can help. */
  readonly retry?: boolean;
}

/** A fresh peering may not be visible yet, or still be `initiating-request` (EC2 is eventually consistent). */
const FRESH_PEERING_WAITS_MS = [100, 200, 400, 800, 1600, 3200];

const EVENT_TYPES = {
  accept: 'Peering Accepted',
  reject: 'Peering Rejected',
  hold: 'Peering Held',
} as const satisfies Record<Decision['decision'], BusEventType>;

const METRICS = { accept: 'RequestsAccepted', reject: 'RequestsRejected', hold: 'RequestsHeld' } as const;
const RESULTS = { accept: 'accepted', reject: 'rejected', hold: 'held' } as const;

async function readFreshPeering(
  { reader, sleep }: RequestDependencies,
  region: string,
  peeringId: string,
): Promise<Peering | undefined> {
  for (const wait of [...FRESH_PEERING_WAITS_MS, undefined]) {
    const [peering] = await reader.readPeerings(region, { peeringIds: [peeringId] });
    if (wait === undefined || (peering !== undefined && peering.status !== 'initiating-request')) {
      return peering;
    }
    await sleep(wait);
  }
  return undefined;
}

async function carryOut(
  dependencies: RequestDependencies,
  peering: Peering,
  decision: Decision,
): Promise<'done' | 'observed'> {
  const { writer } = dependencies;
  const { region } = peering.accepter;
  switch (decision.decision) {
    case 'accept':
      return writer.acceptPeering(region, peering.peeringId);
    case 'reject':
      return writer.rejectPeering(region, peering.peeringId);
    case 'hold':
      return dependencies.policy.mode === 'observe' ? 'observed' : 'done';
  }
}
