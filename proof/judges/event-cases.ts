import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PROJECT_ROOT } from '../../build/bundle.ts';
import { desiredForwarding } from '../../lib/forwarding/desired.ts';
import { deployedRules } from '../../test/support/deployed-rules.ts';
import { OWN, PEER, policyOf, REGION } from '../../test/support/fixtures.ts';

/** The rules of the stack and the events that they are tried with. */

type Json = { readonly [key: string]: unknown };

const RULE = { effect: 'accept', remote: { accounts: ['self'] } } as const;

/** One policy for each way in which a policy shapes the rules. */
const POLICIES: Readonly<Record<string, Json>> = {
  plain: { rules: [{ ...RULE, name: 'any' }] },
  tags: { rules: [{ ...RULE, name: 'prod', local: { tags: { Environment: 'prod', Team: ['a'] } } }] },
  'many tags': {
    rules: Array.from({ length: 60 }, (_, index) => ({
      ...RULE,
      name: `rule-${index}`,
      local: { tags: { [`CostCenterOfTheTeamThatOwnsTheVpc-${index}`]: 'x' } },
    })),
  },
  trust: { trust: { accounts: [PEER] }, regions: [REGION, 'eu-west-1'] },
  prefix: { tagPrefix: 'net:peer' },
  staying: { regions: ['us-gov-west-1', 'us-gov-east-1'] },
};

/** By `<policy>/<rule>`, each pattern once: the rules of the stack, and those that it keeps in another Region. */
export function stackRules(): Record<string, Json> {
  const rules = new Map<string, [name: string, pattern: Json]>();
  for (const [name, policyInput] of Object.entries(POLICIES)) {
    const policy = policyOf(policyInput);
    const forwarding = desiredForwarding(
      {
        ...{ policy, stage: 'prod', accountId: OWN },
        homeBusArn: `arn:aws:events:${REGION}:${OWN}:event-bus/vpc-peering-autopilot-prod`,
        forwarderRoleArn: `arn:aws:iam::${OWN}:role/vpc-peering-autopilot/prod/forwarder`,
      },
      'eu-west-1',
    );
    for (const rule of [...deployedRules({ policy, stage: 'prod' }), ...forwarding.rules]) {
      if (rule.pattern !== undefined && !rules.has(JSON.stringify(rule.pattern))) {
        rules.set(JSON.stringify(rule.pattern), [`${name}/${rule.name}`, rule.pattern as Json]);
      }
    }
  }
  return Object.fromEntries(rules.values());
}

function samples(): Json[] {
  const folder = join(PROJECT_ROOT, 'events');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      ...JSON.parse(readFileSync(join(folder, file), 'utf8')),
      id: basename(file, '.json'),
    }));
}

function roleSession(arn: string): Json {
  return { type: 'AssumedRole', sessionContext: { sessionIssuer: { type: 'Role', arn } } };
}

/** Every form in which CloudTrail tells who called. */
const IDENTITIES: readonly unknown[] = [
  { type: 'Root', arn: `arn:aws:iam::${OWN}:root` },
  { type: 'IAMUser', arn: `arn:aws:iam::${OWN}:user/ada`, userName: 'ada' },
  // In the console, with a session of its own, and with MFA.
  { type: 'IAMUser', sessionContext: { sessionIssuer: {}, attributes: { mfaAuthenticated: 'true' } } },
  { type: 'IAMUser', sessionContext: { attributes: { mfaAuthenticated: 'false' } } },
  roleSession(`arn:aws:iam::${OWN}:role/Admin`),
  roleSession(
    `arn:aws:iam::${OWN}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef`,
  ),
  roleSession(`arn:aws:iam::${OWN}:role/vpc-peering-autopilot/prod/sync-routes`),
  roleSession(`arn:aws-us-gov:iam::${OWN}:role/vpc-peering-autopilot/prod/sync-routes`),
  roleSession(`arn:aws:iam::${OWN}:role/vpc-peering-autopilot`),
  roleSession(`arn:aws:iam::${OWN}:role/team/vpc-peering-autopilot/prod/x`),
  roleSession(''),
  {
    type: 'FederatedUser',
    sessionContext: { sessionIssuer: { type: 'IAMUser', arn: `arn:aws:iam::${OWN}:user/a` } },
  },
  {
    type: 'WebIdentityUser',
    userName: 'system:serviceaccount:x',
    identityProvider: 'arn:aws:iam::1:oidc-provider/x',
  },
  { type: 'AWSAccount', accountId: PEER, principalId: 'AROA:x' },
  { type: 'AWSService', invokedBy: 'cloudformation.amazonaws.com' },
  { type: 'IdentityCenterUser', onBehalfOf: { userId: 'u' } },
  { type: 'Unknown' },
  null,
  [],
  'HIDDEN_DUE_TO_SECURITY_REASONS',
];

const CALLS = [
  ...[
    'CreateVpcPeeringConnection',
    'AcceptVpcPeeringConnection',
    'DeleteVpcPeeringConnection',
    'CreateRoute',
  ],
  ...[
    'DeleteRoute',
    'ReplaceRoute',
    'ModifyVpcPeeringConnectionOptions',
    'CreateTags',
    'DescribeRouteTables',
  ],
];

function withDetail(event: Json, detail: Json): Json {
  return { ...event, detail: { ...(event.detail as Json), ...detail } };
}

/** A call that failed, by everybody, and each call by everybody. */
function callVariants(event: Json): Json[] {
  return IDENTITIES.flatMap((userIdentity) => [
    withDetail(event, { userIdentity, errorCode: 'Client.UnauthorizedOperation', responseElements: null }),
    ...CALLS.map((eventName) => withDetail(event, { userIdentity, eventName })),
  ]);
}

/** What may stand in the place of a value; `undefined` takes the field away. */
function replacements(value: unknown): readonly unknown[] {
  const text =
    typeof value === 'string' ? [value.toUpperCase(), `${value}-x`, value.slice(0, -1), [value, 'x']] : [];
  return [
    undefined,
    null,
    '',
    0,
    true,
    [],
    {},
    [value],
    ['x', [value]],
    [{ x: value }],
    { x: value },
    ...text,
  ];
}

/** The value with each of its parts replaced, one at a time. */
function mutations(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    [...replacements(inner), ...mutations(inner)].map((changed) =>
      Array.isArray(value)
        ? value.map((element, index) => (String(index) === key ? (changed ?? null) : element))
        : JSON.parse(JSON.stringify({ ...value, [key]: changed })),
    ),
  );
}

/** The samples, each with other callers, as failed calls, and with each of its parts changed. */
export function stackEvents(): Json[] {
  return samples().flatMap((event) => [
    event,
    ...(event['detail-type'] === 'AWS API Call via CloudTrail' ? callVariants(event) : []),
    ...(mutations(event) as Json[]),
  ]);
}
