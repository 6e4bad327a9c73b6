import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOfFile, type Ended, valid } from './support/command.ts';
import {
  askedByTwin,
  peering as connection,
  id,
  OWN,
  POLICY,
  STRANGER,
  table,
  vpc,
  writeAnswers,
  writeNetwork,
} from './support/network.ts';

/** Every read-only verb, as a process, on saved answers. */

const peering = commandOfFile();
const { inDirectory } = peering;

beforeAll(async () => {
  writeFileSync(inDirectory('peering-policy.yml'), POLICY);
  writeNetwork(inDirectory('net'));
});

function on(snapshot: string, ...args: readonly string[]): Promise<Ended> {
  return peering.run([...args, '--snapshot', snapshot]);
}

interface Plan {
  decisions: {
    peeringId: string;
    localVpc: string;
    decision: string;
    rule: string | null;
    reasons: string[];
  }[];
  changes: {
    action: string;
    routeTableId: string;
    destination: string;
    peeringId: string;
    after: string | null;
  }[];
  findings: { kind: string; routeTableId: string | null }[];
  warnings: string[];
}

async function planOf(snapshot: string, ...args: readonly string[]): Promise<Plan> {
  return valid('plan', (await on(snapshot, 'plan', '--json', ...args)).stdout) as Plan;
}

