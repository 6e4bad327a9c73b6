import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOfFile, type Ended, valid } from './support/command.ts';
import {
  type Answers,
  peering as connection,
  id,
  OWN,
  STRANGER,
  table,
  vpc,
  writeAnswers,
  writeHub,
} from './support/network.ts';

/** What the command says of a network beyond its decisions: what is held, has ended, or could not be judged. */

const OTHER = '222222222222';
const SYNCED = { 'peering-autopilot:routes-synced-at': '2026-01-31T12:00:00.000Z' };

const peering = commandOfFile();
const { inDirectory } = peering;

beforeEach(() => rmSync(inDirectory('net'), { recursive: true, force: true }));

function policy(more = '', name = 'policy.yml', accounts = '[self]'): string {
  writeFileSync(
    inDirectory(name),
    `version: 1\n${more}rules: [{ name: own-vpcs, effect: accept, remote: { accounts: ${accounts} } }]\n`,
  );
  return name;
}

function write(answers: Answers, ...place: readonly string[]): void {
  writeAnswers(inDirectory('net', ...(place.length === 0 ? ['us-east-1'] : place)), answers);
}

function registry(content: object): void {
  writeFileSync(inDirectory('net', 'us-east-1', 'Registry.json'), JSON.stringify(content));
}

function on(verb: string, ...args: readonly string[]): Promise<Ended> {
  return peering.run([verb, '--snapshot', 'net', '--policy', 'policy.yml', ...args]);
}

/** 1-2 is active, and the route back from 2 is missing. */
function oneRouteLost(): void {
  write({
    VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 }, 'active', SYNCED)],
    RouteTables: [table(1, 1, [['10.2.0.0/16', 1]]), table(2, 2, [])],
    Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
  });
  registry({
    routes: {
      [id('rtb', 1)]: { '10.2.0.0/16': { peeringId: id('pcx', 1), rule: 'own-vpcs' } },
      [id('rtb', 2)]: { '10.1.0.0/16': { peeringId: id('pcx', 1), rule: 'own-vpcs' } },
    },
    repairs: {},
    notes: {},
  });
}

it('a repair that AWS has refused lately is not promised for the next sweep, and is warned of', async () => {
  policy();
  oneRouteLost();
  const at = Math.floor(Date.now() / 1000) - 3600;
  registry({
    routes: {
      [id('rtb', 1)]: { '10.2.0.0/16': { peeringId: id('pcx', 1), rule: 'own-vpcs' } },
      [id('rtb', 2)]: { '10.1.0.0/16': { peeringId: id('pcx', 1), rule: 'own-vpcs' } },
    },
    repairs: {},
    notes: { [`call-failed CreateRoute ${id('rtb', 2)}`]: { value: 'UnauthorizedOperation', at } },
  });
  const drift = await on('drift');
  expect(drift.stdout).toContain('1 of 1 can be mended by peering apply.');
  expect(drift.stdout).not.toContain('next sweep');
  expect(drift.stderr).toMatch(/AWS has refused CreateRoute for rtb-\w+ .*UnauthorizedOperation/);
  // A day later nobody knows whether it still is so.
  registry({
    routes: { [id('rtb', 2)]: { '10.1.0.0/16': { peeringId: id('pcx', 1), rule: 'own-vpcs' } } },
    repairs: {},
    notes: {
      [`call-failed CreateRoute ${id('rtb', 2)}`]: { value: 'UnauthorizedOperation', at: at - 26 * 3600 },
    },
  });
  expect((await on('drift')).stdout).toContain('or by the next sweep');
});

