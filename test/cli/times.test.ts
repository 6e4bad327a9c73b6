import { readFileSync, writeFileSync } from 'node:fs';
import { toldEndKey, toldOverKey } from '../../lib/model/expiry.ts';
import { commandOfFile, valid } from './support/command.ts';
import { peering as connection, id, STRANGER, table, vpc, writeAnswers } from './support/network.ts';

/** What people and programs read of peerings that live for a time. */

const peering = commandOfFile();

const END = 1_767_225_600; // 2026-01-01T00:00:00Z
const OVER = { 'peering-autopilot:expires': '2026-01-01T00:00:00Z' };
const MARKED = { ...OVER, 'peering-autopilot:ended-at': '2026-01-01T00:05:00.000Z' };

const told = (number: number, vpcs: readonly number[]) =>
  Object.fromEntries(
    vpcs.flatMap((each) => [
      [
        toldEndKey(id('pcx', number), id('vpc', each)),
        { value: JSON.stringify({ end: END, stage: 'day' }), at: END - 86_400 },
      ],
      [toldOverKey(id('pcx', number), id('vpc', each)), { value: String(END), at: END }],
    ]),
  );

const NETWORK = {
  VpcPeeringConnections: [
    connection(1, { number: 1 }, { number: 2 }, 'active', MARKED),
    connection(2, { number: 3 }, { number: 4 }, 'active', OVER),
    connection(3, { number: 3 }, { number: 5 }, 'active', { 'peering-autopilot:expires': '2199-12-31' }),
    connection(4, { number: 4 }, { number: 5 }, 'active', { 'peering-autopilot:expires': 'soon' }),
  ],
  RouteTables: [
    table(1, 1, []),
    table(2, 2, []),
    table(3, 3, [['10.5.0.0/16', 3]]),
    table(4, 4, [
      ['10.3.0.0/16', 2],
      ['10.5.0.0/16', 4],
    ]),
    table(5, 5, [
      ['10.3.0.0/16', 3],
      ['10.4.0.0/16', 4],
    ]),
  ],
  Vpcs: [vpc(1, 'a'), vpc(2, 'b'), vpc(3, 'c'), vpc(4, 'd'), vpc(5, 'e')],
};

function remember(routes: Readonly<Record<string, object>>): void {
  writeFileSync(
    peering.inDirectory('net', 'us-east-1', 'Registry.json'),
    JSON.stringify({ routes, repairs: {}, notes: { ...told(1, [1, 2]), ...told(2, [3, 4]) } }),
  );
}

beforeAll(() => {
  writeFileSync(
    peering.inDirectory('peering-policy.yml'),
    [
      'version: 1',
      'rules:',
      `  - { name: trials, effect: accept, local: { vpcs: [${id('vpc', 1)}, ${id('vpc', 2)}] }, remote: { accounts: [self], vpcs: [${id('vpc', 1)}, ${id('vpc', 2)}] }, onExpiry: delete }`,
      `  - { name: z-others, effect: accept, remote: { accounts: [self], vpcs: [${id('vpc', 3)}, ${id('vpc', 4)}, ${id('vpc', 5)}] } }`,
      `  - { name: partners, effect: accept, remote: { accounts: ["${STRANGER}"] } }`,
      '',
    ].join('\n'),
  );
  writeAnswers(peering.inDirectory('net', 'us-east-1'), NETWORK);
  remember({});
});

const run = (...args: readonly string[]) =>
  peering.run([...args, '--snapshot', 'net'], { env: { COLUMNS: '400' } });

