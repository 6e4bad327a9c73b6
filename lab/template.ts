import { parse as parseYaml } from 'yaml';
import { arnIn, globalArnIn, lastPart } from './arn.ts';
import { partitionOf, urlSuffixOf } from './partitions.ts';
import type { Place } from './types.ts';

/** A resource as a template declares it. */
export interface TemplateResource {
  readonly Type?: string;
  readonly Properties?: unknown;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

export interface ParsedTemplate {
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
}

const SHORT_FORMS = [
  'Base64',
  'Cidr',
  'FindInMap',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Select',
  'Split',
  'Sub',
];

/** `!Name …` means `{Fn::Name: …}`, and `!Ref …` and `!Condition …` mean `{Ref: …}` and `{Condition: …}`. */
const TAGS = [
  ...['Ref', 'Condition'].map((name) => ({ short: `!${name}`, full: name })),
  ...[...SHORT_FORMS, 'GetAtt', 'And', 'Equals', 'Not', 'Or'].map((name) => ({
    short: `!${name}`,
    full: `Fn::${name}`,
  })),
].flatMap(({ short, full }) => [
  {
    tag: short,
    resolve: (text: string) => ({ [full]: full === 'Fn::GetAtt' ? text.split('.') : text }),
  },
  ...(['seq', 'map'] as const).map((collection) => ({
    tag: short,
    collection,
    resolve: (node: unknown) => ({ [full]: (node as { toJSON(): unknown }).toJSON() }),
  })),
]);

/** `undefined` for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * A template in JSON or YAML, with the short forms of YAML written out. JSON is YAML, too, but to read a large one as that takes
 * a hundred times as long.
 */
export function parseTemplate(body: string): ParsedTemplate {
  return (parseJson(body) ?? parseYaml(body, { customTags: TAGS })) as ParsedTemplate;
}

export interface DeployedResource {
  readonly type: string;
  readonly physicalId: string;
  /** Where it does not follow from the physical id. */
  readonly arn?: string;
}

/** A deployed stack, as far as resolving its template's functions needs. */
export interface DeployedStack extends Place {
  readonly stackName: string;
  readonly stackId: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** By logical id. */
  readonly resources: Readonly<Record<string, DeployedResource>>;
}

/** Thrown for what the lab cannot resolve; names it. */
export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
}

type Template = Readonly<Record<string, unknown>>;

/** ARNs of resources that moto names by something shorter. */
const ARN_OF: Readonly<Record<string, (place: Place, physicalId: string) => string>> = {
  'AWS::Lambda::Function': (place, id) => arnIn(place, 'lambda', `function:${id}`),
  'AWS::SQS::Queue': (place, id) => arnIn(place, 'sqs', lastPart(id)),
  'AWS::Events::EventBus': (place, id) => arnIn(place, 'events', `event-bus/${id}`),
  'AWS::SNS::Topic': (_place, id) => id,
  'AWS::S3::Bucket': (place, id) => globalArnIn({ ...place, accountId: '' }, 's3', id),
};

/** Puts a deployed stack's values in place of `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, `Fn::Select`, `Fn::Split`. */
export function resolveValue(value: unknown, stack: DeployedStack): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => resolveValue(item, stack));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value as Template);
  const [only] = entries;
  if (only !== undefined && entries.length === 1 && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
    return resolveFunction(only[0], only[1], stack);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolveValue(item, stack)]));
}

function resolveFunction(name: string, argument: unknown, stack: DeployedStack): unknown {
  switch (name) {
    case 'Ref':
      return reference(String(argument), stack);
    case 'Fn::GetAtt': {
      const [logicalId = '', attribute = ''] = Array.isArray(argument)
        ? argument
        : String(argument).split('.');
      return attributeOf(String(logicalId), String(attribute), stack);
    }
    case 'Fn::Sub': {
      const [text, values] = Array.isArray(argument) ? argument : [argument, {}];
      return substitute(String(text), resolveValue(values, stack) as Template, stack);
    }
    case 'Fn::Join': {
      const [separator, texts] = argument as [string, unknown];
      return (resolveValue(texts, stack) as unknown[]).join(separator);
    }
    case 'Fn::Split': {
      const [separator, text] = argument as [string, unknown];
      return String(resolveValue(text, stack)).split(separator);
    }
    case 'Fn::Select': {
      const [index, list] = argument as [number | string, unknown];
      return (resolveValue(list, stack) as unknown[])[Number(index)];
    }
    default:
      throw new UnresolvedReference(`the lab does not know ${name}`);
  }
}

function reference(name: string, stack: DeployedStack): string {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': stack.accountId,
    'AWS::Region': stack.region,
    'AWS::Partition': partitionOf(stack.region),
    'AWS::URLSuffix': urlSuffixOf(stack.region),
    'AWS::StackName': stack.stackName,
    'AWS::StackId': stack.stackId,
  };
  const value = pseudo[name] ?? stack.parameters[name] ?? stack.resources[name]?.physicalId;
  if (value === undefined) {
    throw new UnresolvedReference(`"${name}" is neither a parameter nor a resource of ${stack.stackName}`);
  }
  return value;
}

function attributeOf(logicalId: string, attribute: string, stack: DeployedStack): string {
  const resource = stack.resources[logicalId];
  const arn = resource && (resource.arn ?? ARN_OF[resource.type]?.(stack, resource.physicalId));
  if (arn !== undefined && (attribute === 'Arn' || attribute === 'TopicArn')) {
    return arn;
  }
  if (arn !== undefined && (attribute.endsWith('Name') || attribute === 'Name')) {
    return arn.split(/[:/]/).at(-1) ?? arn;
  }
  throw new UnresolvedReference(`the lab does not know ${logicalId}.${attribute}`);
}

function substitute(text: string, values: Template, stack: DeployedStack): string {
  return text.replace(/\$\{([^}]+)\}/g, (_whole, name: string) => {
    if (name.startsWith('!')) {
      return `\${${name.slice(1)}}`;
    }
    if (name in values) {
      return String(values[name]);
    }
    const [logicalId = '', ...attribute] = name.split('.');
    return attribute.length === 0
      ? reference(name, stack)
      : attributeOf(logicalId, attribute.join('.'), stack);
  });
}
