import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
} from '@aws-sdk/client-iam';
import { namingCall } from '../../../lib/aws/call-error.ts';
import { ifPresent } from '../../../lib/aws/if-present.ts';
import { append } from '../../../lib/model/append.ts';
import { fieldsOf, jsonIn } from '../../../lib/model/json.ts';
import { shellWord } from '../../../lib/model/shell-word.ts';
import { shown } from '../../output.ts';
import { MADE_ANEW } from '../made-anew.ts';
import { functionOf, WITHOUT } from '../without.ts';
import { inShell, type Look, NOT_AS_DEPLOYED, type Part, type PartTrouble, trouble } from './part.ts';
import { isSame, type Resolved, type ResolvedProperties } from './resolved.ts';

/** What is there of a role. */
export interface SeenRole {
  readonly trust: unknown;
  /** Inline policies by name. */
  readonly policies: ReadonlyMap<string, unknown>;
  /** ARNs. */
  readonly attached: readonly string[];
  readonly boundary?: string;
}

/** What else the roles of the stack are for. */
const OTHER_ROLES: Readonly<Record<string, string>> = {
  ForwarderRole: 'events of other managed Regions do not come here',
  FleetReaderRole: 'peering --accounts cannot read this account',
  ChatChannelRole: 'the buttons in chat answer nothing',
};

function without({ logicalId }: Part): string {
  const name = functionOf(logicalId);
  return name === undefined ? (OTHER_ROLES[logicalId] ?? 'whatever uses it may do nothing') : WITHOUT[name];
}

/** Inline policies of the template by name. */
function wantedPolicies({ Policies }: ResolvedProperties): ReadonlyMap<string, Resolved> {
  return new Map(
    (Array.isArray(Policies) ? Policies : []).map((policy) => {
      const { PolicyName, PolicyDocument } = fieldsOf(policy) as ResolvedProperties;
      return [String(PolicyName), PolicyDocument ?? null];
    }),
  );
}

function policyTroubles(part: Part, role: string, wanted: ResolvedProperties, seen: SeenRole): PartTrouble[] {
  return [...wantedPolicies(wanted)].flatMap(([name, document]) => {
    const there = seen.policies.get(name);
    if (there !== undefined && isSame(document, there)) {
      return [];
    }
    const value = inShell(document);
    return [
      trouble(
        'fail',
        `The policy ${shown(name, 130)} of the role ${role} ${there === undefined ? 'is gone' : NOT_AS_DEPLOYED}. Calls that it does not allow any more fail: ${without(part)}.`,
        value === undefined
          ? MADE_ANEW
          : `aws iam put-role-policy --role-name ${role} --policy-name ${shellWord(name)} --policy-document ${value}`,
      ),
    ];
  });
}

function trustTroubles(part: Part, role: string, wanted: ResolvedProperties, seen: SeenRole): PartTrouble[] {
  const { AssumeRolePolicyDocument: document } = wanted;
  if (document === undefined || isSame(document, seen.trust)) {
    return [];
  }
  const value = inShell(document);
  return [
    trouble(
      'fail',
      `Who may assume the role ${role} ${NOT_AS_DEPLOYED}. If what needs it may not, ${without(part)}.`,
      value === undefined
        ? MADE_ANEW
        : `aws iam update-assume-role-policy --role-name ${role} --policy-document ${value}`,
    ),
  ];
}

function managedPolicies({ ManagedPolicyArns }: ResolvedProperties): readonly Resolved[] {
  return Array.isArray(ManagedPolicyArns) ? ManagedPolicyArns : [];
}

function detachedTroubles(
  part: Part,
  role: string,
  wanted: ResolvedProperties,
  seen: SeenRole,
): PartTrouble[] {
  return managedPolicies(wanted)
    .filter((arn) => !seen.attached.some((each) => isSame(arn, each)))
    .map((arn) =>
      trouble(
        'fail',
        `The policy ${shown(String(arn), 200)} is not attached to the role ${role} any more: ${without(part)}.`,
        `aws iam attach-role-policy --role-name ${role} --policy-arn ${inShell(arn)}`,
      ),
    );
}

