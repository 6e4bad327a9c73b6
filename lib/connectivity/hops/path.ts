import { subnetContains } from '../network-model.ts';
import { inspectAcl, inspectGroups } from './filters.ts';
import { inspectMachine } from './machine.ts';
import { assumeDirect } from './peering.ts';
import { followRoute } from './table.ts';
import type { Arrival, Walk } from './walk.ts';

/** All hops in the order in which a packet and its answer meet them. */
export function walkAll(walk: Walk): void {
  const { source, target } = walk;
  inspectMachine(walk, 'source', source);
  if (source.interface !== undefined && source.interface === target.interface) {
    return;
  }
  if (source.vpcId === target.vpcId && subnetContains(source.subnet, target.address)) {
    walkInsideSubnet(walk);
    return;
  }
  const arrival = walkOut(walk);
  if (arrival !== undefined) {
    walkIn(walk, arrival);
    walkBack(walk, arrival);
  }
}

/** Inside one subnet packets meet neither the network ACL nor another route than `local`. */
function walkInsideSubnet(walk: Walk): void {
  const local = { vpcId: walk.source.vpcId };
  inspectSourceGroups(walk, local);
  inspectTargetGroups(walk, local);
  inspectMachine(walk, 'target', walk.target);
}

function inspectSourceGroups(walk: Walk, arrival: Arrival | undefined): void {
  const { source, target } = walk;
  inspectGroups(walk, 'egress', source, { endpoint: target, interface: target.interface }, arrival);
}

function inspectTargetGroups(walk: Walk, arrival: Arrival): void {
  const { source, target } = walk;
  inspectGroups(walk, 'ingress', target, { endpoint: source, interface: source.interface }, arrival);
}

/** The source's side: out of its filters, by its table, through the peering. */
function walkOut(walk: Walk): Arrival | undefined {
  const { model, source, target, request } = walk;
  // What a security group makes of a group reference hangs on where the packet goes, so the route is looked up first.
  const ahead: Walk = { ...walk, hops: [] };
  const isSourceVisible = model.tableOf(source.vpcId, source.subnet?.subnetId) !== undefined;
  const routed = followRoute(ahead, 'there', source, target);
  const arrival = routed ?? (isSourceVisible ? undefined : assumeDirect(ahead, 'there', source, target));

  inspectSourceGroups(walk, arrival);
  inspectAcl(walk, { name: 'network-acl-out', direction: 'there' }, source, target.address, request);
  walk.hops.push(...ahead.hops);
  return arrival;
}

/** The target's side. */
function walkIn(walk: Walk, arrival: Arrival): void {
  const { source, target, request } = walk;
  inspectAcl(walk, { name: 'network-acl-in', direction: 'there' }, target, source.address, request);
  inspectTargetGroups(walk, arrival);
  inspectMachine(walk, 'target', target);
}

/** The way back of the answer: no security group is asked again, but network ACLs and route tables are. */
function walkBack(walk: Walk, arrival: Arrival): void {
  const { source, target, answer } = walk;
  inspectAcl(walk, { name: 'network-acl-out', direction: 'back' }, target, source.address, answer);
  followRoute(walk, 'back', target, source, arrival);
  inspectAcl(walk, { name: 'network-acl-in', direction: 'back' }, source, target.address, answer);
}
