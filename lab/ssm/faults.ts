import { z } from 'zod';
import { BadRequest } from '../router.ts';
import type { LabRoute } from '../types.ts';
import type { Crossing } from './ping-run.ts';

/** What can go wrong with a command apart from the network, and packets that get lost on request. */

const STATUSES = [
  'Undeliverable',
  'DeliveryTimedOut',
  'TimedOut',
  'AccessDenied',
  'Terminated',
  'Cancelled',
  'NoResult',
  'Offline',
] as const;

/**
 * `TimedOut`: the execution did. `NoResult`: the invocation stays in progress. `Offline`: the agent is not connected,
 * until the faults are cleared.
 */
export type SsmFaultStatus = (typeof STATUSES)[number];

const statusFault = z.strictObject({
  instanceId: z.string(),
  status: z.literal(STATUSES),
  times: z.int().min(1).default(1),
});

const lossFault = z
  .strictObject({
    instanceId: z.string().optional(),
    peeringId: z.string().optional(),
    lossPercent: z.number().min(0).max(100),
  })
  .refine((fault) => (fault.instanceId === undefined) !== (fault.peeringId === undefined), {
    error: 'a loss is of one instanceId or one peeringId',
  });

export interface SsmFaults {
  /** The fault that this invocation suffers; that one is used up. */
  nextStatus(instanceId: string): Exclude<SsmFaultStatus, 'Offline'> | undefined;
  isOffline(instanceId: string): boolean;
  /** Asked for each packet: of a hundred packets exactly `lossPercent` are lost, evenly spread. */
  isLost(crossing: Crossing): boolean;
  readonly routes: readonly LabRoute[];
}

export function createSsmFaults(): SsmFaults {
  const statuses: { instanceId: string; status: Exclude<SsmFaultStatus, 'Offline'>; times: number }[] = [];
  const offline = new Set<string>();
  /** By instance or peering; `owed` is the part of a packet that the loss is behind. */
  const losses = new Map<string, { readonly lossPercent: number; owed: number }>();

  function add(body: unknown): unknown {
    const isLoss = typeof body === 'object' && body !== null && 'lossPercent' in body;
    const read = (isLoss ? lossFault : statusFault).safeParse(body);
    if (!read.success) {
      throw new BadRequest(
        `No fault of SSM: ${z.prettifyError(read.error)}. It is {"instanceId", "status": ${STATUSES.join(' | ')}, "times"} or {"instanceId" or "peeringId", "lossPercent"}.`,
      );
    }
    const fault = read.data;
    if ('lossPercent' in fault) {
      const id = fault.instanceId ?? fault.peeringId ?? '';
      losses.delete(id);
      if (fault.lossPercent > 0) {
        losses.set(id, { lossPercent: fault.lossPercent, owed: 0 });
      }
    } else if (fault.status === 'Offline') {
      offline.add(fault.instanceId);
    } else {
      statuses.push({ instanceId: fault.instanceId, status: fault.status, times: fault.times });
    }
    return fault;
  }

  return {
    nextStatus(instanceId) {
      const index = statuses.findIndex((fault) => fault.instanceId === instanceId);
      const fault = statuses[index];
      if (fault === undefined) {
        return undefined;
      }
      fault.times -= 1;
      if (fault.times === 0) {
        statuses.splice(index, 1);
      }
      return fault.status;
    },
    isOffline: (instanceId) => offline.has(instanceId),
    isLost({ instanceIds, peeringIds }) {
      let lost = false;
      for (const id of [...instanceIds, ...peeringIds]) {
        const loss = losses.get(id);
        if (loss !== undefined) {
          loss.owed += loss.lossPercent;
          if (loss.owed >= 100) {
            loss.owed -= 100;
            lost = true;
          }
        }
      }
      return lost;
    },
    routes: [
      { method: 'POST', path: '/_lab/ssm/faults', handle: ({ body }) => add(body) },
      {
        method: 'GET',
        path: '/_lab/ssm/faults',
        handle: () => ({
          statuses,
          offline: [...offline],
          losses: [...losses].map(([id, { lossPercent }]) => ({ id, lossPercent })),
        }),
      },
      {
        method: 'DELETE',
        path: '/_lab/ssm/faults',
        handle() {
          statuses.length = 0;
          offline.clear();
          losses.clear();
        },
      },
    ],
  };
}
