/**
 * A local AWS for VPC peering: start it, point any AWS client at it, and see what peerings, routes, events, functions and pings
 * between instances do. See README.md.
 */
export type { CallCount, CallTime } from './calls.ts';
export type { Credentials } from './clients.ts';
export { createLabControl, type LabControl, type ShownNotification } from './control.ts';
export { LabError } from './errors.ts';
export type { FaultKind, NewFault } from './faults.ts';
export { heapFlags } from './heap-flags.ts';
export type { PermissionCheck } from './iam/permissions.ts';
export { type Lab, type LabOptions, startLab } from './lab.ts';
export type { FinishedInvocation } from './lambda-invocations.ts';
export type { MetricValue } from './metrics.ts';
export type { Notification } from './notifications.ts';
export type { KnownScript } from './ssm/scripts.ts';
export type { Tool, ToolRunner } from './tools.ts';
export {
  DEFAULT_ACCOUNT_ID,
  type EventBridgeEvent,
  type LabCall,
  type LabLog,
  type LabRequest,
  type LabResponse,
  type Place,
} from './types.ts';
