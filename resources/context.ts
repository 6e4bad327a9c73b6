import { SERVICE } from '../lib/model/names.ts';
import type { Policy } from '../lib/policy/schema.ts';

/** What the resources depend on besides AWS itself. */
export interface StackContext {
  readonly policy: Policy;
  readonly stage: string;
}

export { SERVICE };
export const METRIC_NAMESPACE = 'VpcPeeringAutopilot';

/** The path of every role, by which the rules recognise the product's own calls. */
export function rolePath({ stage }: StackContext): string {
  return `/${SERVICE}/${stage}/`;
}

/** Where older versions kept SSM parameters, which are taken over once. The same as `custom.statePrefix` in serverless.yml. */
export function statePrefix({ stage }: StackContext): string {
  return `/${SERVICE}/${stage}`;
}
