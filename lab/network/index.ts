/**
 * The modelled network, without anything that runs: what a packet meets between two instances. It is loaded from EC2's answers
 * (`loadNetwork`) or built by hand (`local-aws-peering/testing`), and asked by `echo` and `connect`.
 */
export { type Block, familyOf, readBlock } from './address.ts';
export {
  CLIENT_PORT,
  connect,
  type Delivered,
  type Delivery,
  type DropPoint,
  type Dropped,
  type Echo,
  echo,
  routeFor,
} from './deliver.ts';
export { type Ec2At, loadHosts, loadNetwork } from './load.ts';
export { carriedBetween, INTERFACE_MTU, mtuOf } from './packet-size.ts';
export { resolve } from './resolve.ts';
export { type Bridge, bridgeFor, listensAt } from './software.ts';
export { roundTrip } from './timing.ts';
export type {
  AclEntry,
  GroupRule,
  Host,
  Network,
  NetworkPeering,
  NetworkRoute,
  NetworkTable,
} from './types.ts';
