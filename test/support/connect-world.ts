import type { BusEvent } from '../../lib/model/events.ts';
import type { Notification } from '../../lib/model/notification.ts';
import type { Vpc } from '../../lib/model/peering.ts';
import type { ConnectDependencies } from '../../lib/passes/connect-dependencies.ts';
import { createUnitLookup } from '../../lib/passes/organization.ts';
import { requestPeerings } from '../../lib/passes/request-peerings.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { SpokeReader } from '../../lib/ports/connect.ts';
import type { UnitReader } from '../../lib/ports/organization.ts';
import type { Pace } from '../../lib/ports/pace.ts';
import { OWN } from './fixtures.ts';
import { createMemoryPeerings, type MemoryPeeringsOptions } from './memory-peerings.ts';
import { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts';
import { unhurried } from './passes.ts';

export interface ConnectWorldOptions extends Omit<MemoryPeeringsOptions, 'now'> {
  readonly memory?: MemoryStoreOptions;
  readonly spokes?: SpokeReader;
  readonly units?: UnitReader;
  readonly pace?: Pace;
  readonly topicFails?: () => boolean;
}

/** An account with VPCs and a policy, whose requests wait until the test answers them. */
export function createConnectWorld(vpcs: readonly Vpc[], policy: Policy, options: ConnectWorldOptions = {}) {
  let time = new Date('2026-03-01T12:00:00Z').getTime();
  let current = policy;
  const now = () => new Date(time);
  const ec2 = createMemoryPeerings([...vpcs], { now, ...options });
  const memory = createMemoryStore({ now: () => Math.floor(time / 1000), ...options.memory });
  const notifications: Notification[] = [];
  const events: BusEvent[] = [];
  const metrics: Record<string, number> = {};
  const dependencies = (): ConnectDependencies => ({
    accountId: OWN,
    policy: current,
    managedRegions: current.regions,
    reader: ec2.reader,
    writer: ec2.writer,
    memory,
    bus: { publish: async (published) => void events.push(...published) },
    topic: {
      async notify(notification) {
        if (options.topicFails?.() === true) throw new Error('SNS does not answer');
        notifications.push(notification);
      },
    },
    pace: options.pace ?? unhurried,
    journal: {
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
      metric: (name, value) => {
        metrics[name] = value;
      },
      steadyMetric: () => undefined,
      kindMetric: (kind, name, value) => {
        metrics[`${kind} ${name}`] = value;
      },
      peeringMetric: () => undefined,
    },
    now,
    millisecondsLeft: () => 300_000,
    ...(options.spokes === undefined ? {} : { spokes: options.spokes }),
    ...(options.units === undefined ? {} : { units: createUnitLookup(options.units, { now: () => time }) }),
  });
  return {
    ec2,
    memory,
    notifications,
    events,
    metrics,
    dependencies,
    now,
    look: () => requestPeerings(dependencies()),
    usePolicy: (next: Policy) => {
      current = next;
    },
    /** @param minutes that go by. */
    pass: (minutes: number) => {
      time += minutes * 60_000;
    },
  };
}

export type ConnectWorld = ReturnType<typeof createConnectWorld>;
