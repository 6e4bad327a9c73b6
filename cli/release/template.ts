import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { StackTemplate } from '../../resources/stack-template.ts';
import { POLICY_METADATA } from '../../resources/stack-template.ts';
import { sha256 } from './code.ts';

/** What is asked of templates: of those that this product makes, and of those that CloudFormation has. Pure. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: { readonly [key: string]: Json };
  readonly [attribute: string]: Json | undefined;
}

/** As CloudFormation gives it back. */
export interface Template {
  readonly Description?: string;
  readonly Metadata?: { readonly [key: string]: Json };
  readonly Parameters?: { readonly [name: string]: { readonly [key: string]: Json } };
  readonly Resources: { readonly [logicalId: string]: TemplateResource };
  readonly Outputs?: { readonly [name: string]: { readonly [key: string]: Json } };
  readonly [section: string]: unknown;
}

/**
 * A template as text, of whoever wrote it: JSON or YAML, whose tags (`!Ref`) are of no interest here. What is no template has no
 * resources.
 */
export function templateFrom(text: string): Template {
  const document = parseDocument(text, { logLevel: 'silent' });
  const found: unknown = document.errors.length === 0 ? document.toJS() : undefined;
  return templateSchema.safeParse(found).data ?? { Resources: {} };
}

const templateSchema = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
}) as unknown as z.ZodType<Template>;

class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Everything that is put into a bucket is under this prefix. */
export const KEY_PREFIX = 'vpc-peering-autopilot/';

/** CloudFormation takes no larger template from S3: 1 MB (CloudFormation User Guide, "Quotas"). */
const MAX_TEMPLATE_BYTES = 1024 * 1024;

/** The same content always has the same key, and another one never does. */
export function codeKey(functionName: string, zip: Uint8Array): string {
  return `${KEY_PREFIX}${sha256(zip)}/${functionName}.zip`;
}

export function templateKey(body: string): string {
  return `${KEY_PREFIX}${sha256(body)}/template.json`;
}

/**
 * A template as text.
 *
 * @throws TemplateError when it is larger than CloudFormation takes.
 */
export function templateBody(template: StackTemplate): string {
  const body = JSON.stringify(template);
  const bytes = Buffer.byteLength(body);
  if (bytes > MAX_TEMPLATE_BYTES) {
    throw new TemplateError(
      `The template has ${bytes} bytes, CloudFormation takes ${MAX_TEMPLATE_BYTES}. Make the policy smaller: it is in the template once.`,
    );
  }
  return body;
}

/** What CloudFormation has to be told that the template makes (CloudFormation API reference, "Capabilities"). */
export function capabilitiesOf(
  template: Template | StackTemplate,
): ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM')[] {
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
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
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
export function templateChanges(
  before: Template | undefined,
  after: Template | StackTemplate,
): TemplateChanges {
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
export function sameTemplate(a: Template | StackTemplate, b: Template | StackTemplate): boolean {
  return canonical(a) === canonical(b);
}

/** Whether the outputs are the same: they change a stack, too. */
export function sameOutputs(a: Template | undefined, b: Template | StackTemplate): boolean {
  return canonical(a?.Outputs) === canonical(b.Outputs);
}

/** Whether this product made a template, of whatever version. */
export function isOurs(template: Template): boolean {
  return (
    template.Metadata?.[POLICY_METADATA] !== undefined ||
    // What the serverless framework made says nothing of itself.
    template.Resources.SweepLambdaFunction !== undefined
  );
}

/** The fingerprint of the policy in a template; undefined in one that an earlier version made, or somebody else. */
export function fingerprintOf(template: Template | StackTemplate): string | undefined {
  const value = template.Outputs?.PolicyFingerprint?.Value;
  return typeof value === 'string' ? value : undefined;
}
