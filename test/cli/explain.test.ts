import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNetwork } from '../../cli/network.ts';
import type { Scope } from '../../cli/source/types.ts';
import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import { NO_MEMORY } from '../../lib/model/memory.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import { network, rule, securityGroup, tables, VPC_A, VPC_B } from '../connectivity/networks.ts';
import { REGION, route } from '../support/fixtures.ts';
import { EMPTY_CONNECTIVITY } from '../support/memory-connectivity.ts';
import { type BuiltCommand, builtCommand, valid } from './support/command.ts';
import {
  type Answers,
  id,
  inside,
  OWN,
  POLICY,
  peering,
  table,
  vpc,
  writeAnswers,
  writeNetwork,
} from './support/network.ts';

let peeringCommand: BuiltCommand;

beforeAll(async () => {
  peeringCommand = await builtCommand();
  writeFileSync(join(peeringCommand.directory, 'peering-policy.yml'), POLICY);
});

afterAll(() => peeringCommand.remove());

/** The ingress rules of the group of the second VPC, in which a database has 10.2.1.77. */
function write(name: string, ingress: readonly object[]): void {
  const within = inside([1, 2]);
  const answers: Answers = {
    VpcPeeringConnections: [peering(1, { number: 1 }, { number: 2 })],
    RouteTables: [table(1, 1, [['10.2.0.0/16', 1]]), table(2, 2, [['10.1.0.0/16', 1]])],
    Vpcs: [vpc(1, 'web'), vpc(2, 'data')],
    ...within,
    SecurityGroups: (within.SecurityGroups ?? []).map((group, index) =>
      index === 1 ? { ...(group as object), IpPermissions: ingress } : group,
    ),
    NetworkInterfaces: [
      ...(within.NetworkInterfaces ?? []),
      {
        NetworkInterfaceId: id('eni', 77),
        VpcId: id('vpc', 2),
        SubnetId: id('subnet', 2),
        OwnerId: OWN,
        Description: 'RDSNetworkInterface',
        PrivateIpAddress: '10.2.1.77',
        PrivateIpAddresses: [{ PrivateIpAddress: '10.2.1.77', Primary: true }],
        Groups: [{ GroupId: id('sg', 2) }],
      },
    ],
  };
  writeAnswers(join(peeringCommand.directory, name, REGION), answers);
}

function explain(name: string, ...args: string[]) {
  return peeringCommand.run(['explain', ...args, '--snapshot', name]);
}

