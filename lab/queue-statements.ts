import {
  type ConditionContext,
  type Conditions,
  conditionsMatch,
  listOf,
  UnknownToLab,
} from './iam/conditions.ts';
import { matchesArn, matchesPattern } from './iam/pattern.ts';
import type { LabQueue } from './queues.ts';

type OneOrMore = string | readonly string[];

export type StatementPrincipal = OneOrMore | Readonly<Record<string, OneOrMore>>;

interface QueueStatement {
  readonly Effect?: string;
  readonly Principal?: StatementPrincipal;
  readonly Action?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly Condition?: Conditions;
}

/** One use of a queue, as its policy sees it. */
export interface QueueAccess {
  /** `sqs:SendMessage` */
  readonly action: string;
  readonly context: ConditionContext;
  namedBy(principal: StatementPrincipal): boolean;
}

/** What would turn a statement into its opposite if it were passed over. */
const NOT_KNOWN = ['NotPrincipal', 'NotAction', 'NotResource'];

/** The values under one kind of principal, such as `AWS` or `Service`; `*` alone stands under each of them. */
export function principalsOf(principal: StatementPrincipal, kind: 'AWS' | 'Service'): readonly string[] {
  return typeof principal === 'object' && !Array.isArray(principal)
    ? listOf((principal as Readonly<Record<string, OneOrMore>>)[kind])
    : listOf(principal as OneOrMore);
}

/** All statements of a queue's policy; none when it has no policy. */
export function statementsOf({ policy = '{}' }: Pick<LabQueue, 'policy'>): readonly QueueStatement[] {
  const { Statement = [] } = JSON.parse(policy) as {
    readonly Statement?: QueueStatement | readonly QueueStatement[];
  };
  return [Statement].flat();
}

/**
 * Whether a statement of the policy of the queue with this ARN is about this access.
 * @throws {UnknownToLab} where it says something that the lab cannot evaluate.
 */
export function isAbout(
  statement: QueueStatement,
  arn: string,
  { action, context, namedBy }: QueueAccess,
): boolean {
  const unknown = NOT_KNOWN.find((name) => Object.hasOwn(statement, name));
  if (unknown !== undefined) {
    throw new UnknownToLab(`The lab does not know ${unknown} in the policy of a queue.`);
  }
  const { Principal, Action, Resource, Condition } = statement;
  return (
    Principal !== undefined &&
    namedBy(Principal) &&
    listOf(Action).some((wanted) => matchesPattern(wanted.toLowerCase(), action.toLowerCase())) &&
    listOf(Resource).some((wanted) => matchesArn(wanted, arn)) &&
    conditionsMatch(Condition, context)
  );
}