describe('plan', () => {
  it('prints every decision and change as the schema says, and exits 2', async () => {
    const { code, stdout, stderr } = await on('net', 'plan', '--json');
    const plan = valid('plan', stdout) as Plan;
    expect([code, stderr]).toEqual([2, '']);
    expect(plan.decisions).toHaveLength(7);
    const ofStranger = plan.decisions.find(({ peeringId }) => peeringId === id('pcx', 3));
    expect(ofStranger).toMatchObject({ decision: 'hold', rule: null });
    expect(
      plan.changes.map(({ action, routeTableId, destination, after }) => [
        action,
        routeTableId,
        destination,
        after,
      ]),
    ).toEqual([
      ['create', id('rtb', 5), '10.1.0.0/16', null],
      ['create', id('rtb', 1), '10.5.0.0/16', null],
      ['create', id('rtb', 2), '10.1.0.0/16', null],
      ['create', id('rtb', 2), '10.3.0.0/16', id('pcx', 2)],
      ['create', id('rtb', 3), '10.2.0.0/16', id('pcx', 2)],
    ]);
    expect(plan.findings).toMatchObject([{ kind: 'missing', routeTableId: id('rtb', 2) }]);
  });

  it('says the same for people, with reasons, and lets no tag write to the terminal', async () => {
    const { stdout } = await on('net', 'plan');
    expect(stdout).toContain('To do: 1 request to accept, 5 routes to create.');
    expect(stdout).toContain(`remote account ${STRANGER} is not in remote.accounts [self]`);
    expect(stdout).toContain('once accepted');
    for (const character of ['\u001b', '\u202e']) {
      expect(stdout).not.toContain(character);
    }
  });

  it('shows one Region or VPC when asked, and still decides from both sides', async () => {
    const abroad = await planOf('net', '--region', 'eu-west-1');
    expect(abroad.decisions.map(({ localVpc }) => localVpc)).toEqual([id('vpc', 5)]);
    expect(abroad.changes).toHaveLength(1);
    const third = await planOf('net', '--vpc', id('vpc', 3));
    expect(third.decisions.map(({ peeringId }) => peeringId)).toEqual([id('pcx', 2)]);
    expect(third.changes.map(({ routeTableId }) => routeTableId)).toEqual([id('rtb', 3)]);
  });

  it('ends with an error for a VPC that is not there', async () => {
    const { code, stderr } = await on('net', 'plan', '--vpc', id('vpc', 99));
    expect([code, stderr]).toEqual([1, expect.stringContaining(id('vpc', 99))]);
  });

  it('is empty and exits 0 where everything is as the policy says', async () => {
    writeAnswers(inDirectory('settled', 'us-east-1'), {
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 })],
      RouteTables: [table(1, 1, [['10.2.0.0/16', 1]]), table(2, 2, [['10.1.0.0/16', 1]])],
      Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    });
    for (const missing of [await on('settled', 'plan'), await on('settled', 'drift')]) {
      expect([missing.code, missing.stdout + missing.stderr]).toEqual([
        3,
        expect.stringContaining('holds nothing of eu-west-1 of account 111111111111'),
      ]);
    }
    writeAnswers(inDirectory('settled', 'eu-west-1'), { VpcPeeringConnections: [], RouteTables: [] });
    const { code, stdout } = await on('settled', 'plan');
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing to do.');
    expect((await on('settled', 'drift')).code).toBe(0);
  });

  it('counts what one request takes up for the next one, as a sweep does', async () => {
    writeAnswers(inDirectory('two', 'us-east-1'), {
      VpcPeeringConnections: [
        connection(1, { number: 8, account: '222222222222' }, { number: 1 }, 'pending-acceptance'),
        askedByTwin(connection(2, { number: 8, account: STRANGER }, { number: 1 }, 'pending-acceptance'), 9),
      ],
      RouteTables: [table(1, 1, [])],
      Vpcs: [vpc(1, 'a')],
    });
    writeFileSync(
      inDirectory('anybody.yml'),
      'version: 1\nrules: [{ name: all, effect: accept, remote: { accounts: ["*"] } }]\n',
    );
    const plan = await planOf('two', '--policy', 'anybody.yml');
    expect(plan.decisions.map(({ decision }) => decision)).toEqual(['accept', 'hold']);
    expect(plan.decisions[1]?.reasons.join()).toContain('10.8.0.0/16');
  });

  it('understands accounts/<account>/<region>, and decides each account as itself', async () => {
    const request = connection(
      1,
      { number: 1 },
      { number: 6, account: '222222222222' },
      'pending-acceptance',
    );
    writeAnswers(inDirectory('many', 'accounts', OWN, 'us-east-1'), {
      VpcPeeringConnections: [request],
      RouteTables: [table(1, 1, [])],
      Vpcs: [vpc(1, 'a')],
    });
    writeAnswers(inDirectory('many', 'accounts', '222222222222', 'us-east-1'), {
      VpcPeeringConnections: [request],
      RouteTables: [{ ...table(6, 6, []), OwnerId: '222222222222' }],
      Vpcs: [{ ...vpc(6, 'f'), OwnerId: '222222222222' }],
    });
    writeFileSync(
      inDirectory('peer.yml'),
      `version: 1\nrules: [{ name: peer, effect: accept, remote: { accounts: ["${OWN}"] } }]\n`,
    );
    const plan = await planOf('many', '--policy', 'peer.yml');
    expect(plan.decisions).toMatchObject([
      {
        localVpc: id('vpc', 1),
        decision: 'hold',
        reasons: expect.arrayContaining([expect.stringContaining('Account 222222222222 answers')]),
      },
      { localVpc: id('vpc', 6), decision: 'accept', rule: 'peer' },
    ]);
    expect((await planOf('many', '--policy', 'peer.yml', '--account', OWN)).decisions).toHaveLength(1);
  });
});

