import { bindParameters, createModelPinger, parseDocument, runSteps } from 'local-aws-peering/ssm';
import { aclEntry, groupRule, hostIn, type NetworkSettings, OPEN_ACL } from 'local-aws-peering/testing';
import { PING_DOCUMENT_CONTENT } from '../../lib/connectivity/ping-document.ts';
import { PROBE_ON_LINUX } from '../../lib/connectivity/probe-scripts.ts';
import type { ProbeResult } from '../../lib/connectivity/results.ts';
import { kindText } from '../../lib/model/probe-kinds.ts';
import { PRODUCT_SCRIPTS } from '../../local/probe-steps.ts';
import { PING_DOCUMENT } from '../support/ping-scripts.ts';
import { NAMES, networkWith, probe, TARGET } from './probing.ts';

const verdicts = (results: readonly ProbeResult[]) =>
  results.map((each) => `${kindText(each)} ${each.verdict}`);

const ALL = {
  ports: '5432 443',
  sizes: '9001 1500',
  names: 'ip-10-2-1-10.ec2.internal ec2-3-1-2-3.compute-1.amazonaws.com',
};
const LISTENING = { tags: { 'lab:listens': '5432' } };

describe.each(['Linux', 'Windows'] as const)('an instance with %s', (platform) => {
  it('asks for all of it in one command, and a port where nothing listens refuses', async () => {
    const results = await probe({ source: { platform }, target: LISTENING }, ALL);
    expect(verdicts(results)).toEqual([
      'ping reachable',
      'TCP 5432 reachable',
      'TCP 443 reachable',
      'large packets reachable',
      `the name ${NAMES.privateName} reachable`,
      `the name ${NAMES.publicName} reachable`,
    ]);
    expect(results[1]?.reason).toMatch(/took the connection/);
    expect(results[2]?.reason).toMatch(/nothing listens/);
    expect(results[3]).toMatchObject({ packetSize: 9001 });
  });

  it('does not ping where no ping is asked for', async () => {
    const results = await probe({ source: { platform }, target: LISTENING }, { ping: 'no', ports: '5432' });
    expect(verdicts(results)).toEqual(['TCP 5432 reachable']);
  });

  it('loses what a group or an ACL keeps out, each kind by itself', async () => {
    const onlyPing = [groupRule({ protocol: 'icmp', type: -1, code: -1, cidrs: ['0.0.0.0/0'] })];
    expect(
      verdicts(await probe({ source: { platform }, parts: { b: { ingress: onlyPing } } }, { ports: '5432' })),
    ).toEqual(['ping reachable', 'TCP 5432 unreachable']);
    const onlyTcp = [groupRule({ protocol: 'tcp', type: 5432, code: 5432, cidrs: ['10.1.0.0/16'] })];
    const results = await probe(
      { source: { platform }, target: LISTENING, parts: { b: { ingress: onlyTcp } } },
      { ports: '5432' },
    );
    expect(verdicts(results)).toEqual(['ping unreachable', 'TCP 5432 reachable']);
    expect(results[0]?.reason).toMatch(/keeps ICMP out/);
  });

  it('loses connections whose answers an ACL keeps from the ephemeral ports, and pings go on', async () => {
    const acl = [
      ...OPEN_ACL,
      aclEntry({ number: 50, egress: true, allow: false, protocol: '6', type: 1024, code: 65535 }),
    ];
    const results = await probe(
      { source: { platform }, target: LISTENING, parts: { b: { acl } } },
      { ports: '5432' },
    );
    expect(verdicts(results)).toEqual(['ping reachable', 'TCP 5432 unreachable']);
  });

  it('gets large packets as far as the target takes them', async () => {
    const small = { tags: { 'lab:mtu': '1500' } };
    const limited = await probe({ source: { platform }, target: small }, { sizes: '9001 1500' });
    expect(limited[1]).toMatchObject({ verdict: 'mtu-limited', packetSize: 1500 });
    const own = await probe({ source: { platform, ...small } }, { sizes: '9001 1500' });
    expect(own[1]).toMatchObject({
      verdict: 'none',
      reason: expect.stringContaining('interface of the source'),
    });
  });

  it('gets 8,500 bytes to another Region, and no more', async () => {
    const parts: NetworkSettings = { b: { region: 'eu-west-1' } };
    expect((await probe({ source: { platform }, parts }, { sizes: '8500 1500' }))[1]).toMatchObject({
      verdict: 'reachable',
      packetSize: 8500,
    });
    expect((await probe({ source: { platform }, parts }, { sizes: '9001 1500' }))[1]?.verdict).toBe(
      'mtu-limited',
    );
  });

  it('gets no private address for a name where the other side does not let it', async () => {
    const results = await probe({ source: { platform }, namesOf: [] }, { names: ALL.names });
    expect(verdicts(results)).toEqual([
      'ping reachable',
      `the name ${NAMES.privateName} misresolved`,
      `the name ${NAMES.publicName} misresolved`,
    ]);
    expect(results[2]?.reason).toMatch(/leads to 3\.1\.2\.3 and not to 10\.2\.1\.10/);
  });
});

it('a bridge of containers that has the range is no verdict, whoever answers there', async () => {
  const source = { tags: { 'lab:bridge': 'docker0 10.2.1.1/20' } };
  for (const target of [TARGET, '10.2.1.1']) {
    const results = await probe({ source, target: LISTENING }, { target, ports: '5432' });
    expect(verdicts(results)).toEqual(['ping none', 'TCP 5432 none']);
    expect(results[0]?.reason).toMatch(/docker0 has 10\.2\.0\.0\/20/);
  }
});

it('no script goes to a real shell that holds more than an address and numbers, whatever its document lets through', async () => {
  const asked: string[] = [];
  const network = networkWith({});
  const probeOnLinux = PRODUCT_SCRIPTS.find(({ lines }) => lines.join('\n') === PROBE_ON_LINUX.join('\n'));
  const run = (given: Readonly<Record<string, string>>) =>
    probeOnLinux?.run({
      network,
      host: network.hosts.get('i-a') ?? hostIn('a', {}),
      pinger: createModelPinger(1),
      bound: new Map(Object.entries({ target: TARGET, ...given }).map(([name, value]) => [name, [value]])),
      scriptWith: (bound) => [...bound.values()].join(' '),
      isLost: () => false,
      runInShell: async ({ script }) => {
        asked.push(script);
        return undefined;
      },
    });
  for (const given of [
    { target: "10.2.1.10'; echo ran; '", ports: '443' },
    { ports: '1;echo' },
    { sizes: '1500;echo' },
    {},
  ]) {
    await run(given);
  }
  expect(asked).toEqual([]);
  await run({ ports: '443', sizes: '1500', names: '$(id)' });
  expect(asked).toEqual([`${TARGET} 443 1500 none`]);
});

it('a script that is not the product’s to the letter is none of the product’s', async () => {
  const other = structuredClone(PING_DOCUMENT_CONTENT) as unknown as {
    mainSteps: { inputs: { runCommand: string[] } }[];
  };
  other.mainSteps[1]?.inputs.runCommand.push('id');
  const network = networkWith({});
  const { steps } = await runSteps({
    document: parseDocument('other', JSON.stringify(other)),
    bound: bindParameters(PING_DOCUMENT, { target: [TARGET] }),
    network,
    host: network.hosts.get('i-a') ?? hostIn('a', {}),
    pinger: createModelPinger(1),
    scripts: PRODUCT_SCRIPTS,
    isLost: () => false,
    now: () => new Date(0),
  });
  expect(steps[1]?.stdout).not.toContain('== end');
});