describe('a new route that AWS has refused lately', () => {
  function refused(code: string): void {
    policy();
    write({
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 }, 'active')],
      RouteTables: [table(1, 1, [['10.2.0.0/16', 1]]), table(2, 2, [])],
      Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    });
    registry({
      routes: { [id('rtb', 1)]: { '10.2.0.0/16': { peeringId: id('pcx', 1), rule: 'own-vpcs' } } },
      repairs: {},
      notes: {
        [`call-failed CreateRoute ${id('rtb', 2)}`]: {
          value: code,
          at: Math.floor(Date.now() / 1000) - 3600,
        },
      },
    });
  }

  it('is over-limit where the quota of its table is lower than the policy counts on', async () => {
    refused('RouteLimitExceeded');
    const drift = await on('drift', '--json');
    expect(drift.code).toBe(2);
    const { findings } = valid('drift', drift.stdout) as { findings: readonly { kind: string }[] };
    expect(findings.filter(({ kind }) => kind === 'over-limit')).toMatchObject([
      {
        routeTableId: id('rtb', 2),
        destination: '10.1.0.0/16',
        peeringId: id('pcx', 1),
        repairable: false,
        detail: expect.stringMatching(
          /AWS has refused CreateRoute there within the last day \(RouteLimitExceeded\).*routesPerTable/,
        ),
      },
    ]);
    const status = await on('status', '--json');
    expect(valid('status', status.stdout)).toMatchObject({
      views: expect.arrayContaining([
        expect.objectContaining({
          localVpc: id('vpc', 2),
          health: 'drift',
          notes: expect.arrayContaining(['1 over-limit', 'AWS refuses CreateRoute (RouteLimitExceeded)']),
        }),
      ]),
    });
  });

  it('is missing where a permission is missing: nobody is told that there is no drift', async () => {
    refused('UnauthorizedOperation');
    const drift = await on('drift');
    expect(drift.stdout).not.toMatch(/over-limit|No drift/);
    expect(drift.stdout).toContain('1 of 1 can be mended by peering apply.');
    const { code, stdout } = await on('drift', '--json');
    expect(code).toBe(2);
    const { findings } = valid('drift', stdout) as { findings: readonly { kind: string }[] };
    expect(findings.filter(({ kind }) => kind === 'missing')).toMatchObject([
      {
        routeTableId: id('rtb', 2),
        destination: '10.1.0.0/16',
        repairable: true,
        detail: expect.stringMatching(/ AWS has refused CreateRoute there .*permission is missing/),
      },
    ]);
    const status = await on('status', '--json');
    expect(valid('status', status.stdout)).toMatchObject({
      views: expect.arrayContaining([
        expect.objectContaining({
          localVpc: id('vpc', 2),
          health: 'drift',
          notes: expect.arrayContaining(['1 missing', 'AWS refuses CreateRoute (UnauthorizedOperation)']),
        }),
      ]),
    });
  });
});

describe('what AWS has refused lately and was never drift', () => {
  const peered = { peeringId: id('pcx', 1), rule: 'own-vpcs' };

  function tables(...ofOne: readonly string[]): void {
    write({
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 })],
      RouteTables: [
        table(
          1,
          1,
          ofOne.map((each) => [each, 1]),
        ),
        table(2, 2, [['10.1.0.0/16', 1]]),
      ],
      Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    });
  }

  function refused(call: string, own: Readonly<Record<string, typeof peered>>): void {
    const at = Math.floor(Date.now() / 1000) - 3600;
    registry({
      routes: { [id('rtb', 1)]: own, [id('rtb', 2)]: { '10.1.0.0/16': peered } },
      repairs: {},
      notes: { [`call-failed ${call}`]: { value: 'UnauthorizedOperation', at } },
    });
  }

  it('is stale where a route is to go because the policy has changed', async () => {
    writeFileSync(
      inDirectory('policy.yml'),
      'version: 1\nrules: [{ name: own-vpcs, effect: accept, remote: { accounts: [self] }, routes: { exclude: [10.2.128.0/17] } }]\n',
    );
    tables('10.2.0.0/17', '10.2.128.0/17');
    refused(`DeleteRoute ${id('rtb', 1)}`, { '10.2.0.0/17': peered, '10.2.128.0/17': peered });
    const { code, stdout } = await on('drift', '--json');
    expect(code).toBe(2);
    expect(valid('drift', stdout)).toMatchObject({
      findings: [
        {
          kind: 'stale',
          destination: '10.2.128.0/17',
          detail: expect.stringContaining('AWS has refused DeleteRoute there'),
        },
      ],
      planned: [],
    });
  });

  it('is of DNS resolution where a peering option could not be set', async () => {
    writeFileSync(
      inDirectory('policy.yml'),
      'version: 1\nrules: [{ name: own-vpcs, effect: accept, remote: { accounts: [self] }, routes: { dnsResolution: true } }]\n',
    );
    tables('10.2.0.0/16');
    refused(`ModifyVpcPeeringConnectionOptions ${id('pcx', 1)}`, { '10.2.0.0/16': peered });
    const { code, stdout } = await on('drift', '--json');
    expect(code).toBe(2);
    const { findings } = valid('drift', stdout) as { findings: readonly object[] };
    expect(findings).toHaveLength(2);
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'dns-resolution',
          peeringId: id('pcx', 1),
          detail: expect.stringContaining('AWS has refused ModifyVpcPeeringConnectionOptions'),
        }),
      ]),
    );
  });
});

