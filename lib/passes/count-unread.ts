import { isRetryable } from '../model/aws-error.ts';
import type { RegionInventory } from '../model/inventory.ts';
import type { Journal } from '../ports/journal.ts';
import { countPermanent } from './failure.ts';

/** What a Region was read without. */
interface Reporting {
  readonly journal: Pick<Journal, 'error' | 'metric'>;
}

/** Prefix lists that this account may not read: what they lead away from a peering is not known until somebody permits it. */
export function countUnreadLists(inventories: readonly RegionInventory[], { journal }: Reporting): void {
  const denied = inventories
    .flatMap(({ prefixLists }) => [...(prefixLists?.values() ?? [])])
    .filter(({ problemKind }) => problemKind === 'denied');
  for (const { prefixListId, problem } of denied) {
    journal.error('prefix list not read', { prefixListId, reason: problem });
  }
  countPermanent(
    journal,
    denied.map(() => ({ retry: false })),
  );
}

/** Subnets at other ends that could not be read: which of them a rule selects is not known until somebody mends that. */
export function countUnreadSubnets(inventories: readonly RegionInventory[], { journal }: Reporting): void {
  const unread = inventories.flatMap(({ peerSubnets = [] }) =>
    [...peerSubnets].flatMap(([vpcId, each]) =>
      each.seen === 'none' && each.problemKind !== undefined
        ? [{ vpcId, ...each, problemKind: each.problemKind }]
        : [],
    ),
  );
  for (const { vpcId, problem } of unread) {
    journal.error('subnets not read', { vpcId, reason: problem });
  }
  countPermanent(
    journal,
    unread.map(({ problemKind }) => ({ retry: isRetryable({ kind: problemKind }) })),
  );
}