describe('saved answers that lack something', () => {
  beforeEach(() => {
    rmSync(inDirectory('broken'), { recursive: true, force: true });
    writeNetwork(inDirectory('broken'));
  });
  const file = (name: string) => inDirectory('broken', 'us-east-1', `${name}.json`);

  it('an optional file is named, and what is unknown holds', async () => {
    rmSync(file('Vpcs'));
    const { stdout, stderr } = await on('broken', 'plan', '--json');
    expect(stderr).toContain(
      'Vpcs.json is missing: names and tags of the VPCs are unknown, and their CIDRs are those that their peerings show.',
    );
    const plan = valid('plan', stdout) as Plan;
    const request = plan.decisions.find(({ peeringId }) => peeringId === id('pcx', 2));
    expect(request?.decision).toBe('hold');
  });

  it('only the files that a verb reads are asked for', async () => {
    for (const name of ['Subnets', 'SecurityGroups', 'NetworkAcls', 'NetworkInterfaces', 'Reservations'])
      rmSync(file(name));
    expect((await on('broken', 'plan')).stderr).toBe('');
    const { stderr, stdout } = await on('broken', 'explain', '10.1.1.10', '10.2.1.10');
    for (const name of ['Subnets', 'SecurityGroups', 'NetworkAcls', 'NetworkInterfaces', 'Reservations']) {
      expect(stderr).toContain(`${name}.json is missing`);
    }
    expect(stdout).not.toBe('');
  });

  it.each([
    [
      'a required file that is missing',
      'RouteTables',
      undefined,
      /RouteTables\.json is missing; nothing can be said without it\. Save it: aws ec2 describe-route-tables/,
    ],
    [
      'cut off JSON',
      'RouteTables',
      '{"RouteTables": [{"RouteTab',
      /RouteTables\.json is no valid JSON; it may be cut off\. Save it again/,
    ],
    ['an empty file', 'Vpcs', '', /Vpcs\.json is empty/],
    ['another answer', 'Vpcs', '{"Subnets": []}', /holds no list "Vpcs"/],
    ['one page of several', 'Vpcs', '{"Vpcs": [], "NextToken": "more"}', /only the first page/],
  ])('%s: one line that says how to save it', async (_name, name, content, says) => {
    rmSync(file(name));
    if (content !== undefined) writeFileSync(file(name), content);
    const { code, stdout, stderr } = await on('broken', 'plan');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('an item without an id is left out and named', async () => {
    const content = JSON.parse(readFileSync(file('RouteTables'), 'utf8'));
    content.RouteTables.push({ VpcId: id('vpc', 1) });
    writeFileSync(file('RouteTables'), JSON.stringify(content));
    expect((await on('broken', 'plan')).stdout).toMatch(
      /not judged: 1\n {2}us-east-1\n {6}EC2 answered without a route table id/,
    );
    const drift = await on('broken', 'drift', '--json');
    expect(valid('drift', drift.stdout)).toMatchObject({
      notJudged: [{ region: 'us-east-1', reason: expect.stringContaining('without a route table id') }],
    });
  });

  it('a directory without Regions, and one of several accounts, ask for what is missing', async () => {
    mkdirSync(inDirectory('empty'), { recursive: true });
    expect((await on('empty', 'plan')).stderr).toContain('holds no snapshot');
    const content = JSON.parse(readFileSync(file('RouteTables'), 'utf8'));
    content.RouteTables[0].OwnerId = STRANGER;
    writeFileSync(file('RouteTables'), JSON.stringify(content));
    expect((await on('broken', 'plan')).stderr).toMatch(
      /about several accounts \(111111111111, 333333333333\)\. Name yours: --account/,
    );
    expect((await on('broken', 'plan', '--account', OWN)).code).toBe(2);
  });
});

describe('status', () => {
  it('has one line for each view', async () => {
    const { code, stdout } = await on('net', 'status');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('pcx-'))).toHaveLength(7);
    expect(lines.slice(8)).toEqual([
      '',
      expect.stringMatching(/^7 lines: /),
      '',
      '1 finding: peering drift says what it is and what to do.',
    ]);
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`${id('pcx', 1)} .* VPC-A .* active .* accept .* own-vpcs .* 1/1`)),
    );
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await on('net', 'status', '--json');
    const { views } = valid('status', stdout) as {
      views: { routes: object; lastPing: unknown; localVpc: string; peeringId: string }[];
    };
    expect(views).toHaveLength(7);
    expect(
      views.find(({ localVpc, peeringId }) => localVpc === id('vpc', 2) && peeringId === id('pcx', 1)),
    ).toMatchObject({
      routes: { desired: 1, present: 0 },
      lastPing: null,
    });
  });
});

describe('drift', () => {
  it('lists findings and exits 2', async () => {
    const { code, stdout } = await on('net', 'drift');
    expect(code).toBe(2);
    expect(stdout).toContain(`should route 10.1.0.0/16 to ${id('pcx', 1)}`);
    const json = await on('net', 'drift', '--json');
    expect(json.code).toBe(2);
    expect(valid('drift', json.stdout)).toMatchObject({ findings: [{ kind: 'missing', repairable: true }] });
  });
});