describe('explain, of a database behind a peering', () => {
  const mariadb = { IpProtocol: 'tcp', FromPort: 3306, ToPort: 3306, IpRanges: [{ CidrIp: '10.1.0.0/16' }] };
  beforeAll(() => write('database', [mariadb]));

  it('with its port says that it is reached, for people and programs', async () => {
    const text = await explain('database', id('i', 1), '10.2.1.77', '--port', '3306');
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(`can reach TCP port 3306 of ${id('eni', 77)} (10.2.1.77)`);
    expect(text.stdout).not.toContain('ping');
    const json = await explain('database', id('i', 1), id('eni', 77), '--port', '3306', '--json');
    expect(json.code).toBe(0);
    expect(valid('explain', json.stdout)).toMatchObject({ protocol: 'tcp', port: 3306, reachable: true });
  });

  it('says the answer, why, and what stands for a peering line by line, as wide as the terminal', async () => {
    const asked = ['explain', id('pcx', 1), '--snapshot', 'database'];
    const piped = (await peeringCommand.run(asked)).stdout.split('\n\n')[0]?.split('\n') ?? [];
    expect(piped[0]).toMatch(/ cannot ping \S+ \(10\.2\.1\.\d+\)\.$/);
    expect(piped.slice(1).filter((line) => line.startsWith('  ')).length).toBeGreaterThanOrEqual(3);
    expect(piped.filter((line) => / stands for .*, the other end of /.test(line))).toHaveLength(2);
    const narrow =
      (await peeringCommand.run(asked, { env: { COLUMNS: '80' } })).stdout.split('\n\n')[0] ?? '';
    expect(narrow.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(narrow.replace(/\s+/g, ' ')).toBe(piped.join(' ').replace(/\s+/g, ' '));
    const { summary } = valid('explain', (await peeringCommand.run([...asked, '--json'])).stdout) as {
      summary: string;
    };
    expect(piped.slice(0, -1).join(' ').replace(/\s+/g, ' ')).toBe(summary);
  });

  it('with another port or protocol says that it is not, with exit code 2', async () => {
    expect((await explain('database', id('i', 1), '10.2.1.77', '--port', '3307')).code).toBe(2);
    const udp = await explain(
      'database',
      id('i', 1),
      '10.2.1.77',
      '--port',
      '3306',
      '--protocol',
      'udp',
      '--json',
    );
    expect(udp.code).toBe(2);
    expect(valid('explain', udp.stdout)).toMatchObject({ protocol: 'udp', port: 3306, reachable: false });
  });

  it('without a port says that it is about ping, and what else is open', async () => {
    const { code, stdout } = await explain('database', id('i', 1), '10.2.1.77');
    expect(code).toBe(2);
    const [answer, why, about] = stdout.split('\n');
    expect(answer).toMatch(/ cannot ping \S+ \(10\.2\.1\.77\)\.$/);
    expect(why).toContain(`TCP 3306 is open from here: peering explain ${id('i', 1)} 10.2.1.77 --port 3306.`);
    expect(about).toContain('That is about ping (ICMP) only.');
    const json = await explain('database', id('i', 1), '10.2.1.77', '--json');
    expect(valid('explain', json.stdout)).toMatchObject({ protocol: 'icmp', port: null });
  });

  it('takes --protocol icmp for a ping, and needs TARGET unless SOURCE is a peering', async () => {
    const ping = await explain('database', id('i', 1), '10.2.1.77', '--protocol', 'icmp', '--json');
    expect(valid('explain', ping.stdout)).toMatchObject({
      protocol: 'icmp',
      port: null,
      vpcs: [id('vpc', 1), id('vpc', 2)],
    });
    expect((await explain('database', id('pcx', 1))).stdout).toContain(`the other end of ${id('pcx', 1)}`);
    const alone = await explain('database', id('i', 1));
    expect(alone.code).toBe(1);
    expect(alone.stderr).toContain('peering explain needs TARGET');
  });

  it.each([
    [['--port', '0'], '--port is a number from 1 to 65535, not 0.'],
    [['--port', '65536'], '--port is a number from 1 to 65535, not 65536.'],
    [['--port', 'https'], '--port is a number from 1 to 65535, not https.'],
    [['--protocol', 'udp'], '--protocol udp needs a port: --protocol udp --port PORT.'],
    [['--port', '1', '--protocol', 'icmp'], 'ICMP has no ports: leave out --port'],
  ])('refuses %j in one line', async (args, line) => {
    const { code, stderr } = await explain('database', id('i', 1), '10.2.1.77', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(line);
  });
});

describe('explain, of a peering by its name alone', () => {
  const named = (...names: readonly string[]) =>
    writeAnswers(join(peeringCommand.directory, 'named', REGION), {
      VpcPeeringConnections: names.map((Name, index) =>
        peering(index + 1, { number: 1 }, { number: 2 }, 'active', { Name }),
      ),
      RouteTables: [table(1, 1, [['10.2.0.0/16', 1]]), table(2, 2, [['10.1.0.0/16', 1]])],
      Vpcs: [vpc(1, 'web'), vpc(2, 'data')],
      ...inside([1, 2]),
    });

  it('answers as of its id', async () => {
    named('web to data');
    const { code, stdout, stderr } = await explain('named', 'web to data');
    expect(stdout).toBe((await explain('named', id('pcx', 1))).stdout);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`note: web to data is ${id('pcx', 1)}.\n`)]);
  });

  it('says so of a name that several have, and of one that none has', async () => {
    named('twice', 'twice');
    const several = await explain('named', 'twice');
    expect([several.code, several.stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `twice is the name of several\\. Name one by its id:\\n  ${id('pcx', 1)} \\(twice\\)  active: .*10\\.2\\.0\\.0/16\\n  ${id('pcx', 2)} `,
        ),
      ),
    ]);
    expect((await explain('named', 'web')).stderr).toContain('none that was read has this name');
  });
});

