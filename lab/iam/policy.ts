import {
  type ConditionContext,
  type Conditions,
  conditionsMatch,
  listOf,
  refuseVariables,
  UnknownToLab,
} from './conditions.ts';
import { matchesArn, matchesPattern } from './pattern.ts';

/** Whether identity-based policies allow an access, as IAM decides it. Pure. */

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Conditions;
}

export interface Policy {
  readonly name: string;
  readonly statements: readonly Statement[];
}

/** One action on one resource. A call is allowed if every access that it needs is. */
export interface Access {
  /** `ec2:CreateRoute` */
  readonly action: string;
  /** An ARN, or `*` where AWS checks no resource in particular. */
  readonly resource: string;
  readonly context: ConditionContext;
}

export type Decision =
  /** `by`: every statement that allows it, `<policy>/<Sid>`. */
  | { readonly outcome: 'allowed'; readonly by: readonly string[] }
  | { readonly outcome: 'denied'; readonly why: 'explicit deny' | 'no statement allows it' };

const ELEMENTS = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];

function parse(name: string, document: string): { readonly Statement?: Statement | Statement[] } {
  try {
    return JSON.parse(document) as { Statement?: Statement | Statement[] };
  } catch (error) {
    throw new UnknownToLab(`The policy ${name} is not JSON: ${document.slice(0, 80)}`, { cause: error });
  }
}

/**
 * The statements of a policy document.
 * @throws {UnknownToLab} for a document that is not JSON, and for an element that the lab does not evaluate, such as `NotAction`.
 */
export function policyOf(name: string, document: string): Policy {
  const { Statement: found = [] } = parse(name, document);
  const statements = Array.isArray(found) ? found : [found];
  for (const statement of statements) {
    const unknown = Object.keys(statement).find((element) => !ELEMENTS.includes(element));
    if (unknown !== undefined) {
      throw new UnknownToLab(
        `The lab does not evaluate ${unknown} in statement ${statement.Sid ?? '(without Sid)'} of ${name}.`,
      );
    }
  }
  return { name, statements };
}

/** Action names are compared without case. */
function coversAction({ Action }: Statement, action: string): boolean {
  return listOf(Action).some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase()));
}

/** Whether a statement is about an access, were it not for its conditions. */
function isAbout(statement: Statement, { action, resource }: Pick<Access, 'action' | 'resource'>): boolean {
  refuseVariables(listOf(statement.Resource));
  return (
    coversAction(statement, action) &&
    listOf(statement.Resource).some((pattern) => matchesArn(pattern, resource))
  );
}

/**
 * A matching Deny wins over everything, then one matching Allow is enough.
 * @throws {UnknownToLab} for a condition that the lab cannot evaluate.
 */
export function decide(policies: readonly Policy[], access: Access): Decision {
  const matching = policies.flatMap(({ name, statements }) =>
    statements
      .filter(
        (statement) => isAbout(statement, access) && conditionsMatch(statement.Condition, access.context),
      )
      .map(({ Sid, Effect }) => ({ Effect, label: `${name}/${Sid ?? ''}` })),
  );
  if (matching.some(({ Effect }) => Effect === 'Deny')) {
    return { outcome: 'denied', why: 'explicit deny' };
  }
  return matching.length === 0
    ? { outcome: 'denied', why: 'no statement allows it' }
    : { outcome: 'allowed', by: matching.map(({ label }) => label) };
}

/** Condition keys that decide about an access, as the policies write them: only these have to be looked up. */
export function conditionKeysFor(
  policies: readonly Policy[],
  access: Pick<Access, 'action' | 'resource'>,
): readonly string[] {
  const keys = policies.flatMap(({ statements }) =>
    statements
      .filter((statement) => isAbout(statement, access))
      .flatMap(({ Condition = {} }) => Object.values(Condition).flatMap((each) => Object.keys(each))),
  );
  return [...new Set(keys)];
}
