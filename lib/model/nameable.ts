import { DEAD_STATUSES, type Peering, type PeeringSide, type Vpc } from './peering.ts';
import { printable } from './printable.ts';
import type { RouteTable } from './route-table.ts';

/** Things of the network as people name them: by their ids, or by their tags `Name`. */

/** Something that a person can name. One that was read in two Regions may be there twice, each time with the tags of that Region. */
export interface Nameable {
  readonly id: string;
  /** Its tag `Name`. */
  readonly name?: string | undefined;
  /** `ended`: a peering that EC2 goes on showing for a while after its end. Left out: it is there. */
  readonly state?: 'ended';
  /** What tells it from another one of the same name: account, Region, CIDRs. */
  readonly tells?: string;
}

/** What a text names. */
export type Named =
  | { readonly kind: 'id'; readonly id: string }
  | {
      readonly kind: 'name';
      readonly id: string;
      /** Ended ones of the same name, which are not meant. */
      readonly passedOver: readonly Nameable[];
    }
  /** `ended`: one that has ended, or several, and none that has not. */
  | { readonly kind: 'several' | 'ended'; readonly candidates: readonly Nameable[] }
  | { readonly kind: 'none' };

/** Ids of EC2 have 8 or 17 hexadecimal digits (Amazon EC2 User Guide, "Resource IDs"). */
const WHOLE_ID = /^(?:pcx|vpc|rtb|subnet|eni|i)-[0-9a-f]{8,17}$/;

/** So many of one name are listed. */
const MAX_LISTED = 10;
const MAX_NAME = 80;
/** Longer than any id; one that is longer hides nothing behind it. */
const MAX_ID = 256;
const MAX_TELLS = 300;

/** `pcx-1 (prod-to-shared)`; the id alone where there is no name. Both come from outside. */
export function withName(id: string, name: string | undefined): string {
  const shownId = printable(id, MAX_ID);
  return name === undefined || name === '' ? shownId : `${shownId} (${printable(name, MAX_NAME)})`;
}

/** Each once, one that is there before what has ended. */
function eachOnce(things: readonly Nameable[]): Nameable[] {
  const inOrder = [
    ...things.filter(({ state }) => state === undefined),
    ...things.filter(({ state }) => state === 'ended'),
  ];
  const byId = new Map<string, Nameable>();
  for (const thing of inOrder) {
    if (!byId.has(thing.id)) byId.set(thing.id, thing);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Finds what is meant. What is known by its id comes first, because a name may look like an id (`vpc-shop`); what has the form of a
 * whole id is never taken for a name.
 *
 * @param ended `never`: who is about to write means nothing that has ended. `if-alone`: who only asks may mean it, where nothing
 * that is there has the name.
 */
export function resolveName(text: string, things: readonly Nameable[], ended: 'never' | 'if-alone'): Named {
  if (WHOLE_ID.test(text) || things.some(({ id }) => id === text)) {
    return { kind: 'id', id: text };
  }
  const all = eachOnce(things.filter(({ name }) => text !== '' && name === text));
  const there = all.filter(({ state }) => state === undefined);
  const candidates = there.length > 0 ? there : all;
  const [first, second] = candidates;
  if (first === undefined) {
    return { kind: 'none' };
  }
  if (there.length === 0 && ended === 'never') {
    return { kind: 'ended', candidates };
  }
  return second === undefined
    ? {
        kind: 'name',
        id: first.id,
        passedOver: all.filter(({ id }) => id !== first.id),
      }
    : { kind: 'several', candidates };
}

/** `hub-to-shop is pcx-1.`, with what has the same name and is not meant. */
export function standsFor(text: string, { id, passedOver }: Extract<Named, { kind: 'name' }>): string {
  const others = passedOver.map((each) => each.id).join(', ');
  return `${printable(text, MAX_NAME)} is ${id}.${
    others === '' ? '' : ` ${others} had the name, too, and has ended.`
  }`;
}

/** Below a sentence, a line for each: `  vpc-1 (shop)  of 111111111111 in us-east-1, 10.1.0.0/16`. */
export function candidateLines(candidates: readonly Nameable[]): string {
  const lines = candidates
    .slice(0, MAX_LISTED)
    .map(({ id, name = '', tells }) =>
      [`  ${printable(id, MAX_NAME)} (${printable(name, MAX_NAME)})`, printable(tells ?? '', MAX_TELLS)]
        .join('  ')
        .trimEnd(),
    );
  const more = candidates.length - lines.length;
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** What a name that several have is answered with. */
export function severalText(candidates: readonly Nameable[]): string {
  return `is the name of several. Name one by its id:\n${candidateLines(candidates)}`;
}

function blocksText(cidrs: readonly string[]): string {
  return cidrs.length === 0 ? '' : `, ${cidrs.join(', ')}`;
}

function sideText({ vpcId, accountId, region, cidrs }: PeeringSide): string {
  return `${vpcId} of ${accountId} in ${region}${blocksText(cidrs)}`;
}

export function nameablePeering({ peeringId, tags, status, requester, accepter }: Peering): Nameable {
  return {
    id: peeringId,
    name: tags.Name,
    ...(DEAD_STATUSES.has(status) ? { state: 'ended' } : {}),
    tells: `${status}: ${sideText(requester)} - ${sideText(accepter)}`,
  };
}

export function nameableVpc({ vpcId, accountId, region, cidrs, tags }: Vpc): Nameable {
  return { id: vpcId, name: tags.Name, tells: `of ${accountId} in ${region}${blocksText(cidrs)}` };
}

export function nameableTable({
  routeTableId,
  vpcId,
  region,
  tags,
}: Pick<RouteTable, 'routeTableId' | 'vpcId' | 'region' | 'tags'>): Nameable {
  return { id: routeTableId, name: tags.Name, tells: `of ${vpcId} in ${region}` };
}
