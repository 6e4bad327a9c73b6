import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionMemory } from '../model/memory.ts';
import { readDestination } from '../network/destination.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import type { Policy } from '../policy/schema.ts';

/** Where the policy sets no share: this one, and up to so many deletes are never unusual. */
const USUAL = { percent: 50, always: 10 };

interface Limit {
  readonly percent: number;
  readonly always: number;
}

/** What a person has set counts as it stands, in a table of two routes too. */
function limitOf({ maxDeletesPercent }: Policy['guardrails']): Limit {
  return maxDeletesPercent === undefined ? USUAL : { percent: maxDeletesPercent, always: 0 };
}

export interface MassDelete {
  readonly changes: ReadonlySet<Change>;
  readonly findings: readonly Finding[];
}

/**
 * Deletes of own routes that carry traffic and whose addresses go nowhere else by this plan, where they are a larger share
 * of the own routes of a table or of the account than the policy allows at once (`guardrails.maxDeletesPercent`): a policy
 * that was broken by mistake is not carried out before a person looked at it. Routes of ended peerings never count.
 */
export function massDeletes(
  changes: readonly Change[],
  desired: readonly DesiredRoute[],
  memories: readonly RegionMemory[],
  { guardrails }: Policy,
): MassDelete {
  const limit = limitOf(guardrails);
  const candidates = changes.filter(
    ({ action, seen }) => action === 'delete' && seen !== undefined && seen.state !== 'blackhole',
  );
  if (candidates.length <= limit.always) {
    return { changes: new Set(), findings: [] };
  }
  const stillLed = createStillLed(desired);
  const deletes = candidates.filter((change) => !stillLed(change));
  const ownByTable = countOwn(deletes, memories);
  const total = [...ownByTable.values()].reduce((sum, size) => sum + size, 0);
  const tooMany = (count: number, of: number) => count > limit.always && count * 100 > limit.percent * of;
  const heldBack = new Set<Change>();
  const findings: Finding[] = [];
  if (tooMany(deletes.length, total)) {
    for (const change of deletes) heldBack.add(change);
    findings.push(finding(deletes, `of the ${total} routes that the product has in this account`, limit));
    return { changes: heldBack, findings };
  }
  for (const [routeTableId, inTable] of groupBy(deletes, ({ routeTableId }) => [routeTableId])) {
    const own = ownByTable.get(routeTableId) ?? 0;
    if (tooMany(inTable.length, own)) {
      for (const change of inTable) heldBack.add(change);
      findings.push({
        ...finding(inTable, `of the ${own} routes that the product has in ${routeTableId}`, limit),
        routeTableId,
      });
    }
  }
  return { changes: heldBack, findings };
}

/** How many own routes each table has: those that the registry names, and those that only a tag of an older version names. */
function countOwn(deletes: readonly Change[], memories: readonly RegionMemory[]): Map<string, number> {
  const destinations = new Map<string, Set<string>>();
  const ownOf = (routeTableId: string): Set<string> => {
    const own = destinations.get(routeTableId) ?? new Set();
    destinations.set(routeTableId, own);
    return own;
  };
  for (const [routeTableId, own] of memories.flatMap(({ routes }) => [...routes])) {
    for (const destination of own.keys()) ownOf(routeTableId).add(destination);
  }
  for (const { routeTableId, destination } of deletes) ownOf(routeTableId).add(destination);
  return new Map([...destinations].map(([routeTableId, own]) => [routeTableId, own.size]));
}

/** Whether the addresses of a delete are wanted at the same peering by another destination of the table. */
function createStillLed(desired: readonly DesiredRoute[]): (change: Change) => boolean {
  const wanted = new Map<string, PrefixMap<true>>();
  for (const { routeTableId, peeringId, destination } of desired) {
    const key = `${routeTableId} ${peeringId}`;
    const cidr = readDestination(destination);
    if (cidr !== undefined) {
      wanted.set(key, (wanted.get(key) ?? new PrefixMap<true>()).set(cidr, true));
    }
  }
  return ({ routeTableId, peeringId, destination }) => {
    const cidr = readDestination(destination);
    const map = wanted.get(`${routeTableId} ${peeringId}`);
    return cidr !== undefined && map?.longestMatch(cidr) !== undefined;
  };
}

function finding(deletes: readonly Change[], share: string, { percent }: Limit): Finding {
  const [first] = deletes;
  return {
    kind: 'mass-delete',
    region: first?.region ?? '',
    detail:
      `The policy as it is now would delete ${deletes.length} ${share}: more than ${percent} % at once ` +
      '(guardrails.maxDeletesPercent). None of them is deleted. If that is what is wanted, look at peering plan, then carry it ' +
      'out with peering apply, or raise guardrails.maxDeletesPercent and deploy; if not, mend the policy.',
    repairable: false,
  };
}
