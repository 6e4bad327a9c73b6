import type { PeeringHealth } from './results.ts';

/** What people are told of a peering besides losses: large packets that do not pass it, and names that lead elsewhere. */

export type PathKind = 'mtu' | 'name';

export const PATH_KINDS: readonly PathKind[] = ['mtu', 'name'];

/** What one check says of it; undefined: nothing, and then what was known stays. */
export function pathStateOf(
  { results }: Pick<PeeringHealth, 'results'>,
  kind: PathKind,
): 'hindered' | 'fine' | undefined {
  const said = results.filter((result) => result.kind === kind && result.verdict !== 'none');
  if (said.length === 0) {
    return undefined;
  }
  return said.every(({ verdict }) => verdict === 'reachable') ? 'fine' : 'hindered';
}
