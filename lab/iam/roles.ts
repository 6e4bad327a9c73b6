import { XMLParser } from 'fast-xml-parser';
import { anyRegionOf, lastPart, parseArn } from '../arn.ts';
import type { LabContext, Place } from '../types.ts';
import { UnknownToLab } from './conditions.ts';
import { type Policy, policyOf } from './policy.ts';

/** The policies of roles as moto holds them. */
export interface RolePolicies {
  /**
   * Inline and attached ones. Read once, until something changes IAM.
   * @throws {UnknownToLab} when there is no such role, or a policy has an element that the lab does not evaluate.
   */
  of(roleArn: string): Promise<readonly Policy[]>;
  /** ARNs of all roles under an IAM path such as `/vpc-peering-autopilot/`. */
  under(path: string, place: Place): Promise<readonly string[]>;
  invalidate(): void;
}

interface Member<T> {
  readonly member?: readonly T[];
}

type Result = Readonly<Record<string, unknown>>;

const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'member' });

/** What is inside `<ActionResult>`. */
async function ask(
  call: LabContext['call'],
  { accountId, region }: Place,
  Action: string,
  parameters: Record<string, string>,
): Promise<Result> {
  const response = await call({
    service: 'iam',
    accountId,
    region,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }).toString(),
  });
  if (response.status >= 400) {
    throw new UnknownToLab(
      `moto answered ${response.status} to iam:${Action} of ${Object.values(parameters).join(', ')}: ${response.body.toString()}`,
    );
  }
  const parsed = parser.parse(response.body) as Readonly<
    Record<string, Readonly<Record<string, Result | ''>>>
  >;
  return parsed[`${Action}Response`]?.[`${Action}Result`] || {};
}

async function read(call: LabContext['call'], roleArn: string): Promise<readonly Policy[]> {
  const { accountId, resource } = parseArn(roleArn);
  // IAM answers in one place for all Regions of a partition.
  const place = { accountId, region: anyRegionOf(roleArn) };
  const RoleName = lastPart(resource);
  const { PolicyNames } = await ask(call, place, 'ListRolePolicies', { RoleName });
  const inline = ((PolicyNames || {}) as Member<string>).member ?? [];
  const { AttachedPolicies } = await ask(call, place, 'ListAttachedRolePolicies', { RoleName });
  const attached =
    ((AttachedPolicies || {}) as Member<{ PolicyName: string; PolicyArn: string }>).member ?? [];
  return Promise.all([
    ...inline.map(async (PolicyName) => {
      const { PolicyDocument } = await ask(call, place, 'GetRolePolicy', { RoleName, PolicyName });
      return policyOf(PolicyName, decodeURIComponent(String(PolicyDocument)));
    }),
    ...attached.map(async ({ PolicyName, PolicyArn }) => {
      const { Policy } = await ask(call, place, 'GetPolicy', { PolicyArn });
      const { DefaultVersionId } = Policy as { readonly DefaultVersionId: string };
      const { PolicyVersion } = await ask(call, place, 'GetPolicyVersion', {
        PolicyArn,
        VersionId: DefaultVersionId,
      });
      const { Document } = PolicyVersion as { readonly Document: string };
      return policyOf(PolicyName, decodeURIComponent(Document));
    }),
  ]);
}

export function createRolePolicies(call: LabContext['call']): RolePolicies {
  let cache = new Map<string, Promise<readonly Policy[]>>();

  return {
    of(roleArn) {
      const known = cache.get(roleArn);
      if (known !== undefined) {
        return known;
      }
      const reading = read(call, roleArn);
      const readInto = cache;
      readInto.set(roleArn, reading);
      // A failure is not kept.
      reading.catch(() => readInto.delete(roleArn));
      return reading;
    },
    async under(path, place) {
      const { Roles } = await ask(call, place, 'ListRoles', { PathPrefix: path, MaxItems: '1000' });
      return (((Roles || {}) as Member<{ Arn: string }>).member ?? []).map(({ Arn }) => Arn);
    },
    invalidate() {
      cache = new Map();
    },
  };
}
