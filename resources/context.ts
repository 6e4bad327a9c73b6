import { ownRolesOf, type WatchedNames } from '../lib/forwarding/watched-events.ts';
import { rolePathOf, SERVICE } from '../lib/model/names.ts';
import { RUNBOOK_FOLDER } from '../lib/model/runbook.ts';
import { carriesEvents, partitionOf } from '../lib/policy/regions.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { DEFAULT_STACK_OPTIONS, type StackOptions } from '../lib/policy/stack-schema.ts';
import { sub } from './cloudformation.ts';

/** What the resources depend on besides AWS itself. */
export interface StackContext {
  readonly policy: Policy;
  readonly stage: string;
  /** Of the product, such as `1.2.0`; left out: the stack does not say it. */
  readonly version?: string;
  /** Left out: what a stack without a `peering-stack.yml` has. */
  readonly options?: StackOptions;
}

export function optionsOf({ options }: Pick<StackContext, 'options'>): StackOptions {
  return options ?? DEFAULT_STACK_OPTIONS;
}

export { SERVICE };
export const METRIC_NAMESPACE = 'VpcPeeringAutopilot';

/** What the rules call what is the stack's own. */
export function watchedNames(context: StackContext): WatchedNames {
  return {
    ownRoles: sub(ownRolesOf(`\${AWS::Partition}`, `\${AWS::AccountId}`, productPath(context))),
  };
}

/** Whether events of other Regions come to the own bus. */
export function takesForwarded({ policy: { regions } }: StackContext): boolean {
  return regions.some((region) => carriesEvents(partitionOf(region)));
}

/** What the paths of the product's roles start with, of every stage: by it the rules recognise the product's own calls. */
function productPath(context: Pick<StackContext, 'options'>): string {
  return `${optionsOf(context).rolePath}${SERVICE}/`;
}

/** The path of every role. */
export function rolePath(context: StackContext): string {
  return rolePathOf(optionsOf(context).rolePath, context.stage);
}

/** Where the pages of the alarms are read: the folder, as a URL or as a path in the project. */
export function runbooksOf(context: Pick<StackContext, 'options'>): string {
  return optionsOf(context).runbooks ?? RUNBOOK_FOLDER;
}

/** Where older versions kept SSM parameters, which are taken over once. The same as `custom.statePrefix` in serverless.yml. */
export function statePrefix({ stage }: StackContext): string {
  return `/${SERVICE}/${stage}`;
}
