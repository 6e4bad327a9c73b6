import { XMLParser } from 'fast-xml-parser';
import { actionOf } from '../action.ts';
import { anyRegionOf, lastPart, parseArn } from '../arn.ts';
import { rolesUnder } from '../checked-roles.ts';
import { errorAnswer } from '../error-answer.ts';
import type { Layer } from '../gateway.ts';
import type { LabContext, LabPrincipal, LabRequest } from '../types.ts';
import type { ResourceFacts } from './accesses.ts';
import { type Conditions, conditionsMatch, listOf } from './conditions.ts';
import { deniedError } from './denied.ts';

interface TrustStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal: { readonly AWS?: string | readonly string[] };
  readonly Condition?: Conditions;
}

/** The root user of an account stands for all of it: its own policies say who (IAM user guide, "AWS account principals"). */
function means(named: string, { accountId, ...principal }: LabPrincipal): boolean {
  const role = 'sessionIssuerArn' in principal ? principal.sessionIssuerArn : principal.arn;
  return (
    named === '*' ||
    named === accountId ||
    named === role ||
    /^arn:[\w-]+:iam::(\d{12}):root$/.exec(named)?.[1] === accountId
  );
}

/**
 * Refuses `sts:AssumeRole` of a role below those IAM paths that is not there, or whose trust policy does not let the caller. moto lets
 * anybody assume any role.
 */
export function createRoleTrust({
  call,
  facts,
  checkedRoles,
}: {
  readonly call: LabContext['call'];
  readonly facts: Pick<ResourceFacts, 'organizationOf'>;
  readonly checkedRoles: readonly string[];
}): Layer {
  const isChecked = rolesUnder(checkedRoles);
  const parser = new XMLParser({ parseTagValue: false });

  async function trustOf(roleArn: string): Promise<readonly TrustStatement[]> {
    const { accountId, resource } = parseArn(roleArn);
    const answer = await call({
      service: 'iam',
      accountId,
      region: anyRegionOf(roleArn),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: new URLSearchParams({
        Action: 'GetRole',
        Version: '2010-05-08',
        RoleName: lastPart(resource),
      }).toString(),
    });
    if (answer.status !== 200) {
      return [];
    }
    const { GetRoleResponse } = parser.parse(answer.body) as {
      readonly GetRoleResponse: {
        readonly GetRoleResult: {
          readonly Role: { readonly Arn: string; readonly AssumeRolePolicyDocument: string };
        };
      };
    };
    const { Arn, AssumeRolePolicyDocument } = GetRoleResponse.GetRoleResult.Role;
    // The path is part of the name by which a role is assumed.
    return Arn === roleArn
      ? (
          JSON.parse(decodeURIComponent(AssumeRolePolicyDocument)) as {
            readonly Statement: readonly TrustStatement[];
          }
        ).Statement
      : [];
  }

  async function isTrusted({ principal, region }: LabRequest, roleArn: string): Promise<boolean> {
    const organization = await facts.organizationOf({ accountId: principal.accountId, region });
    const context = {
      'aws:PrincipalAccount': principal.accountId,
      'aws:PrincipalArn': 'sessionIssuerArn' in principal ? principal.sessionIssuerArn : principal.arn,
      ...(organization === undefined ? {} : { 'aws:PrincipalOrgID': organization.id }),
    };
    const statements = await trustOf(roleArn);
    return statements.some(
      ({ Effect, Action, Principal, Condition }) =>
        Effect === 'Allow' &&
        listOf(Action).includes('sts:AssumeRole') &&
        listOf(Principal.AWS).some((named) => means(named, principal)) &&
        conditionsMatch(Condition, context),
    );
  }

  return async (request, next) => {
    const roleArn = new URLSearchParams(request.body.toString()).get('RoleArn') ?? '';
    if (request.service !== 'sts' || actionOf(request) !== 'AssumeRole' || !isChecked(roleArn)) {
      return next(request);
    }
    if (await isTrusted(request, roleArn)) {
      return next(request);
    }
    // AWS says the same of a role that is not there.
    const why = 'because no resource-based policy allows the sts:AssumeRole action';
    return errorAnswer(request, deniedError(request, { action: 'sts:AssumeRole', resource: roleArn, why }));
  };
}
