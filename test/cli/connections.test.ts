import { rmSync, writeFileSync } from 'node:fs';
import { commandOfFile, valid } from './support/command.ts';
import {
  type Answers,
  peering as connection,
  id,
  inside,
  table,
  vpc,
  writeAnswers,
} from './support/network.ts';

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

describe('explain', () => {
  const between = {
    VpcPeeringConnections: [connection(1, { number: 1 }, { number: 2 })],
    RouteTables: [
      table(1, 1, [['10.2.0.0/16', 1]]),
      table(2, 2, [['10.1.0.0/16', 1]]),
      table(3, 3, []),
      table(4, 4, []),
    ],
    ...inside([1, 2]),
  };
  const meshed = [1, 2, 3, 4].map((number) => vpc(number, `app-${number}`, { Mesh: 'core' }));
  const mesh = (...guardrails: string[]) =>
    usePolicy('mesh: { tags: { Mesh: core } }', ...guardrails.map((each) => `guardrails: { ${each} }`));

  it.each([[[id('vpc', 1), id('vpc', 2)]], [[id('pcx', 1)]]])(
    'of %j says that their mesh has outgrown peering, with the numbers',
    async (asked) => {
      mesh('peeringsPerVpc: 3, quotaHeadroom: 1');
      const { code, stdout } = await run({ ...between, Vpcs: meshed }, 'explain', ...asked);
      expect(code).toBe(0);
      expect(stdout).toContain('Room for peerings');
      expect(stdout).toContain('The mesh has 4 VPCs: 6 peerings, 3 of each VPC');
      expect(stdout).toContain('That has outgrown peering: connect so many VPCs by a transit gateway');
    },
  );

  it('says of a VPC that has no room left how many peerings it has, also where nothing is to be connected', async () => {
    usePolicy('guardrails: { peeringsPerVpc: 2, quotaHeadroom: 1 }');
    const { stdout } = await run(between, 'explain', id('vpc', 1), id('vpc', 2));
    for (const number of [1, 2]) {
      expect(stdout).toContain(`${id('vpc', number)} has or is getting 1 peerings of 2`);
    }
    const { stdout: json } = await run(between, 'explain', id('pcx', 1), '--json');
    expect(valid('explain', json)).toMatchObject({
      sizes: {
        vpcs: [
          { vpcId: id('vpc', 1), peerings: 1, room: 1 },
          { vpcId: id('vpc', 2), peerings: 1, room: 1 },
        ],
        connections: [],
        says: [expect.stringContaining('no room left'), expect.stringContaining('no room left')],
      },
    });
  });

  it('says nothing of room where all fits, and its JSON has the numbers', async () => {
    mesh();
    const network = { ...between, Vpcs: meshed };
    const { stdout } = await run(network, 'explain', id('vpc', 1), id('vpc', 2));
    expect(stdout).not.toContain('Room for peerings');
    const { stdout: json } = await run(network, 'explain', id('vpc', 1), id('vpc', 2), '--json');
    expect(valid('explain', json)).toMatchObject({
      sizes: {
        connections: [{ connection: 'mesh', hubs: 4, peerings: 6, perVpc: 3, fit: 'fits' }],
        says: [],
      },
    });
  });
});
