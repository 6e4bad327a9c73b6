import type { NetworkInterface, NetworkSnapshot, Subnet } from '../model/network.ts';
import { DEAD_STATUSES, type Peering, type PeeringSide } from '../model/peering.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { type Address, type AddressFamily, parseCidr } from '../network/cidr.ts';
import { asAddress, commonFamily, type Endpoint, endpointOf, isInstanceId, isVpcId } from './endpoints.ts';
import { type Filtered, networkAclLets, securityGroupsLet } from './filters.ts';
import { createNetworkModel, inCidr, type NetworkModel, otherSide, subnetHolds } from './network-model.ts';
import { answerOf, type Packet, PING, packetText, requestOf, type Traffic } from './traffic.ts';

export type HopName =
  | 'source'
  | 'security-group-out'
  | 'network-acl-out'
  | 'route-table'
  | 'peering'
  | 'peer-cidrs'
  | 'network-acl-in'
  | 'security-group-in'
  | 'target';

/** One place that lets the packet on, or does not. */
export interface Hop {
  readonly name: HopName;
  /** `there`: the request on its way to the target. `back`: its answer. */
  readonly direction: 'there' | 'back';
  /** `not-visible`: it lies in another account, or was not read. Nothing is guessed about it. */
  readonly status: 'passes' | 'fails' | 'not-visible';
  /** The resources it is about. */
  readonly ids: readonly string[];
  /** What was seen, and what to do where it fails. */
  readonly sentence: string;
}

export interface Failure {
  readonly hop: HopName;
  readonly direction: Hop['direction'];
  readonly ids: readonly string[];
  readonly sentence: string;
}

export interface Diagnosis {
  readonly source: string;
  readonly target: string;
  /** `not-visible`: every visible hop passes, and some are not visible. */
  readonly reachable: boolean | 'not-visible';
  /** In the order in which a packet meets them; a packet that is lost for good ends the list. */
  readonly hops: readonly Hop[];
  readonly firstFailure?: Failure;
  /** For people: the answer first, then what stands for what was asked. */
  readonly summary: string;
}

export interface DiagnoseOptions {
  /** Ping unless given. */
  readonly traffic?: Traffic;
  /** Which addresses to use where `source` and `target` don't say; IPv4 unless only IPv6 is common to both. */
  readonly family?: AddressFamily;
}

interface Walk {
  readonly model: NetworkModel;
  readonly hops: Hop[];
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly traffic: Traffic;
  readonly family: AddressFamily;
}

/** Where routing ends. */
interface Arrival {
  readonly vpcId: string;
  /** Undefined inside one VPC. */
  readonly peering?: Peering;
}

const OUTCOME = { passes: 'passes', fails: 'fails', unknown: 'not-visible' } as const;

function describe({ address, instance, interface: own, vpcId }: Endpoint): string {
  const id = instance?.instanceId ?? own?.interfaceId;
  return id === undefined ? `${address.text} in ${vpcId}` : `${id} (${address.text})`;
}

function sideText({ vpcId, accountId, cidrs }: PeeringSide): string {
  return `${vpcId} of account ${accountId}${cidrs.length === 0 ? '' : ` (${cidrs.join(', ')})`}`;
}

function checkMachine(walk: Walk, name: 'source' | 'target', end: Endpoint): void {
  const add = (status: Hop['status'], sentence: string, ids: readonly string[]) =>
    walk.hops.push({ name, direction: 'there', status, ids, sentence });
  if (end.stands === 'sample') {
    return;
  }
  if (end.instance !== undefined) {
    const { instanceId, state } = end.instance;
    if (state === 'running') {
      add('passes', `${describe(end)} is running.`, [instanceId]);
    } else {
      add('fails', `${describe(end)} is ${state}. Start it.`, [instanceId]);
    }
    return;
  }
  if (end.interface !== undefined) {
    const { interfaceId } = end.interface;
    add('not-visible', `${describe(end)} belongs to no instance; what is behind it is not visible.`, [
      interfaceId,
    ]);
    return;
  }
  if (walk.model.vpc(end.vpcId) === undefined) {
    add('not-visible', `What has the address ${end.address.text} in ${end.vpcId} is not visible.`, [
      end.vpcId,
    ]);
    return;
  }
  add(
    'fails',
    `Nothing in ${end.vpcId} has the address ${end.address.text}. Look at the address of the machine that is meant.`,
    [end.vpcId],
  );
}

