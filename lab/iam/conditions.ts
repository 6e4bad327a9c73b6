import { matchesArn, matchesPattern } from './pattern.ts';

/** `{ StringLike: { 'aws:ResourceTag/team': ['a*'] } }` */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/**
 * The condition keys of a request and its resource. Several values are a set; no value, or no key, is a key that is not
 * there. Names are compared without case.
 */
export type ConditionContext = Readonly<Record<string, string | readonly string[]>>;

/** Thrown where a policy says something that this lab cannot evaluate: guessing would prove nothing. */
export class UnknownToLab extends Error {
  override readonly name = 'UnknownToLab';
}

type Compare = (wanted: string, found: string) => boolean;

/** Source: IAM user guide, "IAM JSON policy elements: Condition operators". ArnEquals takes wildcards as ArnLike does. */
const OPERATORS: Readonly<Record<string, Compare>> = {
  StringEquals: (wanted, found) => wanted === found,
  StringLike: matchesPattern,
  ArnEquals: matchesArn,
  ArnLike: matchesArn,
  Bool: (wanted, found) => wanted.toLowerCase() === found.toLowerCase(),
};

/** They hold where none of the wanted values fits, and where the key is not there. */
const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
};

interface Operator {
  readonly compare: Compare;
  readonly over: 'one' | 'all' | 'any';
  /** Whether it holds when the key is not there. */
  readonly whenAbsent: boolean;
}

function operatorNamed(name: string): Operator {
  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(name) ?? [];
  const compare = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (compare === undefined) {
    throw new UnknownToLab(
      `The lab does not know the condition operator ${name}; add it to lab/iam/conditions.ts.`,
    );
  }
  return {
    compare,
    over: set === 'ForAllValues' ? 'all' : set === 'ForAnyValue' ? 'any' : 'one',
    whenAbsent: set === 'ForAllValues' || ifExists !== undefined,
  };
}

export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

function valuesOf(context: ConditionContext, key: string): readonly string[] {
  const wanted = key.toLowerCase();
  return Object.entries(context).flatMap(([name, value]) =>
    name.toLowerCase() === wanted ? listOf(value) : [],
  );
}

/** @throws {UnknownToLab} for `${aws:username}` and its like. */
export function refuseVariables(wanted: readonly string[]): void {
  const variable = wanted.find((text) => text.includes('${'));
  if (variable !== undefined) {
    throw new UnknownToLab(`The lab does not know policy variables: ${variable}`);
  }
}

function matches(operator: string, wanted: readonly string[], found: readonly string[]): boolean {
  refuseVariables(wanted);
  if (operator === 'Null') {
    return wanted.some((text) => (text.toLowerCase() === 'true') === (found.length === 0));
  }
  const opposite = Object.hasOwn(NEGATED, operator) ? NEGATED[operator] : undefined;
  if (opposite !== undefined) {
    if (found.length > 1) {
      throw new UnknownToLab(`The lab does not know what ${operator} makes of several values.`);
    }
    return !matches(opposite, wanted, found);
  }
  const { compare, over, whenAbsent } = operatorNamed(operator);
  if (found.length === 0) {
    return whenAbsent;
  }
  const fits = (value: string) => wanted.some((text) => compare(text, value));
  switch (over) {
    case 'all':
      return found.every(fits);
    case 'any':
      return found.some(fits);
    case 'one':
      // AWS leaves open what an operator for one value makes of several: none of the product's statements may need it.
      return found.length === 1 && found.every(fits);
  }
}

/**
 * All operators and all keys have to hold; of the values of a key one is enough.
 * @throws {UnknownToLab} for an operator or a policy variable that the lab does not know.
 */
export function conditionsMatch(conditions: Conditions | undefined, context: ConditionContext): boolean {
  // No short cut: what the lab does not know is told even beside a condition that does not hold.
  return Object.entries(conditions ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, wanted]) => matches(operator, listOf(wanted), valuesOf(context, key))),
    )
    .every((each) => each);
}
