import type { MotoClients } from '../clients.ts';
import { errorAnswer } from '../error-answer.ts';
import type { LabCall, LabResponse, ServiceOverlay } from '../types.ts';
import { StackSetActions } from './actions.ts';
import { answer } from './answers.ts';
import { type OperationsOptions, StackSetOperations } from './operations.ts';
import { Refusal } from './stack-set.ts';

export interface StackSetsOptions extends OperationsOptions {
  readonly clients: MotoClients;
  call(call: LabCall): Promise<LabResponse>;
}

/**
 * Service-managed StackSets. moto's own deploy stacks that nobody can describe, never update them, and delete none by
 * organizational unit. Here each account of an OU (moto's AWS Organizations) gets a stack of its own by CreateStack in that
 * account, and operations take their time. Left out: automatic deployment when an account moves, delegated
 * administrators, failure tolerance (every account is tried, one after the other), drift, and paging.
 */
export function createStackSetsOverlay(options: StackSetsOptions): ServiceOverlay {
  const { stacks } = options;
  const actions = new StackSetActions({ ...options, operations: new StackSetOperations(options) });

  return {
    ...stacks,
    async handle(request, next) {
      const form = new URLSearchParams(request.query || request.body.toString());
      const action = form.get('Action') ?? '';
      if (action === 'DescribeStackResources' && form.has('PhysicalResourceId')) {
        return actions.resourcesAround({ request, form }, next);
      }
      const act = actions.named(action, form);
      if (act === undefined) {
        return stacks.handle(request, next);
      }
      try {
        return answer(action, await act({ request, form }));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return errorAnswer(request, { status: 400, code: error.code, message: error.message });
      }
    },
  };
}
