import type { RouteTable } from '../model/route-table.ts';
import { contains } from '../network/cidr.ts';
import { widest } from '../network/sorted-blocks.ts';
import { type Ownership, wasInPlace, wasOwn } from './own.ts';
import type { Helps } from './planned-finding.ts';
import type { Claim, RivalClaim, TableState } from './table.ts';

/** More of the others than this nobody reads in a sentence. */
const MAX_NAMED = 5;

/** Whether the route of a claim is in its table, or was, so that it is missing or was turned elsewhere. */
function hasRoute(claim: Claim, equals: readonly Claim[], state: TableState, ownership: Ownership): boolean {
  const { destination, peeringId } = claim;
  const { routeTableId } = state.table;
  const found = state.routes.get(destination);
  if (found?.target.id === peeringId) {
    return true;
  }
  if (equals.length > 0) {
    // One at most has it: what is there goes before what was there.
    return found === undefined && ownership.ownAt(routeTableId, destination)?.peeringId === peeringId;
  }
  return found === undefined
    ? wasInPlace(ownership, routeTableId, claim)
    : wasOwn(ownership, routeTableId, claim);
}

/**
 * Where peerings want destinations that overlap in one table, those that have their routes keep them, also while these are
 * missing just now. None gets a new one, be it the wider or the narrower: who should have the addresses is for a person to say.
 */
export function settleRivals(state: TableState, ownership: Ownership): TableState {
  const { wanted } = state;
  if (wanted.rivals.size === 0) {
    return state;
  }
  const keeping = new Set<Claim>();
  for (const [claim, others] of wanted.rivals) {
    const equals = others.filter(({ destination }) => destination === claim.destination);
    if (hasRoute(claim, equals, state, ownership)) keeping.add(claim);
  }
  const settled: RivalClaim[] = [];
  const keeper = new Map<string, Claim>();
  for (const [claim, rivals] of wanted.rivals) {
    if (keeping.has(claim)) {
      keeper.set(claim.destination, claim);
    } else {
      settled.push({ ...claim, rivals, having: rivals.filter((each) => keeping.has(each)) });
    }
  }
  const claims = state.claims.flatMap((claim) =>
    wanted.rivals.has(claim) ? (keeper.get(claim.destination) ?? []) : [claim],
  );
  return { ...state, claims, rivals: settled };
}

/** By what a claim wants, the peerings that want the same. */
function wishes({ cidr, destination }: Claim, rivals: readonly Claim[], ending: string): string[] {
  const byDestination = new Map<string, Claim[]>();
  for (const rival of rivals) {
    byDestination.set(rival.destination, [...(byDestination.get(rival.destination) ?? []), rival]);
  }
  return [...byDestination.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const named = group.map(({ peeringId, rule }) => `${peeringId} (rule ${rule})`).join(', ');
    const what =
      first.destination === destination
        ? 'the same destination'
        : `${first.destination}, ${contains(first.cidr, cidr) ? 'in which it lies' : 'a part of it'}`;
    return [`${named} ${group.length === 1 ? 'wants' : 'want'} ${what}${ending}`];
  });
}

function joined(sentences: readonly string[]): string {
  const more = sentences.length - MAX_NAMED;
  return `${sentences.slice(0, MAX_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** Who else wants the addresses of a claim, and which of them has them. */
export function rivalsText(claim: RivalClaim, having: readonly Claim[]): string {
  const equal = ({ destination }: Claim) => destination === claim.destination;
  const has = [
    ...wishes(claim, having.filter(equal), ' and has it'),
    ...wishes(
      claim,
      having.filter((each) => !equal(each)),
      ', and has that',
    ),
  ];
  const others = wishes(
    claim,
    claim.rivals.filter((each) => !having.includes(each)),
    '',
  );
  if (has.length > 0) {
    return joined([...has, ...others]);
  }
  const which = claim.rivals.every(equal) ? 'it' : claim.rivals.length === 1 ? 'either' : 'any of them';
  return `${joined(others)}, and no route to ${which} is made until a person decides`;
}

/** What a person changes so that only one of several claims has what they all want: of each two, the narrower block. */
export function rivalsHelp(claim: Claim, rivals: readonly Claim[], table: RouteTable): Helps {
  const common = rivals.map(({ cidr }) => (contains(claim.cidr, cidr) ? cidr : claim.cidr));
  return {
    claim,
    table,
    says: '',
    leaveOut: widest(common),
    rivals: [...new Set(rivals.map(({ peeringId }) => peeringId))],
  };
}