function addFiltered(
  walk: Walk,
  hop: Pick<Hop, 'name' | 'direction'>,
  filtered: Filtered,
  words: { readonly subject: string; readonly packet: string; readonly remedy: string },
): void {
  const { outcome, ids, detail } = filtered;
  const { subject, packet, remedy } = words;
  const because = detail === undefined ? '' : `: ${detail}`;
  const sentences = {
    passes: `${subject} lets ${packet}.`,
    fails: `${subject} does not let ${packet}${because}. ${remedy}`,
    unknown: `Whether ${subject} lets ${packet} is not visible${because}.`,
  };
  walk.hops.push({ ...hop, status: OUTCOME[outcome], ids, sentence: sentences[outcome] });
}

function checkGroups(
  walk: Walk,
  direction: 'egress' | 'ingress',
  own: Endpoint,
  far: { readonly endpoint: Endpoint; readonly interface: NetworkInterface | undefined },
  packet: Packet,
  arrival: Arrival | undefined,
): void {
  const { model } = walk;
  const name = direction === 'egress' ? 'security-group-out' : 'security-group-in';
  if (own.stands === 'sample') {
    return;
  }
  if (own.interface === undefined) {
    if (model.vpc(own.vpcId) === undefined) {
      const sentence = `The security groups of ${describe(own)} are not visible.`;
      walk.hops.push({ name, direction: 'there', status: 'not-visible', ids: [own.vpcId], sentence });
    }
    return;
  }
  const isOtherRegion =
    arrival?.peering !== undefined && arrival.peering.requester.region !== arrival.peering.accepter.region;
  const filtered = securityGroupsLet(
    model,
    direction,
    own.interface,
    {
      address: far.endpoint.address,
      interface: far.interface,
      groupReferences: isOtherRegion ? 'do-not-apply' : 'apply',
    },
    packet,
  );
  const groups = own.interface.securityGroupIds.join(', ');
  const text = packetText(packet);
  const peer = far.endpoint.address.text;
  addFiltered(walk, { name, direction: 'there' }, filtered, {
    subject: `Security group ${filtered.outcome === 'passes' ? filtered.ids.join(', ') : groups} of ${describe(own)}`,
    packet: direction === 'egress' ? `${text} out to ${peer}` : `${text} in from ${peer}`,
    remedy: `Add an ${direction === 'egress' ? 'outbound' : 'inbound'} rule for it.`,
  });
}

function checkAcl(
  walk: Walk,
  hop: { readonly name: 'network-acl-out' | 'network-acl-in'; readonly direction: Hop['direction'] },
  own: { readonly subnet: Subnet | undefined; readonly vpcId: string },
  far: Address,
  packet: Packet,
): void {
  const { model } = walk;
  const acl = own.subnet === undefined ? undefined : model.aclOf(own.subnet.subnetId);
  if (own.subnet === undefined || acl === undefined) {
    // A VPC of ours without a subnet there has no ACL to ask.
    if (own.subnet !== undefined || model.vpc(own.vpcId) === undefined) {
      const where = own.subnet === undefined ? `the subnet in ${own.vpcId}` : own.subnet.subnetId;
      walk.hops.push({
        ...hop,
        status: 'not-visible',
        ids: [own.subnet?.subnetId ?? own.vpcId],
        sentence: `The network ACL of ${where} is not visible.`,
      });
    }
    return;
  }
  const isOut = hop.name === 'network-acl-out';
  const filtered = networkAclLets(acl, isOut ? 'outbound' : 'inbound', far, packet);
  const answer = hop.direction === 'back' ? 'the answer, ' : '';
  addFiltered(walk, hop, filtered, {
    subject: `Network ACL ${acl.networkAclId} of ${own.subnet.subnetId}`,
    packet: `${answer}${packetText(packet)}, ${isOut ? 'out to' : 'in from'} ${far.text}`,
    remedy: `Allow it in an ${isOut ? 'outbound' : 'inbound'} entry with a lower number${
      hop.direction === 'back' ? '; network ACLs keep no state, so answers need entries of their own' : ''
    }.`,
  });
}

