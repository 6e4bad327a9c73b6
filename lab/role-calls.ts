import { lastPart, parseArn } from './arn.ts';
import { administratorRequest } from './forward.ts';
import type { Layer } from './gateway.ts';
import type { LabFunction } from './lambda-functions.ts';
import { problemIn } from './queues.ts';
import type { Forward, LabCall, LabRequest, LabResponse } from './types.ts';

/** What Lambda itself does in the role of a function, such as polling a queue. */
export interface RoleCalls {
  /** Goes through the layers that a call of the function would go through. */
  send(fn: LabFunction, call: LabCall): Promise<LabResponse>;
  /** Why the role may not do this; `undefined` when it may. Nothing is done. */
  refusal(fn: LabFunction, call: LabCall): Promise<string | undefined>;
}

export interface RoleCallsOptions {
  /** The first one sees the request first. */
  readonly layers: readonly Layer[];
  /** Checks calls against the policies of roles; absent when nobody does. */
  readonly permissions: Layer | undefined;
  readonly forward: Forward;
}

const ALLOWED: LabResponse = { status: 200, headers: {}, body: Buffer.alloc(0) };

export function createRoleCalls({ layers, permissions, forward }: RoleCallsOptions): RoleCalls {
  const all = permissions === undefined ? layers : [...layers, permissions];
  const handle = all.reduceRight<Forward>((next, layer) => (request) => layer(request, next), forward);

  function asRole({ roleArn, name }: LabFunction, call: LabCall): LabRequest {
    const { partition, accountId, resource } = parseArn(roleArn);
    const request = administratorRequest(call);
    return {
      ...request,
      principal: {
        type: 'AssumedRole',
        arn: `arn:${partition}:sts::${accountId}:assumed-role/${lastPart(resource)}/${name}`,
        accountId,
        accessKeyId: request.accessKeyId,
        sessionIssuerArn: roleArn,
        sessionName: name,
      },
    };
  }

  return {
    send: (fn, call) => handle(asRole(fn, call)),
    async refusal(fn, call) {
      const answer = await permissions?.(asRole(fn, call), async () => ALLOWED);
      return answer === undefined || answer.status === 200 ? undefined : problemIn(answer);
    },
  };
}
