import ipaddr from 'ipaddr.js';
import { messageOf } from './errors.ts';
import { isObject, nestEvent, nestPattern } from './event-fields.ts';
import {
  MOST_COMPLEX,
  readWildcard,
  type WildcardStep,
  wildcardComplexity,
  wildcardExpression,
} from './event-wildcard.ts';

/**
 * EventBridge event patterns, as documented in "Creating Amazon EventBridge event patterns" and as EventBridge was seen to
 * answer: numbers are compared by value, so that `300` equals `300.0`.
 */

/** Says where a pattern is wrong, and what is allowed there. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

/** Whether an event, metadata and all, matches. */
export type EventMatcher = (event: unknown) => boolean;

/** One leaf of an event: a string, a number, a boolean or null. */
type LeafMatcher = (leaf: unknown) => boolean;

/** Matches a node of the event. `root` serves `exists: false`, which looks at the event as a whole. */
type NodeMatcher = (node: unknown, root: unknown) => boolean;

const OPERATORS = [
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
  'anything-but',
  'numeric',
  'exists',
  'cidr',
];

/** The bounds that EventBridge sets on numbers in `numeric`. */
const NUMERIC_LIMIT = 5e9;

function at(path: readonly string[]): string {
  return path.length === 0 ? 'the pattern' : `"${path.join('.')}"`;
}

function fail(path: readonly string[], problem: string): never {
  throw new EventPatternError(`Event pattern: ${at(path)} ${problem}.`);
}

function stringAt(value: unknown, path: readonly string[], operator: string): string {
  return typeof value === 'string' ? value : fail(path, `needs a string after "${operator}"`);
}

/** The wildcards of one list of values, which EventBridge holds against its limit together. */
type Wildcards = WildcardStep[][];

function wildcardMatcher(text: string, path: readonly string[], wildcards: Wildcards): LeafMatcher {
  let steps: WildcardStep[];
  try {
    steps = readWildcard(text);
  } catch (error) {
    return fail(path, messageOf(error));
  }
  wildcards.push(steps);
  const expression = wildcardExpression(steps);
  return (leaf) => typeof leaf === 'string' && expression.test(leaf);
}

function cidrMatcher(text: string, path: readonly string[]): LeafMatcher {
  if (!ipaddr.isValidCIDR(text)) {
    fail(path, `needs an address block such as "10.0.0.0/8" after "cidr", not "${text}"`);
  }
  const [network, prefix] = ipaddr.parseCIDR(text);
  return (leaf) => {
    if (typeof leaf !== 'string') {
      return false;
    }
    const valid =
      network.kind() === 'ipv4' ? ipaddr.IPv4.isValidFourPartDecimal(leaf) : ipaddr.IPv6.isValid(leaf);
    return valid && ipaddr.parse(leaf).match(network, prefix);
  };
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function numericMatcher(value: unknown, path: readonly string[]): LeafMatcher {
  if (!Array.isArray(value) || (value.length !== 2 && value.length !== 4)) {
    fail(path, 'needs one or two comparisons after "numeric", such as [">", 0, "<=", 5]');
  }
  const comparisons: ((leaf: number) => boolean)[] = [];
  for (let index = 0; index < value.length; index += 2) {
    const comparison = COMPARISONS[String(value[index])];
    const bound: unknown = value[index + 1];
    if (comparison === undefined) {
      fail(path, `has no numeric comparison "${String(value[index])}"; use one of = < <= > >=`);
    }
    if (typeof bound !== 'number' || Math.abs(bound) > NUMERIC_LIMIT) {
      fail(path, `needs a number between -5e9 and 5e9 after "${String(value[index])}"`);
    }
    comparisons.push((leaf) => comparison(leaf, bound));
  }
  if (value.length === 4 && !(String(value[0]).startsWith('>') && String(value[2]).startsWith('<'))) {
    fail(path, 'needs a lower bound and then an upper bound in a numeric range, such as [">", 0, "<=", 5]');
  }
  return (leaf) => typeof leaf === 'number' && comparisons.every((comparison) => comparison(leaf));
}

/** `prefix` and `suffix` take a string, or `{"equals-ignore-case": string}`. */
function edgeMatcher(edge: 'prefix' | 'suffix', value: unknown, path: readonly string[]): LeafMatcher {
  const test = (text: string, part: string) =>
    edge === 'prefix' ? text.startsWith(part) : text.endsWith(part);
  if (isObject(value)) {
    const [operator] = Object.keys(value);
    if (Object.keys(value).length !== 1 || operator !== 'equals-ignore-case') {
      fail(path, `takes a string or {"equals-ignore-case": "..."} after "${edge}"`);
    }
    const part = stringAt(value[operator], path, operator).toLowerCase();
    return (leaf) => typeof leaf === 'string' && test(leaf.toLowerCase(), part);
  }
  const part = stringAt(value, path, edge);
  return (leaf) => typeof leaf === 'string' && test(leaf, part);
}

/** The operators that look at a string only, and that `anything-but` can negate. */
function stringMatcher(
  operator: string,
  value: unknown,
  path: readonly string[],
  wildcards: Wildcards,
): LeafMatcher | undefined {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return edgeMatcher(operator, value, path);
    case 'equals-ignore-case': {
      const text = stringAt(value, path, operator).toLowerCase();
      return (leaf) => typeof leaf === 'string' && leaf.toLowerCase() === text;
    }
    case 'wildcard':
      return wildcardMatcher(stringAt(value, path, operator), path, wildcards);
    default:
      return undefined;
  }
}

