import fc from 'fast-check';
import { connect, echo, type Network, type NetworkTable, readBlock } from 'local-aws-peering/network';
import { diagnose } from '../../lib/connectivity/diagnosis.ts';
import { EndpointError } from '../../lib/connectivity/endpoints.ts';
import { createNetworkModel } from '../../lib/connectivity/network-model.ts';
import type { NetworkSnapshot, PacketMatch, SecurityGroupRule } from '../../lib/model/network.ts';
import { parseAddress } from '../../lib/network/cidr.ts';
import { OWN } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';
import { seenBy, topologyArbitrary } from '../support/topologies.ts';

/** The local AWS delivers its pings by a model of its own, written apart from the diagnosis: they have to agree. */

function icmp({ protocol, fromPort, toPort }: PacketMatch) {
  return { protocol, type: fromPort, code: toPort };
}

function labNetwork(snapshot: NetworkSnapshot): Network {
  const tables = snapshot.routeTables.map(
    (table): NetworkTable => ({
      tableId: table.routeTableId,
      vpcId: table.vpcId,
      routes: table.routes.flatMap(({ destination, target }) =>
        (snapshot.prefixLists.get(destination) ?? [destination]).map((block) => ({
          block: readBlock(block),
          source: snapshot.prefixLists.has(destination) ? 'prefix-list' : 'static',
          target:
            target.kind === 'local'
              ? { kind: 'local' }
              : target.kind === 'peering'
                ? { kind: 'peering', peeringId: target.id }
                : { kind: 'other', id: target.id },
        })),
      ),
    }),
  );
  const blocksOf = ({ cidrs, prefixListIds }: SecurityGroupRule) =>
    [...cidrs, ...prefixListIds.flatMap((id) => snapshot.prefixLists.get(id) ?? [])].map(readBlock);
  const tableOf = (subnetId: string, vpcId: string) =>
    (
      snapshot.routeTables.find(({ associations }) =>
        associations.some((each) => each.subnetId === subnetId),
      ) ??
      snapshot.routeTables.find(
        (table) => table.vpcId === vpcId && table.associations.some(({ main }) => main),
      )
    )?.routeTableId;
  return {
    vpcs: new Map(snapshot.vpcs.map((vpc) => [vpc.vpcId, { ...vpc, blocks: vpc.cidrs.map(readBlock) }])),
    subnets: new Map(
      snapshot.subnets.map(({ subnetId, vpcId, availabilityZoneId, cidrs }) => [
        subnetId,
        {
          subnetId,
          vpcId,
          zoneId: availabilityZoneId ?? '',
          blocks: cidrs.map(readBlock),
          tableId: tableOf(subnetId, vpcId),
          aclId: snapshot.networkAcls.find(({ subnetIds }) => subnetIds.includes(subnetId))?.networkAclId,
        },
      ]),
    ),
    tables: new Map(tables.map((table) => [table.tableId, table])),
    peerings: new Map(
      snapshot.peerings.map(({ peeringId, status, requester, accepter }) => [
        peeringId,
        { peeringId, status, vpcIds: [requester.vpcId, accepter.vpcId] },
      ]),
    ),
    groups: new Map(
      snapshot.securityGroups.map(({ groupId, vpcId, ingress, egress }) => [
        groupId,
        {
          groupId,
          vpcId,
          ingress: ingress.map((rule) => ({
            ...icmp(rule),
            blocks: blocksOf(rule),
            groupIds: rule.groupIds,
          })),
          egress: egress.map((rule) => ({
            ...icmp(rule),
            blocks: blocksOf(rule),
            groupIds: rule.groupIds,
          })),
        },
      ]),
    ),
    acls: new Map(
      snapshot.networkAcls.map(({ networkAclId, entries }) => [
        networkAclId,
        {
          aclId: networkAclId,
          entries: entries.map((entry) => ({
            ...icmp(entry),
            number: entry.ruleNumber,
            egress: entry.egress,
            allow: entry.action === 'allow',
            block: readBlock(entry.cidr),
          })),
        },
      ]),
    ),
    hosts: new Map(
      snapshot.instances.map((instance) => [
        instance.instanceId,
        {
          instanceId: instance.instanceId,
          state: instance.state,
          platform: instance.platform === 'windows' ? 'Windows' : 'Linux',
          accountId: instance.accountId,
          region: instance.region,
          tags: instance.tags,
          interfaces: [
            {
              interfaceId: `eni-${instance.instanceId}`,
              subnetId: instance.subnetId,
              vpcId: instance.vpcId,
              addresses: [...instance.ipv4Addresses, ...instance.ipv6Addresses],
              groupIds: instance.securityGroupIds,
            },
          ],
        },
      ]),
    ),
  };
}

