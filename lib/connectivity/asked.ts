import {
  type Nameable,
  nameablePeering,
  nameableVpc,
  resolveName,
  severalText,
  standsFor,
} from '../model/nameable.ts';
import type { NetworkSnapshot } from '../model/network.ts';
import { asAddress } from '../network/cidr.ts';
import { EndpointError } from './endpoint.ts';
import type { NetworkModel } from './network-model.ts';

/** What somebody asked about, as an id or an address. */
export interface Asked {
  readonly text: string;
  /** One sentence, where it was a name. */
  readonly note?: string;
}

/** Everything that can be asked about. A terminated instance is shown for an hour, and its name is mostly another one's by then. */
export function nameablesIn({
  vpcs,
  instances,
  peerings,
  subnets,
  interfaces,
}: Pick<NetworkSnapshot, 'vpcs' | 'instances' | 'peerings' | 'subnets' | 'interfaces'>): Nameable[] {
  return [
    ...vpcs.map(nameableVpc),
    ...instances.map(({ instanceId, tags, state, vpcId, accountId, ipv4Addresses, ipv6Addresses }) => ({
      id: instanceId,
      ...(state === 'terminated' ? {} : { name: tags.Name }),
      tells: `of ${accountId} in ${vpcId}, ${[...ipv4Addresses, ...ipv6Addresses].join(', ')}`,
    })),
    ...peerings.map(nameablePeering),
    ...subnets.map(({ subnetId, name, vpcId, cidrs }) => ({
      id: subnetId,
      name,
      tells: `of ${vpcId}, ${cidrs.join(', ')}`,
    })),
    ...interfaces.map(({ interfaceId, name, vpcId, addresses }) => ({
      id: interfaceId,
      name,
      tells: `in ${vpcId}, ${addresses.join(', ')}`,
    })),
  ];
}

function isKnown(model: NetworkModel, id: string): boolean {
  const { instance, networkInterface, peering, subnet, vpc } = model;
  return [instance, networkInterface, peering, subnet, vpc].some((find) => find(id) !== undefined);
}

/**
 * Finds the id of what was asked for by name; an id or an address stays as it is, and so does what has no such name.
 *
 * @throws EndpointError for a name that several things have.
 */
export function resolveAsked(model: NetworkModel, asked: string): Asked {
  // Probes are asked about by their ids, thousands in a pass: for these nothing is listed.
  if (isKnown(model, asked) || asAddress(asked) !== undefined) {
    return { text: asked };
  }
  const named = resolveName(asked, nameablesIn(model.snapshot), 'if-alone');
  switch (named.kind) {
    case 'name':
      return { text: named.id, note: standsFor(asked, named) };
    case 'several':
      throw new EndpointError(asked, severalText(named.candidates));
    case 'id':
    case 'ended':
    case 'none':
      return { text: asked };
  }
}
