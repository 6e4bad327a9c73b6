import { plan } from '../lib/routing/plan.ts';
import { BENCH_POLICY, type NetworkShape, networkOf } from './network.ts';

export interface PlanResult {
  readonly desired: number;
  readonly changes: number;
  /** Milliseconds of the process's first plan, every view decided in it. */
  readonly milliseconds: number;
  /** Time on a processor, with the threads that collect garbage beside the plan. Others on the machine change it little. */
  readonly processorMilliseconds: number;
  /** The most memory that the process was given by then, the network itself and Node included, in bytes. */
  readonly peakBytes: number;
}

/** Makes a network and plans it once, as a function does that has just started. */
export function planOnce(shape: NetworkShape): PlanResult {
  const inventory = networkOf(shape);
  const usedBefore = process.cpuUsage();
  const start = performance.now();
  const { desired, changes } = plan(inventory, BENCH_POLICY);
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(usedBefore);
  return {
    desired: desired.length,
    changes: changes.length,
    milliseconds,
    processorMilliseconds: (user + system) / 1000,
    // libuv counts in kilobytes.
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