describe('status', () => {
  it('has when each ends, in order if asked, and how it stands', async () => {
    const { stdout } = await run('status', '--sort', 'expires', '--json');
    const { views } = valid('status', stdout) as {
      views: {
        peeringId: string;
        health: string;
        standing: string;
        expires: { at: string; by: string; state: string; onExpiry: string } | null;
        notes: string[];
      }[];
    };
    const of = (number: number) => views.filter(({ peeringId }) => peeringId === id('pcx', number));
    expect(of(1)[0]).toMatchObject({
      standing: 'expired',
      health: 'expired',
      expires: { at: '2026-01-01T00:00:00.000Z', by: 'tag', state: 'over', onExpiry: 'delete' },
      notes: ['ended 2026-01-01 00:00 UTC: nothing is routed'],
    });
    expect(of(2).map(({ notes }) => notes[0])).toContain(
      'ended 2026-01-01 00:00 UTC, but route tables lead to it',
    );
    expect(of(3)[0]).toMatchObject({ standing: 'managed', expires: { state: 'running', onExpiry: 'keep' } });
    expect(of(4)[0]?.expires).toBeNull();
    expect(views.map(({ expires }) => expires?.at ?? '~')).toEqual(
      views.map(({ expires }) => expires?.at ?? '~').toSorted(),
    );
  });

  it('shows a column of it', async () => {
    const { stdout, stderr } = await run('status', '--wide');
    expect(stdout).toMatch(/ROUTES +ENDS/);
    expect(stdout).toContain('2200-01-01 00:00 UTC (tag)');
    expect(stderr).toContain('"soon" of');
  });
});

