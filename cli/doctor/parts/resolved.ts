import { partitionOf, urlSuffixOf } from '../../../lib/policy/regions.ts';
import type { Json, Template } from '../../release/template.ts';
import type { StackPart } from '../../stack.ts';

/** What a template says of its resources, with CloudFormation's references followed. Pure. */

/** What only CloudFormation knows. It is compared with nothing. */
export const UNKNOWN = Symbol('unknown');

export type Resolved =
  | string
  | number
  | boolean
  | null
  | typeof UNKNOWN
  | readonly Resolved[]
  | { readonly [key: string]: Resolved };

export type ResolvedProperties = { readonly [key: string]: Resolved };

/** A stack whose references can be followed. */
export interface Referred {
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  readonly template: Template;
  readonly stackParts: readonly StackPart[];
}

const lastPart = (text: string) => text.slice(text.lastIndexOf('/') + 1);

function idOf({ stackParts }: Referred, logicalId: string): Resolved {
  return stackParts.find((part) => part.logicalId === logicalId)?.physicalId ?? UNKNOWN;
}

function reference(name: string, stack: Referred): Resolved {
  switch (name) {
    case 'AWS::AccountId':
      return stack.accountId;
    case 'AWS::Region':
      return stack.region;
    case 'AWS::Partition':
      return partitionOf(stack.region);
    case 'AWS::URLSuffix':
      return urlSuffixOf(stack.region);
    case 'AWS::StackName':
      return stack.name;
    default:
      return idOf(stack, name);
  }
}

/** CloudFormation names a rule of another bus `bus|rule`, at least where the bus is not the account's default one. */
function ruleResource(id: string, bus: Resolved): Resolved {
  const [first = '', second] = id.split('|');
  if (second !== undefined) {
    return `rule/${first}/${second}`;
  }
  return bus === undefined || bus === 'default'
    ? `rule/${first}`
    : typeof bus === 'string'
      ? `rule/${bus}/${first}`
      : UNKNOWN;
}

/** What stands behind partition, service, Region and account in the ARN of a resource. */
function resourceOf(type: string, id: string, { Path, EventBusName }: ResolvedProperties): Resolved {
  switch (type) {
    case 'AWS::Lambda::Function':
      return `function:${id}`;
    case 'AWS::SQS::Queue':
      return lastPart(id);
    case 'AWS::Events::EventBus':
      return `event-bus/${id}`;
    case 'AWS::Events::Rule':
      return ruleResource(id, EventBusName ?? 'default');
    case 'AWS::DynamoDB::Table':
      return `table/${id}`;
    case 'AWS::IAM::Role':
      return Path === undefined ? `role/${id}` : typeof Path === 'string' ? `role${Path}${id}` : UNKNOWN;
    default:
      return UNKNOWN;
  }
}

const SERVICES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'lambda',
  'AWS::SQS::Queue': 'sqs',
  'AWS::Events::EventBus': 'events',
  'AWS::Events::Rule': 'events',
  'AWS::DynamoDB::Table': 'dynamodb',
  'AWS::IAM::Role': 'iam',
};

function attribute(logicalId: string, name: string, stack: Referred): Resolved {
  const { Type = '', Properties = {} } = stack.template.Resources[logicalId] ?? {};
  const id = idOf(stack, logicalId);
  if (typeof id !== 'string') {
    return UNKNOWN;
  }
  if (name.endsWith('Name')) {
    return Type === 'AWS::SQS::Queue' ? lastPart(id) : id;
  }
  const resource = resourceOf(Type, id, propertiesOf(Properties, stack));
  if (name !== 'Arn' || typeof resource !== 'string') {
    return UNKNOWN;
  }
  const service = SERVICES[Type] ?? '';
  const region = service === 'iam' ? '' : stack.region;
  return `arn:${partitionOf(stack.region)}:${service}:${region}:${stack.accountId}:${resource}`;
}

function substituted(text: string, stack: Referred): Resolved {
  let isUnknown = false;
  const found = text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    const [logicalId = '', ...behind] = name.split('.');
    const value =
      behind.length === 0 ? reference(name, stack) : attribute(logicalId, behind.join('.'), stack);
    isUnknown ||= typeof value !== 'string';
    return typeof value === 'string' ? value : '';
  });
  return isUnknown ? UNKNOWN : found;
}

function joined(separator: string, items: readonly Resolved[]): Resolved {
  return items.every((item) => typeof item === 'string') ? items.join(separator) : UNKNOWN;
}

function followed(name: string, argument: Json, stack: Referred): Resolved {
  if (name === 'Ref') {
    return reference(String(argument), stack);
  }
  const [first = '', second = ''] = Array.isArray(argument) ? (argument as readonly Json[]) : [argument];
  switch (name) {
    case 'Fn::GetAtt':
      return attribute(String(first), String(second), stack);
    case 'Fn::Sub':
      return typeof argument === 'string' ? substituted(argument, stack) : UNKNOWN;
    case 'Fn::Join': {
      const items = resolved(second, stack);
      return Array.isArray(items) ? joined(String(first), items as readonly Resolved[]) : UNKNOWN;
    }
    default:
      return UNKNOWN;
  }
}

/** A value of the template as CloudFormation gave it to the service. */
function resolved(value: Json, stack: Referred): Resolved {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item) => resolved(item, stack));
  }
  if (typeof value !== 'object' || value === null) {
    return value as Resolved;
  }
  const [[name, argument] = ['', null], ...others] = Object.entries(value);
  return others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))
    ? followed(name, argument, stack)
    : propertiesOf(value as { readonly [key: string]: Json }, stack);
}

/** All properties of one resource. */
export function propertiesOf(
  properties: { readonly [key: string]: Json },
  stack: Referred,
): ResolvedProperties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, resolved(value, stack)]));
}

/** Whether nothing in it is unknown, so that a command can be made of it. */
export function isKnown(value: Resolved | undefined): boolean {
  if (value === undefined || value === UNKNOWN) {
    return false;
  }
  return typeof value !== 'object' || value === null || Object.values(value).every(isKnown);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sameList(wanted: readonly Resolved[], seen: readonly unknown[]): boolean {
  const left = [...seen];
  return (
    wanted.length === seen.length &&
    wanted.every((item) => {
      const index = left.findIndex((other) => isSame(item, other));
      if (index === -1) return false;
      left.splice(index, 1);
      return true;
    })
  );
}

/**
 * Whether what is there is what the template says. AWS gives lists back in another order, lists of one as the one, numbers as
 * text, and the principal of everybody as that of every AWS account.
 */
export function isSame(wanted: Resolved, seen: unknown): boolean {
  if (wanted === UNKNOWN) {
    return true;
  }
  if (wanted === '*' && isObject(seen)) {
    return isSame({ AWS: '*' }, seen);
  }
  if (Array.isArray(wanted) || Array.isArray(seen)) {
    const list = (value: unknown) => (Array.isArray(value) ? value : [value]);
    return sameList(list(wanted) as readonly Resolved[], list(seen));
  }
  if (isObject(wanted) && isObject(seen)) {
    const keys = Object.keys(wanted);
    return (
      keys.length === Object.keys(seen).length &&
      keys.every(
        (key) => Object.hasOwn(seen, key) && isSame((wanted as ResolvedProperties)[key] ?? null, seen[key]),
      )
    );
  }
  return String(wanted) === String(seen);
}
