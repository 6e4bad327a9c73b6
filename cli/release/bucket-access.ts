import { partitionOf } from '../../lib/policy/regions.ts';
import { shown } from '../output.ts';
import { KEY_PREFIX } from './template.ts';

/** Whether the accounts of an organization can read the central bucket. Pure. */

export interface BucketFacts {
  readonly bucket: string;
  /** The policy's JSON; `none` when the bucket has none, `unreadable` when the caller may not see it. */
  readonly policy: string;
  /** The KMS key with which the bucket encrypts by default; undefined when S3 does it with its own. */
  readonly kmsKey: string | undefined;
}

export interface AccessProblem {
  /** `blocks`: accounts certainly cannot read. `unsure`: they may or may not. */
  readonly severity: 'blocks' | 'unsure';
  /** One sentence for what is wrong, and what to do. */
  readonly says: string;
}

/** The statement that lets every account of the organization read the package, and nobody else. */
export function readStatement(bucket: string, organizationId: string, region: string): object {
  return {
    Sid: 'VpcPeeringAutopilotPackage',
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:${partitionOf(region)}:s3:::${bucket}/${KEY_PREFIX}*`,
    Condition: { StringEquals: { 'aws:PrincipalOrgID': organizationId } },
  };
}

function list(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** IAM's own wildcards: `*` for any text, `?` for one character. */
function covers(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function statements(policy: string): readonly Readonly<Record<string, unknown>>[] {
  const { Statement } = record(JSON.parse(policy));
  return (Array.isArray(Statement) ? Statement : [Statement]).map(record);
}

/** A statement that lets the organization read, as far as it can be told without evaluating other conditions. */
function letsRead(
  statement: Readonly<Record<string, unknown>>,
  { arn, organizationId }: { readonly arn: string; readonly organizationId: string },
): boolean {
  const { Effect, Principal, Action, Resource, Condition } = statement;
  const anybody = [...list(Principal), ...list(record(Principal).AWS)].includes('*');
  const conditions = Object.entries(record(Condition)).flatMap(([operator, keys]) =>
    Object.entries(record(keys)).map(([key, values]) => ({ operator, key: key.toLowerCase(), values })),
  );
  return (
    Effect === 'Allow' &&
    anybody &&
    list(Action).some((action) => covers(action.toLowerCase(), 's3:getobject')) &&
    list(Resource).some((resource) => covers(resource, arn)) &&
    conditions.every(
      ({ operator, key, values }) =>
        key === 'aws:principalorgid' &&
        /^StringEquals(IgnoreCase)?$|^StringLike$/.test(operator) &&
        list(values).some((value) => covers(value, organizationId)),
    )
  );
}

/** A key that AWS made: its policy cannot be changed, so it never serves another account. */
function isAwsManaged(key: string): boolean {
  return /(^|:)alias\/aws\//.test(key);
}

/** What stands between the accounts of the organization and their functions. */
export function accessProblems(
  { bucket, policy, kmsKey }: BucketFacts,
  { organizationId, region }: { readonly organizationId: string | undefined; readonly region: string },
): AccessProblem[] {
  const problems: AccessProblem[] = [];
  // Stands for every object: the hash in a key has no wildcard.
  const arn = `arn:${partitionOf(region)}:s3:::${bucket}/${KEY_PREFIX}${'0'.repeat(64)}/sweep.zip`;
  if (policy === 'unreadable') {
    problems.push({
      severity: 'unsure',
      says: `The policy of the bucket ${shown(bucket, 80)} may not be read (s3:GetBucketPolicy), so whether the accounts can read their functions is not known.`,
    });
  } else if (organizationId === undefined) {
    problems.push({
      severity: 'unsure',
      says: 'The organization is not known: its id is neither in the policy (trust.organization) nor readable (organizations:DescribeOrganization), so the bucket policy was not checked.',
    });
  } else if (
    policy === 'none' ||
    !statements(policy).some((statement) => letsRead(statement, { arn, organizationId }))
  ) {
    problems.push({
      severity: 'blocks',
      says: `The policy of the bucket ${shown(bucket, 80)} does not plainly let the accounts of ${organizationId} read ${KEY_PREFIX}*. Add the statement.`,
    });
  }
  if (kmsKey !== undefined && isAwsManaged(kmsKey)) {
    problems.push({
      severity: 'blocks',
      says: `The bucket ${shown(bucket, 80)} encrypts with the KMS key ${shown(kmsKey, 200)}, which other accounts can never use. Encrypt with S3's own keys (SSE-S3), or with a KMS key of yours.`,
    });
  } else if (kmsKey !== undefined) {
    problems.push({
      severity: 'unsure',
      says: `The bucket ${shown(bucket, 80)} encrypts with the KMS key ${shown(kmsKey, 200)}: its key policy has to allow kms:Decrypt to the accounts (aws:PrincipalOrgID), which was not checked.`,
    });
  }
  return problems;
}
