import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Access, decide, policyOf } from 'local-aws-peering/iam';

/** The service control policy of docs/policy.md, as it is there to be copied. */

const DOCUMENT = readFileSync(join(__dirname, '../../docs/policy.md'), 'utf8');
const [, scp = ''] = /```json\n(\{[\s\S]*?)```/.exec(DOCUMENT) ?? [];

/** What the account itself allows: everything. A service control policy only takes away. */
const EVERYTHING = policyOf(
  'administrator',
  JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }),
);

const ACCOUNT = '123456789012';
const role = (path: string) => `arn:aws:iam::${ACCOUNT}:role/${path}`;

function allowed(
  action: string,
  type: string,
  keys: readonly string[],
  principal = role('developer'),
): boolean {
  const access: Access = {
    action,
    resource: `arn:aws:ec2:us-east-1:${ACCOUNT}:${type}/x-1`,
    context: { 'aws:TagKeys': keys, 'aws:PrincipalArn': principal },
  };
  return decide([EVERYTHING, policyOf('scp', scp)], access).outcome === 'allowed';
}

const TYPES = ['vpc', 'route-table', 'instance', 'vpc-peering-connection'];
const KEYS = ['peering-autopilot:routes', 'peering-autopilot:probe', 'Environment'];

it.each(TYPES.flatMap((type) => KEYS.map((key) => [key, type])))(
  'keeps %s on a %s to those who decide',
  (key, type) => {
    for (const action of ['ec2:CreateTags', 'ec2:DeleteTags']) {
      expect(allowed(action, type, [key])).toBe(false);
      expect(allowed(action, type, ['Name', key])).toBe(false);
      expect(allowed(action, type, [key], role('NetworkAdministrator'))).toBe(true);
    }
  },
);

it('leaves other tags, other resources and other calls alone', () => {
  expect(allowed('ec2:CreateTags', 'vpc', ['Name', 'Team'])).toBe(true);
  expect(allowed('ec2:CreateTags', 'volume', ['Environment'])).toBe(true);
  expect(allowed('ec2:CreateVpc', 'vpc', ['Environment'])).toBe(true);
});

it('lets no key be removed by removing all', () => {
  expect(allowed('ec2:DeleteTags', 'vpc', [])).toBe(false);
  expect(allowed('ec2:DeleteTags', 'vpc', [], role('NetworkAdministrator'))).toBe(true);
});

it('lets the product tag peerings, whatever the stage, and nobody whose role is called so elsewhere', () => {
  const tag = (path: string) =>
    allowed('ec2:CreateTags', 'vpc-peering-connection', ['peering-autopilot:decision'], role(path));
  expect(tag('vpc-peering-autopilot/prod/x-SyncRoutesRole-1')).toBe(true);
  expect(tag('dev/vpc-peering-autopilot/prod/x')).toBe(false);
  expect(tag('NetworkAdministrator2')).toBe(false);
});

it('names four kinds of resources in both statements, as the table above it does', () => {
  for (const { Resource } of policyOf('scp', scp).statements) {
    expect([Resource].flat().map((arn) => arn.split(/[:/]/).at(-2))).toEqual(TYPES);
  }
});
