import type { DesiredRoute } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { Instance } from '../model/network.ts';
import type { PeeringView } from '../model/peering.ts';
import { type Asked, PING_ONLY } from '../model/probe-kinds.ts';
import type { RouteTable } from '../model/route-table.ts';
import { type Address, inCidr, parseAddress, parseCidr } from '../network/cidr.ts';
import { type ProbeTarget, parseProbeTarget, portsTag } from '../policy/probe-target.ts';
import type { Policy } from '../policy/schema.ts';
import type { ViewDecision } from '../routing/management.ts';
import { createRoutedBlocks, type RoutedBlocks } from './routed-blocks.ts';
import { namesOf, sizesAcross } from './target-asks.ts';

/**
 * What AWS charges for the traffic of a probe: nothing inside one Availability Zone, the standard rates across zones
 * and Regions (VPC peering guide, "Pricing for a VPC peering connection").
 */
export type PriceClass = 'same-zone' | 'other-zone' | 'other-region' | 'unknown';

/** Who asks about which address, across which peering, and what. */
export interface Probe {
  readonly peeringId: string;
  /** Of the source: the Region in which the command is sent. */
  readonly region: string;
  readonly rule: string;
  readonly sourceVpcId: string;
  readonly sourceInstanceId: string;
  readonly sourceZoneId?: string;
  /** Canonical address. */
  readonly target: string;
  readonly targetVpcId: string;
  /** Undefined where the policy names the address and nothing is known of the machine. */
  readonly targetInstanceId?: string;
  readonly targetZoneId?: string;
  readonly priceClass: PriceClass;
  readonly asked: Asked;
}

/** A view of a peering that cannot be probed, and why. */
export interface Skipped {
  readonly peeringId: string;
  readonly region: string;
  readonly localVpcId: string;
  /** One sentence for people. */
  readonly reason: string;
}

export interface ProbeInput {
  readonly views: readonly ViewDecision[];
  /** Of every Region that was read, both sides of peerings inside this account included. */
  readonly instances: readonly Instance[];
  /** `PingStatus` Online in DescribeInstanceInformation. */
  readonly onlineInstanceIds: ReadonlySet<string>;
  /** Tables of the local VPCs. */
  readonly routeTables: readonly RouteTable[];
  /**
   * Routes that have been in place before: `desired` without `pending` of the plan. Where one is missing, pings still
   * go and tell that it matters. Left out, only routes that exist count.
   */
  readonly expectedRoutes?: readonly DesiredRoute[];
  readonly policy: Pick<Policy, 'tagPrefix' | 'rules'>;
}

export interface ProbeSelection {
  /** By Region, peering, source VPC, target and source: the same state gives the same probes. */
  readonly probes: readonly Probe[];
  readonly skipped: readonly Skipped[];
}

interface Target {
  readonly address: Address;
  readonly instance?: Instance;
  readonly asked: Asked;
}

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** For ids and keys, which are all different. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** The tag `<prefix>:probe` is `source`, `target` or `both`. */
function hasRole(instance: Instance, role: 'source' | 'target', tagPrefix: string): boolean {
  const value = instance.tags[`${tagPrefix}:probe`];
  return value === role || value === 'both';
}

function zoneKey({ availabilityZoneId, subnetId }: Instance): string {
  return availabilityZoneId ?? subnetId;
}

function byId(instances: readonly Instance[]): Instance[] {
  return [...instances].sort((a, b) => compareText(a.instanceId, b.instanceId));
}

/** The instance with the lowest id of each zone, by zone. */
function onePerZone(instances: readonly Instance[]): Instance[] {
  const chosen = new Map<string, Instance>();
  for (const instance of byId(instances)) {
    if (!chosen.has(zoneKey(instance))) {
      chosen.set(zoneKey(instance), instance);
    }
  }
  return [...chosen].sort(([a], [b]) => compareText(a, b)).map(([, instance]) => instance);
}

/** Where one end of some traffic is. */
interface TrafficEnd {
  readonly region: string;
  /** `use1-az1`; undefined where it is not known. */
  readonly zoneId: string | undefined;
}

