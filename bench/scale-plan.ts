import { assess } from '../lib/assessment/assess.ts';
import { BENCH_POLICY, memoryOf, type NetworkShape, networkOf } from './network.ts';

export interface PlanResult {
  readonly desired: number;
  readonly changes: number;
  /** Milliseconds of the process's first assessment, every view decided in it. */
  readonly milliseconds: number;
  /** Time on a processor, with the threads that collect garbage beside the plan. Others on the machine change it little. */
  readonly processorMilliseconds: number;
  /** The most memory that the process was given by then, the network itself and Node included, in bytes. */
  readonly peakBytes: number;
}

/** Makes a network and assesses it once, as a function does that has just started. */
export function planOnce(shape: NetworkShape): PlanResult {
  const inventory = networkOf(shape);
  const { accountId, region } = inventory;
  const state = { accountId, managedRegions: [region], regions: [inventory] };
  const memory = new Map([[region, memoryOf(inventory, shape.own)]]);
  const now = new Date();
  const usedBefore = process.cpuUsage();
  const start = performance.now();
  const { desiredIn, changes } = assess(state, BENCH_POLICY, memory, now);
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(usedBefore);
  return {
    desired: desiredIn(region).length,
    changes: changes.length,
    milliseconds,
    processorMilliseconds: (user + system) / 1000,
    // libuv counts in kilobytes.
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