describe('the registry in a snapshot', () => {
  it('makes a route that is missing drift', async () => {
    policy();
    oneRouteLost();
    const { code, stdout } = await on('drift', '--json');
    expect(code).toBe(2);
    expect(valid('drift', stdout)).toMatchObject({
      findings: [{ kind: 'missing', routeTableId: id('rtb', 2), repairable: true, heldBy: null }],
    });
  });

  it.each<[string, object, string]>([
    [
      'a route without a peering',
      { routes: { 'rtb-1': { '10.0.0.0/8': { rule: 'x' } } } },
      'does not say of the route 10.0.0.0/8 in rtb-1 to which peeringId it leads and by which rule',
    ],
    [
      'a route that is text',
      { routes: { 'rtb-1': { '10.0.0.0/8': 'pcx-1' } } },
      'does not say of the route 10.0.0.0/8 in rtb-1 to which peeringId it leads and by which rule',
    ],
    ['a list of routes', { routes: [] }, 'has a list as routes, where an object belongs'],
    ['a list of routes of a table', { routes: { 'rtb-1': [] } }, 'has a list as routes of rtb-1,'],
    ['a slip in a key', { route: {} }, 'has an unknown key "route" (did you mean "routes"?)'],
    ['nothing', {}, 'has none of routes, repairs, notes'],
    ['repairs that are no times', { repairs: { 'rtb-1=10.0.0.0/8': 'today' } }, 'does not say when rtb-1='],
    ['a note without a time', { notes: { told: { value: 'x' } } }, 'does not say value and time (at) of'],
  ])('with %s is named with file, Region, what is wrong and what to do', async (_name, content, problem) => {
    policy();
    oneRouteLost();
    registry(content);
    const { code, stderr } = await on('plan');
    expect(code).toBe(1);
    expect(stderr).toContain(`Registry.json of us-east-1 ${problem}`);
    expect(stderr).toContain(join('net', 'us-east-1', 'Registry.json'));
    expect(stderr).toContain('peering snapshot --out DIR');
    expect(stderr).toContain('or take the file away');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a change that is held', () => {
  it('has a heading of its own, does not count as to do, and is not called fine', async () => {
    policy('drift: { repair: false }\n');
    oneRouteLost();
    const { code, stdout } = await on('plan');
    expect(code).toBe(2);
    expect(stdout).toMatch(/Changes \(0\)\n {2}None\.\n\nHeld \(1\)\n {2}\+ create 10\.1\.0\.0\/16/);
    expect(stdout).toContain(', held (drift.repair is off)');
    expect(stdout).toContain(
      'Nothing to do for the automation. Held: 1 change (drift.repair is off). peering apply makes what a person may let through, after asking.',
    );
    expect(stdout).not.toContain('To do');
    expect(valid('plan', (await on('plan', '--json')).stdout)).toMatchObject({
      changes: [{ heldBy: 'repair-off' }],
    });
  });

  it('is not said to be mended by the next sweep', async () => {
    policy('drift: { repair: false }\n');
    oneRouteLost();
    const { stdout } = await on('drift');
    expect(stdout).toContain('its repair is held (drift.repair is off)');
    expect(stdout).toContain('1 of 1 can be mended by peering apply.');
    policy();
    expect((await on('drift')).stdout).toContain(
      '1 of 1 can be mended by peering apply, or by the next sweep of the stack. Should that not mend it, peering doctor',
    );
  });

  it('by observe stays in the plan, which is what would be done', async () => {
    policy('mode: observe\n');
    oneRouteLost();
    const { code, stdout } = await on('plan');
    expect(code).toBe(2);
    expect(stdout).toContain(
      'To do: 1 route to create. The policy says mode: observe, so the automation only reports it.',
    );
    expect((await on('drift')).stdout).toContain('0 of 1 can be mended by peering apply.');
  });
});

describe('a peering that another one of the same two VPCs has replaced', () => {
  const own = { peeringId: id('pcx', 1), rule: 'own-vpcs' };
  const routes = { [id('rtb', 1)]: { '10.2.0.0/16': own }, [id('rtb', 2)]: { '10.1.0.0/16': own } };

  function replaced(before: string, after: string): void {
    write({
      VpcPeeringConnections: [
        connection(1, { number: 1 }, { number: 2 }, before),
        connection(2, { number: 1 }, { number: 2 }, after),
      ],
      RouteTables: [
        table(1, 1, [['10.2.0.0/16', 1, 'blackhole']]),
        table(2, 2, [['10.1.0.0/16', 1, 'blackhole']]),
      ],
      Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    });
    registry({ routes, repairs: {}, notes: {} });
  }

  it('leaves stale routes: drift tells what plan moves, and status calls nothing fine', async () => {
    policy();
    replaced('deleted', 'active');
    expect((await on('plan')).stdout).toContain(`~ replace 10.2.0.0/16 -> ${id('pcx', 2)}`);
    const { code, stdout } = await on('drift');
    expect(code).toBe(2);
    expect(stdout).toContain(`stale  ${id('rtb', 1)} 10.2.0.0/16 ${id('pcx', 1)}`);
    expect(stdout).toContain(
      `which is deleted. The route to ${id('pcx', 2)} (rule own-vpcs) takes its place.`,
    );
    expect(stdout).toContain('2 of 2 can be mended by peering apply, or by the next sweep of the stack.');
    expect(valid('status', (await on('status', '--json')).stdout)).toMatchObject({
      views: [{ health: 'incomplete' }, { health: 'incomplete' }],
    });
  });
});

describe('a route that is to go and still has a part of the addresses of a peering', () => {
  const wanted = { peeringId: id('pcx', 1), rule: 'own-vpcs' };
  const former = { peeringId: id('pcx', 2), rule: 'own-vpcs' };

  function narrower(...destinations: readonly string[]): void {
    write({
      VpcPeeringConnections: [
        connection(1, { number: 1 }, { number: 2 }),
        connection(2, { number: 1 }, { number: 3, account: STRANGER }),
      ],
      RouteTables: [
        table(1, 1, [['10.2.0.0/16', 1], ...destinations.map((each) => [each, 2] as [string, number])]),
        table(2, 2, [['10.1.0.0/16', 1]]),
      ],
      Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    });
    const own = Object.fromEntries(destinations.map((each) => [each, former]));
    registry({ routes: { [id('rtb', 1)]: { '10.2.0.0/16': wanted, ...own } }, repairs: {}, notes: {} });
  }

  it.each([
    ['which nothing holds', 'drift: { onUntag: remove }\n', 'incomplete'],
    ['which is held', 'mode: observe\ndrift: { onUntag: remove }\n', 'incomplete'],
  ])('%s: status says so, and does not call the side ok', async (_, more, health) => {
    policy(more);
    narrower('10.2.64.0/19');
    const { views } = valid('status', (await on('status', '--json')).stdout) as {
      views: { peeringId: string; localVpc: string }[];
    };
    expect(views.filter(({ peeringId }) => peeringId === wanted.peeringId)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          localVpc: id('vpc', 1),
          health,
          routes: { desired: 1, present: 0 },
          notes: [`10.2.64.0/19 in ${id('rtb', 1)} has a part of its addresses until it is deleted`],
        }),
        expect.objectContaining({ localVpc: id('vpc', 2), health: 'ok', notes: [] }),
      ]),
    );
  });

  it('counts what it does not name', async () => {
    policy('drift: { onUntag: remove }\n');
    narrower('10.2.64.0/19', '10.2.96.0/19', '10.2.128.0/19');
    expect((await on('status', '--wide')).stdout).toContain(
      `10.2.64.0/19 in ${id('rtb', 1)} and 2 more have parts of its addresses until they are deleted`,
    );
  });
});

