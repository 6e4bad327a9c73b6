import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '../../resources/index.ts';
import { statementsOf } from '../../resources/roles.ts';
import { policyOf } from '../support/fixtures.ts';
import { IAM_ACCOUNT, IAM_REGION, type IamCall, isAllowed } from '../support/iam.ts';
import { packageStack, type Template, VARIANTS } from '../support/packaged.ts';

/** What the packaged roles allow and refuse, call by call. */

const ec2 = (type: string, id: string, account = IAM_ACCOUNT) =>
  `arn:aws:ec2:${IAM_REGION}:${account}:${type}/${id}`;
const document = (name: string, account = IAM_ACCOUNT) =>
  `arn:aws:ssm:${IAM_REGION}:${account}:document/${name}`;
const tagged = (key: string, value: string) => ({ [`aws:ResourceTag/peering-autopilot:${key}`]: value });

let directory = '';
let template: Template;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'peering-permissions-'));
  ({ template } = await packageStack(VARIANTS.plain, { directory }));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function allowed(roleId: string, action: string, ...resources: IamCall['resources']): boolean {
  return isAllowed(template, roleId, { action, resources });
}

describe('the role of check-connectivity', () => {
  const send = (documentArn: string, ...instances: IamCall['resources']) =>
    allowed('CheckConnectivityRole', 'ssm:SendCommand', { arn: documentArn }, ...instances);
  const source = { arn: ec2('instance', 'i-1'), context: tagged('probe', 'source') };

  it.each(['source', 'both'])('may send the ping document to instances tagged as %s', (value) => {
    expect(
      send(document('PingDocument'), { arn: ec2('instance', 'i-1'), context: tagged('probe', value) }),
    ).toBe(true);
  });

  it.each(['AWS-RunShellScript', 'AWS-RunPowerShellScript', 'PingDocument2', 'OtherPingDocument'])(
    'may not send another document: %s',
    (name) => {
      expect(send(document(name), source)).toBe(false);
    },
  );

  it("may send neither AWS's own documents nor those of another account", () => {
    expect(send(`arn:aws:ssm:${IAM_REGION}::document/AWS-RunShellScript`, source)).toBe(false);
    expect(send(document('PingDocument', '222222222222'), source)).toBe(false);
  });

  it.each<[string, IamCall['resources'][number]]>([
    ['without the tag', { arn: ec2('instance', 'i-2') }],
    ['that are targets only', { arn: ec2('instance', 'i-2'), context: tagged('probe', 'target') }],
    ['with another value', { arn: ec2('instance', 'i-2'), context: tagged('probe', '*') }],
    ['with another tag', { arn: ec2('instance', 'i-2'), context: tagged('routes', 'source') }],
    [
      'of another account',
      { arn: ec2('instance', 'i-2', '222222222222'), context: tagged('probe', 'source') },
    ],
    ['that are not EC2 instances', { arn: `arn:aws:ssm:${IAM_REGION}:${IAM_ACCOUNT}:managed-instance/mi-1` }],
  ])('may not send it to instances %s, not even among others', (_which, instance) => {
    expect(send(document('PingDocument'), instance)).toBe(false);
    expect(send(document('PingDocument'), source, instance)).toBe(false);
  });

  it('may change neither the document nor anything in EC2', () => {
    expect(allowed('CheckConnectivityRole', 'ssm:UpdateDocument', { arn: document('PingDocument') })).toBe(
      false,
    );
    expect(
      allowed('CheckConnectivityRole', 'ec2:CreateTags', { ...source, context: { 'aws:TagKeys': 'a' } }),
    ).toBe(false);
  });
});

describe.each(['AcceptRequestsRole', 'SyncRoutesRole', 'RecordConnectivityRole', 'SweepRole'])(
  'the role %s',
  (roleId) => {
    it('may send no command at all', () => {
      expect(
        allowed(
          roleId,
          'ssm:SendCommand',
          { arn: document('PingDocument') },
          { arn: ec2('instance', 'i-1'), context: tagged('probe', 'both') },
        ),
      ).toBe(false);
    });
  },
);

