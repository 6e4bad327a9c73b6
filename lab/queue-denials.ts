import { actionOf } from './action.ts';
import { errorAnswer } from './error-answer.ts';
import type { Layer } from './gateway.ts';
import { type ConditionContext, type Conditions, UnknownToLab } from './iam/conditions.ts';
import { deniedError } from './iam/denied.ts';
import { isAbout, principalsOf, type StatementPrincipal, statementsOf } from './queue-statements.ts';
import type { LabQueue, Queues } from './queues.ts';
import type { LabPrincipal, LabRequest } from './types.ts';

/** The names under which a policy may name who calls: the session, its role, its account, everybody. */
function namesCaller(principal: StatementPrincipal, { arn, accountId, ...caller }: LabPrincipal): boolean {
  const names = ['*', arn, accountId, `arn:${arn.split(':')[1]}:iam::${accountId}:root`];
  const role = caller.type === 'AssumedRole' ? [caller.sessionIssuerArn] : [];
  return principalsOf(principal, 'AWS').some((name) => [...names, ...role].includes(name));
}

/** Keys that a caller's request has. */
function contextOf({ principal, region }: LabRequest): ConditionContext {
  return {
    'aws:PrincipalArn': principal.type === 'AssumedRole' ? principal.sessionIssuerArn : principal.arn,
    'aws:PrincipalAccount': principal.accountId,
    'aws:RequestedRegion': region,
    // The lab itself speaks no TLS: what is deployed is tried as on AWS, where its clients do.
    'aws:SecureTransport': 'true',
  };
}

/** Keys that a caller's request does not have. */
const ABSENT = ['aws:SourceArn', 'aws:SourceAccount', 'aws:SourceVpc', 'aws:SourceVpce'];

/** @throws {UnknownToLab} for a key of which the lab cannot say whether a request has it. */
function refuseUnknownKeys(conditions: Conditions, context: ConditionContext): void {
  const known = [...Object.keys(context), ...ABSENT].map((key) => key.toLowerCase());
  const unknown = Object.values(conditions)
    .flatMap((keys) => Object.keys(keys))
    .find((key) => !known.includes(key.toLowerCase()));
  if (unknown !== undefined) {
    throw new UnknownToLab(`The lab does not know the condition key ${unknown} in the policy of a queue.`);
  }
}

/** Why the policy of a queue keeps a caller from this; `undefined` when it does not. Only what it denies counts. */
function denialOf(queue: Pick<LabQueue, 'arn' | 'policy'>, request: LabRequest): string | undefined {
  const action = `sqs:${actionOf(request)}`;
  const context = contextOf(request);
  const namedBy = (principal: StatementPrincipal) => namesCaller(principal, request.principal);
  try {
    const denials = statementsOf(queue).filter(({ Effect }) => Effect === 'Deny');
    for (const { Condition = {} } of denials) {
      refuseUnknownKeys(Condition, context);
    }
    return denials.some((statement) => isAbout(statement, queue.arn, { action, context, namedBy }))
      ? 'with an explicit deny in a resource-based policy'
      : undefined;
  } catch (error) {
    if (error instanceof UnknownToLab) {
      return `because the policy of the queue could not be evaluated: ${error.message}`;
    }
    throw error;
  }
}

/** Refuses what the policy of a queue denies, whoever asks and whatever else allows it. */
export function createQueueDenials({ find, arnIn }: Pick<Queues, 'find' | 'arnIn'>): Layer {
  return async (request, next) => {
    const arn = request.service === 'sqs' ? arnIn(request) : undefined;
    const queue = arn === undefined ? undefined : await find(arn);
    const why = queue === undefined ? undefined : denialOf(queue, request);
    return queue === undefined || why === undefined
      ? next(request)
      : errorAnswer(
          request,
          deniedError(request, { action: `sqs:${actionOf(request)}`, resource: queue.arn, why }),
        );
  };
}