function isLive({ status }: Peering): boolean {
  return status === 'active';
}

/** Whether two VPCs could be told to talk through a VPC that both are peered with, which peering does not do. */
function middleVpcs(model: NetworkModel, one: string, other: string): readonly string[] {
  const neighbours = (vpcId: string) =>
    new Set(
      model
        .peeringsOf(vpcId)
        .filter(isLive)
        .flatMap((peering) => otherSide(peering, vpcId)?.vpcId ?? []),
    );
  const theirs = neighbours(other);
  return [...neighbours(one)].filter((vpcId) => theirs.has(vpcId)).sort();
}

function peeringBetween(model: NetworkModel, one: string, other: string): Peering | undefined {
  const all = model.peeringsOf(one).filter((peering) => otherSide(peering, one)?.vpcId === other);
  return all.find(isLive) ?? all.find(({ status }) => !DEAD_STATUSES.has(status));
}

/** What to do so that VPC `from` reaches an address of VPC `to`. */
function adviceFor(model: NetworkModel, from: string, table: RouteTable | undefined, to: Endpoint): string {
  const direct = peeringBetween(model, from, to.vpcId);
  if (direct !== undefined) {
    return isLive(direct)
      ? `Add a route to ${direct.peeringId} in ${table?.routeTableId ?? 'its route table'}, by hand or by tagging the table for this product.`
      : `${direct.peeringId} between ${from} and ${to.vpcId} is ${direct.status}; it has to be active, and then routed.`;
  }
  const middle = middleVpcs(model, from, to.vpcId);
  const notTransitive =
    middle.length === 0
      ? ''
      : `Both are peered with ${middle.join(', ')}, but peering is not transitive: no packet goes through a VPC in between. `;
  return `${notTransitive}Peer ${from} with ${to.vpcId} directly, or connect both to a transit gateway.`;
}

/** Targets that never lead to a private address of another VPC. */
const LEADS_OUT: ReadonlySet<string> = new Set([
  'internet-gateway',
  'egress-only-internet-gateway',
  'nat-gateway',
  'carrier-gateway',
]);

function routeText({ destination, target }: Route): string {
  return `${destination} to ${target.id}`;
}

/**
 * Follows the route table of one end to where the other end should be.
 *
 * @param expected the peering that the request came by, for the way back.
 * @returns where the packet arrives; undefined if it goes nowhere, or where nobody can see.
 */
function followRoute(
  walk: Walk,
  direction: Hop['direction'],
  from: Endpoint,
  to: Endpoint,
  expected?: Arrival,
): Arrival | undefined {
  const { model } = walk;
  const add = (name: HopName, status: Hop['status'], ids: readonly string[], sentence: string) => {
    walk.hops.push({ name, direction, status, ids, sentence });
  };
  const table = model.tableOf(from.vpcId, from.subnet?.subnetId);
  const place = from.subnet?.subnetId ?? from.vpcId;
  if (table === undefined) {
    add('route-table', 'not-visible', [place], `The route table of ${place} is not visible.`);
    return undefined;
  }
  const tableId = table.routeTableId;
  const choice = model.choose(table, to.address);
  if (choice.kind === 'unknown') {
    add(
      'route-table',
      'not-visible',
      [tableId, choice.route.destination],
      `${tableId} of ${place} routes prefix list ${routeText(choice.route)}, and whether ${to.address.text} is in the list is not visible.`,
    );
    return undefined;
  }
  if (choice.kind === 'no-route') {
    add(
      'route-table',
      'fails',
      [tableId],
      `${tableId} of ${place} has no route to ${to.address.text} in ${to.vpcId}. ${adviceFor(model, from.vpcId, table, to)}`,
    );
    return undefined;
  }
  const { route } = choice;
  const { target } = route;
  const best = `The most specific route of ${tableId} (${place}) for ${to.address.text} is ${routeText(route)}`;
  if (target.kind === 'local') {
    if (to.vpcId === from.vpcId) {
      add('route-table', 'passes', [tableId], `${best}.`);
      return { vpcId: from.vpcId };
    }
    add(
      'route-table',
      'fails',
      [tableId],
      `${best}: the address lies in ${from.vpcId} itself, so it never leaves to ${to.vpcId}. VPCs that share a range cannot reach each other there.`,
    );
    return undefined;
  }
  if (target.kind !== 'peering') {
    const goesOut = LEADS_OUT.has(target.kind);
    const isDead = route.state === 'blackhole';
    add(
      'route-table',
      goesOut || isDead ? 'fails' : 'not-visible',
      [tableId, target.id],
      goesOut || isDead
        ? `${best}, which ${isDead ? 'is a blackhole' : `does not lead to ${to.vpcId}`}. ${adviceFor(model, from.vpcId, table, to)}`
        : `${best}; where that takes the packet is not visible. If it should take a peering, a more specific route has to say so.`,
    );
    return undefined;
  }
  if (expected !== undefined && expected.peering?.peeringId !== target.id) {
    add(
      'route-table',
      'fails',
      [tableId, target.id],
      `${best}, and not to ${expected.peering?.peeringId ?? from.vpcId}, by which the request came. ${adviceFor(model, from.vpcId, table, to)}`,
    );
    return undefined;
  }
  add('route-table', 'passes', [tableId], `${best}.`);
  return crossPeering(walk, direction, from, to, { route, tableId });
}

