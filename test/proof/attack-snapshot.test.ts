import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuiltCommand, builtCommand, type Ended } from '../cli/support/command.ts';
import {
  type Answers,
  peering as connection,
  id,
  inside,
  OWN,
  POLICY,
  table,
  vpc,
  writeAnswers,
} from '../cli/support/network.ts';

/** Saved answers that somebody else made: `peering --snapshot DIR` on a directory that is out to do harm. */

let peering: BuiltCommand;
const inDirectory = (...parts: readonly string[]) => join(peering.directory, ...parts);

/** Ends a line, moves the cursor, colours, reorders, sets the window's title, closes quotes, opens elements. */
const HOSTILE =
  'x\r\n\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\u2066"\';--><script>alert(1)</script><img src=x onerror=alert(1)>' +
  '"]\n  click v1 href "javascript:alert(1)"\n%%{init:{}}%%\\N\\" ] } subgraph z { =HYPERLINK("http://x")';

const PEERING = connection(1, { number: 1 }, { number: 2 }, 'active', {
  'peering-autopilot:routes-synced-at': '2026-01-31T12:00:00.000Z',
});

function answers(): Answers {
  return {
    VpcPeeringConnections: [
      PEERING,
      connection(2, { number: 3, account: '333333333333' }, { number: 1 }, 'pending-acceptance'),
    ],
    RouteTables: [
      table(1, 1, [], '*', 1),
      table(2, 2, [['10.9.0.0/16', 1]], '*', 2),
      table(3, 2, [], 'own-vpcs'),
    ],
    Vpcs: [vpc(1, 'a'), vpc(2, 'b')],
    ...inside([1, 2]),
  };
}

/** Every text of an answer whose key is among these ends in the hostile one. */
function poisoned(value: unknown, keys: readonly string[], key = ''): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => poisoned(each, keys, key));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, poisoned(each, keys, name)]),
    );
  }
  return typeof value === 'string' && keys.includes(key) ? `${value}${HOSTILE}` : value;
}

beforeAll(async () => {
  peering = await builtCommand();
  writeFileSync(inDirectory('peering-policy.yml'), POLICY);
});

afterAll(() => peering?.remove());

/** Exit code of `drift` where nothing differs in what could be judged, and something could not. */
const NOT_JUDGED = 3;

/** "Not judged" is an end like the others only where what was not judged is said. */
function expectEnd(ended: Ended, usual: readonly number[]): void {
  if (ended.code === NOT_JUDGED) {
    expect(`${ended.stdout}${ended.stderr}`).toMatch(/not judged|notJudged|not read|not known/i);
  } else {
    expect(usual).toContain(ended.code);
  }
}

function on(snapshot: string, ...args: readonly string[]): Promise<Ended> {
  return peering.run([...args, '--snapshot', snapshot, '--account', OWN]);
}

/** Anything but lines of text: controls, format characters, what is no character. */
const UNPRINTABLE = /[^\n\P{C}]/u;

function expectLines({ stdout, stderr }: Ended): void {
  expect(stdout.match(UNPRINTABLE)?.[0]?.codePointAt(0)).toBeUndefined();
  expect(stderr.match(UNPRINTABLE)?.[0]?.codePointAt(0)).toBeUndefined();
}

const FIELDS = [
  ['tags', ['Key', 'Value']],
  ['ids of peerings', ['VpcPeeringConnectionId']],
  ['ids of VPCs and tables', ['VpcId', 'RouteTableId']],
  ['accounts and Regions', ['OwnerId', 'Region']],
  ['statuses', ['Code', 'Message', 'State', 'Origin']],
  ['CIDRs', ['CidrBlock', 'DestinationCidrBlock']],
  ['targets', ['GatewayId', 'NatGatewayId']],
  ['ids inside a VPC', ['SubnetId', 'GroupId', 'NetworkAclId', 'NetworkInterfaceId']],
  ['addresses', ['PrivateIpAddress', 'AvailabilityZoneId', 'CidrIp', 'Protocol', 'IpProtocol']],
] as const;

