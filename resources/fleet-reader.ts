import { fleetReaderRole } from '../lib/model/names.ts';
import { getAtt, type Resources, sub, type Value } from './cloudformation.ts';
import { optionsOf, rolePath, type StackContext } from './context.ts';
import { describe, LOOKED_OVER, readPrefixLists, type Statement } from './roles.ts';

/**
 * The role by which `peering … --accounts` reads this account from another one: what docs/cli.md lists for the verbs that only
 * read, and the registry. There is none unless `peering-stack.yml` asks for it.
 */

/** What `explain` and `snapshot` look at besides. */
const PATHS = [
  'Subnets',
  'Instances',
  'NetworkInterfaces',
  'SecurityGroups',
  'StaleSecurityGroups',
  'NetworkAcls',
];

export function fleetReaderStatements(): Statement[] {
  return [
    describe([...LOOKED_OVER, ...PATHS]),
    readPrefixLists,
    { Sid: 'Recall', Effect: 'Allow', Action: ['dynamodb:Query'], Resource: getAtt('Registry', 'Arn') },
  ];
}

/** The account's own policies then say who there may; if it leaves the organization, nobody may. */
function trusted({
  account,
  organization,
}: {
  readonly account: string;
  readonly organization: string;
}): Value {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: sub(`arn:\${AWS::Partition}:iam::${account}:root`) },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': organization } },
      },
    ],
  };
}

export function fleetReader(context: StackContext): Resources {
  const { fleetReader: asked } = optionsOf(context);
  if (asked === undefined) {
    return {};
  }
  return {
    FleetReaderRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        // Whoever assumes it has to know the name: nobody there may look for it here.
        RoleName: fleetReaderRole(context.stage),
        Path: rolePath(context),
        Description: `Reads for the command of vpc-peering-autopilot (${context.stage}) in account ${asked.account}`,
        MaxSessionDuration: 3600,
        AssumeRolePolicyDocument: trusted(asked),
        Policies: [
          {
            PolicyName: 'fleet-reader',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: fleetReaderStatements().map((statement) => ({ ...statement })) as unknown as Value,
            },
          },
        ],
      },
    },
  };
}
