import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseStackFile } from '../../lib/policy/stack-file.ts';
import { fleetReaderStatements } from '../../resources/fleet-reader.ts';
import { resources } from '../../resources/index.ts';
import { policyOf } from '../support/fixtures.ts';

/** The role by which another account reads this one. */

function stack(options: string, stage = 'prod') {
  const text = `version: 1\n${options}`;
  return resources({ policy: policyOf({}), stage, options: parseStackFile(text, 'peering-stack.yml') })
    .Resources;
}

const ASKED = 'fleetReader: { account: "111122223333", organization: o-a1b2c3d4e5 }';

/** Every action that the statement in docs/cli.md for people who only read allows. */
function actionsOfPeople(): readonly string[] {
  const [, section = ''] = readFileSync(join(__dirname, '../../docs/cli.md'), 'utf8').split(
    '## What you have to be allowed',
  );
  const [, document = '{}'] = /```json\n([\s\S]*?)\n```/.exec(section) ?? [];
  const { Statement } = JSON.parse(document) as {
    Statement: readonly { readonly Action: readonly string[] }[];
  };
  return Statement.flatMap(({ Action }) => Action);
}

describe('the role for readers in another account', () => {
  it('is not there unless the options ask for it', () => {
    expect(Object.keys(stack(''))).not.toContain('FleetReaderRole');
  });

  it('has a name that another account can know: of the stage, below the path of all roles', () => {
    expect(stack(`rolePath: /platform/\n${ASKED}`, 'test').FleetReaderRole?.Properties).toMatchObject({
      RoleName: 'vpc-peering-autopilot-test-fleet-reader',
      Path: '/platform/vpc-peering-autopilot/test/',
    });
  });

  it('is assumed by the one account that is named, while that is in the organization that is named', () => {
    expect(stack(ASKED).FleetReaderRole?.Properties.AssumeRolePolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: { 'Fn::Sub': 'arn:$' + '{AWS::Partition}:iam::111122223333:root' } },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
        },
      ],
    });
  });

  it('has the boundary of all roles', () => {
    expect(stack(`permissionsBoundary: boundary\n${ASKED}`).FleetReaderRole?.Properties).toHaveProperty(
      'PermissionsBoundary',
    );
  });

  it('may read of EC2 what people need, and query the registry, and nothing else', () => {
    const held = fleetReaderStatements().flatMap(({ Action }) => Action);
    expect([...held].sort()).toEqual(
      actionsOfPeople()
        .filter((action) => action.startsWith('ec2:') || action === 'dynamodb:Query')
        .sort(),
    );
    expect(held.filter((action) => !/^(ec2:(Describe|Get)|dynamodb:Query$)/.test(action))).toEqual([]);
  });

  it.each([
    ['fleetReader: { account: "111122223333" }', 'organization'],
    ['fleetReader: { organization: o-a1b2c3d4e5 }', 'account'],
    ['fleetReader: { account: "*", organization: o-a1b2c3d4e5 }', 'account'],
    ['fleetReader: { account: "111122223333", organization: "*" }', 'organization'],
  ])('needs both, and neither for everybody: %s', (options, key) => {
    expect(() => stack(options)).toThrow(key);
  });
});