describe('explain', () => {
  it('says at which hop the answer is lost', async () => {
    const { code, stdout } = await on('net', 'explain', '10.1.1.10', id('i', 2), '--json');
    expect(code).toBe(2);
    expect(valid('explain', stdout)).toMatchObject({
      reachable: false,
      firstFailure: { hop: 'route-table', direction: 'back', ids: expect.arrayContaining([id('rtb', 2)]) },
    });
  });

  it.each([
    ['an instance', id('i', 1), 'an address', '10.2.1.10'],
    ['an address', '10.1.1.10', 'an instance', id('i', 2)],
    ['a VPC', id('vpc', 1), 'an address', '10.2.1.10'],
    ['an instance', id('i', 1), 'a VPC', id('vpc', 2)],
    ['a VPC', id('vpc', 1), 'a VPC', id('vpc', 2)],
  ])('takes %s %s and %s %s', async (_from, source, _to, target) => {
    const { code, stdout } = await on('net', 'explain', source, target, '--json');
    expect(code).toBe(2);
    expect(valid('explain', stdout)).toMatchObject({
      reachable: false,
      firstFailure: { hop: 'route-table', direction: 'back' },
    });
  });

  it('explains by VPC, in lines', async () => {
    const { code, stdout } = await on('net', 'explain', id('vpc', 1), id('vpc', 3));
    expect(code).toBe(2);
    expect(stdout).toMatch(/^there\s+route-table\s+FAILS/m);
  });
});

