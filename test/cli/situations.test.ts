import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { commandOfFile, type Ended, valid } from './support/command.ts';
import {
  type Answers,
  peering as connection,
  id,
  STRANGER,
  table,
  vpc,
  writeAnswers,
} from './support/network.ts';

/** One situation, asked of several verbs: each alone has to lead a person to the right thing. */

const TRANSIT = 'tgw-0123456789abcdef0';

const peering = commandOfFile();
const { inDirectory } = peering;

beforeEach(() => rmSync(inDirectory('net'), { recursive: true, force: true }));

function policy(rule: string, more = ''): void {
  writeFileSync(inDirectory('policy.yml'), `version: 1\n${more}rules: [${rule}]\n`);
}

const OWN_VPCS = '{ name: own-vpcs, effect: accept, remote: { accounts: [self] } }';

interface Network extends Answers {
  RouteTables: unknown[];
}

function network(answers: Network, own: Readonly<Record<string, Readonly<Record<string, string>>>> = {}) {
  writeAnswers(inDirectory('net', 'us-east-1'), { Vpcs: [vpc(1, 'a'), vpc(2, 'b')], ...answers });
  const routes = Object.fromEntries(
    Object.entries(own).map(([routeTableId, of]) => [
      routeTableId,
      Object.fromEntries(
        Object.entries(of).map(([destination, peeringId]) => [destination, { peeringId, rule: 'own-vpcs' }]),
      ),
    ]),
  );
  writeFileSync(
    inDirectory('net', 'us-east-1', 'Registry.json'),
    JSON.stringify({ routes, repairs: {}, notes: {} }),
  );
}

function on(verb: string, ...args: readonly string[]): Promise<Ended> {
  return peering.run([verb, '--snapshot', 'net', '--policy', 'policy.yml', ...args]);
}

async function report(): Promise<string> {
  await on('report', '--out', 'report.html');
  return readFileSync(inDirectory('report.html'), 'utf8');
}

const ACTIVE = connection(1, { number: 1 }, { number: 2 });
const BACK = table(2, 2, [['10.1.0.0/16', 1]]);
const OWN_BACK = { [id('rtb', 2)]: { '10.1.0.0/16': id('pcx', 1) } };

/** A table of VPC 1 with one route to a transit gateway. */
function toTransit(destination: string) {
  const made = table(1, 1, []);
  return {
    ...made,
    Routes: [
      ...made.Routes,
      {
        DestinationCidrBlock: destination,
        TransitGatewayId: TRANSIT,
        State: 'active',
        Origin: 'CreateRoute',
      },
    ],
  };
}

/** More own routes than may always go at once, in one table, that the policy no longer asks for. */
function massDelete(): void {
  const blocks = Array.from({ length: 12 }, (_, index) => `10.2.${index * 16}.0/20`);
  const side = { CidrBlock: blocks[0], CidrBlockSet: blocks.map((CidrBlock) => ({ CidrBlock })) };
  const other = {
    ...vpc(2, 'b'),
    CidrBlock: blocks[0],
    CidrBlockAssociationSet: blocks.map((CidrBlock) => ({
      CidrBlock,
      CidrBlockState: { State: 'associated' },
    })),
  };
  network(
    {
      VpcPeeringConnections: [{ ...ACTIVE, AccepterVpcInfo: { ...ACTIVE.AccepterVpcInfo, ...side } }],
      RouteTables: [
        table(
          1,
          1,
          blocks.map((block) => [block, 1] as const),
        ),
      ],
      Vpcs: [vpc(1, 'a'), other],
    },
    { [id('rtb', 1)]: Object.fromEntries(blocks.map((block) => [block, id('pcx', 1)])) },
  );
  policy(
    '{ name: own-vpcs, effect: accept, remote: { accounts: [self] }, routes: { destinations: [172.16.0.0/12] } }',
  );
}

