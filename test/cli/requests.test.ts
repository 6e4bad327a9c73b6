import { rmSync, writeFileSync } from 'node:fs';
import { commandOfFile, valid } from './support/command.ts';
import {
  askedByTwin,
  peering as connection,
  id,
  OWN,
  STRANGER,
  table,
  vpc,
  writeAnswers,
} from './support/network.ts';

/** `peering requests` as a process, from saved answers: what waits, why, and what would follow. */

const peering = commandOfFile();
const { inDirectory } = peering;

const RULES = `
  - { name: reviewed, effect: hold, remote: { accounts: ["${STRANGER}"], cidrs: [10.2.0.0/16] } }
  - { name: own-vpcs, effect: accept, remote: { accounts: [self] } }
`;

beforeEach(() => {
  rmSync(inDirectory('net'), { recursive: true, force: true });
  writeFileSync(inDirectory('policy.yml'), `version: 1\nrules:${RULES}`);
});

const STRANGERS = { number: 2, account: STRANGER };

function network(peerings: readonly unknown[], tables: readonly unknown[] = [table(1, 1, [])]): void {
  writeAnswers(inDirectory('net', 'us-east-1'), {
    Vpcs: [vpc(1, 'app\u202e-prod')],
    VpcPeeringConnections: [...peerings],
    RouteTables: [...tables],
  });
}

function requests(...args: readonly string[]) {
  return peering.run(['requests', '--snapshot', 'net', '--account', OWN, '--policy', 'policy.yml', ...args]);
}

it('names who asks, why it is held, what would be routed in which table, and when it expires', async () => {
  network([connection(1, STRANGERS, { number: 1 }, 'pending-acceptance')]);
  const { code, stdout } = await requests('--json');
  expect(code).toBe(2);
  expect(valid('requests', stdout)).toMatchObject({
    requests: [
      {
        peeringId: id('pcx', 1),
        answeredBy: 'us',
        decision: 'hold',
        rule: 'reviewed',
        requester: { accountId: STRANGER, vpcId: id('vpc', 2), cidrs: ['10.2.0.0/16'] },
        accepter: { accountId: OWN, vpcId: id('vpc', 1), cidrs: ['10.1.0.0/16'] },
        expiresAt: '2026-12-01T00:00:00.000Z',
        reasons: ['Rule reviewed matches and has the effect hold.'],
        inTheWay: [],
        wouldRoute: [
          {
            vpcId: id('vpc', 1),
            rule: 'reviewed',
            destinations: ['10.2.0.0/16'],
            inPlace: [],
            routeTables: [id('rtb', 1)],
          },
        ],
      },
    ],
  });
});

it('shows what people call the peering', async () => {
  network([connection(1, STRANGERS, { number: 1 }, 'pending-acceptance', { Name: 'partner\u202e' })]);
  expect((await requests()).stdout).toContain(`${id('pcx', 1)} (partner\\u{202e})  held`);
  expect(valid('requests', (await requests('--json')).stdout)).toMatchObject({
    requests: [{ peeringName: 'partner\u202e' }],
  });
});

it('says why each rule does not match, and how to say which one routes it', async () => {
  network([connection(1, { ...STRANGERS, number: 3 }, { number: 1 }, 'pending-acceptance')]);
  const { code, stdout } = await requests();
  expect(code).toBe(2);
  expect(stdout).toContain('No rule matches, and what no rule matches is held.');
  expect(stdout).toMatch(/Rule reviewed does not match: .*10\.3\.0\.0\/16/);
  expect(stdout).toContain(`peering accept ${id('pcx', 1)} --as RULE (own-vpcs)`);
  expect(stdout).toContain('Requests that wait: 1 for a person here.');
});

it('marks requests of our own, which another account answers, and waits for nobody here', async () => {
  network([connection(1, { number: 1 }, STRANGERS, 'pending-acceptance')]);
  const { code, stdout } = await requests();
  expect(code).toBe(0);
  expect(stdout).toContain('asked by us');
  expect(stdout).toContain(`Account ${STRANGER} answers it.`);
});

