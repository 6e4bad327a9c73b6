import { writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { arranged } from '../../cli/filter.ts';
import { fittedTable } from '../../cli/fitted-table.ts';
import { csvOf } from '../../cli/formats.ts';
import { widthOf } from '../../lib/policy/text-width.ts';
import { commandOfFile, valid } from './support/command.ts';
import { peering as connection, id, STRANGER, table, vpc, writeAnswers } from './support/network.ts';

/** `peering status` as people and programs read it. */

const peering = commandOfFile();

const SYNCED = { 'peering-autopilot:routes-synced-at': '2026-01-31T12:00:00.000Z' };

beforeAll(() => {
  writeFileSync(
    peering.inDirectory('peering-policy.yml'),
    'version: 1\nrules: [{ name: own-vpcs, effect: accept, remote: { accounts: [self] } }]\n',
  );
  writeAnswers(peering.inDirectory('net', 'us-east-1'), {
    VpcPeeringConnections: [
      connection(1, { number: 1 }, { number: 2 }, 'active', { Name: 'hub to shop' }),
      connection(2, { number: 1 }, { number: 3 }, 'active', SYNCED),
      connection(3, { number: 4, account: STRANGER }, { number: 1 }, 'pending-acceptance'),
      connection(4, { number: 5, account: STRANGER }, { number: 2 }),
    ],
    RouteTables: [
      table(1, 1, [
        ['10.2.0.0/16', 1],
        ['10.3.0.0/16', 2],
      ]),
      table(2, 2, [['10.1.0.0/16', 1]]),
      table(3, 3, []),
    ],
    Vpcs: [
      vpc(1, 'prod-hub'),
      vpc(2, '=HYPERLINK("x")'),
      vpc(3, 'a-name-that-is-longer-than-any-column-of-a-screen'),
    ],
  });
  writeFileSync(
    peering.inDirectory('net', 'us-east-1', 'Registry.json'),
    JSON.stringify({
      routes: { [id('rtb', 3)]: { '10.1.0.0/16': { peeringId: id('pcx', 2), rule: 'own-vpcs' } } },
      repairs: {},
      notes: {},
    }),
  );
});

function status(args: readonly string[] = [], columns?: number) {
  return peering.run(['status', '--snapshot', 'net', ...args], {
    env: columns === undefined ? {} : { COLUMNS: String(columns) },
  });
}

async function healths(...args: readonly string[]): Promise<string[]> {
  const { stdout } = await status(['--json', ...args]);
  const { views } = valid('status', stdout) as { views: { health: string; peeringId: string }[] };
  return views.map(({ health, peeringId }) => `${health} ${peeringId.slice(-1)}`);
}

describe('status', () => {
  it('shows what is not well first, and calls no side ok of which something was found', async () => {
    expect(await healths()).toEqual(['drift 2', 'waiting 3', 'unmanaged 4', 'ok 1', 'ok 1', 'ok 2']);
  });

  it.each([80, 100, 176])(
    'never has a row wider than a terminal of %i columns, and never cuts an id',
    async (columns) => {
      const { stdout, stderr } = await status([], columns);
      const lines = stdout.split('\n').filter((line) => line.includes('pcx-'));
      expect(lines).toHaveLength(6);
      for (const line of lines) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(line).toMatch(/pcx-[0-9a-f]{17}/);
        expect(line).not.toMatch(/(?:vpc|pcx)-[0-9a-f]{0,16}…/);
      }
      expect(stderr).toMatch(/^note: No room for .*\bACCOUNT\b.*; --wide shows everything\.\n$/);
    },
  );

  it('is whole in a pipe and with --wide, which adds the ids behind names', async () => {
    expect((await status()).stdout).toContain('a-name-that-is-longer-than-any-column-of-a-screen');
    const { stdout } = await status(['--wide'], 80);
    expect(stdout).toContain('a-name-that-is-longer-than-any-column-of-a-screen');
    expect(stdout).toContain(id('vpc', 3));
  });

  it('filters by patterns: the same key is either, different keys are both, != is not', async () => {
    expect(await healths('--filter', 'health=waiting', '--filter', 'health=drift')).toEqual([
      'drift 2',
      'waiting 3',
    ]);
    expect(await healths('--filter', 'name=prod-*', '--filter', 'health!=ok')).toEqual([
      'drift 2',
      'waiting 3',
    ]);
  });

  it.each([
    ['state=activ', 'Did you mean state=active? Values of state are initiating-request, '],
    ['state!=activ', 'Did you mean state!=active?'],
    ['health=los', 'Did you mean health=lost? Values of health are lost, not-checked, '],
    ['health=OK', 'Did you mean health=ok?'],
    ['decision=held', 'Values of decision are accept, hold, reject.'],
    ['standing=manged', 'Did you mean standing=managed?'],
    ['ping=unreachble', 'Did you mean ping=unreachable?'],
    ['state=x*', 'Values of state are'],
    ['state=delete*', 'what is deleted has no line. peering status lists it below, under Ended'],
  ])('refuses --filter %s, whose value nothing can have', (filter, says) => {
    expect(() => arranged([], { options: { filter: [filter] } })).toThrow(
      expect.objectContaining({
        name: 'CliError',
        message: expect.stringMatching(
          new RegExp(
            `^--filter ${filter.replace('*', '\\*')} can match nothing.*${says.replaceAll('?', '\\?')}`,
          ),
        ),
      }),
    );
  });

  it('refuses such a value before anything is read, with exit code 1', async () => {
    const { code, stdout, stderr } = await peering.run(['status', '--json', '--filter', 'state=activ']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^peering: --filter state=activ can match nothing\. Did you mean state=active\? Values/,
    );
  });

  it('takes patterns of such values, and every health, for what they are', async () => {
    expect(await healths('--filter', 'state=pend*')).toEqual(['waiting 3']);
    expect(await healths('--filter', 'health=lost')).toEqual([]);
  });

  it.each([[[]], [['--json']], [['-o', 'yaml']], [['-o', 'csv']]])(
    'says on stderr with %j which --filter no line matches, and ends as without one: a script sees the empty list',
    async (format) => {
      const { code, stderr } = await status(['--filter', 'name=prod-hib', ...format]);
      expect([code, stderr]).toEqual([
        0,
        'note: --filter name=prod-hib matches none of the 6 lines. Did you mean name=prod-hub?\n',
      ]);
      const both = await status([
        '--filter',
        'name=prod-hub',
        '--filter',
        'remote-account=999999999999',
        ...format,
      ]);
      expect([both.code, both.stderr]).toEqual([
        0,
        'note: --filter remote-account=999999999999 matches none of the 6 lines.\n',
      ]);
    },
  );

  it('says which of several patterns of a key is a slip, and where only all together match nothing', async () => {
    const either = await status(['--filter', 'name=prod-hub', '--filter', 'name=shoop', '--json']);
    expect(either.stderr).toBe('note: --filter name=shoop matches none of the 6 lines.\n');
    expect((valid('status', either.stdout) as { views: unknown[] }).views).toHaveLength(5);
    const together = await status(['--filter', 'health=waiting', '--filter', 'rule=own-vpcs', '--json']);
    expect(together.stderr).toBe('note: None of the 6 lines matches every --filter.\n');
    const shown = await status(['--filter', 'rule=none-such']);
    expect(shown.stdout).toContain('None of 6 lines matches --filter.');
    expect(shown.stderr).toContain('note: --filter rule=none-such matches none of the 6 lines.');
  });

  it('sorts by a key', async () => {
    expect(await healths('--sort', 'peering')).toEqual([
      'ok 1',
      'ok 1',
      'drift 2',
      'ok 2',
      'waiting 3',
      'unmanaged 4',
    ]);
  });

  it.each([
    [['--filter', 'stat=active'], /--filter does not know stat\. Did you mean state\?/],
    [['--filter', 'active'], /is not KEY=PATTERN/],
    [['--sort', 'age'], /--sort does not know age/],
    [['--watch'], /--watch needs a terminal/],
    [['--watch', '1'], /--watch takes 2 to 3600 seconds/],
    [['--watch', '--json'], /--watch draws a table for people/],
    [['--fail-on', 'mising'], /--fail-on does not know mising\. Did you mean missing\?/],
    [['--profile', 'x'], /With --snapshot nothing is asked of AWS/],
    [['-o', 'xml'], /--output is one of table, json, csv, yaml/],
  ])('says what is wrong with %j', async (args, says) => {
    const { code, stdout, stderr } = await status(args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(says);
  });

  it('says the same as YAML as it says as JSON', async () => {
    const [json, yaml] = await Promise.all([status(['--json']), status(['-o', 'yaml'])]);
    expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
  });

  it('names what has ended as people do', async () => {
    writeAnswers(peering.inDirectory('ended', 'us-east-1'), {
      VpcPeeringConnections: [
        connection(7, { number: 1 }, { number: 2 }, 'expired', { Name: 'hub-to-shop' }),
        connection(8, { number: 1 }, { number: 3 }, 'expired'),
      ],
      RouteTables: [table(1, 1, [])],
      Vpcs: [vpc(1, 'prod-hub')],
    });
    const shown = await peering.run(['status', '--snapshot', 'ended']);
    expect(shown.stdout).toMatch(new RegExp(`${id('pcx', 7)} +hub-to-shop +us-east-1 +expired`));
    expect(shown.stdout).toMatch(new RegExp(`${id('pcx', 8)} +- +us-east-1 +expired`));
    const { stdout } = await peering.run(['status', '--snapshot', 'ended', '--json']);
    const { ended } = valid('status', stdout) as { ended: { peeringName: string | null }[] };
    expect(ended.map(({ peeringName }) => peeringName)).toEqual(['hub-to-shop', null]);
  });

  it('writes CSV that no spreadsheet takes for a formula', async () => {
    const { stdout } = await status(['-o', 'csv']);
    const [head = '', ...rows] = stdout.split('\r\n');
    expect(head).toMatch(/^health,accountId,peeringId,/);
    expect(rows).toHaveLength(7);
    expect(stdout).toContain(`,"'=HYPERLINK(""x"")",`);
  });
});

describe('--fail-on', () => {
  it.each([
    ['status', ['missing'], 2],
    ['status', ['conflict,lost'], 0],
    ['status', ['waiting'], 2],
    ['status', ['any'], 2],
    ['drift', ['none'], 0],
    ['drift', ['conflict'], 0],
    ['drift', ['conflict', '--fail-on', 'missing'], 2],
    ['plan', ['changes'], 2],
    ['plan', ['not-judged,held'], 0],
  ])('%s --fail-on %j ends with %i', async (verb, kinds, code) => {
    expect((await peering.run([verb, '--snapshot', 'net', '--fail-on', ...kinds])).code).toBe(code);
  });

  it('leaves the usual exit codes as they are where it is not given', async () => {
    const codes = ['status', 'drift', 'plan'].map((verb) => peering.run([verb, '--snapshot', 'net']));
    expect((await Promise.all(codes)).map(({ code }) => code)).toEqual([0, 2, 2]);
  });
});

describe('plan and drift as CSV', () => {
  it('have a line for each decision, change and finding', async () => {
    const [plan, drift] = await Promise.all(
      ['plan', 'drift'].map((verb) => peering.run([verb, '--snapshot', 'net', '-o', 'csv'])),
    );
    expect(plan?.stdout).toMatch(/^what,kind,/);
    expect(plan?.stdout).toMatch(/^decision,hold,111111111111,us-east-1,,,pcx-00000000000000003,/m);
    expect(plan?.stdout).toMatch(
      /^change,create,111111111111,us-east-1,rtb-00000000000000003,10\.1\.0\.0\/16,/m,
    );
    expect(drift?.stdout).toMatch(/^missing,111111111111,us-east-1,rtb-00000000000000003,/m);
  });
});

describe('a fitted table', () => {
  const paint = (text: string) => text;

  it('leaves out what matters least, and shortens names before it does', () => {
    const columns = [
      { title: 'ID', cell: (item: string) => ({ text: item }) },
      { title: 'NAME', least: 6, leftOut: 1, cell: () => ({ text: 'a long name' }) },
      { title: 'MORE', leftOut: 2, cell: () => ({ text: 'more' }) },
    ];
    const items = ['pcx-0a1b2c3d4e5f60718'];
    expect(fittedTable(columns, items, paint, 35).lines[1]).toBe('pcx-0a1b2c3d4e5f60718  a lon…  more');
    expect(fittedTable(columns, items, paint, 34)).toMatchObject({ leftOut: ['MORE'] });
    expect(fittedTable(columns, items, paint, 20)).toMatchObject({ leftOut: ['NAME', 'MORE'] });
  });
});

describe('CSV', () => {
  it('quotes as RFC 4180 says, and leaves numbers that are numbers', () => {
    const rows = [
      { a: 'x,"y"\n', b: -1 },
      { a: '-1', b: null },
    ];
    expect(csvOf(['a', 'b'], rows)).toBe('a,b\r\n"x,""y""\n",-1\r\n\'-1,\r\n');
  });
});

it('says that nothing is judged of a side whose table has a prefix list that was not read', async () => {
  const [first, second] = [table(1, 1, [['10.2.0.0/16', 1]]), table(2, 2, [['10.1.0.0/16', 1]])];
  const unread = {
    DestinationPrefixListId: 'pl-0123456789abcdef0',
    TransitGatewayId: 'tgw-0123456789abcdef0',
    State: 'active',
    Origin: 'CreateRoute',
  };
  writeAnswers(peering.inDirectory('lists', 'us-east-1'), {
    VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 }, 'active', SYNCED)],
    RouteTables: [{ ...first, Routes: [...first.Routes, unread] }, second],
    Vpcs: [vpc(1, 'hub'), vpc(2, 'shop')],
  });
  const { stdout } = await peering.run(['status', '--json', '--snapshot', 'lists']);
  const { views } = valid('status', stdout) as { views: { health: string; localVpc: string }[] };
  expect(views.map(({ health, localVpc }) => [localVpc, health])).toEqual([
    [id('vpc', 1), 'not-judged'],
    [id('vpc', 2), 'ok'],
  ]);
  const { stdout: plan } = await peering.run(['plan', '--snapshot', 'lists']);
  expect(plan).toContain('1 peering needs nothing, as far as it was judged');
});