function anythingBut(value: unknown, path: readonly string[], wildcards: Wildcards): LeafMatcher {
  const problem =
    'takes a string, a number, a list of strings or of numbers, or one string operator after "anything-but"';
  const unwanted: LeafMatcher[] = [];
  if (isObject(value)) {
    const [operator] = Object.keys(value);
    if (operator === undefined || Object.keys(value).length !== 1) {
      fail(path, problem);
    }
    const operand = value[operator];
    if (Array.isArray(operand) && operand.length === 0) {
      fail(path, `has an empty list after "${operator}"`);
    }
    for (const item of Array.isArray(operand) ? operand : [operand]) {
      if ((operator === 'prefix' || operator === 'suffix') && (typeof item !== 'string' || item === '')) {
        fail(path, `needs a string that is not empty after "${operator}" within "anything-but"`);
      }
      unwanted.push(stringMatcher(operator, item, path, wildcards) ?? fail(path, problem));
    }
  } else {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (
      !['string', 'number'].some((type) => items.length > 0 && items.every((item) => typeof item === type))
    ) {
      fail(path, problem);
    }
    unwanted.push((leaf) => items.some((item) => item === leaf));
  }
  return (leaf) => !unwanted.some((matches) => matches(leaf));
}

function operatorMatcher(
  operator: string,
  value: unknown,
  path: readonly string[],
  wildcards: Wildcards,
): LeafMatcher {
  switch (operator) {
    case 'anything-but':
      return anythingBut(value, path, wildcards);
    case 'numeric':
      return numericMatcher(value, path);
    case 'cidr':
      return cidrMatcher(stringAt(value, path, operator), path);
    default:
      return (
        stringMatcher(operator, value, path, wildcards) ??
        fail(path, `has an unknown operator "${operator}"; EventBridge knows ${OPERATORS.join(', ')}, $or`)
      );
  }
}

/** Every leaf that a path leads to, through all elements of the arrays on the way. */
function leavesAt(node: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(node)) {
    return node.flatMap((element) => leavesAt(element, path));
  }
  const [key, ...rest] = path;
  if (key === undefined) {
    return node === undefined || isObject(node) ? [] : [node];
  }
  return isObject(node) && Object.hasOwn(node, key) ? leavesAt(node[key], rest) : [];
}

