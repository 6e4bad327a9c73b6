import { createHash } from 'node:crypto';
import type { Policy } from '../../lib/policy/schema.ts';

/** Makes a template for a StackSet out of the packaged template of one account. Pure. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: { readonly [key: string]: Json };
  readonly [attribute: string]: Json | undefined;
}

export interface Template {
  readonly Description?: string;
  readonly Metadata?: { readonly [key: string]: Json };
  readonly Parameters?: { readonly [name: string]: { readonly [key: string]: Json } };
  readonly Resources: { readonly [logicalId: string]: TemplateResource };
  readonly Outputs?: { readonly [name: string]: { readonly [key: string]: Json } };
  readonly [section: string]: unknown;
}

/** What of a packaged template cannot be in a StackSet, or is not what the framework is known to write. */
class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export const BUCKET_PARAMETER = 'CodeBucket';
export const FINGERPRINT_PARAMETER = 'PolicyFingerprint';

/** Where the compiled policy stands in the template, for whoever asks an account what it runs. */
const POLICY_METADATA = 'PeeringPolicy';

/** Everything that the command puts into the bucket is under this prefix. */
export const KEY_PREFIX = 'vpc-peering-autopilot/';

/** CloudFormation takes no larger template from S3: 1 MB (CloudFormation User Guide, "Quotas"). */
const MAX_TEMPLATE_BYTES = 1024 * 1024;

/** Made by the framework for its own uploads; a StackSet's code comes from the central bucket. */
const FRAMEWORK_BUCKET = /^ServerlessDeploymentBucket/;

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * SHA-256 of the compiled policy: the checked policy with its defaults, as it is built into the functions. Comments and
 * layout of the file do not count.
 */
export function policyFingerprint(policy: Policy): string {
  return sha256(JSON.stringify(policy));
}

/** The same content always has the same key, and another one never does. */
export function codeKey(functionName: string, zip: Uint8Array): string {
  return `${KEY_PREFIX}${sha256(zip)}/${functionName}.zip`;
}

export function templateKey(body: string): string {
  return `${KEY_PREFIX}${sha256(body)}/template.json`;
}

function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Logical ids that a value refers to. */
function* references(value: Json): Generator<string> {
  if (Array.isArray(value)) {
    for (const each of value) yield* references(each);
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'Ref' && typeof inner === 'string') {
        yield inner;
      } else if (key === 'Fn::GetAtt') {
        yield String(Array.isArray(inner) ? inner[0] : inner).split('.')[0] ?? '';
      } else if (key === 'Fn::Sub') {
        const text = Array.isArray(inner) ? inner[0] : inner;
        for (const [, name = ''] of String(text).matchAll(/\$\{([^!][^.}]*)/g)) yield name;
        if (Array.isArray(inner)) yield* references(inner);
      } else if (key === 'DependsOn') {
        for (const name of Array.isArray(inner) ? inner : [inner]) yield String(name);
      } else {
        yield* references(inner);
      }
    }
  }
}

/** `.../accept-requests.zip` is the code of accept-requests. */
function packagedFunction(logicalId: string, resource: TemplateResource): string {
  const code = resource.Properties?.Code;
  const key = isObject(code) ? code.S3Key : undefined;
  const name = typeof key === 'string' ? /([^/]+)\.zip$/.exec(key)?.[1] : undefined;
  if (name === undefined) {
    throw new TemplateError(`The code of ${logicalId} in the packaged template is no .zip in S3.`);
  }
  return name;
}

export interface StackSetTemplateInput {
  readonly packaged: Template;
  readonly policy: Policy;
  readonly stage: string;
  /** Keys in the central bucket, by name of the function. */
  readonly codeKeys: ReadonlyMap<string, string>;
}

/**
 * The template that every account gets: without the framework's own bucket, with the code in the bucket that the
 * parameter `CodeBucket` names, and with the policy's fingerprint as parameter and output. The policy itself shapes roles,
 * rules and alarms and is built into the functions, so the fingerprint takes one value only: it tells, it does not choose.
 *
 * @throws TemplateError when the packaged template is not what it is known to be.
 */
