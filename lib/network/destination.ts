import { type Cidr, CidrError, parseCidr } from './cidr.ts';

/**
 * A destination as the product names it. Only IPv6 has several ways to write one block; text that is no block, and the id of
 * a prefix list, stay as they are.
 */
export function canonicalDestination(destination: string): string {
  return destination.includes(':') ? (readDestination(destination)?.text ?? destination) : destination;
}

/**
 * The block of a route's destination; undefined for a prefix list, whose addresses are not part of the route, and for
 * text that is no CIDR. Such a route is never ours: the product writes CIDR routes only.
 */
export function readDestination(destination: string): Cidr | undefined {
  if (destination.startsWith('pl-')) {
    return undefined;
  }
  try {
    return parseCidr(destination);
  } catch (error) {
    if (error instanceof CidrError) {
      return undefined;
    }
    throw error;
  }
}
