import { type Cidr, overlaps } from './cidr.ts';
import { readDestination } from './destination.ts';

/** The CIDRs of two VPCs that have addresses in common, for which AWS peers no such VPCs. */
export function overlappingPairs(
  ours: readonly string[],
  theirs: readonly string[],
): readonly (readonly [Cidr, Cidr])[] {
  const read = (cidrs: readonly string[]) => cidrs.flatMap((text) => readDestination(text) ?? []);
  const others = read(theirs);
  return read(ours).flatMap((one) =>
    others.flatMap((other) => (overlaps(one, other) ? [[one, other] as const] : [])),
  );
}