describe('a change that is no drift, as the policy asks for it', () => {
  it('is shown beside the drift, which is none', async () => {
    policy();
    writeFileSync(
      inDirectory('policy.yml'),
      'version: 1\nrules: [{ name: own-vpcs, effect: accept, remote: { accounts: [self] }, routes: { exclude: [10.2.128.0/17] } }]\n',
    );
    write({
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 })],
      RouteTables: [
        table(1, 1, [
          ['10.2.0.0/17', 1],
          ['10.2.128.0/17', 1],
        ]),
        table(2, 2, [['10.1.0.0/16', 1]]),
      ],
      Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    });
    const own = { peeringId: id('pcx', 1), rule: 'own-vpcs' };
    registry({
      routes: { [id('rtb', 1)]: { '10.2.0.0/17': own, '10.2.128.0/17': own } },
      repairs: {},
      notes: {},
    });
    const { code, stdout } = await on('drift');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Findings \(0\)\n {2}No drift\.\n\nNo drift, but planned \(1\)\n {2}- delete 10\.2\.128\.0\/17 -> pcx-\w+ in rtb-\w+ \(us-east-1\)\n .*that rule own-vpcs does not ask for any more\./,
    );
    expect(valid('drift', (await on('drift', '--json')).stdout)).toMatchObject({
      findings: [],
      planned: [{ action: 'delete', destination: '10.2.128.0/17' }],
    });
  });
});

