/** Names by which the product knows itself: everywhere the same, so they stand once. */

/** The service in CloudFormation, logs and metrics, and the source of its events. */
export const SERVICE = 'vpc-peering-autopilot';

export const EVENT_SOURCE = SERVICE;
