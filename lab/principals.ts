import { XMLParser } from 'fast-xml-parser';
import { globalArnIn } from './arn.ts';
import {
  DEFAULT_ACCOUNT_ID,
  type LabPrincipal,
  type LabRequest,
  type LabResponse,
  type Place,
} from './types.ts';

/** Who an access key belongs to: learnt from the answers of `sts:AssumeRole` that pass through the gateway. */
export interface Principals {
  /** @param region where it is used: the root user's ARN names the partition. */
  of(accessKeyId: string, region: string): LabPrincipal;
  /** Looks at an answered STS request, and remembers the credentials in it. */
  learn(request: LabRequest, response: LabResponse): void;
  remember(session: RoleSession): void;
}

export interface RoleSession {
  readonly accessKeyId: string;
  readonly roleArn: string;
  readonly sessionName: string;
}

interface AssumeRoleAnswer {
  readonly AssumeRoleResponse?: {
    readonly AssumeRoleResult?: { readonly Credentials?: { readonly AccessKeyId?: string } };
  };
}

const ROLE_ARN = /^arn:(aws[\w-]*):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;

/** An access key of twelve digits stands for the root user of that account. */
export function accountNamedBy(accessKeyId: string): string | undefined {
  return /^\d{12}$/.test(accessKeyId) ? accessKeyId : undefined;
}

export function rootUser(place: Place, accessKeyId: string): LabPrincipal {
  return { type: 'Root', arn: globalArnIn(place, 'iam', 'root'), accountId: place.accountId, accessKeyId };
}

export function createPrincipals(): Principals {
  const sessions = new Map<string, LabPrincipal>();
  const parser = new XMLParser({ parseTagValue: false });

  function remember({ accessKeyId, roleArn, sessionName }: RoleSession): void {
    const [, partition, accountId, roleName] = ROLE_ARN.exec(roleArn) ?? [];
    if (accountId === undefined) {
      return;
    }
    sessions.set(accessKeyId, {
      type: 'AssumedRole',
      arn: `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
      accountId,
      accessKeyId,
      sessionIssuerArn: roleArn,
      sessionName,
    });
  }

  return {
    of: (accessKeyId, region) =>
      sessions.get(accessKeyId) ??
      rootUser({ accountId: accountNamedBy(accessKeyId) ?? DEFAULT_ACCOUNT_ID, region }, accessKeyId),
    remember,
    learn(request, response) {
      const form = new URLSearchParams(request.body.toString());
      if (request.service !== 'sts' || form.get('Action') !== 'AssumeRole' || response.status !== 200) {
        return;
      }
      const answer = parser.parse(response.body) as AssumeRoleAnswer;
      const accessKeyId = answer.AssumeRoleResponse?.AssumeRoleResult?.Credentials?.AccessKeyId;
      if (accessKeyId !== undefined) {
        remember({
          accessKeyId,
          roleArn: form.get('RoleArn') ?? '',
          sessionName: form.get('RoleSessionName') ?? '',
        });
      }
    },
  };
}
