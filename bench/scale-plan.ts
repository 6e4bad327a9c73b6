import { plan } from '../lib/routing/plan.ts';
import { BENCH_POLICY, type NetworkShape, networkOf } from './network.ts';

export interface PlanResult {
  readonly desired: number;
  readonly changes: number;
  /** Milliseconds of the process's first plan, every view decided in it. */
  readonly milliseconds: number;
  /** The most memory that the process was given by then, the network itself and Node included, in bytes. */
  readonly peakBytes: number;
}

/** Makes a network and plans it once, as a function does that has just started. */
export function planOnce(shape: NetworkShape): PlanResult {
  const inventory = networkOf(shape);
  const start = performance.now();
  const { desired, changes } = plan(inventory, BENCH_POLICY);
  const milliseconds = performance.now() - start;
  return {
    desired: desired.length,
    changes: changes.length,
    milliseconds,
    // libuv counts in kilobytes.
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
