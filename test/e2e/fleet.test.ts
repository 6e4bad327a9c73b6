import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AcceptVpcPeeringConnectionCommand, CreateRouteCommand } from '@aws-sdk/client-ec2';
import {
  CloseAccountCommand,
  CreateOrganizationalUnitCommand,
  ListRootsCommand,
  MoveAccountCommand,
} from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type Lab, startLab } from '../../local/lab.ts';
import { type BuiltCommand, builtCommand, type Ended, valid } from '../cli/support/command.ts';
import { createLabOrganization, type LabOrganization, makeReadable } from '../support/fleet-accounts.ts';
import { type LabVpc, labAccount } from '../support/lab-account.ts';

/**
 * An organization of six accounts, read from its management account: two with the role, one without, one suspended, one
 * that has a Region switched off. Stacks are not deployed: only what the reader needs of them is there.
 */

const OWN = '123456789012';
const HOME = 'us-east-1';
const AWAY = 'eu-west-1';
const ROLE_PATH = '/platform/';

let lab: Lab;
let command: BuiltCommand;
let organization: LabOrganization;
let unit = '';
/** By what each is there for. */
let ids: Readonly<Record<'asks' | 'answers' | 'halfDark' | 'roleless' | 'suspended', string>>;
let peeringId = '';
let from: LabVpc;
let to: LabVpc;

function peering(...args: readonly string[]): Promise<Ended> {
  return command.run(args, { env: lab.env });
}

async function oneUnit(...accountIds: readonly string[]): Promise<string> {
  const { client } = organization;
  const { Roots } = await client.send(new ListRootsCommand({}));
  const root = Roots?.[0]?.Id;
  const { OrganizationalUnit } = await client.send(
    new CreateOrganizationalUnitCommand({ ParentId: root, Name: 'network' }),
  );
  const made = OrganizationalUnit?.Id;
  if (made === undefined) throw new Error('the lab answered without a unit');
  for (const AccountId of accountIds) {
    await client.send(new MoveAccountCommand({ AccountId, SourceParentId: root, DestinationParentId: made }));
  }
  return made;
}

async function peer(): Promise<void> {
  const endpoint = lab.url;
  const asking = await labAccount({ endpoint, region: HOME, accountId: ids.asks });
  const answering = await labAccount({ endpoint, region: HOME, accountId: ids.answers });
  from = await asking.createVpc('10.1.0.0/16');
  to = await answering.createVpc('10.2.0.0/16');
  peeringId = await asking.request(from, to, { accountId: ids.answers });
  await answering.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
  await asking.ec2.send(
    new CreateRouteCommand({
      RouteTableId: from.tableId,
      DestinationCidrBlock: to.cidr,
      VpcPeeringConnectionId: peeringId,
    }),
  );
}

beforeAll(async () => {
  command = await builtCommand();
  lab = await startLab({ progress: () => undefined });
  organization = await createLabOrganization(lab.url, HOME);
  ids = {
    asks: await organization.createAccount('asks'),
    answers: await organization.createAccount('answers'),
    halfDark: await organization.createAccount('half-dark'),
    roleless: await organization.createAccount('roleless'),
    suspended: await organization.createAccount('suspended'),
  };
  for (const accountId of [ids.asks, ids.answers, ids.halfDark]) {
    await makeReadable(
      { endpoint: lab.url, region: HOME, accountId },
      { reader: OWN, organization: organization.id, rolePath: ROLE_PATH },
    );
  }
  unit = await oneUnit(ids.asks, ids.answers);
  await organization.client.send(new CloseAccountCommand({ AccountId: ids.suspended }));
  await fetch(`${lab.url}/_lab/regions/${AWAY}?account=${ids.halfDark}`, {
    method: 'PUT',
    body: JSON.stringify({ optInStatus: 'not-opted-in' }),
  });
  await peer();
  writeFileSync(
    join(command.directory, 'peering-policy.yml'),
    `version: 1\nregions: [${HOME}, ${AWAY}]\nrules:\n  - name: network\n    effect: accept\n    remote: { accounts: ["*"], cidrs: [10.0.0.0/8] }\n`,
  );
  writeFileSync(join(command.directory, 'peering-stack.yml'), `version: 1\nrolePath: ${ROLE_PATH}\n`);
});

afterAll(async () => {
  await lab?.stop();
  await command?.remove();
});

interface Status {
  readonly views: readonly {
    readonly accountId: string;
    readonly peeringId: string;
    readonly localVpc: string;
    readonly decision: string;
    readonly routes: { readonly present: number; readonly desired: number };
  }[];
  readonly notJudged: readonly {
    readonly accountId: string;
    readonly region: string;
    readonly reason: string;
  }[];
}

