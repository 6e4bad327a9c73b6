import { type Denial, denialIn, type RefusingPolicy } from '../model/denial.ts';

/** Why a call failed, and what a person does about it. */
export interface Cause {
  readonly what: string;
  readonly toDo: string;
  /** To type, as lines. */
  readonly commands?: readonly string[];
}

const BY_ORGANIZATION =
  "No permission inside this account helps. Ask whoever keeps the organization's policies to except the role that AWS names above.";

/** Kinds of policies that are no matter of the stack, whether they deny or only do not allow. */
const ELSEWHERE: Readonly<Record<Exclude<RefusingPolicy, 'identity'>, Cause>> = {
  'service-control': {
    what: 'A service control policy (SCP) of the organization forbids it.',
    toDo: BY_ORGANIZATION,
  },
  'resource-control': {
    what: 'A resource control policy (RCP) of the organization forbids it.',
    toDo: BY_ORGANIZATION,
  },
  boundary: {
    what: 'The permissions boundary of the role does not allow it.',
    toDo: 'Add the call to the policy that serves as the boundary of the role that AWS names above, or take the Deny out of it.',
  },
  endpoint: {
    what: 'The policy of a VPC endpoint does not allow it.',
    toDo: 'Add the call to the policy of that endpoint.',
  },
  session: {
    what: 'The policy of the session does not allow it.',
    toDo: 'Look at how the role that AWS names above is assumed.',
  },
  resource: {
    what: 'The policy of the resource that AWS names above does not allow it.',
    toDo: 'Let the policy of that resource allow the role, or take the Deny out of it.',
  },
};

/** CloudFormation compares the template with the one before, and does not look at what is there. */
const NOT_PUT_BACK = 'Deploying the same stack again puts back nothing that was changed by hand';

function ownPolicy({ function: owner }: Denial): string {
  return owner === undefined
    ? "the product's own is called as the function"
    : `the product's own is called ${owner}`;
}

function listCommands(role: string): string[] {
  return [
    `  aws iam list-role-policies --role-name ${role}`,
    `  aws iam list-attached-role-policies --role-name ${role}`,
  ];
}

function denied(denial: Denial, role: string): Cause {
  return {
    what: 'A policy on the role forbids it explicitly.',
    toDo: `Somebody added a Deny to the role ${role}. ${NOT_PUT_BACK}, and takes nothing away. Find the policy that does not belong there (${ownPolicy(denial)}), and take it away, a policy of its own with the third line, an attached one with the fourth:`,
    commands: [
      ...listCommands(role),
      `  aws iam delete-role-policy --role-name ${role} --policy-name POLICY`,
      `  aws iam detach-role-policy --role-name ${role} --policy-arn POLICY_ARN`,
    ],
  };
}

function notAllowed(denial: Denial, role: string): Cause {
  const owner = denial.function ?? 'FUNCTION';
  return {
    what: 'No policy of the role allows it.',
    toDo: `If "peering version" says that the stack is of another version or policy, "peering deploy" brings what is missing. Else the role ${role} was changed by hand. ${NOT_PUT_BACK}: write what docs/permissions.md lists into its policy ${owner} again, with the first two lines; or remove the stack and deploy it anew, with the last two (peerings and routes stay, and are adopted; the history goes):`,
    commands: [
      `  aws iam get-role-policy --role-name ${role} --policy-name ${owner}`,
      `  aws iam put-role-policy --role-name ${role} --policy-name ${owner} --policy-document file://POLICY.json`,
      '  peering remove',
      '  peering deploy',
    ],
  };
}

function unnamed(denial: Denial, role: string): Cause {
  return {
    what: 'A permission is missing, or a policy that AWS does not name forbids it.',
    toDo: `Compare the policies of the role ${role} with what docs/permissions.md lists (${ownPolicy(denial)}). If nothing is missing, look for a Deny: there, in a permissions boundary, in the organization's policies (SCPs). ${NOT_PUT_BACK}.`,
    commands: listCommands(role),
  };
}

/** What AWS's own text about a denied call means, and what really ends it. */
export function deniedCause(message: string): Cause {
  const denial = denialIn(message);
  const { policy, effect, role = 'ROLE' } = denial;
  if (policy !== undefined && policy !== 'identity') {
    return ELSEWHERE[policy];
  }
  switch (effect) {
    case 'explicit':
      return denied(denial, role);
    case 'implicit':
      return notAllowed(denial, role);
    default:
      return unnamed(denial, role);
  }
}