describe('what cannot be judged', () => {
  const toList = {
    ...table(1, 1, [['10.2.0.0/16', 1]]),
    Routes: [
      {
        DestinationPrefixListId: 'pl-0123456789abcdef0',
        GatewayId: 'tgw-1',
        State: 'active',
        Origin: 'CreateRoute',
      },
      ...table(1, 1, [['10.2.0.0/16', 1]]).Routes,
    ],
  };

  beforeEach(() => {
    policy();
    write({
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 })],
      RouteTables: [toList, table(2, 2, [['10.1.0.0/16', 1]])],
      Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    });
  });

  it('is counted and named, and drift exits 3 instead of saying that there is none', async () => {
    const { code, stdout } = await on('drift');
    expect(code).toBe(3);
    expect(stdout).toContain('not judged: 1\n  pl-0123456789abcdef0 (us-east-1)\n');
    expect(stdout).toContain('ManagedPrefixLists.json is missing');
    expect(stdout).not.toContain('No drift');
    const json = await on('drift', '--json');
    expect(json.code).toBe(3);
    expect(valid('drift', json.stdout)).toMatchObject({
      findings: [],
      notJudged: [{ accountId: OWN, region: 'us-east-1', resource: 'pl-0123456789abcdef0' }],
    });
    expect((await on('plan')).stdout).toContain('Nothing to do, as far as it was judged.');
  });

  it('is judged once the lists and their entries are saved', async () => {
    const place = (name: string) => inDirectory('net', 'us-east-1', name);
    writeFileSync(
      place('ManagedPrefixLists.json'),
      JSON.stringify({
        PrefixLists: [
          { PrefixListId: 'pl-0123456789abcdef0', PrefixListName: 'offices', MaxEntries: 5, OwnerId: OWN },
        ],
      }),
    );
    expect((await on('drift')).stdout).toContain('PrefixListEntries.json is missing');
    writeFileSync(
      place('PrefixListEntries.json'),
      JSON.stringify({ PrefixListEntries: { 'pl-0123456789abcdef0': [{ Cidr: '192.168.0.0/24' }] } }),
    );
    const { code, stdout } = await on('drift');
    expect([code, stdout]).toEqual([0, 'Findings (0)\n  No drift.\n']);
  });
});

