import { rmSync, writeFileSync } from 'node:fs';
import { commandOfFile } from './support/command.ts';
import { type Answers, peering as connection, id, table, vpc, writeAnswers } from './support/network.ts';

/** What a person reads of peerings that should exist. */

const peering = commandOfFile();

const VPCS = [
  vpc(1, 'hub', { Role: 'hub' }),
  vpc(2, 'shop', { Role: 'spoke' }),
  vpc(3, 'mail', { Role: 'spoke' }),
  vpc(4, 'other'),
];

function usePolicy(...lines: string[]) {
  writeFileSync(
    peering.inDirectory('peering-policy.yml'),
    [
      'version: 1',
      'rules: [{ name: own-vpcs, effect: accept, remote: { accounts: [self] } }]',
      ...lines,
      '',
    ].join('\n'),
  );
}

const CONNECT =
  'connect: [{ name: shared, hub: { tags: { Role: hub } }, spokes: { tags: { Role: spoke } } }]';

async function run(network: Partial<Answers>, ...args: readonly string[]) {
  rmSync(peering.inDirectory('net'), { recursive: true, force: true });
  const tables = [1, 2, 3, 4].map((number) => table(number, number, []));
  writeAnswers(peering.inDirectory('net', 'us-east-1'), {
    VpcPeeringConnections: [],
    RouteTables: tables,
    Vpcs: VPCS,
    ...network,
  });
  return peering.run([...args, '--snapshot', 'net']);
}

it('a plan names what is requested next, and counts how the pairs stand', async () => {
  usePolicy(CONNECT);
  const { code, stdout } = await run(
    { VpcPeeringConnections: [connection(1, { number: 3 }, { number: 1 })] },
    'plan',
  );
  expect(code).toBe(2);
  expect(stdout).toContain('Pairs to connect (2: 1 connected, 1 to request)');
  expect(stdout).toContain(`+ request hub-to-shop: ${id('vpc', 1)} in us-east-1 -> ${id('vpc', 2)} of `);
  expect(stdout).toMatch(/To do: 1 peering to request, /);
});

it('a plan of a policy that connects nothing says nothing of it', async () => {
  usePolicy();
  const { code, stdout } = await run({}, 'plan');
  expect(code).toBe(0);
  expect(stdout).not.toContain('Pairs to connect');
  const { stdout: json } = await run({}, 'plan', '--json');
  expect(JSON.parse(json)).toMatchObject({ connections: [] });
});

it('more than guardrails.maxRequests is held, and a finding that drift tells', async () => {
  usePolicy(CONNECT, 'guardrails: { maxRequests: 1 }');
  const { stdout } = await run({}, 'plan');
  expect(stdout).toContain('held (too many requests at once, guardrails.maxRequests)');
  expect(stdout).toContain('Held: 2 peerings (too many requests at once, guardrails.maxRequests).');
  const drift = await run({}, 'drift');
  expect(drift.code).toBe(2);
  expect(drift.stdout).toContain('not-connected');
  expect(drift.stdout).toContain('2 peerings are to be requested, which is more than 1');
});

it('ranges that overlap are told, and the JSON says why of each pair', async () => {
  usePolicy(CONNECT);
  const twin = {
    ...vpc(3, 'mail', { Role: 'spoke' }),
    CidrBlock: '10.1.0.0/16',
    CidrBlockAssociationSet: [],
  };
  const { stdout } = await run(
    { Vpcs: [...VPCS.filter(({ VpcId }) => VpcId !== id('vpc', 3)), twin] },
    'plan',
    '--json',
  );
  const { connections, findings } = JSON.parse(stdout);
  expect(connections).toMatchObject([
    { connection: 'shared', name: 'hub-to-shop', state: 'to-request', heldBy: null },
    { name: 'hub-to-mail', state: 'impossible', reason: expect.stringContaining('overlaps') },
  ]);
  expect(findings).toMatchObject([{ kind: 'not-connected' }]);
});