function crossPeering(
  walk: Walk,
  direction: Hop['direction'],
  from: Endpoint,
  to: Endpoint,
  { route, tableId }: { readonly route: Route; readonly tableId: string },
): Arrival | undefined {
  const { model } = walk;
  const peeringId = route.target.id;
  const add = (name: HopName, status: Hop['status'], ids: readonly string[], sentence: string) => {
    walk.hops.push({ name, direction, status, ids, sentence });
  };
  const peering = model.peering(peeringId);
  const far = peering === undefined ? undefined : otherSide(peering, from.vpcId);
  if (peering === undefined) {
    const isGone = route.state === 'blackhole';
    add(
      'peering',
      isGone ? 'fails' : 'not-visible',
      [peeringId],
      isGone
        ? `${peeringId} no longer exists, and its route in ${tableId} is a blackhole. Delete the route. ${adviceFor(model, from.vpcId, undefined, to)}`
        : `${peeringId} is not visible.`,
    );
    return undefined;
  }
  if (far === undefined) {
    add(
      'peering',
      'fails',
      [peeringId],
      `${peeringId} has no side in ${from.vpcId}, so ${tableId} cannot use it.`,
    );
    return undefined;
  }
  if (!isLive(peering)) {
    const remedies = {
      dead: `It will not come back: delete the route of ${tableId}. ${adviceFor(model, from.vpcId, undefined, to)}`,
      'pending-acceptance': `Account ${peering.accepter.accountId} has to accept it in ${peering.accepter.region}.`,
      other: 'Wait until it is active.',
    };
    const remedy = DEAD_STATUSES.has(peering.status)
      ? remedies.dead
      : remedies[peering.status === 'pending-acceptance' ? 'pending-acceptance' : 'other'];
    add('peering', 'fails', [peeringId], `${peeringId} is ${peering.status}. ${remedy}`);
    return undefined;
  }
  if (route.state === 'blackhole') {
    add(
      'peering',
      'fails',
      [peeringId, tableId],
      `${peeringId} is active, but EC2 shows its route in ${tableId} as a blackhole. Delete the route and create it again.`,
    );
    return undefined;
  }
  add('peering', 'passes', [peeringId], `${peeringId} is active and leads to ${sideText(far)}.`);
  return arriveAt(walk, direction, from, to, { peering, far });
}