describe('a unit of which every account can be read', () => {
  it('shows both sides of a peering, each once, by its own account', async () => {
    const { code, stdout } = await peering('status', '--accounts', unit, '--json');
    const { views, notJudged } = valid('status', stdout) as Status;
    expect(notJudged).toEqual([]);
    expect(
      views.map(({ accountId, localVpc, routes }) => [accountId, localVpc, routes.present]).sort(),
    ).toEqual(
      [
        [ids.asks, from.vpcId, 1],
        [ids.answers, to.vpcId, 0],
      ].sort(),
    );
    expect(code).toBe(0);
  });

  it('says of each change in whose table it is', async () => {
    const { code, stdout } = await peering('plan', '--accounts', unit, '--json');
    const { changes } = valid('plan', stdout) as { readonly changes: readonly Record<string, unknown>[] };
    expect(changes.map(({ accountId, routeTableId, action }) => [accountId, routeTableId, action])).toEqual([
      [ids.answers, to.tableId, 'create'],
    ]);
    expect(code).toBe(2);
  });

  it('explains a way from one account into the other', async () => {
    const { stdout } = await peering('explain', from.vpcId, to.vpcId, '--accounts', unit, '--json');
    // The main table of the VPC has no route: that both ends were found in their accounts is what counts here.
    expect(valid('explain', stdout)).toMatchObject({ vpcs: [from.vpcId, to.vpcId], reachable: false });
  });

  it('decides a peering by the policy of the account that is asked', async () => {
    writeFileSync(
      join(command.directory, 'other.yml'),
      `version: 1\nregions: [${HOME}]\nrules:\n  - { name: nobody, effect: reject, remote: { cidrs: [0.0.0.0/0] } }\n`,
    );
    const own = ['--policy', 'peering-policy.yml', '--policy', `${ids.answers}=other.yml`];
    const { stdout } = await peering(
      'policy',
      'explain',
      '--peering',
      peeringId,
      '--accounts',
      unit,
      '--json',
      ...own,
    );
    expect(valid('policy-explain', stdout)).toMatchObject({ decision: 'reject', rule: 'nobody' });
  });
});

describe('a folder of policies', () => {
  const folder = () => join(command.directory, 'policies');
  const write = (name: string, effect: string) =>
    writeFileSync(
      join(folder(), name),
      `version: 1\nregions: [${HOME}]\nrules: [{ name: network, effect: ${effect}, remote: { accounts: ["*"] } }]\n`,
    );
  const decided = async () => {
    const { code, stdout } = await peering('status', '--accounts', unit, '--policy', 'policies', '--json');
    const { views, notJudged } = valid('status', stdout) as Status;
    return {
      code,
      notJudged,
      decisions: Object.fromEntries(views.map(({ accountId, decision }) => [accountId, decision])),
    };
  };

  beforeAll(() => {
    mkdirSync(folder());
    writeFileSync(join(folder(), 'peering-stack.yml'), `version: 1\nrolePath: ${ROLE_PATH}\n`);
  });

  it('judges each account by its own file', async () => {
    write('default.yml', 'accept');
    write(`${ids.answers}.yml`, 'reject');
    expect(await decided()).toMatchObject({
      code: 0,
      decisions: { [ids.asks]: 'accept', [ids.answers]: 'reject' },
    });
  });

  it('leaves dark, and names, an account for which it has none', async () => {
    rmSync(join(folder(), 'default.yml'));
    const { code, notJudged, decisions } = await decided();
    expect([code, decisions]).toEqual([3, { [ids.answers]: 'reject' }]);
    expect(notJudged).toMatchObject([
      {
        accountId: ids.asks,
        region: '*',
        reason: expect.stringContaining(`has no policy for account ${ids.asks} at stage prod`),
      },
    ]);
  });
});

