import { type Access, decide, type Policy, type Statement } from 'local-aws-peering/iam';
import type { Template } from './packaged.ts';

/** Whether a role of the packaged template allows a call: the lab's evaluator over a template that is not deployed. */

export interface IamCall {
  readonly action: string;
  readonly resources: readonly {
    readonly arn: string;
    /** Condition keys of the request and of this resource: `aws:ResourceTag/…`, `aws:TagKeys`. */
    readonly context?: Access['context'];
  }[];
}

export const IAM_REGION = 'us-east-1';
export const IAM_ACCOUNT = '111111111111';

/**
 * `Fn::Sub`, `Ref` and `Fn::GetAtt` as they would be deployed. A logical id stands for the name of its resource, and
 * `arn:aws:::<id>:<attribute>` for its ARN, which has as many parts as a real one.
 */
function resolved(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap(resolved);
  }
  if (typeof value === 'string') {
    return [value];
  }
  const { Ref, 'Fn::Sub': sub, 'Fn::GetAtt': getAtt } = value as Record<string, unknown>;
  if (typeof sub === 'string') {
    const pseudo: Record<string, string> = {
      'AWS::Partition': 'aws',
      'AWS::AccountId': IAM_ACCOUNT,
      'AWS::Region': IAM_REGION,
    };
    return [sub.replace(/\$\{([^}]+)\}/g, (_, name: string) => pseudo[name] ?? name)];
  }
  return [`arn:aws:::${String(Ref ?? (getAtt as readonly string[]).join('.'))}:`];
}

type Conditions = NonNullable<Statement['Condition']>;

/** A statement as a template writes it. */
export type TemplateStatement = Omit<Statement, 'Resource' | 'Condition'> & {
  readonly Resource: unknown;
  readonly Condition?: unknown;
};

export function resolvedStatement({ Resource, Condition, ...statement }: TemplateStatement): Statement {
  const conditions = Object.entries((Condition ?? {}) as Readonly<Record<string, Record<string, unknown>>>);
  return {
    ...statement,
    Resource: resolved(Resource),
    Condition: Object.fromEntries(
      conditions.map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, wanted]) => [key, resolved(wanted)])),
      ]),
    ) satisfies Conditions,
  };
}

/** The policies of one role of a template. */
function policiesOf(template: Template, roleId: string): readonly Policy[] {
  const policies = template.Resources[roleId]?.Properties.Policies as unknown as
    | readonly {
        readonly PolicyName: string;
        readonly PolicyDocument: { readonly Statement: readonly TemplateStatement[] };
      }[]
    | undefined;
  if (policies === undefined) {
    throw new Error(`The template has no role ${roleId}.`);
  }
  return policies.map(({ PolicyName, PolicyDocument }) => ({
    name: PolicyName,
    statements: PolicyDocument.Statement.map(resolvedStatement),
  }));
}

export function isAllowed(template: Template, roleId: string, { action, resources }: IamCall): boolean {
  const policies = policiesOf(template, roleId);
  return resources.every(
    ({ arn, context = {} }) => decide(policies, { action, resource: arn, context }).outcome === 'allowed',
  );
}

/** One thing that a statement allows: one of its actions on one of its resources. */
export interface Grant {
  readonly policy: string;
  readonly sid: string;
  readonly action: string;
  readonly resource: string;
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

export function grantsOf(policies: readonly Policy[]): Grant[] {
  return policies.flatMap(({ name, statements }) =>
    statements.flatMap(({ Sid = '', Action, Resource }) =>
      list(Action).flatMap((action) =>
        list(Resource).map((resource) => ({ policy: name, sid: Sid, action, resource })),
      ),
    ),
  );
}

/** The same policies without that grant, and with everything else that its statement allows. */
export function without(policies: readonly Policy[], { policy, sid, action, resource }: Grant): Policy[] {
  return policies.map(({ name, statements }) => ({
    name,
    statements: statements.flatMap((statement) =>
      name !== policy || statement.Sid !== sid
        ? [statement]
        : [
            { ...statement, Action: list(statement.Action).filter((each) => each !== action) },
            {
              ...statement,
              Action: [action],
              Resource: list(statement.Resource).filter((each) => each !== resource),
            },
          ],
    ),
  }));
}