/** Only CIDRs of the VPC at the other end can be reached through a peering. */
function arriveAt(
  walk: Walk,
  direction: Hop['direction'],
  from: Endpoint,
  to: Endpoint,
  { peering, far }: { readonly peering: Peering; readonly far: PeeringSide },
): Arrival | undefined {
  const { model } = walk;
  const { peeringId } = peering;
  const add = (status: Hop['status'], sentence: string) => {
    walk.hops.push({ name: 'peer-cidrs', direction, status, ids: [peeringId, far.vpcId], sentence });
  };
  const cidrs = far.cidrs.length > 0 ? far.cidrs.map(parseCidr) : model.cidrsOf(far.vpcId);
  if (cidrs === undefined) {
    add('not-visible', `The CIDRs of ${far.vpcId} are not visible.`);
    return undefined;
  }
  if (!cidrs.some((cidr) => inCidr(cidr, to.address))) {
    const known = to.vpcId === far.vpcId ? '' : `${to.address.text} is in ${to.vpcId}. `;
    add(
      'fails',
      `${peeringId} leads to ${sideText(far)} and no further, and ${to.address.text} is not there. ${known}` +
        (to.vpcId === far.vpcId
          ? `Look whether ${far.vpcId} lost a CIDR.`
          : adviceFor(model, from.vpcId, undefined, to)),
    );
    return undefined;
  }
  if (to.vpcId !== far.vpcId) {
    add(
      'fails',
      `${peeringId} leads to ${sideText(far)}, where ${to.address.text} is another address than the one in ${to.vpcId}. VPCs that share a range cannot both be reached at it.`,
    );
    return undefined;
  }
  add('passes', `${to.address.text} is in ${far.vpcId}, the VPC at the other end.`);
  return { vpcId: far.vpcId, peering };
}

/** A route table that is not visible may hold the route: the peering between the two VPCs is what can still be judged. */
function assumeDirect(
  walk: Walk,
  direction: Hop['direction'],
  from: Endpoint,
  to: Endpoint,
): Arrival | undefined {
  const { model } = walk;
  if (from.vpcId === to.vpcId) {
    return { vpcId: from.vpcId };
  }
  const peering = peeringBetween(model, from.vpcId, to.vpcId);
  if (peering === undefined || !isLive(peering)) {
    walk.hops.push({
      name: 'peering',
      direction,
      status: 'not-visible',
      ids: [from.vpcId, to.vpcId],
      sentence: `No active peering between ${from.vpcId} and ${to.vpcId} is visible. ${adviceFor(model, from.vpcId, undefined, to)}`,
    });
    return undefined;
  }
  walk.hops.push({
    name: 'peering',
    direction,
    status: 'passes',
    ids: [peering.peeringId],
    sentence: `${peering.peeringId} between ${from.vpcId} and ${to.vpcId} is active.`,
  });
  return { vpcId: to.vpcId, peering };
}

function walkAll(walk: Walk): void {
  const { model, source, target, traffic, family } = walk;
  const request = requestOf(traffic, family);
  const answer = answerOf(traffic, family, source.instance?.platform ?? 'unknown');

  checkMachine(walk, 'source', source);
  if (source.interface !== undefined && source.interface === target.interface) {
    return;
  }
  // Inside one subnet packets meet neither the network ACL nor another route than `local`.
  if (source.vpcId === target.vpcId && subnetHolds(source.subnet, target.address)) {
    const local = { vpcId: source.vpcId };
    checkGroups(walk, 'egress', source, { endpoint: target, interface: target.interface }, request, local);
    checkGroups(walk, 'ingress', target, { endpoint: source, interface: source.interface }, request, local);
    checkMachine(walk, 'target', target);
    return;
  }

  // What a security group makes of a group reference hangs on where the packet goes, so the route is looked up first.
  const ahead: Walk = { ...walk, hops: [] };
  const isSourceVisible = model.tableOf(source.vpcId, source.subnet?.subnetId) !== undefined;
  const routed = followRoute(ahead, 'there', source, target);
  const arrival = routed ?? (isSourceVisible ? undefined : assumeDirect(ahead, 'there', source, target));

  checkGroups(walk, 'egress', source, { endpoint: target, interface: target.interface }, request, arrival);
  checkAcl(
    walk,
    { name: 'network-acl-out', direction: 'there' },
    { subnet: source.subnet, vpcId: source.vpcId },
    target.address,
    request,
  );
  walk.hops.push(...ahead.hops);
  if (arrival === undefined) {
    return;
  }
  const targetPlace = { subnet: target.subnet, vpcId: target.vpcId };
  checkAcl(walk, { name: 'network-acl-in', direction: 'there' }, targetPlace, source.address, request);
  checkGroups(walk, 'ingress', target, { endpoint: source, interface: source.interface }, request, arrival);
  checkMachine(walk, 'target', target);

  checkAcl(walk, { name: 'network-acl-out', direction: 'back' }, targetPlace, source.address, answer);
  followRoute(walk, 'back', target, source, arrival);
  checkAcl(
    walk,
    { name: 'network-acl-in', direction: 'back' },
    { subnet: source.subnet, vpcId: source.vpcId },
    target.address,
    answer,
  );
}