describe('all accounts, of which some cannot be read', () => {
  it('shows the others, and names each with reason and remedy', async () => {
    const { code, stdout } = await peering('status', '--accounts', 'all', '--json');
    const { views, notJudged } = valid('status', stdout) as Status;
    expect(views).toHaveLength(2);
    const dark = notJudged.map(({ accountId, region, reason }) => ({ accountId, region, reason }));
    expect(dark).toHaveLength(3);
    expect(dark).toEqual(
      expect.arrayContaining([
        {
          accountId: ids.roleless,
          region: '*',
          reason: expect.stringMatching(
            /\(roleless\) was not read: .*AccessDenied: .*role\/platform\/vpc-peering-autopilot\/prod\/vpc-peering-autopilot-prod-fleet-reader.*\. Roll the stack out to it/,
          ),
        },
        {
          accountId: ids.suspended,
          region: '*',
          reason: expect.stringMatching(/\(suspended\) was not read: it is SUSPENDED .*leave it out/),
        },
        {
          accountId: ids.halfDark,
          region: AWAY,
          reason: expect.stringMatching(/was not read in eu-west-1: .*AuthFailure.*Enable the Region/),
        },
      ]),
    );
    expect(code).toBe(3);
  });

  it('never says that all is well', async () => {
    const { code, stdout } = await peering('drift', '--accounts', `all,-${ids.asks},-${ids.answers}`);
    expect(code).toBe(3);
    expect(stdout).toContain('None, but not everything was judged.');
    expect(stdout).toContain('not judged: 3');
  });

  it('says it in the report and at the graph', async () => {
    const report = await peering('report', '--accounts', 'all', '--out', 'fleet.html');
    expect(report.code).toBe(3);
    const graph = await peering('graph', '--accounts', 'all', '--format', 'dot');
    expect(graph.code).toBe(3);
    expect(graph.stderr).toContain(`not judged: Account ${ids.roleless} (roleless) was not read`);
    expect(graph.stdout).toContain(from.vpcId);
  });

  it('leaves out what a minus names', async () => {
    const without = [ids.roleless, ids.suspended, ids.halfDark].map((id) => `,-${id}`).join('');
    const { code, stdout } = await peering('status', '--accounts', `all${without}`, '--json');
    expect((valid('status', stdout) as Status).notJudged).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('a snapshot of all accounts', () => {
  it('is judged as what it was made of, and says later what was not read then', async () => {
    const made = await peering('snapshot', '--accounts', 'all', '--out', 'saved', '--json');
    expect(made.code).toBe(3);
    const live = await peering('status', '--accounts', 'all', '--json');
    const saved = await peering('status', '--snapshot', 'saved', '--json');
    expect(saved.code).toBe(3);
    const [then, now] = [valid('status', saved.stdout) as Status, valid('status', live.stdout) as Status];
    expect(then.views).toEqual(now.views);
    // Which call a Region refuses first is chance.
    const key = ({ accountId, region, reason }: Status['notJudged'][number]) =>
      `${accountId} ${region} ${reason.replace(/ Describe\w+/, ' …')}`;
    expect(then.notJudged.map(key).sort()).toEqual(now.notJudged.map(key).sort());
  });

  it('shows the accounts that are asked for, and names one that it does not hold', async () => {
    const { code, stdout } = await peering(
      'status',
      '--snapshot',
      'saved',
      '--accounts',
      `${ids.asks},999999999999`,
      '--json',
    );
    const { views, notJudged } = valid('status', stdout) as Status;
    expect(views.map(({ accountId }) => accountId)).toEqual([ids.asks]);
    expect(notJudged).toMatchObject([{ accountId: '999999999999', region: '*' }]);
    expect(code).toBe(3);
  });
});

describe('the role', () => {
  const assume = async (accountId: string) => {
    const { credentials } = await labAccount({ endpoint: lab.url, region: HOME, accountId });
    const RoleArn = `arn:aws:iam::${ids.asks}:role${ROLE_PATH}vpc-peering-autopilot/prod/vpc-peering-autopilot-prod-fleet-reader`;
    return new STSClient({ endpoint: lab.url, region: HOME, credentials }).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }),
    );
  };

  it('is assumed by the account that the options name, and by no other of the organization', async () => {
    await expect(assume(ids.answers)).rejects.toThrow(/is not authorized to perform: sts:AssumeRole/);
    await expect(assume('555555555555')).rejects.toThrow(/is not authorized to perform: sts:AssumeRole/);
  });

  it('was asked for nothing that it may not do', async () => {
    const checks = (await (await fetch(`${lab.url}/_lab/permissions`)).json()) as readonly {
      readonly role: string;
      readonly action: string;
      readonly outcome: string;
    }[];
    const own = checks.filter(({ role }) => role.endsWith('fleet-reader'));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter(({ outcome }) => outcome === 'denied')).toEqual([]);
  });
});

describe('what cannot be looked at', () => {
  it.each([
    ['ou-zzzz-00000000', 'There is no organizational unit ou-zzzz-00000000'],
    ['everyone', '--accounts everyone is neither all'],
    [`${OWN},-${OWN}`, '--accounts selects no account'],
    [`-${OWN}`, '--accounts names no account to look at'],
  ])('--accounts=%s is told', async (accounts, message) => {
    const { code, stderr } = await peering('plan', `--accounts=${accounts}`);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});
