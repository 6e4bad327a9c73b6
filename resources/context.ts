import { SERVICE } from '../lib/model/names.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { DEFAULT_STACK_OPTIONS, type StackOptions } from '../lib/policy/stack-schema.ts';

/** What the resources depend on besides AWS itself. */
export interface StackContext {
  readonly policy: Policy;
  readonly stage: string;
  /** Left out: what a stack without a `peering-stack.yml` has. */
  readonly options?: StackOptions;
}

export function optionsOf({ options }: Pick<StackContext, 'options'>): StackOptions {
  return options ?? DEFAULT_STACK_OPTIONS;
}

export { SERVICE };
export const METRIC_NAMESPACE = 'VpcPeeringAutopilot';

/** What the paths of the product's roles start with, of every stage: by it the rules recognise the product's own calls. */
export function productPath(context: Pick<StackContext, 'options'>): string {
  return `${optionsOf(context).rolePath}${SERVICE}/`;
}

/** The path of every role. */
export function rolePath(context: StackContext): string {
  return `${productPath(context)}${context.stage}/`;
}

/** Where older versions kept SSM parameters, which are taken over once. The same as `custom.statePrefix` in serverless.yml. */
export function statePrefix({ stage }: StackContext): string {
  return `/${SERVICE}/${stage}`;
}
