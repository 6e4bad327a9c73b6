import { createNetworkModel, sampleOf, subnetContains } from '../../lib/connectivity/network-model.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import type { Route } from '../../lib/model/route-table.ts';
import { inCidr, parseAddress, parseCidr } from '../../lib/network/cidr.ts';
import { peering, route, vpc } from '../support/fixtures.ts';
import { instance, mainTable, network, subnet, VPC_A, VPC_B } from './networks.ts';

const model = (parts: Partial<NetworkSnapshot> = {}) => createNetworkModel(network(parts));
const TO = parseAddress('10.2.1.139');

/** Where a table with these routes sends an address: the id of the target, or why there is none. */
function chosen(
  routes: readonly Route[],
  prefixLists: NetworkSnapshot['prefixLists'] = new Map(),
  to = TO,
): string {
  const choice = model({ prefixLists }).choose(mainTable(VPC_A, routes), to);
  return choice.kind === 'no-route' ? choice.kind : `${choice.kind} ${choice.route.target.id}`;
}

describe('the route that a table chooses', () => {
  const propagated = { origin: 'EnableVgwRoutePropagation' } as const;
  const advertised = { origin: 'Advertisement' } as const;
  const lists = new Map([['pl-1', ['10.2.0.0/16', '192.168.0.0/16']]]);

  it('is the most specific one, whatever made it', () => {
    expect(chosen([route('10.2.0.0/16', 'pcx-ab'), route('10.2.1.0/24', 'vgw-1', propagated)])).toBe(
      'route vgw-1',
    );
    expect(chosen([route('10.2.1.0/24', 'pcx-ab'), route('pl-1', 'tgw-1')], lists)).toBe('route pcx-ab');
    expect(chosen([route('10.9.0.0/16', 'pcx-ab')])).toBe('no-route');
  });

  it.each([
    [
      'a static one before one of a gateway',
      [route('10.2.0.0/16', 'vgw-1', propagated), route('10.2.0.0/16', 'pcx-ab')],
    ],
    [
      'a static one before one of a gateway',
      [route('10.2.0.0/16', 'pcx-ab'), route('10.2.0.0/16', 'vgw-1', propagated)],
    ],
    [
      'a static one before an advertised one',
      [route('10.2.0.0/16', 'vgw-1', advertised), route('10.2.0.0/16', 'pcx-ab')],
    ],
    ['a static one before one of a prefix list', [route('pl-1', 'tgw-1'), route('10.2.0.0/16', 'pcx-ab')]],
    ['a static one before one of a prefix list', [route('10.2.0.0/16', 'pcx-ab'), route('pl-1', 'tgw-1')]],
    [
      'one of a prefix list before one of a gateway',
      [route('10.2.0.0/16', 'vgw-1', propagated), route('pl-1', 'pcx-ab')],
    ],
    [
      'one of a prefix list before one of a gateway',
      [route('pl-1', 'pcx-ab'), route('10.2.0.0/16', 'vgw-1', propagated)],
    ],
    ['the first of two that are alike', [route('10.2.0.0/16', 'pcx-ab'), route('10.2.0.0/16', 'tgw-1')]],
  ])('is, of several to the same block, %s (%#)', (_, routes) => {
    expect(chosen(routes, lists)).toBe('route pcx-ab');
  });

  it('is not known where a prefix list was not read, unless a host route decides', () => {
    const unread = route('pl-2', 'tgw-1');
    expect(chosen([route('10.2.1.0/24', 'pcx-ab'), unread])).toBe('unknown tgw-1');
    expect(chosen([unread])).toBe('unknown tgw-1');
    expect(chosen([route('10.2.1.139/32', 'pcx-ab'), unread])).toBe('route pcx-ab');
    const to = parseAddress('2001:db8:2::1');
    expect(chosen([route('2001:db8:2::1/128', 'pcx-ab'), unread], new Map(), to)).toBe('route pcx-ab');
    expect(chosen([route('2001:db8::/32', 'pcx-ab'), unread], new Map(), to)).toBe('unknown tgw-1');
  });

  it('is of the longest prefix, be it propagated or of a prefix list, before any static one', () => {
    const narrow = new Map([['pl-1', ['10.2.1.128/25', '10.9.0.0/16']]]);
    const all = [
      route('10.2.0.0/16', 'pcx-ab'),
      route('10.2.1.0/24', 'vgw-1', propagated),
      route('pl-1', 'tgw-1'),
    ];
    for (const routes of [all, all.toReversed()]) {
      expect(chosen(routes, narrow)).toBe('route tgw-1');
      expect(chosen(routes, narrow, parseAddress('10.2.1.5'))).toBe('route vgw-1');
      expect(chosen(routes, narrow, parseAddress('10.2.7.5'))).toBe('route pcx-ab');
    }
    expect(chosen([...all, route('10.2.1.139/32', 'eni-1', advertised)], narrow)).toBe('route eni-1');
  });

  it('is not known where two prefix lists hold the same block and lead elsewhere', () => {
    const same = new Map([
      ['pl-1', ['10.2.0.0/16']],
      ['pl-2', ['10.2.0.0/16']],
    ]);
    expect(chosen([route('pl-1', 'tgw-1'), route('pl-2', 'pcx-ab')], same)).toBe('either tgw-1');
    expect(chosen([route('pl-1', 'pcx-ab'), route('pl-2', 'pcx-ab')], same)).toBe('route pcx-ab');
    expect(
      chosen([route('pl-1', 'tgw-1'), route('pl-2', 'pcx-ab'), route('10.2.0.0/16', 'pcx-ab')], same),
    ).toBe('route pcx-ab');
  });

  it('is known all the same where a prefix list that was not read leads to the same target', () => {
    const routes = [route('10.2.0.0/16', 'pcx-ab'), route('pl-2', 'pcx-ab')];
    expect(chosen(routes)).toBe('route pcx-ab');
    expect(chosen([...routes, route('pl-3', 'tgw-1')])).toBe('unknown tgw-1');
  });

  it('is none of an endpoint, whose list holds public addresses only', () => {
    expect(chosen([route('10.2.1.0/24', 'pcx-ab'), route('pl-2', 'vpce-1')])).toBe('route pcx-ab');
  });

  it('is the same when asked again', () => {
    const known = model();
    const table = mainTable(VPC_A, [route('10.2.0.0/16', 'pcx-ab')]);
    expect(known.choose(table, TO)).toEqual(known.choose(table, TO));
  });
});

