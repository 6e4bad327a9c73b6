import type {
  Instance,
  NetworkAcl,
  NetworkInterface,
  SecurityGroup,
  StaleGroup,
  Subnet,
} from '../model/network.ts';
import type { Asked } from '../model/probe-kinds.ts';

/** What the connectivity check reads besides peerings, VPCs and tables; `aws/connectivity.ts` fills it from AWS. */
export interface ConnectivityReader {
  /** Instances that carry the tag `<prefix>:probe`, whatever their state. */
  readProbeInstances(region: string, tagPrefix: string): Promise<Instance[]>;
  readInstances(region: string, vpcIds: readonly string[]): Promise<Instance[]>;
  readSubnets(region: string, vpcIds: readonly string[]): Promise<Subnet[]>;
  readSecurityGroups(region: string, vpcIds: readonly string[]): Promise<SecurityGroup[]>;
  readNetworkAcls(region: string, vpcIds: readonly string[]): Promise<NetworkAcl[]>;
  readInterfaces(region: string, vpcIds: readonly string[]): Promise<NetworkInterface[]>;
  /** The groups of a VPC with rules that EC2 calls stale; undefined: nobody can say. */
  readStaleGroups(region: string, vpcId: string): Promise<readonly StaleGroup[] | undefined>;
}

/** One invocation of a command on one instance. */
export interface Invocation {
  readonly commandId: string;
  readonly instanceId: string;
  readonly documentName: string;
  /** What the sender noted: which peering and target it is about. */
  readonly comment: string;
  readonly status: string;
  readonly statusDetails: string;
  readonly requestedAt: Date;
  /** What its steps printed; empty while there is nothing. */
  readonly output: string;
}

/** A command to send to many instances at once. */
export interface PingCommand {
  readonly region: string;
  readonly target: string;
  readonly instanceIds: readonly string[];
  readonly comment: string;
  readonly asked: Asked;
}

/** Systems Manager as the check needs it; `aws/run-command.ts` fills it from AWS. */
export interface RunCommand {
  /** `PingStatus` Online. */
  readOnlineInstances(region: string): Promise<ReadonlySet<string>>;
  /** Sends the product's own document, never another. */
  sendPing(command: PingCommand, count: number): Promise<'sent' | 'observed'>;
  /** Every invocation of one command, with output. */
  readCommand(region: string, commandId: string): Promise<Invocation[]>;
  /** Invocations of the product's document that were requested after a time, with output. */
  readPingsSince(region: string, since: Date): Promise<Invocation[]>;
  /** The same without output. */
  readInvocationsSince(region: string, since: Date): Promise<Invocation[]>;
}
