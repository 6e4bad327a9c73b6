import { randomUUID } from 'node:crypto';
import { XMLBuilder } from 'fast-xml-parser';
import { arnIn } from '../arn.ts';
import type { LabResponse } from '../types.ts';
import type { Operation, StackSet } from './stack-set.ts';

/** What CloudFormation is asked about StackSets, and what it says of them. */

const builder = new XMLBuilder({ format: false });

export type Content = Readonly<Record<string, unknown>>;

export function answer(action: string, content: Content): LabResponse {
  const body = builder.build({
    [`${action}Response`]: {
      [`${action}Result`]: content,
      ResponseMetadata: { RequestId: randomUUID() },
    },
  });
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}

/** Values of `<name>.member.1`, `<name>.member.2`, … of a query request. */
export function members(form: URLSearchParams, name: string): string[] {
  const found: string[] = [];
  for (let index = 1; form.has(`${name}.member.${index}`); index++) {
    found.push(form.get(`${name}.member.${index}`) ?? '');
  }
  return found;
}

export function parametersOf(form: URLSearchParams): { ParameterKey: string; ParameterValue: string }[] {
  const found: { ParameterKey: string; ParameterValue: string }[] = [];
  for (let index = 1; form.has(`Parameters.member.${index}.ParameterKey`); index++) {
    found.push({
      ParameterKey: form.get(`Parameters.member.${index}.ParameterKey`) ?? '',
      ParameterValue: form.get(`Parameters.member.${index}.ParameterValue`) ?? '',
    });
  }
  return found;
}

/** DescribeStackSet. */
export function describedStackSet({ id, name, form, template, units }: StackSet): Content {
  return {
    StackSet: {
      StackSetId: id,
      StackSetName: name,
      Description: form.get('Description') ?? '',
      Status: 'ACTIVE',
      TemplateBody: template,
      PermissionModel: 'SERVICE_MANAGED',
      Parameters: { member: parametersOf(form) },
      Capabilities: { member: members(form, 'Capabilities') },
      AutoDeployment: {
        Enabled: form.get('AutoDeployment.Enabled') ?? 'false',
        RetainStacksOnAccountRemoval: form.get('AutoDeployment.RetainStacksOnAccountRemoval') ?? 'false',
      },
      ManagedExecution: { Active: form.get('ManagedExecution.Active') ?? 'false' },
      OrganizationalUnitIds: { member: [...units] },
    },
  };
}

/** ListStackInstances. */
export function listedInstances({ id, region, instances }: StackSet): Content {
  return {
    Summaries: {
      member: instances.map(({ accountId, unit, stackName, status, reason }) => ({
        StackSetId: id,
        Region: region,
        Account: accountId,
        OrganizationalUnitId: unit,
        StackId: arnIn({ accountId, region }, 'cloudformation', `stack/${stackName}/lab`),
        Status: status,
        ...(reason === '' ? {} : { StatusReason: reason }),
      })),
    },
  };
}

/** DescribeStackSetOperation. */
export function describedOperation(stackSet: StackSet, { id, action, status }: Operation): Content {
  return {
    StackSetOperation: { OperationId: id, StackSetId: stackSet.id, Action: action, Status: status },
  };
}

/** ListStackSetOperations, the newest first. */
export function listedOperations({ operations }: StackSet): Content {
  return {
    Summaries: {
      member: operations
        .map(({ id, action, status }) => ({ OperationId: id, Action: action, Status: status }))
        .toReversed(),
    },
  };
}

/** ListStackSetOperationResults. */
export function listedResults({ region }: StackSet, { results }: Operation): Content {
  return {
    Summaries: {
      member: results.map(({ accountId, status, reason }) => ({
        Account: accountId,
        Region: region,
        Status: status,
        ...(reason === '' ? {} : { StatusReason: reason }),
      })),
    },
  };
}