describe('explain, of a network without instances', () => {
  const write = (routes: Parameters<typeof table>[2]) =>
    writeAnswers(join(peeringCommand.directory, 'empty', REGION), {
      VpcPeeringConnections: [peering(1, { number: 1 }, { number: 2 })],
      RouteTables: [table(1, 1, routes), table(2, 2, [['10.1.0.0/16', 1]])],
      Vpcs: [vpc(1, 'web'), vpc(2, 'data')],
      ...inside([1, 2]),
      NetworkInterfaces: [],
      Reservations: [],
    });

  it('says what was judged and what was not, with the exit code for what was not', async () => {
    write([['10.2.0.0/16', 1]]);
    const { code, stdout } = await explain('empty', 'web', 'data');
    expect(code).toBe(3);
    expect(stdout).not.toContain('nothing in the network is in the way');
    expect(stdout).toContain('routes and network ACLs are judged there, no security group is');
  });

  it('advises on a missing route by what the policy makes of it, not to tag a table that is tagged', async () => {
    write([]);
    const { code, stdout } = await explain('empty', 'web', 'data');
    expect(code).toBe(2);
    expect(stdout).toContain('the next sweep of the stack writes it, or peering apply does now');
    expect(stdout).not.toContain('tagging the table');
  });

  it.each([
    ['RouteLimitExceeded', 'have the quota "Routes per route table" raised'],
    ['UnauthorizedOperation', 'A permission is missing, or a policy forbids it.'],
  ])('says of a missing route that AWS has refused it, and why: %s', async (code, why) => {
    write([]);
    const at = Math.floor(Date.now() / 1000) - 3600;
    writeFileSync(
      join(peeringCommand.directory, 'empty', REGION, 'Registry.json'),
      JSON.stringify({
        routes: {},
        repairs: {},
        notes: { [`call-failed CreateRoute ${id('rtb', 1)}`]: { value: code, at } },
      }),
    );
    const { stdout } = await explain('empty', 'web', 'data');
    expect(stdout).toContain(`AWS has refused CreateRoute there within the last day (${code}).`);
    expect(stdout).toContain(why);
    expect(stdout).not.toContain('the next sweep of the stack writes it');
  });
});

it('explain, of a rule whose group lies behind a peering that is gone, names group, rule and call', async () => {
  const pair = { GroupId: id('sg', 0xbad), UserId: '222222222222', PeeringStatus: 'deleted' };
  write('stale', [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs: [pair] }]);
  for (const args of [[], ['--port', '8080']]) {
    const { code, stdout } = await explain('stale', id('i', 1), id('i', 2), ...args);
    expect(code).toBe(2);
    expect(stdout).toContain(
      `The inbound rule of ${id('sg', 2)} for TCP 8080 refers to ${id('sg', 0xbad)}, a group that no longer counts`,
    );
    expect(stdout).toContain(
      `aws ec2 describe-stale-security-groups --vpc-id ${id('vpc', 2)} --region ${REGION}`,
    );
  }
});

it('explain, of a snapshot with saved stale groups, says which EC2 lists and no call to copy', async () => {
  const pair = { GroupId: id('sg', 0xbad), UserId: '222222222222' };
  write('listed', [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs: [pair] }]);
  const stale = { ...pair, VpcPeeringConnectionId: id('pcx', 9), PeeringStatus: 'deleted' };
  const listed = (number: number, UserIdGroupPairs: readonly object[]) => ({
    GroupId: id('sg', number),
    VpcId: id('vpc', 2),
    StaleIpPermissions: [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, UserIdGroupPairs }],
  });
  writeAnswers(join(peeringCommand.directory, 'listed', REGION), {
    StaleSecurityGroupSet: [listed(2, [stale]), listed(44, [stale])],
  });
  renameSync(
    join(peeringCommand.directory, 'listed', REGION, 'StaleSecurityGroupSet.json'),
    join(peeringCommand.directory, 'listed', REGION, 'StaleSecurityGroups.json'),
  );
  const { code, stdout } = await explain('listed', id('i', 1), id('i', 2), '--port', '8080');
  expect(code).toBe(2);
  expect(stdout).toContain(`EC2 lists the reference as stale, and ${id('pcx', 9)} no longer exists.`);
  expect(stdout).toContain(`stale rules are also in ${id('sg', 44)} of ${id('vpc', 2)}`);
  expect(stdout).not.toContain('describe-stale-security-groups');
});

it('explain, of a snapshot with the memory of the stack, says when people were told of the end', async () => {
  write('told', []);
  writeAnswers(join(peeringCommand.directory, 'told', REGION), {
    VpcPeeringConnections: [peering(1, { number: 1 }, { number: 2 }, 'deleted')],
  });
  writeFileSync(
    join(peeringCommand.directory, 'told', REGION, 'Registry.json'),
    JSON.stringify({
      notes: { [`ended ${id('pcx', 1)}`]: { value: 'told', at: Date.UTC(2026, 0, 31, 12) / 1000 } },
    }),
  );
  const { stdout } = await explain('told', id('pcx', 1));
  expect(stdout).toContain(`${id('pcx', 1)} was deleted before 2026-01-31 12:00 UTC`);
});