describe.each(FIELDS)('a snapshot with hostile %s', (name, keys) => {
  const directory = name.replaceAll(' ', '-');

  beforeAll(() => {
    const all = Object.entries(answers()).map(([file, items]) => [file, poisoned(items, keys)]);
    writeAnswers(inDirectory(directory, 'us-east-1'), Object.fromEntries(all) as Answers);
  });

  it('writes nothing but lines of text to the terminal, whatever is asked', async () => {
    const asked = [
      ['plan'],
      ['status'],
      ['drift'],
      ['policy', 'explain', id('pcx', 2)],
      ['explain', id('i', 1), '10.2.1.10'],
      ['graph', '--format', 'mermaid'],
      ['graph', '--format', 'dot'],
    ];
    const all = await Promise.all(asked.map(async (args) => ({ args, ended: await on(directory, ...args) })));
    for (const { args, ended } of all) {
      expectLines(ended);
      if (args[0] === 'drift' && ended.code === NOT_JUDGED) {
        expect(ended.stdout).toMatch(/^not judged: \d+/m);
      } else {
        expectEnd(ended, [0, 1, 2]);
      }
    }
  });

  it('draws a Mermaid graph with nothing in it but boxes and lines', async () => {
    const { stdout } = await on(directory, 'graph', '--format', 'mermaid');
    expect(stdout).not.toContain('<script>');
    const statements = /^(?:flowchart|subgraph|end$|v\d+|linkStyle|classDef|class |a\d+|style|direction|%% )/;
    for (const line of stdout.trim().split('\n')) {
      expect(line.trim()).toMatch(statements);
    }
  });

  it('draws and reports nothing that a browser would run', async () => {
    const svg = `${directory}.svg`;
    const html = `${directory}.html`;
    const drawn = await on(directory, 'graph', '--out', svg);
    const reported = await on(directory, 'report', '--out', html);
    for (const [ended, file] of [
      [drawn, svg],
      [reported, html],
    ] as const) {
      if (ended.code === 1) {
        expect(ended.stderr).toMatch(/^peering: \S/);
        continue;
      }
      const text = readFileSync(inDirectory(file), 'utf8');
      expectEnd(ended, [0]);
      expect(text).not.toContain('<script>alert');
      expect(text).not.toContain('<img');
      expect(text).not.toMatch(/(?:href|src)\s*=\s*"(?!#)/);
      expect(text.match(UNPRINTABLE)?.[0]?.codePointAt(0)).toBeUndefined();
    }
  });

  it('keeps what it prints as JSON one document', async () => {
    const ended = await on(directory, 'plan', '--json');
    const { code, stdout, stderr } = ended;
    expectEnd(ended, [0, 1, 2]);
    if (code === 1) {
      expect(stderr).toMatch(/^peering: \S/);
      expect(stdout).toBe('');
    } else {
      expect(JSON.parse(stdout)).toHaveProperty('decisions');
    }
  });
});

describe('a snapshot directory that is out to do harm', () => {
  it('is read below its own directory only: names are Regions or accounts, never paths', async () => {
    writeAnswers(inDirectory('outside', 'us-east-1'), answers());
    for (const name of ['..', '%2e%2e', 'us-east-1\n', 'us-east-1;id', 'accounts/../../outside']) {
      mkdirSync(inDirectory('paths', name), { recursive: true });
    }
    const { code, stderr } = await on('paths', 'plan');
    expect(code).toBe(1);
    expect(stderr).toContain('holds no snapshot');
  });

  it.each([
    ['a device', '/dev/zero'],
    ['a device that blocks', '/dev/tty'],
  ])('is refused where a file is a link to %s', async (_, target) => {
    const directory = `link${target.replaceAll('/', '-')}`;
    writeAnswers(inDirectory(directory, 'us-east-1'), { VpcPeeringConnections: [] });
    symlinkSync(target, inDirectory(directory, 'us-east-1', 'RouteTables.json'));
    const { code, stderr } = await on(directory, 'plan');
    expect(code).toBe(1);
    expect(stderr).toContain('it is no file');
  });

  it('is refused where links go round in a circle', async () => {
    mkdirSync(inDirectory('circle'));
    symlinkSync('us-east-1', inDirectory('circle', 'us-east-1'));
    const { code, stderr } = await on('circle', 'plan');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^peering: /);
    expect(stderr).not.toContain('    at ');
  });

  it('is refused where a file is larger than any answer of EC2', async () => {
    writeAnswers(inDirectory('huge', 'us-east-1'), { VpcPeeringConnections: [] });
    writeFileSync(inDirectory('huge', 'us-east-1', 'RouteTables.json'), '');
    const { truncateSync } = await import('node:fs');
    truncateSync(inDirectory('huge', 'us-east-1', 'RouteTables.json'), 3 * 1024 ** 3);
    const { code, stderr } = await on('huge', 'plan');
    expect(code).toBe(1);
    expect(stderr).toContain('it is larger than');
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, text.length / 2)],
    ['no JSON', () => 'RouteTables'],
    ['nested too deeply', () => `{"RouteTables":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    [
      'of wrong types',
      () => '{"RouteTables":[1,null,"x",[],{"Routes":{"a":1}},{"Tags":"x"},{"Routes":[7]}]}',
    ],
    ['a prototype', () => '{"RouteTables":[{"__proto__":{"RouteTableId":"rtb-1"},"constructor":{}}]}'],
  ])('ends in one line or leaves the item out where a file is %s', async (name, make) => {
    const directory = `broken-${name.replaceAll(' ', '-')}`;
    writeAnswers(inDirectory(directory, 'us-east-1'), answers());
    const file = inDirectory(directory, 'us-east-1', 'RouteTables.json');
    writeFileSync(file, make(readFileSync(file, 'utf8')));
    const ended = await on(directory, 'plan');
    const { code, stderr } = ended;
    expectEnd(ended, [0, 1, 2]);
    expect(stderr).not.toContain('    at ');
    if (code === 1) {
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });
});