describe('plan and drift', () => {
  it('list what has ended apart from drift, with what is deleted', async () => {
    const { stdout, code } = await run('plan');
    expect(code).toBe(2);
    expect(stdout).toContain('Expired (4)');
    expect(stdout).toContain('It ended 2026-01-01 00:00 UTC: its tag peering-autopilot:expires says so.');
    expect(stdout).toContain(
      '- delete the peering By the next sweep of the stack; peering apply deletes no peering.',
    );
    expect(stdout).toContain('1 peering is deleted by the next sweep of the stack.');
    const drift = await run('drift');
    expect(drift.code).toBe(0);
    expect(drift.stdout).toContain('No drift.');
    expect(drift.stdout).toContain('Expired (4)');
  });

  it('do not say that the next sweep deletes what mode: observe keeps', async () => {
    const file = peering.inDirectory('peering-policy.yml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('version: 1', 'version: 1\nmode: observe'));
    const { stdout } = await run('plan');
    writeFileSync(file, before);
    expect(stdout).toContain('- delete the peering Held: mode: observe.');
    expect(stdout).not.toContain('by the next sweep');
    expect(stdout).not.toContain('By the next sweep');
  });

  it('have it for programs', async () => {
    const plan = valid('plan', (await run('plan', '--json')).stdout) as {
      deletions: object[];
      expired: { peeringId: string }[];
    };
    expect(plan.deletions).toEqual([
      expect.objectContaining({ peeringId: id('pcx', 1), rule: 'trials', waitsFor: null, heldBy: null }),
    ]);
    expect(plan.expired).toHaveLength(4);
    const drift = valid('drift', (await run('drift', '--json')).stdout) as { expired: object[] };
    expect(drift.expired).toEqual(plan.expired);
    expect((await run('plan', '-o', 'csv')).stdout).toContain('change,delete-peering,');
  });
});

describe('requests', () => {
  interface End {
    readonly peeringId: string;
    readonly localVpcs: readonly string[];
    readonly at: string;
    readonly state: string;
    readonly onExpiry: string;
    readonly follows: readonly string[];
    readonly renew: string;
  }
  const inDays = (days: number) =>
    new Date((Math.floor(Date.now() / 1000) + days * 86_400) * 1000).toISOString().replace('.000', '');
  const soon = inDays(3);
  const ends = async () =>
    (valid('requests', (await run('requests', '--json')).stdout) as { ends: readonly End[] }).ends;

  function write(expires: string): void {
    writeAnswers(peering.inDirectory('net', 'us-east-1'), {
      ...NETWORK,
      VpcPeeringConnections: [
        ...NETWORK.VpcPeeringConnections,
        connection(5, { number: 5 }, { number: 6, account: STRANGER }, 'active', {
          'peering-autopilot:expires': expires,
          Name: 'partner\u202e',
        }),
      ],
      RouteTables: [...NETWORK.RouteTables, table(15, 5, [['10.6.0.0/16', 5]])],
    });
    remember({ [id('rtb', 15)]: { '10.6.0.0/16': { peeringId: id('pcx', 5), rule: 'partners' } } });
  }

  afterAll(() => {
    writeAnswers(peering.inDirectory('net', 'us-east-1'), NETWORK);
    remember({});
  });

  it('list what ends within a week: when, why, what follows and how it is renewed; and no other', async () => {
    write(soon);
    const { code, stdout } = await run('requests');
    expect(code).toBe(0);
    expect(stdout).toContain('No request waits.');
    expect(stdout).toContain('Ends within a week (2)');
    expect(stdout).toMatch(
      new RegExp(
        `^${id('pcx', 5)} \\(partner\\\\u\\{202e\\}\\)  ends .* UTC, in 2 days  by rule partners$`,
        'm',
      ),
    );
    expect(stdout).toContain('its tag peering-autopilot:expires says so.');
    expect(stdout).toContain('Then 1 own route to it in this Region is deleted, and what goes there stops.');
    expect(stdout).toContain(`If it is: peering renew ${id('pcx', 5)} --for 30d --because "…"`);
    expect(await ends()).toEqual([
      expect.objectContaining({
        peeringId: id('pcx', 1),
        state: 'over',
        onExpiry: 'delete',
        follows: [
          'The next sweep of the stack deletes the peering. A deleted peering cannot be brought back.',
        ],
      }),
      expect.objectContaining({
        peeringId: id('pcx', 5),
        localVpcs: [id('vpc', 5)],
        at: new Date(soon).toISOString(),
        state: 'running',
        onExpiry: 'keep',
        follows: [
          'Then 1 own route to it in this Region is deleted, and what goes there stops.',
          'The peering itself stays.',
        ],
      }),
    ]);
  });

  it('do not list what ends later', async () => {
    write(inDays(8));
    expect((await ends()).map(({ peeringId }) => peeringId)).toEqual([id('pcx', 1)]);
  });

  it('are the same as the section of the report, which is there only if there is any', async () => {
    write(soon);
    await run('report', '--out', 'ends.html');
    const page = readFileSync(peering.inDirectory('ends.html'), 'utf8');
    expect(page).toContain('<h2 id="ends">Ends within a week (2)</h2>');
    expect(page).toContain(`peering renew <span class="id">${id('pcx', 5)}</span> --for 30d`);
    await run('report', '--vpc', id('vpc', 3), '--out', 'none.html');
    expect(readFileSync(peering.inDirectory('none.html'), 'utf8')).not.toContain('id="ends"');
  });
});

describe('policy explain', () => {
  it('says when a peering ended, and why', async () => {
    const { stdout } = await run('policy', 'explain', '--peering', id('pcx', 1));
    expect(stdout).toContain('It ended 2026-01-01 00:00 UTC');
  });
});

describe('report', () => {
  it('says on what day each ends', async () => {
    await run('report', '--out', 'report.html');
    const page = readFileSync(peering.inDirectory('report.html'), 'utf8');
    expect(page).toContain('Ends on');
    expect(page).toContain('2200-01-01 00:00 UTC (tag)');
  });
});

describe('renew', () => {
  it.each([
    [['renew', id('vpc', 3), '--for', '30d', '--because', 'x'], 'is a VPC; peering renew takes a peering'],
    [['renew', 'hub to shop', '--for', '30d'], "peering renew 'hub to shop' --for 30d --because"],
    [['renew', id('pcx', 3), '--for', '30d'], 'Say why, for the history'],
    [['renew', id('pcx', 3), '--because', 'x'], 'Say until when'],
    [['renew', id('pcx', 3), '--because', 'x', '--for', '30d', '--until', '2027-01-01'], 'Say until when'],
    [['renew', id('pcx', 3), '--because', 'x', '--until', '01.02.2027'], '--until 01.02.2027 is no time'],
    [['renew', id('pcx', 3), '--because', 'x', '--for', '5 weeks'], 'is no time that this takes'],
  ])('refuses %j before anything is read', async (args, why) => {
    const { code, stderr } = await peering.run(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  });
});
