/** Names by which the product knows itself: everywhere the same, so they stand once. */

/** The service in CloudFormation, logs and metrics, and the source of its events. */
export const SERVICE = 'vpc-peering-autopilot';

export const EVENT_SOURCE = SERVICE;

/** The table that holds all that a stack remembers. */
export function registryTable(stage: string): string {
  return `${SERVICE}-${stage}`;
}

/** Of every role of a stage; by its beginning the rules recognise the product's own calls. @param start such as `/platform/`. */
export function rolePathOf(start: string, stage: string): string {
  return `${start}${SERVICE}/${stage}/`;
}

/** The role by which another account reads this one, where the stack's options ask for it. */
export function fleetReaderRole(stage: string): string {
  return `${SERVICE}-${stage}-fleet-reader`;
}
