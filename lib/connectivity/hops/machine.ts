import type { NetworkInterface } from '../../model/network.ts';
import type { Endpoint } from '../endpoints.ts';
import { peersResolverText, resolverAddress } from '../host-services.ts';
import { packetText } from '../traffic.ts';
import { isInNoSubnet, isPeersResolver, noSubnetText } from './advice.ts';
import { describeEnd, type Hop, type Walk } from './walk.ts';
import { notVisibleText } from './whose.ts';

/** Whether there is something at an end, and whether it runs. A VPC that only a typical address stands for has no such hop. */
export function inspectMachine(walk: Walk, name: 'source' | 'target', end: Endpoint): void {
  const add = (status: Hop['status'], sentence: string, id: string) =>
    walk.hops.push({ name, direction: 'there', status, ids: [id], sentence });
  if (end.stands !== 'interface') {
    return;
  }
  const text = describeEnd(end);
  if (end.instance !== undefined) {
    const { instanceId, state } = end.instance;
    if (state === 'running') {
      add('passes', `${text} is running.`, instanceId);
    } else {
      add('fails', `${text} is ${state}. Start it.`, instanceId);
    }
  } else if (end.interface?.instanceId !== undefined) {
    add('not-visible', unreadInstanceText(walk, text, end.interface), end.interface.instanceId);
  } else if (end.interface !== undefined) {
    inspectInterface(walk, name, text, add, end.interface);
  } else if (name === 'target' && isPeersResolver(walk.model, walk.source.vpcId, end)) {
    const { model, source } = walk;
    add('fails', peersResolverText(end.address, end.vpcId, resolverAddress(model, source.vpcId)), end.vpcId);
  } else if (!walk.model.isWhole(end.vpcId)) {
    const what = `What has the address ${end.address.text} in ${end.vpcId}`;
    add('not-visible', notVisibleText(walk.model, what, end.vpcId), end.vpcId);
  } else {
    const nothing = isInNoSubnet(walk.model, end)
      ? noSubnetText(end.address.text, end.vpcId)
      : `Nothing in ${end.vpcId} has the address ${end.address.text}.`;
    add('fails', `${nothing} Look at the address of the machine that is meant.`, end.vpcId);
  }
}

/** In a shared subnet the VPC's owner sees a participant's interfaces, but not its instances (VPC guide, "Share your VPC"). */
function unreadInstanceText({ model }: Walk, text: string, { accountId, vpcId }: NetworkInterface): string {
  const owner = model.vpc(vpcId)?.accountId;
  return accountId === undefined || owner === undefined || accountId === owner
    ? `${text} is an instance that was not read; whether it runs is not visible.`
    : `${text} is an instance of account ${accountId} in a subnet that is shared with it; whether it runs is not visible.`;
}

/** By `InterfaceType`, which EC2 writes in several ways. */
const OWNERS: Readonly<Record<string, string>> = {
  natgateway: 'a NAT gateway',
  vpcendpoint: 'an interface endpoint',
  loadbalancer: 'a load balancer',
  networkloadbalancer: 'a Network Load Balancer',
  gatewayloadbalancer: 'a Gateway Load Balancer',
  gatewayloadbalancerendpoint: 'a Gateway Load Balancer endpoint',
  transitgateway: 'a transit gateway',
  lambda: 'a Lambda function',
  quicksight: 'QuickSight',
};

/** What an interface of no instance belongs to: `a NAT gateway`, else `a service`. */
export function ownerText({ kind = '' }: NetworkInterface): string {
  return OWNERS[kind.toLowerCase().replace(/[^a-z]/g, '')] ?? 'a service';
}

/**
 * An interface without an instance belongs to a database, a load balancer, a function or the like. It takes what its
 * security groups let in; whether it answers a ping is up to the service, and most don't.
 */
function inspectInterface(
  { request }: Walk,
  name: 'source' | 'target',
  text: string,
  add: (status: Hop['status'], sentence: string, id: string) => void,
  own: NetworkInterface,
): void {
  const owner = ownerText(own);
  const isKnown = owner !== 'a service';
  if ('type' in request) {
    const what = isKnown
      ? `belongs to ${owner}; whether that answers a ping is not visible.`
      : 'belongs to no instance; what is behind it is not visible.';
    add('not-visible', `${text} ${what}`, own.interfaceId);
    return;
  }
  const what =
    name === 'source'
      ? 'what is behind it sends by this interface'
      : `whether a service listens there on ${packetText(request)} is up to that service`;
  const whose = isKnown ? owner : 'no instance (but to a database, a load balancer, a function, …)';
  add('passes', `${text} belongs to ${whose}; ${what}.`, own.interfaceId);
}