describe('what is found by id and by place', () => {
  it('is the primary interface of an instance of which none is listed', () => {
    const listed = {
      interfaceId: 'eni-1',
      vpcId: 'vpc-a',
      subnetId: 'subnet-a1',
      addresses: ['10.1.1.13', '10.1.1.14'],
      securityGroupIds: [],
      instanceId: 'i-a',
    };
    const { instanceId: _, ...lonely } = { ...listed, interfaceId: 'eni-2', addresses: ['10.1.1.99'] };
    const known = model({ interfaces: [listed, lonely] });
    expect(known.interfacesOf('i-a').map(({ interfaceId }) => interfaceId)).toEqual(['eni-1']);
    expect(known.interfacesOf('i-b').map(({ interfaceId }) => interfaceId)).toEqual([
      'the primary interface of i-b',
    ]);
    expect(known.interfacesWith(parseAddress('10.1.1.99')).map(({ interfaceId }) => interfaceId)).toEqual([
      'eni-2',
    ]);
    expect(known.interfacesOf('i-nobody')).toEqual([]);
    expect(known.interfacesWith(parseAddress('10.1.1.98'))).toEqual([]);
  });

  it('is no interface of an instance that is terminated', () => {
    const instances = [instance('i-a', VPC_A, 1, 13, { state: 'terminated' })];
    expect(model({ instances }).interfacesOf('i-a')).toEqual([]);
  });

  it("is the table of the subnet, else the VPC's main table", () => {
    const own = {
      ...mainTable(VPC_A, []),
      routeTableId: 'rtb-own',
      associations: [
        { main: false, gatewayId: 'igw-1' },
        { main: false, subnetId: 'subnet-a1' },
      ],
    };
    const known = model({ routeTables: [own, mainTable(VPC_A, [])] });
    expect(known.tableOf('vpc-a', 'subnet-a1')?.routeTableId).toBe('rtb-own');
    expect(known.tableOf('vpc-a', 'subnet-a2')?.routeTableId).toBe('rtb-a');
    expect(known.tableOf('vpc-a', undefined)?.routeTableId).toBe('rtb-a');
    expect(known.tableOf('vpc-b', undefined)).toBeUndefined();
  });

  it('is the subnet that an address lies in', () => {
    expect(model().subnetAt('vpc-a', parseAddress('10.1.2.9'))?.subnetId).toBe('subnet-a2');
    expect(model().subnetAt('vpc-a', parseAddress('10.1.9.9'))).toBeUndefined();
    expect(model().subnetAt('vpc-x', parseAddress('10.1.2.9'))).toBeUndefined();
  });

  it('are the CIDRs of a VPC as its owner shows them, else as a peering does', () => {
    const bare = vpc('vpc-z', []);
    const known = model({
      vpcs: [VPC_A, bare],
      peerings: [
        peering('pcx-1', VPC_A, vpc('vpc-z', ['10.7.0.0/16'])),
        peering('pcx-2', vpc('vpc-a', ['10.8.0.0/16']), bare),
      ],
    });
    expect(known.cidrsOf('vpc-z')?.map(({ text }) => text)).toEqual(['10.7.0.0/16']);
    expect(known.cidrsOf('vpc-a')?.map(({ text }) => text)).toEqual(VPC_A.cidrs);
    expect(model({ vpcs: [bare], peerings: [] }).cidrsOf('vpc-z')).toBeUndefined();
    expect(known.vpcsWith(parseAddress('10.7.0.1'))).toEqual(['vpc-z']);
    expect(
      model({ vpcs: [vpc('vpc-2', ['10.7.0.0/16']), vpc('vpc-1', ['10.7.0.0/16'])] }).vpcsWith(
        parseAddress('10.7.0.1'),
      ),
    ).toEqual(['vpc-1', 'vpc-2']);
  });

  it('is each peering of a VPC once, whichever side it is', () => {
    const peerings = [
      peering('pcx-1', VPC_A, VPC_A),
      peering('pcx-2', VPC_B, VPC_A),
      peering('pcx-3', VPC_B, VPC_B),
    ];
    expect(
      model({ peerings })
        .peeringsOf('vpc-a')
        .map(({ peeringId }) => peeringId),
    ).toEqual(['pcx-1', 'pcx-2']);
    expect(model({ peerings }).peeringsOf('vpc-c')).toEqual([]);
  });
});

describe('addresses and blocks', () => {
  const block = parseCidr('10.1.1.0/24');

  it.each([
    ['10.1.1.0', true],
    ['10.1.1.255', true],
    ['10.1.0.255', false],
    ['10.1.2.0', false],
    ['::10.1.1.0', false],
  ])('%s is inside: %s', (text, inside) => {
    expect(inCidr(block, parseAddress(text))).toBe(inside);
    expect(subnetContains(subnet(VPC_A, 1), parseAddress(text))).toBe(inside);
  });

  it('are in no subnet where none is known', () => {
    expect(subnetContains(undefined, parseAddress('10.1.1.1'))).toBe(false);
  });

  it.each([
    ['10.1.1.0/24', '10.1.1.4'],
    ['10.1.1.0/29', '10.1.1.4'],
    ['10.1.1.8/30', '10.1.1.8'],
    ['10.1.1.9/32', '10.1.1.9'],
    ['2001:db8::/64', '2001:db8::4'],
  ])('of %s, %s is typical', (text, address) => {
    expect(sampleOf(parseCidr(text)).text).toBe(address);
    expect(sampleOf(parseCidr(text))).toEqual(parseAddress(address));
  });
});