/** How traffic across a peering is charged. Zones are compared by their ids: a name means another zone in each account. */
export function priceClassOf(from: TrafficEnd, to: TrafficEnd): PriceClass {
  if (from.region !== to.region) {
    return 'other-region';
  }
  if (from.zoneId === undefined || to.zoneId === undefined) {
    return 'unknown';
  }
  return from.zoneId === to.zoneId ? 'same-zone' : 'other-zone';
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/**
 * Every source and every target in at least one pair, where routes allow; no more pairs than that takes.
 *
 * @param spares further sources, for targets that no other source is routed to.
 */
function pairUp(
  sources: readonly Instance[],
  spares: readonly Instance[],
  targets: readonly Target[],
  isRouted: (source: Instance, target: Target) => boolean,
): [Instance, Target][] {
  const pairs: [Instance, Target][] = [];
  const covered = new Set<Target>();
  for (const [index, source] of sources.entries()) {
    const target = rotated(targets, index).find((each) => isRouted(source, each));
    if (target !== undefined) {
      pairs.push([source, target]);
      covered.add(target);
    }
  }
  for (const [index, target] of targets.entries()) {
    const source = [...rotated(sources, index), ...spares].find((each) => isRouted(each, target));
    if (source !== undefined && !covered.has(target)) {
      pairs.push([source, target]);
    }
  }
  return pairs;
}

function addressesOf(instance: Instance): Address[] {
  // The first of each family: the primary addresses.
  return [instance.ipv4Addresses[0], instance.ipv6Addresses[0]].flatMap((text) =>
    text === undefined ? [] : [parseAddress(text)],
  );
}

/** What the views of one selection are looked at with. */
interface Lookups {
  readonly tagPrefix: string;
  readonly running: ReadonlyMap<string, readonly Instance[]>;
  /** Those that do not run. */
  readonly others: ReadonlyMap<string, readonly Instance[]>;
  readonly onlineInstanceIds: ReadonlySet<string>;
  /** `probe.targets` of each rule. */
  readonly namedBy: ReadonlyMap<string, readonly ProbeTarget[]>;
  readonly routed: RoutedBlocks;
}

/** A view that may be probed, and the rule that manages its peering. */
interface Managed {
  readonly view: PeeringView;
  readonly rule: string;
}

/** The rule that manages an active peering, or the reason why it is not pinged across. */
function managedBy({ view, decision }: ViewDecision): Managed | string {
  const { peeringId, status } = view.peering;
  const { rule } = decision;
  if (status !== 'active') {
    return `${peeringId} is ${status}; only an active peering can be pinged across.`;
  }
  if (decision.undecidable || !decision.managed || rule === undefined) {
    const why = decision.undecidable ? 'cannot be decided now' : 'is not managed';
    return [`${peeringId} ${why} for ${view.local.vpcId}, so it is not checked.`, ...decision.reasons].join(
      ' ',
    );
  }
  return { view, rule };
}

/** `i-1 (stopped), i-2 (stopping)`: those that are tagged and do not run; empty: none. */
function notRunning(vpcId: string, role: 'source' | 'target', { others, tagPrefix }: Lookups): string {
  return (others.get(vpcId) ?? [])
    .filter((each) => hasRole(each, role, tagPrefix))
    .map(({ instanceId, state }) => `${instanceId} is ${state}`)
    .sort()
    .join(', ');
}

/** The instances that may send, or the reason why there are none. */
function sourcesIn(vpcId: string, lookups: Lookups): Instance[] | string {
  const { running, onlineInstanceIds, tagPrefix } = lookups;
  const tagged = (running.get(vpcId) ?? []).filter((each) => hasRole(each, 'source', tagPrefix));
  if (tagged.length === 0) {
    const stopped = notRunning(vpcId, 'source', lookups);
    return stopped !== ''
      ? `No source in ${vpcId} runs: ${stopped}. Start one, or tag a running instance in each Availability Zone with ${tagPrefix}:probe = source or both.`
      : `No running instance in ${vpcId} has the tag ${tagPrefix}:probe = source or both. Tag one in each Availability Zone.`;
  }
  const online = tagged.filter(({ instanceId }) => onlineInstanceIds.has(instanceId));
  if (online.length === 0) {
    const ids = tagged.map(({ instanceId }) => instanceId).join(', ');
    return `Systems Manager does not see ${ids} of ${vpcId} online. Look at the SSM agent, its role and its way to the Systems Manager endpoints.`;
  }
  return online;
}

/** The tagged instances that are seen: their addresses, with what their tag says to ask there. */
function taggedTargets(vpcId: string, { running, tagPrefix }: Lookups): Target[] {
  const tagged = (running.get(vpcId) ?? []).filter((each) => hasRole(each, 'target', tagPrefix));
  return onePerZone(tagged).flatMap((instance) => {
    const { ports, ping } = portsTag(instance.tags[`${tagPrefix}:probe-ports`]);
    const asked: Asked = { ...PING_ONLY, ping, ports };
    return addressesOf(instance).map((address): Target => ({ address, instance, asked }));
  });
}

/** The same address once, with all that is asked there. */
function joined(targets: readonly Target[]): Target[] {
  const byAddress = new Map<string, Target>();
  for (const target of targets) {
    const before = byAddress.get(target.address.text);
    const ports = [...new Set([...(before?.asked.ports ?? []), ...target.asked.ports])].sort((a, b) => a - b);
    const ping = before?.asked.ping === true || target.asked.ping;
    byAddress.set(target.address.text, { ...target, ...before, asked: { ...PING_ONLY, ping, ports } });
  }
  return [...byAddress.values()];
}

/**
 * Of each family the tagged instances that are seen, else the addresses that the rule names; besides them the ports that the
 * rule names. Or the reason why there is nothing.
 */
function targetsOf({ view, rule }: Managed, lookups: Lookups): Target[] | string {
  const { vpcId, cidrs } = view.remote;
  const remoteCidrs = cidrs.map(parseCidr);
  const isRemote = ({ address }: Target) => remoteCidrs.some((cidr) => inCidr(cidr, address));
  const seen = taggedTargets(vpcId, lookups).filter(isRemote);
  const named = lookups.namedBy.get(rule) ?? [];
  const ofRule = named
    .map(
      ({ address, port }): Target => ({
        address,
        asked: port === undefined ? PING_ONLY : { ...PING_ONLY, ping: false, ports: [port] },
      }),
    )
    .filter(isRemote);
  const targets = FAMILIES.flatMap((family): Target[] => {
    const [ofInstances, ofPolicy] = [seen, ofRule].map((all) =>
      all.filter(({ address }) => address.family === family),
    );
    const meant = (ofPolicy ?? []).filter(({ asked }) => !asked.ping || ofInstances?.length === 0);
    return joined([...(ofInstances ?? []), ...meant]);
  });
  if (targets.length === 0) {
    const stopped = notRunning(vpcId, 'target', lookups);
    return (
      `There is nothing to ping in ${vpcId} (${cidrs.join(', ')}): no running instance with the tag ` +
      `${lookups.tagPrefix}:probe = target or both is visible there, and probe.targets of rule ${rule} ` +
      `${named.length === 0 ? 'is empty' : `(${named.map(({ text }) => text).join(', ')}) is outside its CIDRs`}.` +
      (stopped === '' ? '' : ` Tagged, but not running: ${stopped}.`)
    );
  }
  return targets;
}

/** What is asked once for a peering and check, at its first target that can tell: large packets, and names. */
function askedOnce(pairs: readonly [Instance, Target][], { view }: Managed): [Instance, Target][] {
  const pinged = pairs.findIndex(([, { asked }]) => asked.ping);
  const named = pairs.findIndex(([, { instance, address }]) => namesOf(view, instance, address).length > 0);
  return pairs.map(([source, target], index) => {
    const sizes = index === pinged ? sizesAcross(view) : [];
    const names = index === named ? namesOf(view, target.instance, target.address) : [];
    return [source, { ...target, asked: { ...target.asked, sizes, names } }];
  });
}

/** By which command a person finds what is missing. The plan has nothing of it where a source's subnet has a table without the tag. */
function lookText(online: readonly Instance[], targets: readonly Target[]): string {
  const [source] = byId(online);
  const families = source === undefined ? [] : addressesOf(source).map(({ family }) => family);
  const target = targets.find(({ address }) => families.includes(address.family)) ?? targets[0];
  return `Run "peering explain ${source?.instanceId ?? ''} ${target?.address.text ?? ''}" to see what to do about it`;
}

/** Who asks whom of those that may, or the reason why nobody does. */
function pairsOf(
  { view: { peering, local } }: Managed,
  online: readonly Instance[],
  targets: readonly Target[],
  routed: RoutedBlocks,
): [Instance, Target][] | string {
  const isRouted = (source: Instance, { address }: Target) =>
    addressesOf(source).some(({ family }) => family === address.family) &&
    routed.isRouted(source, address, peering.peeringId);
  const pairs = FAMILIES.flatMap((family) => {
    const ofFamily = targets.filter(({ address }) => address.family === family);
    const sources = onePerZone(
      online.filter((source) => ofFamily.some((target) => isRouted(source, target))),
    );
    const pinged = ofFamily.filter(({ asked }) => asked.ping);
    const spares = byId(online);
    return pinged.length === 0
      ? pairUp(sources, spares, ofFamily, isRouted)
      : [
          ...pairUp(sources, spares, pinged, isRouted),
          ...pairUp(
            [],
            [...sources, ...spares],
            ofFamily.filter(({ asked }) => !asked.ping),
            isRouted,
          ),
        ];
  });
  if (pairs.length === 0) {
    const tables = [
      ...new Set(online.map((source) => routed.tableOf(source) ?? 'a table that was not read')),
    ];
    return (
      `No source in ${local.vpcId} has an address of the right family and a route to ` +
      `${targets.map(({ address }) => address.text).join(', ')} by ${peering.peeringId} in ${tables.sort().join(', ')}. ` +
      `${lookText(online, targets)}, or tag a source whose subnet is routed.`
    );
  }
  return pairs;
}

function probeOf({ view, rule }: Managed, source: Instance, target: Target): Probe {
  const sourceZoneId = source.availabilityZoneId;
  const targetZoneId = target.instance?.availabilityZoneId;
  return {
    peeringId: view.peering.peeringId,
    region: view.region,
    rule,
    sourceVpcId: view.local.vpcId,
    sourceInstanceId: source.instanceId,
    ...(sourceZoneId === undefined ? {} : { sourceZoneId }),
    target: target.address.text,
    targetVpcId: view.remote.vpcId,
    ...(target.instance === undefined ? {} : { targetInstanceId: target.instance.instanceId }),
    ...(targetZoneId === undefined ? {} : { targetZoneId }),
    priceClass: priceClassOf(
      { region: view.local.region, zoneId: sourceZoneId },
      { region: view.remote.region, zoneId: targetZoneId },
    ),
    asked: target.asked,
  };
}

/** The probes of a view, or the reason why there are none. */
function probesOf(viewDecision: ViewDecision, lookups: Lookups): Probe[] | string {
  const managed = managedBy(viewDecision);
  if (typeof managed === 'string') {
    return managed;
  }
  const online = sourcesIn(managed.view.local.vpcId, lookups);
  if (typeof online === 'string') {
    return online;
  }
  const targets = targetsOf(managed, lookups);
  if (typeof targets === 'string') {
    return targets;
  }
  const pairs = pairsOf(managed, online, targets, lookups.routed);
  return typeof pairs === 'string'
    ? pairs
    : askedOnce(pairs, managed).map((pair) => probeOf(managed, ...pair));
}

/**
 * Chooses who pings whom across each managed and routed peering: from one source in each Availability Zone, to one
 * target in each, IPv4 and IPv6. Whatever cannot give a verdict is skipped with its reason, never pinged in vain.
 *
 * @throws CidrError when the input holds an address or CIDR that is none.
 */
export function selectProbes(input: ProbeInput): ProbeSelection {
  const { tagPrefix, rules } = input.policy;
  const lookups: Lookups = {
    tagPrefix,
    running: groupBy(
      input.instances.filter(({ state }) => state === 'running'),
      ({ vpcId }) => [vpcId],
    ),
    others: groupBy(
      input.instances.filter(({ state }) => state !== 'running'),
      ({ vpcId }) => [vpcId],
    ),
    onlineInstanceIds: input.onlineInstanceIds,
    namedBy: new Map(rules.map(({ name, probe }) => [name, probe.targets.map(parseProbeTarget)])),
    routed: createRoutedBlocks(input.routeTables, input.expectedRoutes),
  };
  const probes: Probe[] = [];
  const skipped: Skipped[] = [];
  for (const viewDecision of input.views) {
    const { peering, region, local } = viewDecision.view;
    const outcome = probesOf(viewDecision, lookups);
    if (typeof outcome === 'string') {
      skipped.push({ peeringId: peering.peeringId, region, localVpcId: local.vpcId, reason: outcome });
    } else {
      probes.push(...outcome);
    }
  }
  const probeKey = (probe: Probe) =>
    [probe.region, probe.peeringId, probe.sourceVpcId, probe.target, probe.sourceInstanceId].join(' ');
  const skippedKey = ({ region, peeringId, localVpcId }: Skipped) =>
    [region, peeringId, localVpcId].join(' ');
  return {
    probes: probes.sort((a, b) => compareText(probeKey(a), probeKey(b))),
    skipped: skipped.sort((a, b) => compareText(skippedKey(a), skippedKey(b))),
  };
}
