import { execFileSync } from 'node:child_process';
import {
  createModelPinger,
  createRealPing,
  findPing,
  type Ping,
  type PingOutcome,
  type RunInShell,
} from 'local-aws-peering/ssm';
import { aclEntry, groupRule, hostIn, networkOf, OPEN_ACL } from 'local-aws-peering/testing';
import type { ProbeResult } from '../../lib/connectivity/results.ts';
import { probe, type World } from './probing.ts';

const network = networkOf();
const logged: string[] = [];

beforeEach(() => {
  logged.length = 0;
});

function pingOf(line: string, platform: 'Linux' | 'Windows' = 'Linux'): Ping {
  const found = findPing([line], { platform });
  if (found.found !== 'ping') {
    throw new Error(`No ping: ${line}`);
  }
  return found.ping;
}

async function realPing() {
  const real = await createRealPing({
    model: async () => ({ stdout: 'from the model', stderr: '', exitCode: 0 }),
    log: (message) => logged.push(message),
  });
  if (typeof real === 'string') {
    process.stderr.write(`${real}\n`);
    return undefined;
  }
  return real;
}

/** Figures that differ from run to run. */
function withoutTimes(outcome: PingOutcome | 'endless'): unknown {
  return outcome === 'endless'
    ? outcome
    : {
        ...outcome,
        stdout: outcome.stdout
          .replace(/(ttl|time)=[\d.]+/g, '$1=…')
          .replace(/time \d+ms/, 'time …')
          .replace(/= [\d./]+ ms/, '= …'),
      };
}

it.each([
  'ping -c 2 10.2.1.10',
  'ping -q -c 2 10.2.1.10',
  'ping -c 2 10.3.1.10',
  'ping -c 2 -w 1 10.3.1.10',
  'ping -6 -c 2 fd00:2::10',
  'ping -s 100 -c 1 10.2.1.10',
  'ping -4 -c 1 fd00:2::10',
])('prints the same as the model for %s', async (line) => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  const ping = pingOf(line);
  const request = { network, host: hostIn('a', {}), ping, isLost: () => false };

  try {
    const inModel = await createModelPinger(1)({ ...request, ping: { ...ping, intervalMs: 200 } });
    const inReality = await real.pinger({ ...request, host: network.hosts.get('i-a') ?? request.host });
    expect(withoutTimes(inReality)).toEqual(withoutTimes(inModel));
  } finally {
    real.stop();
  }
});

it('leaves Windows, endless pings, names and what cannot be set up to the model', async () => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  const ask = (ping: Ping, instanceId = 'i-a') =>
    real.pinger({ network, host: hostIn('a', { instanceId }), ping, isLost: () => false });

  try {
    for (const outcome of [
      await ask(pingOf('ping -n 1 10.2.1.10', 'Windows')),
      await ask(pingOf('ping 10.2.1.10')),
      await ask(pingOf('ping -c 1 server2')),
      await ask(pingOf('ping -c 1 10.2.1.10'), 'i-unknown'),
    ]) {
      expect(outcome).toMatchObject({ stdout: 'from the model' });
    }
    expect(logged).toEqual([expect.stringContaining('A real ping could not be set up')]);
  } finally {
    real.stop();
  }
});

/** Without how long anything took. */
const judged = (results: readonly ProbeResult[]) =>
  results.map(({ averageRtt, rtt, reason, ...rest }) => ({
    ...rest,
    reason: reason.replace(/[\d.]+ ms/g, '… ms'),
  }));

const LISTENS: World = { target: { tags: { 'lab:listens': '5432' } } };
const NO_TCP = [groupRule({ protocol: 'icmp', type: -1, code: -1, cidrs: ['0.0.0.0/0'] })];