describe('status', () => {
  it('shows what has ended with what AWS says, what nobody routes, and who is waited for', async () => {
    policy();
    const ended = connection(3, { number: 1 }, { number: 4, account: STRANGER }, 'rejected');
    write({
      VpcPeeringConnections: [
        connection(1, { number: 1 }, { number: 2, account: OTHER }),
        connection(2, { number: 1 }, { number: 3, account: STRANGER }, 'pending-acceptance'),
        { ...ended, Status: { Code: 'rejected', Message: `Rejected by ${STRANGER}` } },
        connection(5, { number: 1 }, { number: 5 }),
      ],
      RouteTables: [table(1, 1, [['10.5.0.0/16', 5]]), table(5, 5, [], null)],
      Vpcs: [vpc(1, 'a'), vpc(5, 'e')],
    });
    const { stdout } = await on('status');
    expect(stdout).toMatch(new RegExp(`${id('pcx', 1)} .* no rule matches: nothing is routed$`, 'm'));
    expect(stdout).toMatch(new RegExp(`requested +${id('pcx', 2)} .* waits for account ${STRANGER}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`${id('pcx', 5)} .* routed from one side only$`, 'm'));
    expect(stdout).toMatch(
      new RegExp(
        `Ended \\(1\\)\\n.*\\n${id('pcx', 3)} .* rejected +this account .* Rejected by ${STRANGER}$`,
        'm',
      ),
    );
    const document = valid('status', (await on('status', '--json')).stdout);
    expect(document).toMatchObject({
      ended: [{ peeringId: id('pcx', 3), askedBy: 'ours', statusMessage: `Rejected by ${STRANGER}` }],
      notJudged: [],
    });
    const { views } = document as { views: { peeringId: string; standing: string }[] };
    expect(views.map(({ peeringId, standing }) => `${peeringId.slice(-1)} ${standing}`)).toEqual([
      '5 managed',
      '5 managed',
      '1 unmanaged',
      '2 request',
    ]);
  });

  it('and report name the same', async () => {
    policy();
    write({
      VpcPeeringConnections: [connection(3, { number: 1 }, { number: 4, account: STRANGER }, 'expired')],
      RouteTables: [table(1, 1, [])],
      Vpcs: [vpc(1, 'a')],
    });
    expect((await on('report', '--out', 'page.html')).code).toBe(0);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(inDirectory('page.html'), 'utf8')).toMatch(/<h2 id="ended">Ended \(1\)<\/h2>/);
  });
});

describe('a snapshot of two files', () => {
  it('takes the CIDRs of the VPCs from the peerings', async () => {
    policy();
    write({
      VpcPeeringConnections: [
        connection(1, { number: 1 }, { number: 2 }),
        connection(2, { number: 1 }, { number: 2 }, 'deleted'),
      ],
      RouteTables: [table(1, 1, []), table(2, 2, [])],
    });
    const { code, stdout, stderr } = await on('plan');
    expect(code).toBe(2);
    expect(stdout).toContain('To do: 2 routes to create.');
    expect(stderr).toMatch(/Vpcs\.json is missing: names and tags of the VPCs are unknown/);
  });

  it('leaves everything as it is where a rule asks for tags', async () => {
    writeFileSync(
      inDirectory('policy.yml'),
      'version: 1\nrules: [{ name: lab, effect: accept, local: { tags: { A: b } }, remote: { accounts: [self] } }]\n',
    );
    write({
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 })],
      RouteTables: [table(1, 1, []), table(2, 2, [])],
    });
    const { stdout, stderr } = await on('plan');
    expect(stderr).toContain('tags and CIDRs of the VPCs are unknown');
    expect(stdout).toContain('Changes (0)');
    expect((await on('drift')).code).toBe(3);
  });
});

describe('whose a snapshot is', () => {
  const theirs: Answers = {
    VpcPeeringConnections: [connection(1, { number: 1, account: OTHER }, { number: 2, account: OTHER })],
    RouteTables: [{ ...table(1, 1, []), OwnerId: OTHER }],
  };

  it('is told where it stands under the name of another account', async () => {
    policy();
    write(theirs, 'accounts', OWN, 'us-east-1');
    const { code, stderr } = await on('plan');
    expect(code).toBe(1);
    expect(stderr).toContain(
      `is not of account ${OWN}: its route tables and VPCs belong to ${OTHER}. Name the directory accounts/${OTHER}`,
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('is told by its peerings where tables name no owner', async () => {
    policy();
    const { OwnerId: _, ...unowned } = table(1, 1, []);
    write({ ...theirs, RouteTables: [unowned] }, 'accounts', OWN, 'us-east-1');
    expect((await on('plan')).stderr).toMatch(/none of its peerings has a side there; 222222222222 has one/);
  });

  it('is told where --account names another one, and where the Region is another', async () => {
    policy();
    write(theirs);
    expect((await on('plan')).code).toBe(2);
    expect((await on('plan', '--account', OWN)).stderr).toContain(`Say whose it is: --account ${OTHER}`);
    rmSync(inDirectory('net'), { recursive: true });
    write(theirs, 'eu-west-1');
    expect((await on('plan')).stderr).toMatch(/is not of eu-west-1: .* lie in us-east-1\./);
  });
});

describe('a request between two accounts that are both judged', () => {
  const asked = connection(1, { number: 1 }, { number: 6, account: OTHER }, 'pending-acceptance');

  beforeEach(() => {
    const place = (account: string) => ['accounts', account, 'us-east-1'] as const;
    write(
      { VpcPeeringConnections: [asked], RouteTables: [table(1, 1, [])], Vpcs: [vpc(1, 'a')] },
      ...place(OWN),
    );
    write(
      {
        VpcPeeringConnections: [asked],
        RouteTables: [{ ...table(6, 6, []), OwnerId: OTHER }],
        Vpcs: [{ ...vpc(6, 'f'), OwnerId: OTHER }],
      },
      ...place(OTHER),
    );
  });

  it('shows what both tables get once the other account has accepted it', async () => {
    policy('', 'policy.yml', `["${OWN}", "${OTHER}"]`);
    const once = { action: 'create', heldBy: 'acceptance', after: id('pcx', 1) };
    expect(valid('plan', (await on('plan', '--json')).stdout)).toMatchObject({
      changes: [
        { ...once, accountId: OWN, routeTableId: id('rtb', 1), destination: '10.6.0.0/16' },
        { ...once, accountId: OTHER, routeTableId: id('rtb', 6), destination: '10.1.0.0/16' },
      ],
    });
    const { stdout } = await on('plan');
    expect(stdout.match(/, once accepted$/gm)).toHaveLength(2);
  });

  it('says so where the policy only observes, too', async () => {
    policy('mode: observe\n', 'policy.yml', `["${OWN}", "${OTHER}"]`);
    const { stdout } = await on('plan');
    expect(stdout.match(/^ {2}\+ create .*, once accepted$/gm)).toHaveLength(2);
  });

  it('shows nothing of the kind where the other account does not accept it', async () => {
    policy('', 'policy.yml', `["${OTHER}"]`);
    expect(valid('plan', (await on('plan', '--json')).stdout)).toMatchObject({ changes: [] });
  });
});

describe('requests of two accounts to each other between the same two VPCs', () => {
  const [here, there] = [{ number: 1 }, { number: 6, account: OTHER }];
  const theirs = connection(1, there, here, 'pending-acceptance');
  const ours = connection(2, here, there, 'pending-acceptance');

  function writeBoth(...peerings: readonly ReturnType<typeof connection>[]): void {
    write(
      { VpcPeeringConnections: [...peerings], RouteTables: [table(1, 1, [])], Vpcs: [vpc(1, 'a')] },
      'accounts',
      OWN,
      'us-east-1',
    );
    write(
      {
        VpcPeeringConnections: [...peerings],
        RouteTables: [{ ...table(6, 6, []), OwnerId: OTHER }],
        Vpcs: [{ ...vpc(6, 'f'), OwnerId: OTHER }],
      },
      'accounts',
      OTHER,
      'us-east-1',
    );
  }

  interface Planned {
    readonly decisions: readonly {
      readonly peeringId: string;
      readonly accountId: string;
      readonly decision: string;
      readonly reasons: readonly string[];
    }[];
    readonly changes: readonly { readonly peeringId: string }[];
  }
  const planned = (stdout: string) => valid('plan', stdout) as Planned;

  it.each([
    ['the one of the other account', 1, '2026-12-01T00:00:00.000Z', '2026-12-02T00:00:00.000Z'],
    ['the own one', 2, '2026-12-02T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
  ])('are accepted one alone, the first: %s', async (_, first, ofTheirs, ofOurs) => {
    policy('', 'policy.yml', `["${OWN}", "${OTHER}"]`);
    writeBoth({ ...theirs, ExpirationTime: ofTheirs }, { ...ours, ExpirationTime: ofOurs });
    const { decisions, changes } = planned((await on('plan', '--json')).stdout);
    const answered = [
      { peeringId: id('pcx', 1), accountId: OWN },
      { peeringId: id('pcx', 2), accountId: OTHER },
    ].map(({ peeringId, accountId }) =>
      decisions.find((each) => each.peeringId === peeringId && each.accountId === accountId),
    );
    const [accepted, held] = first === 1 ? answered : answered.toReversed();
    expect(accepted?.decision).toBe('accept');
    expect(held?.decision).toBe('hold');
    expect(held?.reasons.join(' ')).toContain(
      `are about to be peered by ${id('pcx', first)}, whose request is accepted first; AWS allows one peering between two VPCs.`,
    );
    expect(new Set(changes.map(({ peeringId }) => peeringId))).toEqual(new Set([id('pcx', first)]));
  });

  it('are accepted by the account that does, where the other one observes', async () => {
    policy('mode: observe\n', 'here.yml', `["${OTHER}"]`);
    policy('', 'there.yml', `["${OWN}"]`);
    writeBoth(theirs, ours);
    const args = ['--policy', `${OWN}=here.yml`, '--policy', `${OTHER}=there.yml`, '--json'];
    const { stdout } = await peering.run(['plan', '--snapshot', 'net', ...args]);
    const answers = planned(stdout).decisions.filter(({ reasons }) => !reasons[0]?.includes('answers this'));
    expect(answers.map(({ peeringId, decision }) => `${peeringId} ${decision}`).sort()).toEqual([
      `${id('pcx', 1)} hold`,
      `${id('pcx', 2)} accept`,
    ]);
  });

  it('are none in the way of each other where one account alone accepts', async () => {
    policy('', 'policy.yml', `["${OTHER}"]`);
    writeBoth(theirs, ours);
    const { decisions } = planned((await on('plan', '--json')).stdout);
    expect(
      decisions.filter(({ decision }) => decision === 'accept').map(({ peeringId }) => peeringId),
    ).toEqual([id('pcx', 1)]);
  });
});

describe('a policy for each account', () => {
  beforeEach(() => {
    const both = connection(1, { number: 1 }, { number: 6, account: OTHER });
    write(
      { VpcPeeringConnections: [both], RouteTables: [table(1, 1, [])], Vpcs: [vpc(1, 'a')] },
      'accounts',
      OWN,
      'us-east-1',
    );
    write(
      {
        VpcPeeringConnections: [both],
        RouteTables: [{ ...table(6, 6, []), OwnerId: OTHER }],
        Vpcs: [{ ...vpc(6, 'f'), OwnerId: OTHER }],
      },
      'accounts',
      OTHER,
      'us-east-1',
    );
  });
  const plan = (...policies: readonly string[]) =>
    peering.run(['plan', '--snapshot', 'net', '--json', ...policies.flatMap((each) => ['--policy', each])]);

  it('judges each by its own, and others by the one without an account', async () => {
    policy('', 'theirs.yml', `["${OWN}"]`);
    policy('', 'none.yml', '["999999999999"]');
    const { stdout } = await plan('none.yml', `${OTHER}=theirs.yml`);
    expect(valid('plan', stdout)).toMatchObject({
      decisions: [
        { accountId: OWN, rule: null, standing: 'unmanaged' },
        { accountId: OTHER, rule: 'own-vpcs', standing: 'managed' },
      ],
      changes: [{ accountId: OTHER, routeTableId: id('rtb', 6) }],
    });
  });

  it('is asked for where one is missing, doubled or out of place', async () => {
    policy('', 'theirs.yml');
    expect((await plan(`${OTHER}=theirs.yml`)).stderr).toContain(
      `No policy is given for account ${OWN}. Add --policy ${OWN}=FILE`,
    );
    expect((await plan(`${OTHER}=theirs.yml`, `${OTHER}=theirs.yml`)).stderr).toContain(
      `--policy is given twice for account ${OTHER}`,
    );
    expect((await peering.run(['policy', 'check', '--policy', `${OTHER}=theirs.yml`])).stderr).toContain(
      'takes one policy, without an account',
    );
  });
});

describe('a network with hundreds of peerings', () => {
  it('is drawn whole', async () => {
    writeHub(inDirectory('net'), 255);
    const place = inDirectory('hub.yml');
    writeFileSync(place, 'version: 1\nrules: [{ name: all, effect: accept, remote: { accounts: ["*"] } }]\n');
    write({
      ...JSON.parse(
        JSON.stringify({
          VpcPeeringConnections: Array.from({ length: 301 }, (_, index) =>
            connection(index + 1, { number: 1 }, { number: 2 + (index % 200) }),
          ),
          RouteTables: [table(1, 1, [])],
          Vpcs: [vpc(1, 'a')],
        }),
      ),
    });
    const svg = await peering.run(['graph', '--snapshot', 'net', '--policy', place]);
    expect(svg.stderr).not.toContain('too many');
    expect(svg.stdout.match(/class="edge [a-z-]+" role="listitem"/g)).toHaveLength(301);
    const dot = await peering.run(['graph', '--snapshot', 'net', '--policy', place, '--format', 'dot']);
    expect(dot.stdout.match(/ -> /g)).toHaveLength(301);
  });
});