function summaryOf(walk: Walk, reachable: Diagnosis['reachable'], failure: Failure | undefined): string {
  const { source, target, traffic, family } = walk;
  const what = traffic.protocol === 'icmp' ? 'ping' : packetText(requestOf(traffic, family));
  const between = `${describe(source)} ${what === 'ping' ? 'can ping' : `can reach ${what} of`} ${describe(target)}`;
  const notes = [source.note, target.note].filter((note) => note !== undefined);
  const unseen = walk.hops.filter(({ status }) => status === 'not-visible');
  const answers = {
    true: `${between}: nothing in the network is in the way.`,
    false: `${between.replace(/ can /, ' cannot ')}. ${failure?.sentence ?? ''}`,
    'not-visible': `Whether ${between} is not visible from here: ${unseen.length} of ${walk.hops.length} hops are not, and nothing is wrong with the others. ${unseen[0]?.sentence ?? ''}`,
  };
  return [answers[`${reachable}`].trim(), ...notes].join(' ');
}

/** The VPC to which the source's route table takes an address: the one that is meant by the address. */
function routedVpc(model: NetworkModel, from: Endpoint, target: string): string[] {
  const table = model.tableOf(from.vpcId, from.subnet?.subnetId);
  const address = asAddress(target);
  if (table === undefined || address === undefined) {
    return [];
  }
  const choice = model.choose(table, address);
  const peering = choice.kind === 'route' ? model.peering(choice.route.target.id) : undefined;
  const far = peering === undefined || !isLive(peering) ? undefined : otherSide(peering, from.vpcId);
  return far === undefined ? [] : [far.vpcId];
}

/**
 * Says hop by hop whether a packet gets from `source` to `target` and its answer back, and where it is lost.
 *
 * It judges what EC2 shows: security groups, network ACLs, route tables, peerings and states. Firewalls inside an
 * instance, and what lies in accounts that were not read, it does not see; the latter is *not visible*, never guessed.
 * The model: "How Amazon VPC works", "Control traffic to subnets using network ACLs" and "Security group connection
 * tracking" in the Amazon VPC and EC2 guides.
 *
 * @param source an instance id, a private address or a VPC id; `target` the same.
 * @throws EndpointError when one of them is not found, or is not one thing.
 */
export function diagnose(
  network: NetworkSnapshot | NetworkModel,
  source: string,
  target: string,
  options: DiagnoseOptions = {},
): Diagnosis {
  const model = 'snapshot' in network ? network : createNetworkModel(network);
  const family = options.family ?? commonFamily(model, source, target);
  const isTargetClear = isInstanceId(target) || isVpcId(target);
  const from = endpointOf(
    model,
    source,
    family,
    isTargetClear ? [endpointOf(model, target, family, []).vpcId] : [],
  );
  const to = endpointOf(model, target, family, [...routedVpc(model, from, target), from.vpcId]);
  const walk: Walk = { model, hops: [], source: from, target: to, traffic: options.traffic ?? PING, family };
  walkAll(walk);
  const failed = walk.hops.find(({ status }) => status === 'fails');
  const firstFailure =
    failed === undefined
      ? undefined
      : { hop: failed.name, direction: failed.direction, ids: failed.ids, sentence: failed.sentence };
  const reachable =
    failed !== undefined
      ? false
      : walk.hops.some(({ status }) => status === 'not-visible')
        ? 'not-visible'
        : true;
  return {
    source,
    target,
    reachable,
    hops: walk.hops,
    ...(firstFailure === undefined ? {} : { firstFailure }),
    summary: summaryOf(walk, reachable, firstFailure),
  };
}