describe('a destination that a transit gateway has', () => {
  beforeEach(() => {
    policy(OWN_VPCS);
    network({ VpcPeeringConnections: [ACTIVE], RouteTables: [toTransit('10.2.0.0/16'), BACK] }, OWN_BACK);
  });

  it('is a note of its side in the status, and of no other', async () => {
    const { stdout } = await on('status');
    expect(stdout).toMatch(/ 0\/1 .* 1 conflict; routed from one side only$/m);
    expect(stdout).toMatch(/ 1\/1 .* never checked +routed from one side only$/m);
    expect(stdout).toContain('2 findings: peering drift says what they are and what to do.');
    const { views } = JSON.parse((await on('status', '--json')).stdout);
    expect(views[0].notes).toEqual(['1 conflict', 'routed from one side only']);
  });

  it('is not called as the policy says by the report', async () => {
    const page = await report();
    expect(page).not.toContain('every route is as the policy says');
    expect(page).toContain('None. What was found is for a person to mend.');
  });
});

it('work for the automation does not hide what is left to a person', async () => {
  policy(OWN_VPCS);
  network({ VpcPeeringConnections: [ACTIVE], RouteTables: [toTransit('10.2.0.0/16'), table(2, 2, [])] });
  const { stdout } = await on('plan');
  expect(stdout).toContain('To do: 1 route to create. 1 finding is for a person to look at.');
});

describe('too many deletes at once', () => {
  beforeEach(massDelete);

  it('are mended by apply, as their text says', async () => {
    const { code, stdout } = await on('drift');
    expect(code).toBe(2);
    expect(stdout).toContain('1 of 1 can be mended by peering apply.');
    expect(await report()).toContain('yes, after asking: too many deletes at once');
  });

  it('show in the status', async () => {
    const { stdout } = await on('status');
    expect(stdout).toMatch(
      / 0\/0 .* held: 12 changes \(too many deletes at once, guardrails\.maxDeletesPercent\)$/m,
    );
    expect(stdout).toContain('1 finding: peering drift says what it is and what to do.');
  });

  it('are not said to be mended where nothing is written at all', async () => {
    policy(
      '{ name: own-vpcs, effect: accept, remote: { accounts: [self] }, routes: { destinations: [172.16.0.0/12] } }',
      'mode: observe\n',
    );
    expect((await on('drift')).stdout).not.toMatch(/[1-9]\d* of \d+ can be mended/);
  });
});

describe('a live peering whose routes the policy no longer wants', () => {
  const routed = () =>
    network(
      { VpcPeeringConnections: [ACTIVE], RouteTables: [table(1, 1, [['10.2.0.0/16', 1]]), BACK] },
      { [id('rtb', 1)]: { '10.2.0.0/16': id('pcx', 1) }, ...OWN_BACK },
    );

  it('is not said to have none', async () => {
    policy('{ name: never, effect: reject, remote: { accounts: [self] } }');
    routed();
    const { stdout } = await on('status');
    expect(stdout).not.toContain('nothing is routed');
    expect(stdout).toMatch(
      /rule never rejects it, but route tables lead to it; active-but-not-allowed, 1 stale$/m,
    );
  });

  it('by no rule at all, neither', async () => {
    policy('{ name: others, effect: accept, remote: { accounts: ["222222222222"] } }');
    routed();
    expect((await on('status')).stdout).toMatch(/no rule matches, but route tables lead to it; 1 stale$/m);
  });
});

describe('a managed peering of which no table is tagged', () => {
  beforeEach(() => {
    policy(OWN_VPCS);
    network({
      VpcPeeringConnections: [ACTIVE],
      RouteTables: [table(1, 1, [], null), table(2, 2, [], '*')],
    });
  });

  it('says so in plan and status: nothing else tells why it carries nothing', async () => {
    const words = 'no route table of this VPC is tagged for rule own-vpcs';
    expect((await on('status')).stdout).toMatch(
      new RegExp(`no-table +${id('pcx', 1)} +\\d+ +a .* ${words}$`, 'm'),
    );
    expect((await on('plan')).stdout).toContain(`      N${words.slice(1)}.\n`);
  });
});

