import { protocolOf } from '../action.ts';
import type { AwsError } from '../error-answer.ts';
import type { LabRequest } from '../types.ts';

export interface Refusal {
  readonly action: string;
  readonly resource: string;
  /** In the words of the IAM user guide: "because no … policy allows …", "with an explicit deny in …". */
  readonly why: string;
}

/** The refusal in the words of the service: EC2, SNS and the others have codes of their own. */
export function deniedError(request: LabRequest, { action, resource, why }: Refusal): AwsError {
  const message = `User: ${request.principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  if (request.service === 'ec2') {
    return {
      status: 403,
      code: 'UnauthorizedOperation',
      message: `You are not authorized to perform this operation. ${message}`,
    };
  }
  if (request.service === 'sns') {
    return { status: 403, code: 'AuthorizationError', message };
  }
  return protocolOf(request) === 'json'
    ? { status: 400, code: 'AccessDeniedException', message }
    : { status: 403, code: 'AccessDenied', message };
}
