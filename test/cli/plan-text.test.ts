import { rmSync, writeFileSync } from 'node:fs';
import { commandOfFile } from './support/command.ts';
import {
  type Answers,
  peering as connection,
  id,
  STRANGER,
  table,
  vpc,
  writeAnswers,
} from './support/network.ts';

/** What a person reads of a plan: what is to be done first, and what needs nothing as a count. */

const peering = commandOfFile();

const NETWORK: Answers = {
  VpcPeeringConnections: [
    connection(1, { number: 1 }, { number: 2 }),
    connection(2, { number: 1 }, { number: 3 }),
    connection(3, { number: 4 }, { number: 1 }, 'pending-acceptance'),
    connection(4, { number: 5, account: STRANGER }, { number: 1 }),
  ],
  RouteTables: [
    table(1, 1, [
      ['10.2.0.0/16', 1],
      ['10.3.0.0/16', 2],
    ]),
    table(2, 2, [['10.1.0.0/16', 1]]),
    table(3, 3, []),
    table(4, 4, []),
  ],
  Vpcs: [vpc(1, 'hub'), vpc(2, 'shop'), vpc(3, 'mail'), vpc(4, 'new')],
};

beforeAll(() => {
  writeFileSync(
    peering.inDirectory('peering-policy.yml'),
    'version: 1\nrules: [{ name: own-vpcs, effect: accept, remote: { accounts: [self] } }]\n',
  );
});

function write(network: Answers) {
  rmSync(peering.inDirectory('net'), { recursive: true, force: true });
  writeAnswers(peering.inDirectory('net', 'us-east-1'), network);
}

async function plan(...args: readonly string[]) {
  return peering.run(['plan', '--snapshot', 'net', ...args]);
}

describe('plan', () => {
  it('shows requests, changes and findings before decisions, and counts those that need nothing', async () => {
    write(NETWORK);
    const { code, stdout } = await plan();
    expect(code).toBe(2);
    const places = ['Requests (1)', 'Changes (', 'Findings (', 'Decisions (', 'To do: '].map((heading) =>
      stdout.indexOf(heading),
    );
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(stdout).toContain('1 peering needs nothing; ');
    expect(stdout).not.toContain(id('pcx', 1));
  });

  it('names a request inside the account once, from the side that answers', async () => {
    write(NETWORK);
    const { stdout } = await plan();
    const [requests = ''] = stdout.split('Changes (');
    expect(requests.split(id('pcx', 3))).toHaveLength(2);
    expect(requests).toContain(`${id('vpc', 1)} (hub) in us-east-1 <- ${id('vpc', 4)} (new)`);
  });

  it('shows the name of a peering behind its id, wherever it stands by itself', async () => {
    write({
      ...NETWORK,
      VpcPeeringConnections: [
        connection(1, { number: 1 }, { number: 2 }, 'active', { Name: 'hub-to-shop' }),
        connection(2, { number: 1 }, { number: 3 }, 'active', { Name: 'hub-to-mail\u202e' }),
        connection(3, { number: 4 }, { number: 1 }, 'pending-acceptance', { Name: 'new-to-hub' }),
      ],
      RouteTables: [
        table(1, 1, [['10.2.0.0/16', 1, 'blackhole']]),
        table(2, 2, []),
        table(3, 3, []),
        table(4, 4, []),
      ],
    });
    const { stdout } = await plan();
    const [mail, request] = [`${id('pcx', 2)} (hub-to-mail\\u{202e})`, `${id('pcx', 3)} (new-to-hub)`];
    expect(stdout).toContain(`  ${request}  pending-acceptance  accept by rule own-vpcs`);
    expect(stdout).toContain(`create 10.3.0.0/16 -> ${mail} in ${id('rtb', 1)}`);
    expect(stdout).toContain(
      `  blackhole  ${id('rtb', 1)} 10.2.0.0/16 ${id('pcx', 1)} (hub-to-shop) (us-east-1)`,
    );
    expect(stdout).toContain(`  ${mail}  active  accept by rule own-vpcs`);
  });

  it('never counts a peering that no rule routes as one that needs nothing', async () => {
    write(NETWORK);
    const { stdout } = await plan('--vpc', id('vpc', 1));
    expect(stdout).toContain('2 peerings need nothing; 1 live peering is left alone, as no rule routes it;');
  });

  it('shows every decision with --all, and the same JSON with and without', async () => {
    write(NETWORK);
    const { stdout } = await plan('--all');
    expect(stdout).toContain(`${id('pcx', 1)}  active  accept by rule own-vpcs`);
    expect(stdout).not.toContain('--all shows');
    expect((await plan('--json', '--all')).stdout).toBe((await plan('--json')).stdout);
  });
});
