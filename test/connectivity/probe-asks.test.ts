import fc from 'fast-check';
import { groupCommands, readCommandComment } from '../../lib/connectivity/probe-commands.ts';
import { type Probe, selectProbes } from '../../lib/connectivity/probes.ts';
import type { Instance } from '../../lib/model/network.ts';
import type { Vpc } from '../../lib/model/peering.ts';
import { type Asked, PING_ONLY } from '../../lib/model/probe-kinds.ts';
import { OWN, PEER, PREFIX, peering, policyOf, REGION, route, vpc } from '../support/fixtures.ts';
import { instance, mainTable, VPC_A, VPC_B } from './networks.ts';

const RULE = { name: 'peers', effect: 'accept', remote: { accounts: ['self', PEER] } };
const ONLY4 = { ipv6Addresses: [] };
const SOURCE = instance('i-a', VPC_A, 1, 13, { role: 'source', ...ONLY4 });

function tagged(ports: string, parts: Partial<Instance> = {}): Instance {
  return instance('i-b', VPC_B, 1, 139, {
    ...ONLY4,
    tags: { [`${PREFIX}:probe`]: 'target', [`${PREFIX}:probe-ports`]: ports },
    ...parts,
  });
}

interface World {
  readonly instances?: readonly Instance[];
  readonly targets?: readonly string[];
  readonly far?: Vpc;
  readonly dnsResolution?: boolean;
}

function select({
  instances = [SOURCE, tagged('')],
  targets = [],
  far = VPC_B,
  dnsResolution,
}: World): readonly Probe[] {
  const of = peering('pcx-0123456789abcdef0', VPC_A, far);
  const remote = { ...of.accepter, ...(dnsResolution === undefined ? {} : { dnsResolution }) };
  return selectProbes({
    views: [
      {
        view: { peering: of, region: REGION, direction: 'outbound', local: of.requester, remote },
        facts: { accountId: OWN },
        decision: {
          decision: 'accept',
          rule: 'peers',
          effect: 'accept',
          reasons: [],
          rules: [],
          routableCidrs: remote.cidrs,
          managed: true,
        },
      },
    ],
    instances,
    onlineInstanceIds: new Set(instances.map(({ instanceId }) => instanceId)),
    routeTables: [
      mainTable(VPC_A, [route('10.2.0.0/16', of.peeringId), route('2001:db8:2::/56', of.peeringId)]),
    ],
    policy: policyOf({ rules: [{ ...RULE, probe: { targets } }] }),
  }).probes;
}

const asks = (world: World) =>
  select(world).map(({ target, asked: { ping, ports } }) =>
    `${target} ${ping ? 'ping ' : ''}${ports.join(' ')}`.trim(),
  );

describe('what is asked about a target', () => {
  it('is the ports of its tag, besides the ping', () => {
    expect(asks({ instances: [SOURCE, tagged('5432 443')] })).toEqual(['10.2.1.139 ping 443 5432']);
  });

  it('is no ping where the tag says so, unless it names no port', () => {
    expect(asks({ instances: [SOURCE, tagged('5432 no-ping')] })).toEqual(['10.2.1.139 5432']);
    expect(asks({ instances: [SOURCE, tagged('no-ping')] })).toEqual(['10.2.1.139 ping']);
  });

  it('ignores what is no port', () => {
    expect(asks({ instances: [SOURCE, tagged('5432, https 0 65536 -1')] })).toEqual(['10.2.1.139 ping 5432']);
  });

  it('is what the policy names with a port also where a tagged instance is seen, and what it names without one only else', () => {
    const targets = ['10.2.1.20', '10.2.1.20:5432', '10.2.1.139:443'];
    expect(asks({ instances: [SOURCE, tagged('')], targets })).toEqual([
      '10.2.1.139 ping 443',
      '10.2.1.20 5432',
    ]);
    expect(asks({ instances: [SOURCE], targets })).toEqual(['10.2.1.139 443', '10.2.1.20 ping 5432']);
    expect(asks({ instances: [SOURCE], targets: ['10.2.1.20:5432', '10.9.9.9:443'] })).toEqual([
      '10.2.1.20 5432',
    ]);
  });

  it('is asked from one source each, where only ports are asked for', () => {
    const sources = [1, 2, 3].map((zone) =>
      instance(`i-a${zone}`, VPC_A, zone, 13, { role: 'source', ...ONLY4 }),
    );
    const probes = select({
      instances: [...sources, tagged('')],
      targets: ['10.2.1.20:5432', '10.2.1.21:443'],
    });
    expect(probes.filter(({ asked }) => asked.ping)).toHaveLength(3);
    expect(probes.filter(({ asked }) => !asked.ping)).toHaveLength(2);
  });

  it('is large packets once for a peering, by what the peering carries', () => {
    const instances = [
      ...[1, 2].map((zone) => instance(`i-a${zone}`, VPC_A, zone, 13, { role: 'source' })),
      ...[1, 2].map((zone) => instance(`i-b${zone}`, VPC_B, zone, 139, { role: 'target' })),
    ];
    const sizes = (world: World) =>
      select(world).flatMap(({ asked }) => (asked.sizes.length > 0 ? [asked.sizes] : []));
    expect(sizes({ instances })).toEqual([[9001, 1500]]);
    expect(sizes({ instances, far: vpc('vpc-b', VPC_B.cidrs, { region: 'eu-west-1' }) })).toEqual([
      [8500, 1500],
    ]);
    expect(sizes({ instances: [SOURCE], targets: ['10.2.1.20:5432'] })).toEqual([]);
  });

  it('is the names of a target whose side lets them be resolved', () => {
    const names = ['ip-10-2-1-139.ec2.internal', 'ec2-3-1-2-3.compute-1.amazonaws.com'];
    const instances = [SOURCE, tagged('', { dnsNames: [...names, 'third.ec2.internal'] })];
    expect(select({ instances, dnsResolution: true })[0]?.asked.names).toEqual(names);
    expect(select({ instances })[0]?.asked.names).toEqual([]);
    expect(select({ instances, dnsResolution: false })[0]?.asked.names).toEqual([]);
    const odd = [SOURCE, tagged('', { dnsNames: ['-f.ec2.internal', 'a b.internal', 'x'] })];
    expect(select({ instances: odd, dnsResolution: true })[0]?.asked.names).toEqual([]);
  });
});

