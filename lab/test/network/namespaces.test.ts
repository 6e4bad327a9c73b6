import { spawnSync } from 'node:child_process';
import { echo } from '../../network/deliver.ts';
import { whyNoNamespaces } from '../../network/namespace-support.ts';
import { Namespaces } from '../../network/namespaces.ts';
import {
  aclEntry,
  groupRule,
  type NetworkSettings,
  networkOf,
  OPEN_ACL,
  routesBetween,
  routeTo,
} from '../../testing/networks.ts';

/** The model against the kernel: real pings between namespaces, where this machine allows them. */

const A_TO_C = [...routesBetween('pcx-ab', 'b'), ...routesBetween('pcx-ab', 'c')];

const CASES: readonly [string, NetworkSettings, string][] = [
  ['all is open', {}, '10.2.1.10'],
  ['all is open, IPv6', {}, 'fd00:2::10'],
  ['no route leads there', { a: { routes: [] } }, '10.2.1.10'],
  ['no route leads back', { b: { routes: [] } }, '10.2.1.10'],
  ['no IPv6 route leads back', { b: { routes: [routeTo('10.1.0.0/16', 'pcx-ab')] } }, 'fd00:2::10'],
  ['the peering is not active', { peerings: { 'pcx-ab': 'pending-acceptance' } }, '10.2.1.10'],
  [
    'a longer prefix leads elsewhere',
    { a: { routes: [...routesBetween('pcx-ab', 'b'), routeTo('10.2.1.0/24', 'tgw-1')] } },
    '10.2.1.10',
  ],
  [
    'a longer prefix leads to the peering',
    { a: { routes: [routeTo('0.0.0.0/0', 'igw-1'), routeTo('10.2.1.0/24', 'pcx-ab')] } },
    '10.2.1.10',
  ],
  ['C is behind B, and A routes it to B', { a: { routes: A_TO_C } }, '10.3.1.10'],
  [
    'C is behind B, and both ends route it to B',
    {
      a: { routes: A_TO_C },
      c: { routes: [...routesBetween('pcx-bc', 'b'), ...routesBetween('pcx-bc', 'a')] },
    },
    '10.3.1.10',
  ],
  ['nothing has the address', {}, '10.2.1.77'],
  ['the target is stopped', { b: { state: 'stopped' } }, '10.2.1.10'],
  ["the target's group lets nothing in", { b: { ingress: [] } }, '10.2.1.10'],
  ['the groups say nothing of answers', { a: { ingress: [] }, b: { egress: [] } }, '10.2.1.10'],
  ['the ACL keeps the answer out', { a: { acl: OPEN_ACL.filter((each) => each.egress) } }, '10.2.1.10'],
  [
    'only echo requests may in',
    {
      b: {
        ingress: [groupRule({ protocol: 'icmp', type: 8, code: 0, cidrs: ['10.0.0.0/8'] })],
        acl: [aclEntry({ protocol: '1', type: 8, code: -1 }), aclEntry({ egress: true })],
      },
    },
    '10.2.1.10',
  ],
  [
    'the answer goes to another VPC with the same range',
    {
      b: { routes: [routeTo('10.1.0.0/16', 'pcx-bc')] },
      c: { cidrs: ['10.1.0.0/16'], addresses: ['10.1.1.10'] },
    },
    '10.2.1.10',
  ],
];

function ownNamespaces(): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.startsWith(`vpa-${process.pid}-`));
}

let why: string | undefined;
let namespaces: Namespaces;

beforeAll(async () => {
  why = await whyNoNamespaces();
  if (why !== undefined) {
    process.stderr.write(`Real pings are not tested here: ${why}\n`);
  }
  namespaces = new Namespaces();
});

afterAll(() => {
  namespaces.stop();
});

it.each(CASES)('a real ping agrees with the model when %s', async (_, parts, destination) => {
  if (why !== undefined) {
    return;
  }
  const network = networkOf(parts);
  const host = network.hosts.get('i-a');
  if (host === undefined) {
    throw new Error('The network has no i-a.');
  }

  const real = await namespaces.run({
    network,
    host,
    destination,
    ports: [],
    command: ['ping', '-n', '-c', '1', '-W', '1', destination],
  });

  expect({ stderr: real.stderr, answered: real.exitCode === 0 }).toEqual({
    stderr: '',
    answered: echo(network, 'i-a', destination).answered,
  });
  expect(real.stdout).toContain(`1 packets transmitted, ${real.exitCode === 0 ? 1 : 0} received`);
  expect(ownNamespaces()).toEqual([]);
});

it('leaves no namespace behind when one cannot be made', async () => {
  if (why !== undefined) {
    return;
  }
  const network = networkOf({ a: { state: 'stopped' } });
  const host = network.hosts.get('i-a');
  if (host === undefined) {
    throw new Error('The network has no i-a.');
  }

  await expect(
    namespaces.run({
      network,
      host,
      destination: '10.2.1.10',
      ports: [],
      command: ['ping', '-c', '1', '10.2.1.10'],
    }),
  ).rejects.toThrow('i-a is not running');
  expect(ownNamespaces()).toEqual([]);
});
