import { asAddress } from '../network/cidr.ts';
import { EndpointError } from './endpoint.ts';
import type { NetworkModel } from './network-model.ts';

/** What somebody asked about, as an id or an address. */
export interface Asked {
  readonly text: string;
  /** One sentence, where it was a name. */
  readonly note?: string;
}

/** Everything that can be asked about and has the name in its tag `Name`, by id. */
function idsNamed({ snapshot }: NetworkModel, name: string): string[] {
  const tagged = [
    ...snapshot.instances
      .filter(({ state }) => state !== 'terminated')
      .map((each) => [each.instanceId, each.tags.Name]),
    ...snapshot.interfaces.map((each) => [each.interfaceId, each.name]),
    ...snapshot.peerings.map((each) => [each.peeringId, each.tags.Name]),
    ...snapshot.subnets.map((each) => [each.subnetId, each.name]),
    ...snapshot.vpcs.map((each) => [each.vpcId, each.tags.Name]),
  ];
  const ids = tagged.flatMap(([id, own]) => (own === name && id !== undefined ? [id] : []));
  return [...new Set(ids)].sort();
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
  // A name may look like an id ("vpc-shop"), so what is known by its id comes first.
  const isPlain = isKnown(model, asked) || asAddress(asked) !== undefined;
  const ids = isPlain ? [] : idsNamed(model, asked);
  const [id, second] = ids;
  if (id === undefined) {
    return { text: asked };
  }
  if (second !== undefined) {
    throw new EndpointError(asked, `is the name of several: ${ids.join(', ')}. Name one by its id.`);
  }
  return { text: id, note: `${asked} is ${id}.` };
}

/**
 * The id of the peering that has the name, where a peering alone is asked about.
 *
 * @throws EndpointError for a name that several peerings have.
 */
export function peeringNamed(
  { peerings }: Pick<NetworkModel['snapshot'], 'peerings'>,
  name: string,
): string | undefined {
  const named = peerings.filter(({ tags }) => tags.Name === name).map(({ peeringId }) => peeringId);
  const [id, second] = [...new Set(named)].sort();
  if (second !== undefined) {
    throw new EndpointError(
      name,
      `is the name of several peerings: ${[...new Set(named)].sort().join(', ')}. Name one by its id.`,
    );
  }
  return id;
}
