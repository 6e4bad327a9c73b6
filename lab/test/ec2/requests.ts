import { REGION } from '../../testing/ec2-lab.ts';
import type { LabPrincipal, LabRequest } from '../../types.ts';

export const ACCOUNT = '123456789012';

const ROOT: LabPrincipal = {
  type: 'Root',
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  accountId: ACCOUNT,
  accessKeyId: 'test',
};

export function session(sessionName: string): LabPrincipal {
  return {
    type: 'AssumedRole',
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/sync/${sessionName}`,
    accountId: ACCOUNT,
    accessKeyId: sessionName,
    sessionIssuerArn: `arn:aws:iam::${ACCOUNT}:role/my-stack/prod/sync`,
    sessionName,
  };
}

/** A request as the gateway makes it from HTTP. */
export function labRequest(changes: Partial<LabRequest> = {}): LabRequest {
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: {},
    body: Buffer.alloc(0),
    service: 'ec2',
    region: REGION,
    accountId: ACCOUNT,
    accessKeyId: 'test',
    principal: ROOT,
    ...changes,
  };
}

/** An EC2 call. */
export function ec2Request(
  parameters: Record<string, string>,
  changes: Partial<LabRequest> = {},
): LabRequest {
  return labRequest({ body: Buffer.from(new URLSearchParams(parameters).toString()), ...changes });
}