const CASES: readonly (readonly [string, World, Readonly<Record<string, string>>])[] = [
  ['a port takes the connection, another refuses it', LISTENS, { ports: '5432 443' }],
  ['a group lets in pings alone', { ...LISTENS, parts: { b: { ingress: NO_TCP } } }, { ports: '5432' }],
  [
    'an ACL lets no answers back in',
    {
      ...LISTENS,
      parts: {
        a: {
          acl: [...OPEN_ACL.filter(({ egress }) => egress), aclEntry({ protocol: '1', type: -1, code: -1 })],
        },
      },
    },
    { ports: '5432' },
  ],
  ['no route leads there', { ...LISTENS, parts: { a: { routes: [] } } }, { ports: '5432', sizes: '1500' }],
  ['a port of an IPv6 address takes the connection', LISTENS, { target: 'fd00:2::10', ports: '5432' }],
  ['large packets pass', {}, { sizes: '9001 1500' }],
  [
    'the other Region takes no packets so large',
    { parts: { b: { region: 'eu-west-1' } } },
    { sizes: '9001 8500' },
  ],
  [
    'the target takes small packets alone',
    { target: { tags: { 'lab:mtu': '1500' } } },
    { sizes: '9001 1500' },
  ],
  [
    'the source sends small packets alone',
    { source: { tags: { 'lab:mtu': '1500' } } },
    { sizes: '9001 1500' },
  ],
  ['a name is asked too', LISTENS, { ports: '5432', names: 'ip-10-2-1-10.ec2.internal' }],
];

// All at once: most of the time is waiting for answers that do not come.
it('carries what the model carries', async () => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  try {
    const found = await Promise.all(
      CASES.map(async ([when, world, given]) => [
        when,
        judged(await probe(world, { ping: 'no', ...given }, { runInShell: real.runInShell })),
      ]),
    );
    for (const [index, [when, world, given]] of CASES.entries()) {
      expect(found[index]).toEqual([when, judged(await probe(world, { ping: 'no', ...given }))]);
    }
    expect(logged).toEqual([]);
  } finally {
    real.stop();
  }
  expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toContain(`vpa-${process.pid}-`);
});

it('tells how long a real connection took', async () => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  const printed: (string | undefined)[] = [];
  const runInShell: RunInShell = async (request) => {
    const output = await real.runInShell(request);
    printed.push(output);
    return output;
  };
  try {
    const [result] = await probe(LISTENS, { ping: 'no', ports: '5432' }, { runInShell });
    expect(result).toMatchObject({ verdict: 'reachable', port: 5432 });
    expect(result?.averageRtt).toBeGreaterThan(0);
    expect(printed).toEqual([
      expect.stringMatching(/^== tcp\ntcp 5432 exit 0 connected in \d+ us\n== end\n$/),
    ]);
  } finally {
    real.stop();
  }
});

it('runs no script for an instance with Windows, nor towards what is no address', async () => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  const request = { network, host: hostIn('a', {}), destination: '10.2.1.10', ports: [], script: 'echo ran' };
  try {
    for (const each of [
      { ...request, destination: "10.2.1.10'; echo ran; '" },
      { ...request, host: hostIn('a', { platform: 'Windows' }) },
    ]) {
      expect(await real.runInShell(each)).toBeUndefined();
    }
    expect(await real.runInShell(request)).toBe('ran\n');
  } finally {
    real.stop();
  }
});

it('leaves no namespace and no process behind when the lab stops while it asks', async () => {
  const real = await realPing();
  if (real === undefined) {
    return;
  }
  const source = network.hosts.get('i-a') ?? hostIn('a', {});
  // A number of its own, so that it is found among all that runs.
  const script = `sleep 600.${process.pid}`;
  const asking = real.runInShell({ network, host: source, destination: '10.2.1.10', ports: [9], script });
  const ours = () =>
    execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(script) && !line.includes('ip netns'));
  while (ours().length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  real.stop();
  await asking;
  expect(ours()).toEqual([]);
  expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toContain(`vpa-${process.pid}-`);
});
