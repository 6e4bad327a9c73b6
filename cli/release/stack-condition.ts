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
  | { readonly kind: 'stuck'; readonly says: string };

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
      says: `The stack ${name} is only prepared: somebody made a change set and did not carry it out. Execute it, or remove it (aws cloudformation delete-stack ${place}), then run this again.`,
    };
  }
  if (status.endsWith('_IN_PROGRESS')) {
    return { kind: 'busy', says: `the stack ${name} is ${status}` };
  }
  if (status === 'UPDATE_ROLLBACK_FAILED' || status === 'UPDATE_FAILED') {
    return {
      kind: 'stuck',
      says: `The stack ${name} is ${status}${because}. Mend what is named, then go back with aws cloudformation ${status === 'UPDATE_FAILED' ? 'rollback-stack' : 'continue-update-rollback'} ${place}, and run this again.`,
    };
  }
  if (ONLY_DELETED.has(status)) {
    return {
      kind: 'stuck',
      says: `The stack ${name} is ${status}${because} and cannot be updated any more. Remove it with peering remove, then run this again. Routes and peerings stay as they are.`,
    };
  }
  return { kind: 'settled' };
}

/** Whether a stack of this name is this product's: of whatever version, and if only the bucket was made so far. */
export function belongsToProduct(template: Template): boolean {
  const names = Object.keys(template.Resources);
  return isOurs(template) || (names.length > 0 && names.every((name) => name.startsWith(CODE_BUCKET)));
}
