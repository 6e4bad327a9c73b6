import { fieldsOf } from '../../../lib/model/json.ts';
import { NOT_AS_DEPLOYED, type PartTrouble, trouble } from './part.ts';
import { isKnown, isSame, type Resolved, type ResolvedProperties } from './resolved.ts';

/** A policy of a resource: of a queue, a topic or a bus. Pure. */

export interface PolicyQuestion {
  /** As a sentence begins: `The policy of the queue NAME`. */
  readonly whose: string;
  /** What does not work where a wanted statement is not there. */
  readonly without: string;
  readonly wanted: readonly Resolved[];
  /** The policy that is there; undefined: none. */
  readonly seen: unknown;
  /** The command that sets a policy. @param policy as JSON. */
  readonly setBy: (policy: string) => string;
}

/** Also of what the template says of a policy. */
export function statementsOf(policy: unknown): readonly unknown[] {
  const { Statement = [] } = fieldsOf(policy);
  return Array.isArray(Statement) ? Statement : [Statement];
}

const effectOf = (statement: unknown) => fieldsOf(statement).Effect;

/** Letters may be large or small in actions and keys of conditions (IAM user guide), and services write them as they like. */
function inSmallLetters(statement: unknown): Readonly<Record<string, unknown>> {
  const { Action, Condition, ...others } = fieldsOf(statement);
  const actions = (Array.isArray(Action) ? Action : [Action]).map((action) => String(action).toLowerCase());
  const conditions = Object.entries(fieldsOf(Condition)).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(fieldsOf(keys)).map(([key, value]) => [key.toLowerCase(), value])),
  ]);
  return {
    ...others,
    ...(Action === undefined ? {} : { Action: actions }),
    ...(Condition === undefined ? {} : { Condition: Object.fromEntries(conditions) }),
  };
}

/** As the service gives it back: what it is about, it may write out itself. */
function isThere(wanted: unknown, seen: readonly unknown[]): boolean {
  const named = inSmallLetters(wanted) as ResolvedProperties;
  return seen.some((statement) => {
    const there = inSmallLetters(statement);
    return isSame(named, Object.fromEntries(Object.keys(named).map((key) => [key, there[key]])));
  });
}

const NO_COMMAND = 'aws cloudformation get-template of the stack says what it should be: set it so.';

/** What is wrong with a policy; statements that somebody added and that allow something change nothing for the product. */
export function policyTroubles({
  whose,
  without,
  wanted,
  seen,
  setBy,
}: PolicyQuestion): readonly PartTrouble[] {
  const there = statementsOf(seen);
  const missing = wanted.filter((statement) => !isThere(statement, there));
  const denies = there.filter(
    (statement) => effectOf(statement) === 'Deny' && !wanted.some((each) => isThere(each, [statement])),
  );
  if (missing.length + denies.length === 0) {
    return [];
  }
  const allowsLess = missing.some((statement) => effectOf(statement) !== 'Deny');
  const policy = { Version: '2012-10-17', Statement: wanted };
  return [
    trouble(
      allowsLess || denies.length > 0 ? 'fail' : 'warn',
      `${whose} ${seen === undefined ? 'is gone' : NOT_AS_DEPLOYED}: ${
        allowsLess
          ? without
          : denies.length > 0
            ? `it denies more than the stack wants; where that hits the product, ${without}`
            : 'it does not deny what comes without encryption any more'
      }.`,
      isKnown(policy) ? setBy(JSON.stringify(policy)) : NO_COMMAND,
    ),
  ];
}
