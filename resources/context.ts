import { pingDocumentName } from '../lib/connectivity/ping-document.ts';
import { ownRolesOf, type WatchedNames } from '../lib/forwarding/watched-events.ts';
import { SERVICE } from '../lib/model/names.ts';
import { carriesEvents, partitionOf } from '../lib/policy/regions.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { sub } from './cloudformation.ts';

/** What the resources depend on besides AWS itself. */
export interface StackContext {
  readonly policy: Policy;
  readonly stage: string;
}

export { SERVICE };
export const METRIC_NAMESPACE = 'VpcPeeringAutopilot';

/** What the rules call what is the stack's own. */
export function watchedNames({ stage }: StackContext): WatchedNames {
  return {
    pingDocument: pingDocumentName(stage),
    ownRoles: sub(ownRolesOf(`\${AWS::Partition}`, `\${AWS::AccountId}`)),
  };
}

/** Whether events of other Regions come to the own bus. */
export function takesForwarded({ policy: { regions } }: StackContext): boolean {
  return regions.some((region) => carriesEvents(partitionOf(region)));
}

/** Whether Regions are managed whose events EventBridge does not carry here. */
export function eventsStay({ policy: { regions } }: StackContext): boolean {
  return regions.some((region) => !carriesEvents(partitionOf(region)));
}

/** The path of every role, by which the rules recognise the product's own calls. */
export function rolePath({ stage }: StackContext): string {
  return `/${SERVICE}/${stage}/`;
}

/** Where older versions kept SSM parameters, which are taken over once. The same as `custom.statePrefix` in serverless.yml. */
export function statePrefix({ stage }: StackContext): string {
  return `/${SERVICE}/${stage}`;
}