/** What may take permissions away, or give too many. Some companies add such to every role. */
function addedTroubles(role: string, wanted: ResolvedProperties, seen: SeenRole): PartTrouble[] {
  const own = wantedPolicies(wanted);
  const attached = seen.attached
    .filter((arn) => !managedPolicies(wanted).some((each) => isSame(each, arn)))
    .map(
      (arn) =>
        [arn, `aws iam detach-role-policy --role-name ${role} --policy-arn ${shellWord(arn)}`] as const,
    );
  const inline = [...seen.policies.keys()]
    .filter((name) => !own.has(name))
    .map(
      (name) =>
        [name, `aws iam delete-role-policy --role-name ${role} --policy-name ${shellWord(name)}`] as const,
    );
  const added = [...inline, ...attached];
  return added.length === 0
    ? []
    : [
        trouble(
          'warn',
          `The role ${role} has policies that the stack did not give it: ${shown(added.map(([name]) => name).join(', '), 400)}. What they deny fails, and what they allow no page here lists.`,
          `If nobody needs them: ${added.map(([, command]) => command).join(' && ')}`,
        ),
      ];
}

function boundaryTroubles(
  role: string,
  { PermissionsBoundary: wanted }: ResolvedProperties,
  { boundary }: SeenRole,
) {
  if (isSame(wanted ?? null, boundary ?? null)) {
    return [];
  }
  const value = inShell(wanted);
  return [
    trouble(
      'warn',
      `The role ${role} has ${boundary === undefined ? 'no permissions boundary any more' : `the permissions boundary ${shown(boundary, 200)}, which the stack did not give it: what it leaves out fails`}.`,
      value === undefined
        ? `Write it into peering-stack.yml (permissionsBoundary) and deploy; or aws iam delete-role-permissions-boundary --role-name ${role}`
        : `aws iam put-role-permissions-boundary --role-name ${role} --permissions-boundary ${value}`,
    ),
  ];
}

/** What is wrong with a role. @param seen undefined: there is none of this name. */
export function roleTroubles(part: Part, seen: SeenRole | undefined): readonly PartTrouble[] {
  const role = shown(part.physicalId ?? part.logicalId, 140);
  if (seen === undefined) {
    return [trouble('fail', `The role ${role} is gone: ${without(part)}.`, MADE_ANEW)];
  }
  const { properties } = part;
  return properties === undefined
    ? []
    : [
        ...policyTroubles(part, role, properties, seen),
        ...detachedTroubles(part, role, properties, seen),
        ...trustTroubles(part, role, properties, seen),
        ...addedTroubles(role, properties, seen),
        ...boundaryTroubles(role, properties, seen),
      ];
}

/** IAM gives documents as a URL has them. */
function documentIn(text: string | undefined): unknown {
  return jsonIn(decodeURIComponent(text ?? ''));
}

async function readPolicies(
  iam: IAMClient,
  region: string,
  RoleName: string,
): Promise<ReadonlyMap<string, unknown>> {
  const names: string[] = [];
  await namingCall('ListRolePolicies', region, RoleName, async () => {
    for await (const page of paginateListRolePolicies({ client: iam }, { RoleName })) {
      append(names, page.PolicyNames ?? []);
    }
  });
  return new Map(
    await Promise.all(
      names.map(async (PolicyName) => {
        const { PolicyDocument } = await namingCall(
          'GetRolePolicy',
          region,
          `${RoleName} ${PolicyName}`,
          () => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
        );
        return [PolicyName, documentIn(PolicyDocument)] as const;
      }),
    ),
  );
}

async function readAttached(iam: IAMClient, region: string, RoleName: string): Promise<readonly string[]> {
  const attached: string[] = [];
  await namingCall('ListAttachedRolePolicies', region, RoleName, async () => {
    for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName })) {
      append(
        attached,
        (page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []),
      );
    }
  });
  return attached;
}

export const lookAtRole: Look = async (part, { region, clients }) => {
  const RoleName = part.physicalId ?? '';
  const iam = clients.of(IAMClient, region);
  const found = await ifPresent('GetRole', region, RoleName, () =>
    iam.send(new GetRoleCommand({ RoleName })),
  );
  if (found === undefined) {
    return roleTroubles(part, undefined);
  }
  const [policies, attached] = await Promise.all([
    readPolicies(iam, region, RoleName),
    readAttached(iam, region, RoleName),
  ]);
  const boundary = found.Role?.PermissionsBoundary?.PermissionsBoundaryArn;
  return roleTroubles(part, {
    trust: documentIn(found.Role?.AssumeRolePolicyDocument),
    policies,
    attached,
    ...(boundary === undefined ? {} : { boundary }),
  });
};