it('shows what is in the way of its routes', async () => {
  network(
    [
      connection(1, STRANGERS, { number: 1 }, 'pending-acceptance'),
      askedByTwin(connection(2, STRANGERS, { number: 1 }), 9),
    ],
    [table(1, 1, [['10.2.0.0/16', 2]])],
  );
  const { requests: found } = valid('requests', (await requests('--json')).stdout) as {
    requests: { inTheWay: string[] }[];
  };
  expect(found[0]?.inTheWay).toContainEqual(expect.stringContaining(`already goes to ${id('pcx', 2)}`));
});

it('advises no command that refuses, and lists no route that would not be written', async () => {
  writeFileSync(
    inDirectory('policy.yml'),
    `version: 1\nrules:\n  - { name: all, effect: accept, remote: { accounts: ["${STRANGER}"], cidrs: [10.2.0.0/16] } }\n`,
  );
  network(
    [
      connection(1, STRANGERS, { number: 1 }, 'pending-acceptance'),
      askedByTwin(connection(2, STRANGERS, { number: 1 }), 9),
    ],
    [table(1, 1, [['10.2.0.0/16', 2]])],
  );
  const { code, stdout } = await requests();
  expect(code).toBe(2);
  expect(stdout).not.toMatch(/To do +peering accept/);
  expect(stdout).toContain('until then peering accept refuses it. Or peering reject');
  expect(stdout).toContain(`${id('vpc', 1)}: nothing in ${id('rtb', 1)}, as its tables stand now`);
  expect(valid('requests', (await requests('--json')).stdout)).toMatchObject({
    requests: [
      {
        byHand: {
          kind: 'refused',
          rules: [],
          why: expect.arrayContaining([expect.stringContaining('already')]),
        },
        wouldRoute: [{ rule: 'all', destinations: [], routeTables: [id('rtb', 1)] }],
      },
    ],
  });
});

it('says of an accepted request what keeps a route of it from being made', async () => {
  writeFileSync(
    inDirectory('policy.yml'),
    `version: 1\nguardrails: { equalRoutes: wait }\nrules:\n  - { name: all, effect: accept, remote: { accounts: ["${STRANGER}"] } }\n`,
  );
  const waits = `10.2.0.0/16 goes to tgw-0123456789abcdef0 in ${id('rtb', 1)}. Its route to the peering waits until that one is gone (guardrails.equalRoutes: wait).`;
  const { Routes, ...tagged } = table(1, 1, []);
  network(
    [connection(1, STRANGERS, { number: 1 }, 'pending-acceptance')],
    [
      {
        ...tagged,
        Routes: [
          ...Routes,
          {
            DestinationCidrBlock: '10.2.0.0/16',
            TransitGatewayId: 'tgw-0123456789abcdef0',
            Origin: 'CreateRoute',
            State: 'active',
          },
        ],
      },
    ],
  );
  expect(valid('requests', (await requests('--json')).stdout)).toMatchObject({
    requests: [{ decision: 'accept', inTheWay: [waits], wouldRoute: [{ destinations: [], inPlace: [] }] }],
  });
  // Among the reasons it is said once.
  expect((await requests()).stdout.split(waits)).toHaveLength(2);
});

it.each([
  ['just its destination', '10.2.0.0/16'],
  ['a wider one', '10.2.0.0/15'],
  ['all addresses', '0.0.0.0/0'],
])(
  'says of a route that is there already that it is, and that none is written beside it: to %s',
  async (_, to) => {
    network(
      [connection(1, STRANGERS, { number: 1 }, 'pending-acceptance')],
      [table(1, 1, [[to, 1, 'blackhole']]), table(2, 1, [])],
    );
    expect(valid('requests', (await requests('--json')).stdout)).toMatchObject({
      requests: [
        {
          wouldRoute: [
            { destinations: [], inPlace: ['10.2.0.0/16'], routeTables: [id('rtb', 1)] },
            { destinations: ['10.2.0.0/16'], inPlace: [], routeTables: [id('rtb', 2)] },
          ],
        },
      ],
    });
    const { stdout } = await requests();
    expect(stdout).toContain(
      `${id('vpc', 1)}: nothing new in ${id('rtb', 1)} by rule reviewed: 10.2.0.0/16 is there already`,
    );
    expect(stdout).toContain(`${id('vpc', 1)}: 10.2.0.0/16 in ${id('rtb', 2)} by rule reviewed\n`);
  },
);

