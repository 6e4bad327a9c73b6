import type { Template } from './packaged.ts';

/**
 * Whether a role of the packaged template allows a call, as IAM decides it: a call is allowed only if every resource
 * that it touches is allowed by some statement. The roles hold nothing but Allow statements with these operators; any
 * other one is an error here, so that a new one is not overlooked.
 */

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface IamCall {
  readonly action: string;
  readonly resources: readonly {
    readonly arn: string;
    /** Condition keys of the request and of this resource: `aws:ResourceTag/…`, `aws:TagKeys`. */
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
  }[];
}

export const IAM_REGION = 'us-east-1';
export const IAM_ACCOUNT = '111111111111';

function matches(pattern: string, text: string, operator: 'equals' | 'like'): boolean {
  if (operator === 'equals') {
    return pattern === text;
  }
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value;
}

/** `Fn::Sub`, `Ref` and `Fn::GetAtt` as they would be deployed; a logical id stands for the name of its resource. */
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
  return [String(Ref ?? (getAtt as readonly string[]).join('.'))];
}

function holds(
  condition: Statement['Condition'],
  context: IamCall['resources'][number]['context'] = {},
): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const found = listOf(context[key]);
      const fits = (text: string, how: 'equals' | 'like') =>
        listOf(wanted).some((pattern) => matches(pattern, text, how));
      switch (operator) {
        case 'StringEquals':
          return found.length === 1 && found.every((text) => fits(text, 'equals'));
        case 'StringLike':
          return found.length === 1 && found.every((text) => fits(text, 'like'));
        case 'ForAllValues:StringLike':
          return found.every((text) => fits(text, 'like'));
        default:
          throw new Error(`These tests do not know the condition operator ${operator}.`);
      }
    }),
  );
}

export function isAllowed(template: Template, roleId: string, { action, resources }: IamCall): boolean {
  const policies = template.Resources[roleId]?.Properties.Policies as unknown as
    | readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[]
    | undefined;
  if (policies === undefined) {
    throw new Error(`The template has no role ${roleId}.`);
  }
  const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  if (statements.some(({ Effect }) => Effect !== 'Allow')) {
    throw new Error('These tests know Allow statements only.');
  }
  return resources.every(({ arn, context }) =>
    statements.some(
      ({ Action, Resource, Condition }) =>
        Action.some((each) => matches(each, action, 'like')) &&
        resolved(Resource).some((each) => matches(each, arn, 'like')) &&
        holds(Condition, context),
    ),
  );
}
