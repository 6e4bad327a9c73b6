import { type AwsErrorInfo, classifyAwsError, inAwsWords } from '../model/aws-error.ts';
import type { PeeringStatus } from '../model/peering.ts';
import type { RouteTable } from '../model/route-table.ts';
import type { Pace, PacedCall } from '../ports/pace.ts';
import type { RouteEc2, RouteKey, RouteWrite } from '../ports/route-ec2.ts';

/** Thrown instead of a call whose turn would come after the deadline. */
export class DeadlineReached extends Error {
  override readonly name = 'DeadlineReached';
}

/** A call that EC2 did not carry out, or did not answer. */
export class FailedCall extends Error {
  override readonly name = 'FailedCall';
  readonly call: PacedCall;
  readonly info: AwsErrorInfo;
  readonly awsMessage: string;

  constructor(call: PacedCall, cause: unknown) {
    const info = classifyAwsError(cause);
    super(info.message, { cause });
    this.call = call;
    this.info = info;
    this.awsMessage = inAwsWords(cause);
  }
}

/** The calls of one pass: paced, and each failure thrown as a `FailedCall`. */
export interface ChangeCalls {
  readTable(region: string, routeTableId: string): Promise<RouteTable | undefined>;
  /** Asked once per peering and pass. undefined: EC2 does not list it, or nobody can be asked. */
  peeringStatus(region: string, peeringId: string): Promise<PeeringStatus | undefined>;
  createRoute(write: RouteWrite): Promise<void>;
  replaceRoute(write: RouteWrite): Promise<void>;
  deleteRoute(key: RouteKey): Promise<void>;
}

export interface CallOptions {
  readonly ec2: RouteEc2;
  readonly pace: Pace;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

export function createChangeCalls({ ec2, pace, deadline }: CallOptions): ChangeCalls {
  async function paced<Answer>(
    region: string,
    call: PacedCall,
    send: () => Promise<Answer>,
  ): Promise<Answer> {
    if ((await pace.take(region, call, deadline)) === 'too-late') {
      throw new DeadlineReached();
    }
    try {
      return await send();
    } catch (error) {
      const failed = new FailedCall(call, error);
      if (failed.info.kind === 'throttled') {
        pace.drain(region, call);
      }
      throw failed;
    }
  }

  const statuses = new Map<string, Promise<PeeringStatus | undefined>>();

  return {
    readTable: (region, routeTableId) =>
      paced(region, 'DescribeRouteTables', () => ec2.readTable(region, routeTableId)),
    async peeringStatus(region, peeringId) {
      if (ec2.readPeeringStatus === undefined) {
        return undefined;
      }
      const key = `${region} ${peeringId}`;
      const asked =
        statuses.get(key) ??
        paced(
          region,
          'DescribeVpcPeeringConnections',
          async () => await ec2.readPeeringStatus?.(region, peeringId),
        );
      statuses.set(key, asked);
      try {
        return await asked;
      } catch (error) {
        // An answer that never came is asked for again by the next route.
        statuses.delete(key);
        throw error;
      }
    },
    async createRoute(write) {
      await paced(write.region, 'CreateRoute', () => ec2.createRoute(write));
    },
    async replaceRoute(write) {
      await paced(write.region, 'ReplaceRoute', () => ec2.replaceRoute(write));
    },
    async deleteRoute(key) {
      await paced(key.region, 'DeleteRoute', () => ec2.deleteRoute(key));
    },
  };
}