describe('a managed peering of which no subnet uses a tagged table', () => {
  const routed = (number: number, vpcNumber: number, to: string) => table(number, vpcNumber, [[to, 1]]);
  const unused = (of: ReturnType<typeof table>) => ({ ...of, Associations: [] });

  it('is not called fine, though its routes are in the tables of both sides', async () => {
    policy(OWN_VPCS);
    network({
      VpcPeeringConnections: [ACTIVE],
      RouteTables: [
        table(1, 1, [], null),
        unused(routed(11, 1, '10.2.0.0/16')),
        table(2, 2, [], null),
        unused(routed(12, 2, '10.1.0.0/16')),
      ],
    });
    const { stdout } = await on('status');
    expect(stdout).toMatch(
      new RegExp(`no-table +.* a .* 1/1 .* no subnet uses ${id('rtb', 11)}, tagged for rule own-vpcs$`, 'm'),
    );
    expect(stdout).toContain('2 lines: 2 no-table.');
    expect((await on('plan')).stdout).toContain(
      '1 peering gets no routes on a side of which no subnet uses a tagged route table; --all shows them.',
    );
    expect((await on('drift')).stdout).toContain('No drift.');
  });

  it('is fine beside such a table, where the one that subnets use has the route', async () => {
    policy(OWN_VPCS);
    const [out, back] = [routed(1, 1, '10.2.0.0/16'), routed(2, 2, '10.1.0.0/16')];
    const prepared = unused(routed(12, 2, '10.1.0.0/16'));
    network({ VpcPeeringConnections: [ACTIVE], RouteTables: [out, back, prepared] });
    expect((await on('status')).stdout).toContain('2 lines: 2 ok.');
  });
});

describe('a request that waits for a person', () => {
  beforeEach(() => {
    policy(OWN_VPCS);
    network({
      VpcPeeringConnections: [
        connection(1, { number: 4, account: STRANGER }, { number: 1 }, 'pending-acceptance'),
      ],
      RouteTables: [table(1, 1, [])],
    });
  });

  it('is something to do, if not for the automation', async () => {
    const { stdout } = await on('plan');
    expect(stdout).toContain('Nothing to do for the automation. 1 request waits for a person.');
    expect(await report()).toContain('1 request waits for a person.');
  });
});

it('a rule of which it is unknown whether it matches is not said not to match', async () => {
  policy('{ name: tagged, effect: accept, local: { tags: { Name: "*" } }, remote: { accounts: [self] } }');
  network({
    VpcPeeringConnections: [ACTIVE],
    RouteTables: [table(1, 1, []), table(2, 2, [])],
    Vpcs: [vpc(1, 'a')],
  });
  const { stdout } = await on('plan');
  expect(stdout).toContain('Whether rule tagged (an accept rule) matches is unknown');
  expect(stdout).not.toContain('does not match: .');
});

it('a peering that EC2 described in part is named', async () => {
  policy(OWN_VPCS);
  const { AccepterVpcInfo: _, ...part } = ACTIVE;
  network({ VpcPeeringConnections: [part], RouteTables: [table(1, 1, [])] });
  const { code, stdout } = await on('drift', '--json');
  expect(code).toBe(3);
  const { notJudged } = JSON.parse(valid('drift', stdout) === undefined ? '{}' : stdout);
  expect(notJudged[0].reason).toContain(id('pcx', 1));
});

it('without a registry drift says what that leaves out', async () => {
  policy(OWN_VPCS);
  network({ VpcPeeringConnections: [ACTIVE], RouteTables: [table(1, 1, []), BACK] });
  rmSync(inDirectory('net', 'us-east-1', 'Registry.json'));
  const { stdout, stderr } = await on('drift');
  expect(stdout).toContain('No drift.');
  expect(stderr).toContain(
    "note: Nothing is remembered of us-east-1, so no route there is known to be the product's own: one that is missing may not count as drift.",
  );
});
