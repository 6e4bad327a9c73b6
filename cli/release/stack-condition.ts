import { CODE_BUCKET } from '../../resources/stack-template.ts';
import { shown } from '../output.ts';
import type { StackState } from './stacks.ts';
import { isOurs, type Template } from './template.ts';

/** What can be done with a stack as it is. Pure. */

export type StackCondition =
  | { readonly kind: 'absent' }
  /** Something is under way: nothing can be said before it has ended. */
  | { readonly kind: 'busy'; readonly says: string }
  /** There, and can be updated. */
  | { readonly kind: 'settled' }
  /** A person has to do something first. */
  | { readonly kind: 'stuck'; readonly says: string; readonly remedy: string };

/** Made by a change set that nobody carried out; nothing is in it. */
const EMPTY = 'REVIEW_IN_PROGRESS';

/** These cannot be updated, only deleted (CloudFormation user guide, stack status codes). */
const ONLY_DELETED: ReadonlySet<string> = new Set([
  'CREATE_FAILED',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
  'DELETE_FAILED',
]);

export function conditionOf(state: StackState | undefined, name: string, region: string): StackCondition {
  if (state === undefined || state.status === 'DELETE_COMPLETE') {
    return { kind: 'absent' };
  }
  const { status, reason } = state;
  const because = reason === undefined ? '' : ` (${shown(reason, 300)})`;
  const place = `--stack-name ${name} --region ${region}`;
  if (status === EMPTY) {
    return {
      kind: 'stuck',
      says: `The stack ${name} is only prepared: somebody made a change set and did not carry it out.`,
      remedy: `Execute it, or remove it (aws cloudformation delete-stack ${place}), then run this again.`,
    };
  }
  if (status.endsWith('_IN_PROGRESS')) {
    return { kind: 'busy', says: `the stack ${name} is ${status}` };
  }
  if (status === 'UPDATE_ROLLBACK_FAILED' || status === 'UPDATE_FAILED') {
    return {
      kind: 'stuck',
      says: `The stack ${name} is ${status}${because}.`,
      remedy: `Mend what is named, then go back with aws cloudformation ${status === 'UPDATE_FAILED' ? 'rollback-stack' : 'continue-update-rollback'} ${place}, and run this again.`,
    };
  }
  if (ONLY_DELETED.has(status)) {
    return {
      kind: 'stuck',
      says: `The stack ${name} is ${status}${because} and cannot be updated any more.`,
      remedy: 'Remove it with peering remove, then run this again. Routes and peerings stay as they are.',
    };
  }
  return { kind: 'settled' };
}

/** Whether a stack of this name is this product's: of whatever version, and if only the bucket was made so far. */
export function belongsToProduct(template: Template): boolean {
  const names = Object.keys(template.Resources);
  return isOurs(template) || (names.length > 0 && names.every((name) => name.startsWith(CODE_BUCKET)));
}

/** What keeps a stack from doing its work, or from being what was last asked for. */
export interface StackTrouble {
  /** `lasting`: it does not work, or not for long. `passing`: it works, and somebody should look. */
  readonly kind: 'lasting' | 'passing';
  readonly says: string;
  readonly remedy: string;
}

/** Of both ways to deploy; nothing runs by itself without it. */
const HEART = 'SweepLambdaFunction';

/**
 * Whether a stack is this product's and has what runs. Not so: somebody else's, one that is not made yet, one that is half removed.
 *
 * @param logicalIds of the resources that it has now.
 */
export function hasHeart(logicalIds: readonly string[]): boolean {
  return logicalIds.includes(HEART);
}

/** Of one that has ended well by its status, and yet is not whole. */
function notWhole(name: string, logicalIds: readonly string[]): StackTrouble | undefined {
  if (hasHeart(logicalIds)) {
    return undefined;
  }
  return logicalIds.every((id) => id.startsWith(CODE_BUCKET))
    ? {
        kind: 'lasting',
        says: `The stack ${name} has ${logicalIds.length === 0 ? 'nothing' : 'its bucket alone'} in it: its first deployment did not come to its end.`,
        remedy: 'peering deploy, which goes on from there.',
      }
    : {
        kind: 'lasting',
        says: `The stack ${name} has no function ${HEART}: it is not of this product.`,
        remedy: 'Name the stack that is meant with --stage, and its Region with AWS_REGION.',
      };
}

/**
 * What is wrong with a stack that is there; undefined where nothing is.
 *
 * @param logicalIds of the resources that it has now.
 */
export function troubleOf(
  state: StackState,
  { name, region }: { readonly name: string; readonly region: string },
  logicalIds: readonly string[],
): StackTrouble | undefined {
  const condition = conditionOf(state, name, region);
  switch (condition.kind) {
    case 'stuck':
      return { kind: 'lasting', says: condition.says, remedy: condition.remedy };
    case 'busy':
      return {
        kind: 'passing',
        says: `Something is under way: ${condition.says}.`,
        remedy: 'Look again when that has ended. Where it was interrupted, peering deploy goes on.',
      };
    case 'absent':
      return undefined;
    case 'settled': {
      const rolledBack = state.status === 'UPDATE_ROLLBACK_COMPLETE';
      const passing: StackTrouble = {
        kind: 'passing',
        says: `The last deployment of the stack ${name} failed: what ran before it runs on.`,
        remedy: `Its events say why (aws cloudformation describe-stack-events --stack-name ${name} --region ${region}); then peering deploy.`,
      };
      return notWhole(name, logicalIds) ?? (rolledBack ? passing : undefined);
    }
  }
}
