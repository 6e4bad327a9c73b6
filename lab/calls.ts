import { actionOf } from './action.ts';
import type { Layer } from './gateway.ts';
import type { LabRoute } from './types.ts';

/** How often one caller called one operation. */
export interface CallCount {
  /** Signing name: `ec2`, `ssm`, … */
  readonly service: string;
  readonly action: string;
  /** ARN of the role for a role's session, whatever the session's name; else of the root user. */
  readonly principal: string;
  readonly region: string;
  readonly count: number;
  /** How many of them were answered with an error, or not at all. */
  readonly failed: number;
}

/** One call, and when it came. */
export interface CallTime extends Omit<CallCount, 'count' | 'failed'> {
  /** Milliseconds since 1970 of this machine, not of the lab's clock. */
  readonly at: number;
}

/** The oldest go when there are more. */
const TIMES_KEPT = 200_000;

export interface CallCounts {
  readonly layer: Layer;
  readonly routes: readonly LabRoute[];
  /** Since the start or the last reset; ordered by service, action, principal, Region. */
  all(): readonly CallCount[];
  reset(): void;
}

/** Counts every AWS call that reaches the gateway, including those that a fault keeps from the service. */
export function createCallCounts(): CallCounts {
  const counts = new Map<string, CallCount>();

  const all = () => [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  let times: CallTime[] = [];
  const reset = () => {
    counts.clear();
    times = [];
  };

  return {
    all,
    reset,
    async layer(request, next) {
      const { service, region, principal: caller } = request;
      const action = actionOf(request);
      const principal = caller.type === 'AssumedRole' ? caller.sessionIssuerArn : caller.arn;
      const key = JSON.stringify([service, action, principal, region]);
      times.push({ service, action, principal, region, at: Date.now() });
      if (times.length > TIMES_KEPT) {
        times = times.slice(TIMES_KEPT / 10);
      }
      const add = (failed: number) => {
        const { count: before = 0, failed: failedBefore = 0 } = counts.get(key) ?? {};
        counts.set(key, {
          service,
          action,
          principal,
          region,
          count: before + 1,
          failed: failedBefore + failed,
        });
      };
      try {
        const response = await next(request);
        add(response.status >= 400 ? 1 : 0);
        return response;
      } catch (error) {
        add(1);
        throw error;
      }
    },
    routes: [
      { method: 'GET', path: '/_lab/calls', handle: all },
      { method: 'GET', path: '/_lab/calls/times', handle: () => times },
      { method: 'DELETE', path: '/_lab/calls', handle: reset },
    ],
  };
}
