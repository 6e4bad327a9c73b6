/** The places of a packet's way, in the order in which it meets them. */
export const HOPS = [
  'source',
  'security-group-out',
  'network-acl-out',
  'route-table',
  'peering',
  'peer-cidrs',
  'network-acl-in',
  'security-group-in',
  'target',
] as const;

export type HopName = (typeof HOPS)[number];

/** `there`: the request on its way to the target. `back`: its answer. */
export const DIRECTIONS = ['there', 'back'] as const;

export type Direction = (typeof DIRECTIONS)[number];

/**
 * Where the product in another account sees that its own pings are lost. Codes of these lists and nothing else: no text of
 * another account is carried, remembered or shown.
 */
export interface PeerFault {
  readonly hop: HopName;
  readonly direction: Direction;
}

/** What another account or a note says, if it is nothing but codes that are known here. */
export function peerFaultIn(value: unknown): PeerFault | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const said = value as Readonly<Record<string, unknown>>;
  const hop = HOPS.find((each) => each === said.hop);
  const direction = DIRECTIONS.find((each) => each === said.direction);
  return hop === undefined || direction === undefined ? undefined : { hop, direction };
}