describe('what is remembered', () => {
  /** As the role's policy names it: the tests resolve no ARN of a resource. */
  const registry = { arn: 'arn:aws:::Registry.Arn:' };
  const other = { arn: `arn:aws:dynamodb:${IAM_REGION}:${IAM_ACCOUNT}:table/orders` };
  const parameter = (path: string) => ({
    arn: `arn:aws:ssm:${IAM_REGION}:${IAM_ACCOUNT}:parameter/${path}`,
  });

  it.each([
    ['AcceptRequestsRole', ['Query', 'BatchWriteItem']],
    ['SyncRoutesRole', ['Query', 'BatchWriteItem', 'UpdateItem', 'DeleteItem']],
    ['CheckConnectivityRole', ['Query', 'BatchWriteItem']],
    ['RecordConnectivityRole', ['Query', 'GetItem', 'BatchWriteItem']],
    ['SweepRole', []],
    ['ForwardEventsRole', []],
  ])('%s may call %j on the registry, and nothing on another table', (roleId, expected) => {
    const calls = ['Query', 'GetItem', 'BatchWriteItem', 'UpdateItem', 'DeleteItem'];
    const more = ['Scan', 'PutItem', 'BatchGetItem', 'DeleteTable', 'UpdateTable'];
    const may = (call: string, table: { readonly arn: string }) => allowed(roleId, `dynamodb:${call}`, table);
    expect([...calls, ...more].filter((call) => may(call, registry)).sort()).toEqual([...expected].sort());
    expect([...calls, ...more].filter((call) => may(call, other))).toEqual([]);
  });

  it.each(['AcceptRequestsRole', 'SyncRoutesRole', 'RecordConnectivityRole'])(
    '%s may read what an older version of this stage remembered, and change none of it',
    (roleId) => {
      const read = (path: string) => allowed(roleId, 'ssm:GetParametersByPath', parameter(path));
      expect(read('vpc-peering-autopilot/prod/told')).toBe(true);
      expect(read('vpc-peering-autopilot/prod/lost/eu-west-1')).toBe(true);
      expect(read('vpc-peering-autopilot/production/told')).toBe(false);
      expect(read('elsewhere/told')).toBe(false);
      for (const action of ['PutParameter', 'DeleteParameter']) {
        expect(allowed(roleId, `ssm:${action}`, parameter('vpc-peering-autopilot/prod/told/a'))).toBe(false);
      }
    },
  );
});

describe('prefix lists', () => {
  const list = (owner: string) => ({ arn: ec2('prefix-list', 'pl-0a1b2c3d4e5f60718', owner) });

  it.each(['AcceptRequestsRole', 'SyncRoutesRole', 'CheckConnectivityRole'])(
    '%s may read those of this account, of AWS and of accounts that share theirs',
    (roleId) => {
      for (const owner of [IAM_ACCOUNT, 'aws', '222222222222']) {
        expect(allowed(roleId, 'ec2:GetManagedPrefixListEntries', list(owner))).toBe(true);
        expect(allowed(roleId, 'ec2:ModifyManagedPrefixList', list(owner))).toBe(false);
      }
    },
  );
});

describe('routes', () => {
  const table = (tags: Readonly<Record<string, string>> = {}) => ({
    arn: ec2('route-table', 'rtb-1'),
    context: tags,
  });

  it.each(['CreateRoute', 'ReplaceRoute', 'DeleteRoute'])(
    '%s is for sync-routes and opted-in tables only',
    (action) => {
      expect(allowed('SyncRoutesRole', `ec2:${action}`, table(tagged('routes', '*')))).toBe(true);
      expect(allowed('SyncRoutesRole', `ec2:${action}`, table(tagged('routes', 'one two')))).toBe(true);
      expect(allowed('SyncRoutesRole', `ec2:${action}`, table())).toBe(false);
      expect(allowed('SyncRoutesRole', `ec2:${action}`, table(tagged('probe', '*')))).toBe(false);
      for (const roleId of ['AcceptRequestsRole', 'CheckConnectivityRole', 'SweepRole']) {
        expect(allowed(roleId, `ec2:${action}`, table(tagged('routes', '*')))).toBe(false);
      }
    },
  );
});