function compileValue(value: unknown, path: readonly string[], wildcards: Wildcards): NodeMatcher {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
    return (node) => leavesAt(node, []).some((leaf) => leaf === value);
  }
  if (!isObject(value)) {
    return fail(path, 'has a list inside a list');
  }
  const [operator] = Object.keys(value);
  if (operator === undefined || Object.keys(value).length !== 1) {
    return fail(path, 'needs exactly one operator in each object of its list');
  }
  const operand = value[operator];
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') {
      return fail(path, 'needs true or false after "exists"');
    }
    return operand
      ? (node) => leavesAt(node, []).length > 0
      : (_node, root) => leavesAt(root, path).length === 0;
  }
  const matches = operatorMatcher(operator, operand, path, wildcards);
  return (node) => leavesAt(node, []).some(matches);
}

function compileList(list: readonly unknown[], path: readonly string[]): NodeMatcher {
  if (list.length === 0) {
    fail(path, 'is an empty list, which never matches');
  }
  const wildcards: Wildcards = [];
  const matchers = list.map((value) => compileValue(value, path, wildcards));
  if (wildcardComplexity(wildcards) > MOST_COMPLEX) {
    fail(path, 'is too complex: use fewer "*", or fewer repeating characters after one');
  }
  return (node, root) => matchers.some((matches) => matches(node, root));
}

/** `$or` is an alternative when it lists two or more objects that are not operators; otherwise an ordinary field. */
function isAlternative(value: unknown): value is readonly { readonly [key: string]: unknown }[] {
  return (
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((item) => isObject(item) && !Object.keys(item).every((key) => OPERATORS.includes(key)))
  );
}

/** Of the lists of a pattern only alternatives hold names of fields. */
function nestAlternatives(list: readonly unknown[]): unknown {
  return isAlternative(list) ? list.map((alternative) => nestPattern(alternative, nestAlternatives)) : list;
}

function flatten(node: readonly unknown[]): unknown[] {
  return node.flatMap((element) => (Array.isArray(element) ? flatten(element) : [element]));
}

function compileObject(pattern: { readonly [key: string]: unknown }, path: readonly string[]): NodeMatcher {
  const fields = Object.entries(pattern);
  if (fields.length === 0) {
    fail(path, 'is an empty object; name at least one field');
  }
  const matchers = fields.map(([key, value]): NodeMatcher => {
    if (key === '$or' && isAlternative(value)) {
      const alternatives = value.map((alternative) => compileObject(alternative, path));
      return (node, root) => alternatives.some((matches) => matches(node, root));
    }
    const inner = [...path, key];
    const matches = Array.isArray(value)
      ? compileList(value, inner)
      : isObject(value)
        ? compileObject(value, inner)
        : fail(inner, 'has to be a list of values or an object');
    return (node, root) => matches(isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined, root);
  });
  const matchesOne: NodeMatcher = (node, root) => matchers.every((matches) => matches(node, root));
  return (node, root) =>
    // All fields of one object of the pattern must hold for the same element of an array. `undefined` stands for "none
    // of them": enough for a pattern that only asks for fields to be absent.
    Array.isArray(node)
      ? [...flatten(node), undefined].some((element) => matchesOne(element, root))
      : matchesOne(node, root);
}

/**
 * Compiles a pattern, given as an object or as its JSON text.
 * @throws {EventPatternError} if EventBridge would refuse it.
 */
export function compileEventPattern(pattern: unknown): EventMatcher {
  let parsed = pattern;
  if (typeof pattern === 'string') {
    try {
      parsed = JSON.parse(pattern);
    } catch (cause) {
      throw new EventPatternError('Event pattern: the text is not JSON.', { cause });
    }
  }
  const nested = nestPattern(parsed, nestAlternatives);
  const matches = isObject(nested) ? compileObject(nested, []) : fail([], 'has to be an object');
  return (event) => {
    const root = nestEvent(event);
    return matches(root, root);
  };
}

/** {@link compileEventPattern} and its match, for a single use. */
export function matchesPattern(pattern: unknown, event: unknown): boolean {
  return compileEventPattern(pattern)(event);
}