describe('commands', () => {
  const probe = (asked: Partial<Asked>, parts: Partial<Probe> = {}): Probe => ({
    peeringId: 'pcx-0123456789abcdef0',
    region: REGION,
    rule: 'peers',
    sourceVpcId: 'vpc-a',
    sourceInstanceId: 'i-a',
    target: '10.2.1.139',
    targetVpcId: 'vpc-b',
    priceClass: 'other-region',
    asked: { ...PING_ONLY, ...asked },
    ...parts,
  });

  it('ask all kinds of a target at once, so that there are no more of them than with pings alone', () => {
    const all = { ports: [443, 5432], sizes: [9001, 1500], names: ['a.ec2.internal'] };
    const commands = groupCommands([probe(all), probe({ ports: [443, 5432] }, { sourceInstanceId: 'i-a2' })]);
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({ instanceIds: ['i-a', 'i-a2'], asked: { ping: true, ...all } });
    expect(commands[0]?.comment).toBe('pcx-0123456789abcdef0 10.2.1.139 other-region pmn443,5432');
  });

  it('go on in another one where ports are too many for one, and none is lost', () => {
    const port = fc.integer({ min: 1, max: 65535 });
    const target = fc.constantFrom('10.2.1.139', '2001:db8:1111:2222:3333:4444:5555:6666');
    fc.assert(
      fc.property(fc.uniqueArray(port, { maxLength: 40 }), target, fc.boolean(), (ports, of, ping) => {
        const asked = { ping, ports, sizes: ping ? [9001, 1500] : [] };
        fc.pre(ping || ports.length > 0);
        const commands = groupCommands([probe(asked, { target: of })]);
        for (const command of commands) {
          expect(command.comment.length).toBeLessThanOrEqual(100);
          expect(command.asked.ports.length).toBeLessThanOrEqual(8);
          expect(readCommandComment(command.comment)).toMatchObject({
            target: of,
            asks: {
              ping: command.asked.ping,
              mtu: command.asked.sizes.length > 0,
              name: false,
              ports: command.asked.ports,
            },
          });
        }
        expect(commands.flatMap((command) => command.asked.ports).sort()).toEqual([...ports].sort());
        expect(commands.filter((command) => command.asked.ping)).toHaveLength(ping ? 1 : 0);
      }),
    );
  });

  it('of an earlier version are read as pings', () => {
    expect(readCommandComment('pcx-11112222 10.2.1.139 same-zone')?.asks).toEqual({
      ping: true,
      mtu: false,
      name: false,
      ports: [],
    });
    for (const what of ['', 'x', 'mp', 'p,443', 'p443,', 'p0', 'pp', 'p443 22']) {
      expect(readCommandComment(`pcx-11112222 10.2.1.139 same-zone ${what}`)).toBeUndefined();
    }
  });
});
