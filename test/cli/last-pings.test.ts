import { readFileSync, writeFileSync } from 'node:fs';
import { type EndedPing, pingNote } from '../../lib/connectivity/last-ping.ts';
import { commandOfFile, valid } from './support/command.ts';
import { peering as connection, id, OWN, table, vpc, writeAnswers } from './support/network.ts';

/** `status` and `report` show the last ping of every account, as the registry of each has it. */

const OTHER = '222222222222';
const peering = commandOfFile();
const PCX = id('pcx', 1);
/** Set anew before each test, as what is shown grows old while the tests of a busy machine run. */
let minutesAgo = new Date();

/** What record-connectivity noted in one account. */
function registry(accountId: string, ping: Pick<EndedPing, 'target' | 'results'> | undefined): void {
  const notes = [];
  if (ping !== undefined) {
    const of = { peeringId: PCX, part: 'same-zone', sentAt: minutesAgo, ...ping };
    const { key, value, at } = pingNote(of, 300);
    notes.push([key, { value, at }]);
  }
  writeFileSync(
    peering.inDirectory('net', 'accounts', accountId, 'us-east-1', 'Registry.json'),
    JSON.stringify({ routes: {}, repairs: {}, notes: Object.fromEntries(notes) }),
  );
}

const result = {
  peeringId: PCX,
  region: 'us-east-1',
  sourceInstanceId: 'i-1',
  target: '10.2.0.9',
  priceClass: 'same-zone',
  kind: 'ping',
  verdict: 'reachable',
  reason: '',
  transmitted: 5,
  received: 5,
  averageRtt: 0.8,
  rtt: { min: 0.5, avg: 0.8, max: 1.1, mdev: 0.2 },
} as const;

beforeAll(() => {
  writeFileSync(
    peering.inDirectory('peering-policy.yml'),
    'version: 1\nregions: [us-east-1]\nrules: [{ name: all, effect: accept, remote: { accounts: ["*"] } }]\n',
  );
  for (const account of [OWN, OTHER]) {
    const [tables, vpcs] =
      account === OWN
        ? [table(1, 1, [['10.2.0.0/16', 1]]), vpc(1, 'a')]
        : [table(2, 2, [['10.1.0.0/16', 1]]), vpc(2, 'b')];
    writeAnswers(peering.inDirectory('net', 'accounts', account, 'us-east-1'), {
      VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2, account: OTHER })],
      RouteTables: [{ ...tables, OwnerId: account }],
      Vpcs: [{ ...vpcs, OwnerId: account }],
    });
  }
});

beforeEach(() => {
  minutesAgo = new Date(Date.now() - 3 * 60_000);
  registry(OWN, { target: '10.2.0.9', results: [result] });
  registry(OTHER, {
    target: '10.1.0.9',
    results: [{ ...result, target: '10.1.0.9', sourceInstanceId: 'i-2', received: 3, verdict: 'lossy' }],
  });
});

const run = (...args: readonly string[]) =>
  peering.run([...args, '--snapshot', 'net', '--accounts', `${OWN},${OTHER}`]);

it('status shows them in its table, each side its own', async () => {
  const { stdout, stderr } = await run('status');
  expect(stdout).toMatch(/reachable 0\.8 ms, [34] min ago/);
  expect(stdout).toMatch(/lossy 40 % lost, [34] min ago/);
  expect(stderr).not.toMatch(/last ping/i);
});

it('status --json has all that is known of them', async () => {
  const { stdout } = await run('status', '--json');
  const { views } = valid('status', stdout) as {
    views: { accountId: string; health: string; lastPing: unknown }[];
  };
  expect(views.find(({ accountId }) => accountId === OWN)?.lastPing).toEqual({
    at: minutesAgo.toISOString(),
    verdict: 'reachable',
    worst: 'ping',
    lossPercent: 0,
    averageRtt: 0.8,
    roundTripTimes: { min: 0.5, avg: 0.8, max: 1.1, mdev: 0.2 },
    priceClasses: ['same-zone'],
    sources: ['i-1'],
    targets: ['10.2.0.9'],
  });
  expect(views.find(({ accountId }) => accountId === OTHER)).toMatchObject({
    health: 'impaired',
    lastPing: { verdict: 'lossy', lossPercent: 40 },
  });
});

it('report shows them', async () => {
  const { code } = await run('report', '--out', 'page.html');
  expect(code).toBe(0);
  expect(readFileSync(peering.inDirectory('page.html'), 'utf8')).toMatch(/lossy 40 % lost, [34] min ago/);
});

it('none is shown where none is noted', async () => {
  registry(OWN, undefined);
  registry(OTHER, undefined);
  const { stdout } = await run('status', '--json');
  const { views } = valid('status', stdout) as { views: { lastPing: unknown }[] };
  expect(views.map(({ lastPing }) => lastPing)).toEqual([null, null]);
});