describe('policy', () => {
  it('check names line and column and what is allowed there', async () => {
    writeFileSync(inDirectory('bad.yml'), 'version: 1\nrules:\n  - name: x\n    efect: accept\n');
    const text = await peering.run(['policy', 'check', 'bad.yml']);
    expect(text.code).toBe(1);
    expect(text.stderr).toMatch(/^bad\.yml:4:5: rules\[0\]\.efect: unknown key; did you mean "effect"\?/m);
    const json = await peering.run(['policy', 'check', 'bad.yml', '--json']);
    expect(json.code).toBe(1);
    expect(valid('policy-check', json.stdout)).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        expect.objectContaining({ line: 4, column: 5, path: 'rules[0].efect' }),
      ]),
    });
  });

  it('check warns of rules that are wider than they look', async () => {
    const rules =
      'rules: [{ name: all, effect: accept, remote: { accounts: ["*"] } }, { name: b, effect: accept, remote: { accounts: [self] } }]';
    writeFileSync(inDirectory('wide.yml'), `version: 1\n${rules}\n`);
    const { code, stdout } = await peering.run(['policy', 'check', 'wide.yml', '--json']);
    expect(code).toBe(0);
    const { warnings } = valid('policy-check', stdout) as { warnings: string[] };
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings[0]).toMatch(/^wide\.yml:\d+:\d+: /);
  });

  it('explain sets the exit code by --expect', async () => {
    const ask = (expected: string) =>
      on('net', 'policy', 'explain', '--peering', id('pcx', 3), '--expect', expected, '--json');
    const held = await ask('hold');
    expect(held.code).toBe(0);
    expect(valid('policy-explain', held.stdout)).toMatchObject({
      decision: 'hold',
      rule: null,
      asExpected: true,
      rules: [{ rule: 'own-vpcs', matched: false, mismatches: [expect.stringContaining(STRANGER)] }],
    });
    expect((await ask('accept')).code).toBe(1);
  });

  it('explain tells of each side of a peering that was read what the policy says there', async () => {
    const rules = `
      - { name: asked, effect: accept, direction: inbound, remote: { accounts: [self] } }
      - { name: asking, effect: accept, direction: outbound, remote: { accounts: [self] } }`;
    writeFileSync(inDirectory('sides.yml'), `version: 1\nregions: [us-east-1]\nrules:${rules}\n`);
    const ask = (...args: string[]) =>
      on('net', 'policy', 'explain', '--policy', 'sides.yml', '--peering', id('pcx', 1), ...args);
    const { stdout } = await ask();
    expect(stdout).toContain(`${id('pcx', 1)} (active): accept by rule asked\n`);
    expect(stdout).toContain(
      `\nFrom ${id('vpc', 1)} of ${OWN} in us-east-1, which asked: accept by rule asking\n`,
    );
    const document = valid('policy-explain', (await ask('--json')).stdout);
    expect(document).toMatchObject({
      rule: 'asked',
      otherSides: [
        {
          accountId: OWN,
          region: 'us-east-1',
          localVpc: id('vpc', 1),
          direction: 'outbound',
          rule: 'asking',
          rules: [
            { rule: 'asked', matched: false },
            { rule: 'asking', matched: true },
          ],
        },
      ],
    });
  });

  it('explain decides an event without AWS and says what it takes for granted', async () => {
    const event = join(__dirname, '../../events/peering-requested-by-api.json');
    const { code, stdout } = await peering.run([
      'policy',
      'explain',
      '--event',
      event,
      '--expect',
      'accept',
      '--json',
    ]);
    expect(code).toBe(0);
    const document = valid('policy-explain', stdout) as { assumed: string[] };
    expect(document).toMatchObject({ decision: 'accept', rule: 'own-vpcs' });
    expect(document.assumed.join(' ')).toContain('quota');
  });

  it.each([
    ['cut off', '{"account": "1111', /cut off/],
    ['about something else', '{"account": "111111111111", "detail": {}}', /does not describe a peering/],
    ['of nobody', '{}', /names no account/],
    ['null', 'null', /names no account/],
    [
      'without a status',
      '{"account": "111111111111", "detail": {"responseElements": {"vpcPeeringConnection": {"vpcPeeringConnectionId": "pcx-1"}}}}',
      /lacks something/,
    ],
  ])('explain refuses an event that is %s', async (_name, text, says) => {
    writeFileSync(inDirectory('event.json'), text);
    const { code, stderr } = await peering.run(['policy', 'explain', '--event', 'event.json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('test runs cases and shows what differs', async () => {
    writeFileSync(
      inDirectory('cases.yml'),
      [
        'cases:',
        '  - name: between our VPCs',
        '    requester: { cidrs: [10.1.0.0/16] }',
        '    accepter: { cidrs: [10.2.0.0/16] }',
        '    expect: { decision: accept, rule: own-vpcs }',
        '  - name: overlapping',
        '    requester: { cidrs: [10.2.1.0/24] }',
        '    accepter: { cidrs: [10.2.0.0/16] }',
        '    expect: hold',
        '  - name: routed elsewhere',
        '    requester: { cidrs: [10.1.0.0/16] }',
        '    accepter: {}',
        '    routes: [{ destination: 10.1.0.0/16, target: tgw-1 }]',
        '    expect: hold',
        '  - name: a stranger',
        '    requester: { account: "333333333333", cidrs: [10.9.0.0/16] }',
        '    accepter: {}',
        '    expect: accept',
        '',
      ].join('\n'),
    );
    const { code, stdout } = await peering.run(['policy', 'test', 'cases.yml']);
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL  a stranger\n  - expected accept\n  + actual   hold\n');
    expect(stdout).toContain('3 passed, 1 failed');
    const json = await peering.run(['policy', 'test', 'cases.yml', '--json']);
    expect(valid('policy-test', json.stdout)).toMatchObject({ passed: 3, failed: 1 });
  });

  it('test names line and column of a case that is none', async () => {
    writeFileSync(
      inDirectory('cases.yml'),
      'cases:\n  - name: x\n    requester: { cidrs: [10.1.0.1/16] }\n    accepter: {}\n    expect: perhaps\n',
    );
    const { code, stderr } = await peering.run(['policy', 'test', 'cases.yml']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cases\.yml:3:26: cases\[0\]\.requester\.cidrs\[0\]: /);
    expect(stderr).toMatch(/cases\.yml:5:13: cases\[0\]\.expect: expect is accept, hold or reject/);
  });
});