export function stackSetTemplate({ packaged, policy, stage, codeKeys }: StackSetTemplateInput): Template {
  if (packaged.Transform !== undefined) {
    throw new TemplateError(
      'The packaged template has a Transform: service-managed StackSets take no macros.',
    );
  }
  const fingerprint = policyFingerprint(policy);
  const resources: Record<string, TemplateResource> = {};
  for (const [logicalId, resource] of Object.entries(packaged.Resources)) {
    if (FRAMEWORK_BUCKET.test(logicalId)) {
      continue;
    }
    if (resource.Type !== 'AWS::Lambda::Function') {
      resources[logicalId] = resource;
      continue;
    }
    const name = packagedFunction(logicalId, resource);
    const key = codeKeys.get(name);
    if (key === undefined) {
      throw new TemplateError(`The packaged template has a function ${name} that was not built.`);
    }
    resources[logicalId] = {
      ...resource,
      Properties: { ...resource.Properties, Code: { S3Bucket: { Ref: BUCKET_PARAMETER }, S3Key: key } },
    };
  }
  const outputs = Object.fromEntries(
    Object.entries(packaged.Outputs ?? {}).filter(([name]) => !FRAMEWORK_BUCKET.test(name)),
  );
  for (const name of references({ ...resources, ...outputs } as Json)) {
    if (FRAMEWORK_BUCKET.test(name)) {
      throw new TemplateError(`The packaged template still refers to ${name}, which a StackSet has not.`);
    }
  }
  const template: Template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `vpc-peering-autopilot, stage ${stage}: accepts VPC peerings by policy and keeps their routes`,
    Metadata: { [POLICY_METADATA]: policy as unknown as Json },
    Parameters: {
      [BUCKET_PARAMETER]: {
        Type: 'String',
        Description: 'Bucket with the functions, in the Region of the stack and readable by every account',
        MinLength: 3,
        MaxLength: 63,
      },
      [FINGERPRINT_PARAMETER]: {
        Type: 'String',
        Description: 'SHA-256 of the compiled policy in this template. Another policy is another template.',
        Default: fingerprint,
        AllowedValues: [fingerprint],
      },
    },
    Resources: resources,
    Outputs: {
      ...outputs,
      [FINGERPRINT_PARAMETER]: {
        Description: 'SHA-256 of the compiled policy that this account runs',
        Value: { Ref: FINGERPRINT_PARAMETER },
      },
    },
  };
  const bytes = Buffer.byteLength(JSON.stringify(template));
  if (bytes > MAX_TEMPLATE_BYTES) {
    throw new TemplateError(
      `The template has ${bytes} bytes, CloudFormation takes ${MAX_TEMPLATE_BYTES}. Make the policy smaller: it is in the template once.`,
    );
  }
  return template;
}

/** What CreateStackSet has to be told that the template makes (CloudFormation API reference, "Capabilities"). */
export function capabilitiesOf(template: Template): ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM')[] {
  const iam = Object.values(template.Resources).filter(({ Type }) => Type.startsWith('AWS::IAM::'));
  if (iam.length === 0) {
    return [];
  }
  const named = iam.some(({ Properties = {} }) =>
    ['RoleName', 'ManagedPolicyName', 'UserName', 'GroupName', 'InstanceProfileName'].some(
      (name) => name in Properties,
    ),
  );
  return [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'];
}

/** Text in which the order of keys does not show. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

/** Logical ids, each list sorted. */
export interface TemplateChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What a new template does to the resources of the old one. */
export function templateChanges(before: Template | undefined, after: Template): TemplateChanges {
  const old = before?.Resources ?? {};
  const names = Object.keys(after.Resources);
  return {
    added: names.filter((name) => !Object.hasOwn(old, name)).sort(),
    changed: names
      .filter((name) => Object.hasOwn(old, name) && canonical(old[name]) !== canonical(after.Resources[name]))
      .sort(),
    removed: Object.keys(old)
      .filter((name) => !Object.hasOwn(after.Resources, name))
      .sort(),
  };
}

/** Whether two templates are the same to CloudFormation. */
export function sameTemplate(a: Template, b: Template): boolean {
  return canonical(a) === canonical(b);
}

/** The policy's fingerprint in a template that this command made; undefined in any other. */
export function fingerprintOf(template: Template): string | undefined {
  const value = template.Parameters?.[FINGERPRINT_PARAMETER]?.Default;
  return typeof value === 'string' ? value : undefined;
}