describe('the prefix lists of a network', () => {
  const listed = network({
    routeTables: tables({ a: [route('10.2.0.0/16', 'pcx-ab'), route('pl-1', 'tgw-1')] }),
    securityGroups: [
      securityGroup(VPC_A),
      securityGroup(VPC_B, { ingress: [rule({ prefixListIds: ['pl-2'] })] }),
    ],
  });

  function scopeOf(snapshot: NetworkSnapshot, lists?: readonly PrefixList[]) {
    const asked: string[] = [];
    const scope: Scope = {
      accountId: OWN,
      region: REGION,
      readMemory: async () => NO_MEMORY,
      reader: {
        readTables: async () => [...snapshot.routeTables],
        readPeerings: async () => [...snapshot.peerings],
        readVpcs: async () => [...snapshot.vpcs],
        ...(lists === undefined
          ? {}
          : {
              readPrefixLists: async (_region: string, ids: readonly string[]) => {
                asked.push(...ids);
                return lists.filter(({ prefixListId }) => ids.includes(prefixListId));
              },
            }),
      },
      connectivity: {
        ...EMPTY_CONNECTIVITY,
        readInstances: async () => [...snapshot.instances],
        readSubnets: async () => [...snapshot.subnets],
        readSecurityGroups: async () => [...snapshot.securityGroups],
        readNetworkAcls: async () => [...snapshot.networkAcls],
        readInterfaces: async () => [...snapshot.interfaces],
      },
    };
    return { scope, asked };
  }

  function list(prefixListId: string, cidrs?: readonly string[]): PrefixList {
    return { prefixListId, name: 'ours', owner: 'customer', ...(cidrs === undefined ? {} : { cidrs }) };
  }

  async function diagnosed(lists?: readonly PrefixList[]) {
    const { scope, asked } = scopeOf(listed, lists);
    const read = await readNetwork({ scopes: [scope] });
    return { ...diagnose(read, 'i-a', 'i-b'), asked };
  }

  it('are asked for by the routes and rules that name them, and count with their entries', async () => {
    const open = await diagnosed([list('pl-1', ['10.9.0.0/16']), list('pl-2', ['10.1.0.0/16'])]);
    expect(open.asked).toEqual(['pl-1', 'pl-2']);
    expect(open.reachable).toBe(true);
    const taken = await diagnosed([list('pl-1', ['10.2.1.0/24']), list('pl-2', ['10.1.0.0/16'])]);
    expect(taken.hops.at(-1)?.sentence).toContain('is prefix list pl-1 to tgw-1');
    const closed = await diagnosed([list('pl-1', ['10.9.0.0/16']), list('pl-2', ['10.8.0.0/16'])]);
    expect(closed.firstFailure?.hop).toBe('security-group-in');
  });

  it.each([
    ['whose entries are not given to this account', [list('pl-1'), list('pl-2', ['10.1.0.0/16'])]],
    ['that nothing reads', undefined],
  ])('%s are not visible', async (_, lists) => {
    const { reachable, hops } = await diagnosed(lists);
    expect(reachable).toBe('not-visible');
    expect(hops.at(-1)?.sentence).toContain('whether 10.2.1.139 is in the list is not visible');
  });

  it('are not asked for where nothing names one', async () => {
    const { scope, asked } = scopeOf(network(), []);
    await readNetwork({ scopes: [scope] });
    expect(asked).toEqual([]);
  });
});

describe('explain, where a peer is in a Region that the policy does not manage', () => {
  const ends = ['10.1.1.10', '10.5.1.10', '--port', '443'];
  const home = ['--policy', 'home.yml'];
  beforeAll(() => {
    const place = join(peeringCommand.directory, 'two-regions');
    writeNetwork(place);
    writeAnswers(join(place, REGION), { RouteTables: [table(1, 1, [['10.5.0.0/16', 4]], '*', 1)] });
    writeFileSync(
      join(peeringCommand.directory, 'home.yml'),
      POLICY.replace('[us-east-1, eu-west-1]', '[us-east-1]'),
    );
  });

  it('says which options read the rest, and reads it with these', async () => {
    const { code, stdout } = await explain('two-regions', ...ends, ...home);
    expect(code).toBe(3);
    const [, typed = ''] = /, too: ((?:--region [a-z0-9-]+ ?)+)/.exec(stdout) ?? [];
    const rest = await explain('two-regions', ...ends, ...home, ...typed.trim().split(' '));
    expect(rest).toMatchObject({ code: 2, stderr: '' });
    expect(rest.stdout).toMatch(/rtb-0+5 of subnet-0+5 has no route to 10\.1\.1\.10/);
    // It is not the policy's to mend, as it is where the policy manages that Region.
    expect(rest.stdout).not.toContain('peering apply');
    expect((await explain('two-regions', ...ends)).stdout).toContain('or peering apply does now');
  });

  it('says so where nothing was saved of a Region that is named', async () => {
    const { code, stderr } = await explain('two-regions', ...ends, ...home, '--region', 'ap-south-1');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'peering: two-regions holds nothing of ap-south-1, which --region names. It holds eu-west-1, us-east-1.\n',
    );
  });
});