/**
 * The same network with ports in place of ICMP types: some entries of ACLs let only clients of one kind back, some groups
 * only some ports in.
 */
function withPorts(snapshot: NetworkSnapshot): NetworkSnapshot {
  const ranges = [
    [443, 443],
    [1024, 65535],
    [32768, 60999],
    [0, 65535],
    [400, 500],
  ] as const;
  const inPorts = <Match extends PacketMatch>(match: Match, index: number): Match => {
    if (match.protocol === '-1') {
      return match;
    }
    const [fromPort, toPort] = ranges[index % ranges.length] ?? [0, 65535];
    return { ...match, protocol: index % 7 === 6 ? '17' : '6', fromPort, toPort };
  };
  return {
    ...snapshot,
    securityGroups: snapshot.securityGroups.map((group, at) => ({
      ...group,
      ingress: group.ingress.map((each, index) => inPorts(each, at + index)),
      egress: group.egress.map((each, index) => inPorts(each, at + index)),
    })),
    networkAcls: snapshot.networkAcls.map((acl, at) => ({
      ...acl,
      entries: acl.entries.map((each, index) => inPorts(each, at + index)),
    })),
  };
}

/** The same network with every third route and the CIDRs of every second rule in prefix lists, beside entries of no use. */
function withPrefixLists(snapshot: NetworkSnapshot): NetworkSnapshot {
  const prefixLists = new Map<string, readonly string[]>();
  const listOf = (cidrs: readonly string[]): string => {
    const id = `pl-${prefixLists.size}`;
    prefixLists.set(id, ['192.0.2.0/24', ...cidrs, '2001:db8:ffff::/48']);
    return id;
  };
  const inLists = (rules: readonly SecurityGroupRule[]): SecurityGroupRule[] =>
    rules.map((each, index) =>
      index % 2 === 0 && each.cidrs.length > 0
        ? { ...each, cidrs: [], prefixListIds: [listOf(each.cidrs)] }
        : each,
    );
  return {
    ...snapshot,
    routeTables: snapshot.routeTables.map((table) => ({
      ...table,
      routes: table.routes.map((each, index) =>
        each.target.kind === 'peering' && index % 3 === 0
          ? { ...each, destination: listOf([each.destination]) }
          : each,
      ),
    })),
    securityGroups: snapshot.securityGroups.map((group) => ({
      ...group,
      ingress: inLists(group.ingress),
      egress: inLists(group.egress),
    })),
    prefixLists,
  };
}

/** The first and the last port from which each system asks: no range of `withPorts` ends between them but at these. */
const CLIENT_PORTS = { linux: [32768, 60999], windows: [49152, 60999, 65535] } as const;

/** Every pair of different instances, at every address of the second one. */
function pings(network: NetworkSnapshot) {
  return network.instances.flatMap((source) =>
    network.instances
      .filter((target) => target !== source)
      .flatMap((target) =>
        [...target.ipv4Addresses, ...target.ipv6Addresses]
          .filter((address) => !address.includes(':') || source.ipv6Addresses.length > 0)
          .map((address) => ({ source: source.instanceId, target: target.instanceId, address })),
      ),
  );
}