it('lists a request of our own to a Region that is not managed, as plan says that it waits for a person', async () => {
  writeFileSync(inDirectory('policy.yml'), `version: 1\nregions: [us-east-1]\nrules:${RULES}`);
  network([connection(1, { number: 1 }, { number: 2, region: 'us-west-2' }, 'pending-acceptance')]);
  const { code, stdout } = await requests();
  expect(code).toBe(2);
  expect(stdout).toContain('has to be answered in us-west-2, which was not read or is not managed');
  expect(stdout).toContain('Requests that wait: 1 for a person here.');
  // The command refuses it there, so it is not what people are told to type.
  expect(stdout).not.toMatch(/To do.*peering (accept|reject)/);
  expect(stdout).toContain(
    `aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id ${id('pcx', 1)} --region us-west-2`,
  );
  const { stdout: plan } = await peering.run([
    ...['plan', '--snapshot', 'net', '--account', OWN, '--policy', 'policy.yml'],
  ]);
  expect(plan).toContain('1 request waits for a person.');
});

it('does not say that a rule routes nothing where it cannot be known yet what it routes', async () => {
  const hidden = connection(1, STRANGERS, { number: 1 }, 'pending-acceptance');
  const { CidrBlock: _, CidrBlockSet: __, ...requester } = hidden.RequesterVpcInfo;
  network([{ ...hidden, RequesterVpcInfo: requester }]);
  const { stdout } = await requests();
  expect(stdout).toContain('CIDRs not visible');
  expect(stdout).not.toContain('no rule says');
  expect(stdout).toMatch(/Routes +vpc-\w+: not known yet, for the reasons above/);
});

describe('a request whose acceptance AWS has refused lately, of which people were told', () => {
  const at = Math.floor(Date.now() / 1000) - 3600;
  const note = {
    [`call-failed AcceptVpcPeeringConnection ${id('pcx', 1)}`]: { value: 'UnauthorizedOperation', at },
  };

  beforeEach(() => {
    network(
      [connection(1, { number: 1 }, { number: 2 }, 'pending-acceptance')],
      [table(1, 1, []), table(2, 2, [])],
    );
    writeAnswers(inDirectory('net', 'us-east-1'), { Vpcs: [vpc(1, 'a'), vpc(2, 'b')] });
    writeFileSync(
      inDirectory('net', 'us-east-1', 'Registry.json'),
      JSON.stringify({ routes: {}, repairs: {}, notes: note }),
    );
  });

  it('is not said to be accepted by the functions, with nothing to do', async () => {
    const { stdout } = await requests();
    expect(stdout).not.toContain('Nothing: the functions');
    expect(stdout).toMatch(/To do .*AWS has refused AcceptVpcPeeringConnection .*UnauthorizedOperation/);
    expect(stdout).toContain(`peering accept ${id('pcx', 1)}`);
    expect(valid('requests', (await requests('--json')).stdout)).toMatchObject({
      requests: [{ refused: { call: 'AcceptVpcPeeringConnection', code: 'UnauthorizedOperation' } }],
    });
  });

  it.each(['plan', 'status', 'drift'])('is warned of by %s', async (verb) => {
    const { stderr } = await peering.run([
      ...[verb, '--snapshot', 'net', '--account', OWN, '--policy', 'policy.yml'],
    ]);
    expect(stderr).toMatch(/AWS has refused AcceptVpcPeeringConnection for pcx-\w+ .*UnauthorizedOperation/);
  });
});

it('prints no character of a name that could mislead', async () => {
  network([connection(1, STRANGERS, { number: 1 }, 'pending-acceptance')]);
  const { stdout } = await requests();
  expect(stdout).toContain('app\\u{202e}-prod');
  expect(stdout).not.toContain('\u202e');
});

it('says that none waits where none does', async () => {
  network([connection(1, STRANGERS, { number: 1 })]);
  expect(await requests()).toMatchObject({ code: 0, stdout: 'No request waits.\n' });
});