describe('peerings', () => {
  const peering = { arn: ec2('vpc-peering-connection', 'pcx-1') };

  it('are accepted by accept-requests, for VPCs of this account, from the accounts that the policy names', () => {
    const accept = (requester: string, owner?: string) =>
      allowed(
        'AcceptRequestsRole',
        'ec2:AcceptVpcPeeringConnection',
        { ...peering, context: { 'ec2:RequesterVpc': ec2('vpc', 'vpc-2', requester) } },
        { arn: ec2('vpc', 'vpc-1', owner) },
      );
    const other = '222222222222';
    expect([accept(IAM_ACCOUNT), accept(IAM_ACCOUNT, other), accept(other)]).toEqual([true, false, false]);
  });

  it.each(['CreateVpcPeeringConnection', 'DeleteVpcPeeringConnection'])(
    'are never asked for or deleted: %s',
    (action) => {
      for (const roleId of ['AcceptRequestsRole', 'SyncRoutesRole']) {
        expect(allowed(roleId, `ec2:${action}`, peering)).toBe(false);
      }
    },
  );

  it('get tags of the product only', () => {
    const tag = (...keys: string[]) =>
      allowed('AcceptRequestsRole', 'ec2:CreateTags', { ...peering, context: { 'aws:TagKeys': keys } });
    expect(tag('peering-autopilot:decision', 'peering-autopilot:rule')).toBe(true);
    expect(tag('peering-autopilot:decision', 'Name')).toBe(false);
    expect(
      allowed('AcceptRequestsRole', 'ec2:CreateTags', {
        arn: ec2('route-table', 'rtb-1'),
        context: { 'aws:TagKeys': ['peering-autopilot:routes'] },
      }),
    ).toBe(false);
  });
});

describe('peerings whose time is over', () => {
  const synced = (parts: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    statementsOf('sync-routes', {
      policy: policyOf({ ...more, rules: [{ ...VARIANTS.plain.rules[0], ...parts }] }),
      stage: 'prod',
    });

  it('may be deleted by sync-routes where a rule says so, once the tag of the product says that they have ended', async () => {
    const { template: with_ } = await packageStack(VARIANTS.expiry, { directory: join(directory, 'expiry') });
    const deletes = (value: string | undefined, roleId = 'SyncRoutesRole') =>
      isAllowed(with_, roleId, {
        action: 'ec2:DeleteVpcPeeringConnection',
        resources: [
          {
            arn: ec2('vpc-peering-connection', 'pcx-1'),
            ...(value === undefined ? {} : { context: tagged('ended-at', value) }),
          },
        ],
      });
    expect(deletes('2026-03-01T12:00:00.000Z')).toBe(true);
    expect([deletes('none'), deletes(''), deletes(undefined)]).toEqual([false, false, false]);
    expect(deletes('2026-03-01T12:00:00.000Z', 'AcceptRequestsRole')).toBe(false);
    // The call that opens the deletion closes it, and no other is permitted: what denies the one has never opened it.
    expect(
      isAllowed(with_, 'SyncRoutesRole', {
        action: 'ec2:CreateTags',
        resources: [
          {
            arn: ec2('vpc-peering-connection', 'pcx-1'),
            context: {
              ...tagged('ended-at', '2026-03-01T12:00:00.000Z'),
              'aws:TagKeys': ['peering-autopilot:ended-at'],
            },
          },
        ],
      }),
    ).toBe(true);
    expect(JSON.stringify(with_.Resources)).not.toContain('ec2:DeleteTags');
  });

  it('change no role where nothing is deleted, nor observing', () => {
    expect(synced({ expireAfter: '90d' })).toEqual(synced({}));
    expect(synced({ expireAfter: '90d', onExpiry: 'keep' })).toEqual(synced({}));
    expect(synced({ onExpiry: 'delete' }, { mode: 'observe' })).toEqual(synced({}, { mode: 'observe' }));
  });

  it('change nothing else of the stack', () => {
    const resourcesWith = (parts: Record<string, unknown>) => {
      const context = {
        policy: policyOf({ rules: [{ ...VARIANTS.plain.rules[0], ...parts }] }),
        stage: 'prod',
      };
      // The first look of a deployment names the policy, whatever that says.
      const { SweepStarted: _, ...others } = JSON.parse(JSON.stringify(resources(context).Resources));
      return others;
    };
    expect(resourcesWith({ expireAfter: '90d' })).toEqual(resourcesWith({}));
    const [off, on] = [resourcesWith({}), resourcesWith({ onExpiry: 'delete' })];
    const differing = Object.keys({ ...off, ...on }).filter(
      (id) => JSON.stringify(off[id]) !== JSON.stringify(on[id]),
    );
    expect(differing).toEqual(['SyncRoutesRole']);
  });
});