describe('diagnosis and the delivery model of the local AWS', () => {
  it('agree on every ping of generated networks, the diagnosis being open about what it cannot see', () => {
    const seen = { reachable: 0, lost: 0 };
    fc.assert(
      fc.property(topologyArbitrary(), (snapshot) => {
        const model = createNetworkModel(snapshot);
        const network = labNetwork(snapshot);
        for (const { source, target, address } of pings(snapshot)) {
          const { reachable, hops, summary } = diagnose(model, source, address);
          const delivered = echo(network, source, address);
          const detail = `${source} -> ${target} ${address}: ${summary} / ${JSON.stringify(delivered)}`;
          // Only what lies behind other targets than a peering is out of sight when everything else is visible.
          const behind = hops.find(({ status }) => status === 'not-visible');
          if (reachable === 'not-visible') {
            expect(behind?.name).toBe('route-table');
            expect(delivered.answered).toBe(false);
          } else if (delivered.answered !== reachable) {
            throw new Error(detail);
          }
          seen[delivered.answered ? 'reachable' : 'lost'] += 1;
        }
      }),
      { numRuns: runs(200) },
    );
    // The generator has to keep both outcomes common, or it proves nothing.
    expect(seen.reachable / (seen.reachable + seen.lost)).toBeGreaterThan(0.05);
    expect(seen.lost / (seen.reachable + seen.lost)).toBeGreaterThan(0.05);
  });

  it('agree on every connection of generated networks, whichever port the client asks from', () => {
    const seen = { reachable: 0, lost: 0 };
    fc.assert(
      fc.property(
        topologyArbitrary(),
        fc.constantFrom('tcp', 'udp'),
        fc.constantFrom(22, 443, 8080),
        (icmpOnly, protocol, port) => {
          const snapshot = withPorts(icmpOnly);
          const model = createNetworkModel(snapshot);
          const network = labNetwork(snapshot);
          for (const { source, target, address } of pings(snapshot)) {
            const { reachable, summary } = diagnose(model, source, address, { traffic: { protocol, port } });
            const clientPorts = CLIENT_PORTS[model.instance(source)?.platform ?? 'linux'];
            const answered = clientPorts.every(
              (clientPort) => connect(network, source, address, { protocol, port, clientPort }).answered,
            );
            if (answered !== (reachable === true)) {
              throw new Error(`${source} -> ${target} ${address}: ${summary}`);
            }
            seen[answered ? 'reachable' : 'lost'] += 1;
          }
        },
      ),
      { numRuns: runs(200) },
    );
    expect(seen.reachable / (seen.reachable + seen.lost)).toBeGreaterThan(0.05);
  });

  it('agree where routes and rules name prefix lists, by their entries', () => {
    const seen = { reachable: 0, lost: 0 };
    fc.assert(
      fc.property(
        topologyArbitrary({ maxVpcs: 3 }),
        fc.constantFrom('icmp', 'tcp', 'udp'),
        (plain, protocol) => {
          const snapshot = withPrefixLists(protocol === 'icmp' ? plain : withPorts(plain));
          const model = createNetworkModel(snapshot);
          const network = labNetwork(snapshot);
          for (const { source, address } of pings(snapshot)) {
            const traffic =
              protocol === 'icmp' ? ({ protocol } as const) : ({ protocol, port: 443 } as const);
            const { reachable, summary } = diagnose(model, source, address, { traffic });
            const clientPorts = CLIENT_PORTS[model.instance(source)?.platform ?? 'linux'];
            const answered =
              traffic.protocol === 'icmp'
                ? echo(network, source, address).answered
                : clientPorts.every(
                    (clientPort) => connect(network, source, address, { ...traffic, clientPort }).answered,
                  );
            // What leads elsewhere, or is in two lists at once, nobody sees; nothing of it arrives where the lab delivers.
            if (reachable !== 'not-visible' && answered !== reachable) {
              throw new Error(`${source} -> ${address}: ${summary}`);
            }
            seen[answered ? 'reachable' : 'lost'] += 1;
          }
        },
      ),
      { numRuns: runs(100) },
    );
    expect(seen.reachable / (seen.reachable + seen.lost)).toBeGreaterThan(0.05);
  });

  it('agree that no peering leads to an address outside every VPC, whatever is routed', () => {
    const outside = ['198.51.100.7', '192.168.200.9', '10.250.0.9', '2001:db8:ffff::9'];
    let judged = 0;
    fc.assert(
      fc.property(topologyArbitrary({ maxVpcs: 3 }), fc.constantFrom(...outside), (snapshot, address) => {
        const everything = snapshot.routeTables.map((table) => ({
          ...table,
          routes: table.routes.map((each) =>
            each.target.kind === 'peering'
              ? { ...each, destination: address.includes(':') ? '::/0' : '0.0.0.0/0' }
              : each,
          ),
        }));
        const routed = { ...snapshot, routeTables: everything };
        const network = labNetwork(routed);
        for (const { instanceId } of snapshot.instances.filter(({ state }) => state === 'running')) {
          try {
            const { reachable } = diagnose(routed, instanceId, address, {
              family: address.includes(':') ? 'ipv6' : 'ipv4',
            });
            expect(reachable).not.toBe(true);
            judged += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(EndpointError);
          }
          expect(echo(network, instanceId, address).answered).toBe(false);
        }
      }),
      { numRuns: runs(60) },
    );
    expect(judged).toBeGreaterThan(10);
  });

  it('agree when one account is seen: what is sure with less to see is so with all of it', () => {
    fc.assert(
      fc.property(topologyArbitrary({ maxVpcs: 3 }), (snapshot) => {
        const model = createNetworkModel(seenBy(OWN, snapshot));
        const network = labNetwork(snapshot);
        for (const { source, address } of pings(snapshot)) {
          if (model.instance(source) === undefined || model.vpcsWith(parseAddress(address)).length === 0) {
            continue;
          }
          const { reachable, summary } = diagnose(model, source, address);
          if (reachable !== 'not-visible' && reachable !== echo(network, source, address).answered) {
            throw new Error(`${source} -> ${address}: ${summary}`);
          }
        }
      }),
      { numRuns: runs(200) },
    );
  });
});
