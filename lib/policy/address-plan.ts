/**
 * Whether Amazon VPC IPAM has given a range to whoever asks. Pure: what was read comes as facts, and what was not is
 * unknown, which is no allocation.
 */
import type {
  AddressPlan,
  PlanReading,
  PoolAllocation,
  ScopedCidr,
  UnreadPart,
} from '../model/address-plan.ts';
import { asSentence } from '../model/sentence.ts';
import { type Cidr, contains, overlaps, subtract } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import type { Policy } from './schema.ts';
import { listed, NAMES, type Subject, shown } from './subject.ts';

type NamedPlan = NonNullable<Policy['guardrails']['ipam']>;
type NamedPlace = NamedPlan['pools'][number];

/** What speaks against each range. */
export interface PlanJudgement {
  /** By range: why the plan does not give it to the requester alone. Of one that it gives there is no entry. */
  readonly against: ReadonlyMap<Cidr, readonly string[]>;
  /** Why nothing can be said of any range. Then nothing is in `against`. */
  readonly unknown: readonly string[];
}

const NOT_ASKED: UnreadPart = { reason: 'IPAM was not asked.', kind: 'unknown', retry: false };

interface PoolItem extends PoolAllocation {
  readonly block: Cidr;
  readonly poolId: string;
}

interface ScopeItem extends ScopedCidr {
  readonly block: Cidr;
}

/** The plan as far as it is named, with its ranges parsed, or why it cannot be judged. */
interface ParsedPlan {
  readonly pools: readonly PoolItem[];
  readonly scope: readonly ScopeItem[] | undefined;
  /** By pool or scope: why nothing may be concluded from it. */
  readonly unknown: ReadonlyMap<string, string>;
}

/** Parsed once for each plan that was read: many requests are judged by the same one. */
const parsed = new WeakMap<AddressPlan, WeakMap<NamedPlan, ParsedPlan>>();

/** What somebody does so that it can be read. A pool of another account is as unknown to EC2 as one that is not there. */
function remedy({ kind, retry }: UnreadPart, what: 'pool' | 'scope', { id, region }: NamedPlace): string {
  if (retry) {
    return 'It is asked again by itself.';
  }
  switch (kind) {
    case 'denied':
      return what === 'pool'
        ? `Let this account read it: share ${id} with it by AWS RAM, and let its roles call ec2:GetIpamPoolAllocations.`
        : `Only the account that has the IPAM can read a scope, with ec2:GetIpamResourceCidrs; in any other, name pools that are shared with it.`;
    case 'not-found':
    case 'invalid':
      return what === 'pool'
        ? `Look whether guardrails.ipam names the pool's locale (${region}), and whether ${id} is there and shared with this account by AWS RAM.`
        : `Look whether guardrails.ipam names the IPAM's home Region (${region}), and whether ${id} is a scope of this account's IPAM.`;
    default:
      return '';
  }
}

/** What to do comes before AWS's words, which may be long: where a message has no more room, those are cut. */
function unreadText(part: UnreadPart, what: 'pool' | 'scope', place: NamedPlace): string {
  return [
    `${what === 'pool' ? 'Pool' : 'Scope'} ${place.id} was not read.`,
    remedy(part, what, place),
    asSentence(shown(part.reason)),
  ]
    .filter((text) => text !== '')
    .join(' ');
}

/** Its items with their ranges, or why nothing may be concluded from it. */
function readPart<Item extends { readonly cidr: string }>(
  reading: PlanReading<Item> | undefined,
  what: 'pool' | 'scope',
  place: NamedPlace,
): {
  readonly items: readonly (Item & { readonly block: Cidr })[];
  readonly unknown: readonly (readonly [string, string])[];
} {
  if (reading === undefined || 'unread' in reading) {
    return { items: [], unknown: [[place.id, unreadText(reading?.unread ?? NOT_ASKED, what, place)]] };
  }
  const items: (Item & { readonly block: Cidr })[] = [];
  const strange: string[] = [];
  for (const item of reading.items) {
    const block = readDestination(item.cidr);
    if (block === undefined) strange.push(item.cidr);
    else items.push({ ...item, block });
  }
  return {
    items,
    unknown:
      strange.length === 0
        ? []
        : [
            [
              place.id,
              `${what === 'pool' ? 'Pool' : 'Scope'} ${place.id} has ranges that cannot be read: ${listed(strange)}.`,
            ],
          ],
  };
}

function parsePlan(plan: AddressPlan | undefined, named: NamedPlan): ParsedPlan {
  const known = plan === undefined ? undefined : parsed.get(plan)?.get(named);
  if (known !== undefined) {
    return known;
  }
  const pools = named.pools.map((pool) => ({ pool, part: readPart(plan?.pools.get(pool.id), 'pool', pool) }));
  const scope = named.scope === undefined ? undefined : readPart(plan?.scope, 'scope', named.scope);
  const read: ParsedPlan = {
    pools: pools.flatMap(({ pool, part }) => part.items.map((item) => ({ ...item, poolId: pool.id }))),
    scope: scope?.items,
    unknown: new Map([...pools.flatMap(({ part }) => part.unknown), ...(scope?.unknown ?? [])]),
  };
  if (plan !== undefined) {
    const byNamed = parsed.get(plan) ?? new WeakMap<NamedPlan, ParsedPlan>();
    parsed.set(plan, byNamed.set(named, read));
  }
  return read;
}

/** By pool or scope: why nothing may be concluded from it, and what to do. */
export function unreadOfPlan(plan: AddressPlan, named: NamedPlan): ReadonlyMap<string, string> {
  return parsePlan(plan, named).unknown;
}

/** Whether an allocation gives its range to the VPC: to itself, or to its account to do with as it likes. */
function givesTo(
  { owner, resourceType, resourceId }: PoolAllocation,
  { view: { remote } }: Subject,
): boolean {
  if (owner !== remote.accountId) {
    return false;
  }
  return (
    resourceType === 'custom' || (resourceType === 'vpc' && (resourceId ?? remote.vpcId) === remote.vpcId)
  );
}

/** Whether it says that its range is somebody else's. A pool's is nobody's yet; parts of an own VPC are its own. */
function givesElsewhere(allocation: PoolAllocation, subject: Subject): boolean {
  const { resourceType, owner } = allocation;
  return (
    resourceType !== 'ipam-pool' &&
    !givesTo(allocation, subject) &&
    !(owner === subject.view.remote.accountId && resourceType !== 'vpc')
  );
}

function ownerText(owner: string | undefined): string {
  return owner === undefined ? 'an account that IPAM does not name' : `account ${shown(owner)}`;
}

function holderText({ resourceType, resourceId, owner }: PoolAllocation): string {
  const what = resourceId === undefined ? resourceType : `${resourceType} ${resourceId}`;
  return resourceType === 'custom' && resourceId === undefined
    ? ownerText(owner)
    : `${shown(what)} of ${ownerText(owner)}`;
}

/** Ranges that a pool hands on to pools which the policy does not name: what those give is not known. */
function handedOn(cidr: Cidr, pools: readonly PoolItem[], { pools: named }: NamedPlan): string {
  const further = pools.filter(
    ({ resourceType, resourceId, block }) =>
      resourceType === 'ipam-pool' && overlaps(block, cidr) && !named.some(({ id }) => id === resourceId),
  );
  return further.length === 0
    ? ''
    : ` ${listed(further.map(({ poolId, block, resourceId }) => `Pool ${poolId} hands ${block.text} on to ${resourceId ?? 'another pool'}`))}, which guardrails.ipam.pools does not name.`;
}

function againstByPools(cidr: Cidr, { pools }: ParsedPlan, subject: Subject, named: NamedPlan): string[] {
  const name = `${cidr.text} of ${NAMES.remote(subject)}`;
  const elsewhere = pools.filter((each) => overlaps(each.block, cidr) && givesElsewhere(each, subject));
  if (elsewhere.length > 0) {
    const whose = elsewhere.map(
      ({ block, poolId, ...each }) => `${block.text} of ${poolId} to ${holderText(each)}`,
    );
    return [`${name} is somebody else's in the address plan: it gives ${listed(whose)}.`];
  }
  const allocated = pools.filter((each) => givesTo(each, subject)).map(({ block }) => block);
  const left = subtract(cidr, allocated);
  if (left.length === 0) {
    return [];
  }
  const which = listed(named.pools.map(({ id }) => id));
  const part =
    left.length === 1 && left[0]?.text === cidr.text
      ? ''
      : ` ${listed(left.map(({ text }) => text))} of it is not.`;
  return [
    `${name} is not allocated to ${NAMES.account(subject)} or that VPC in ${which} (guardrails.ipam).${part}${handedOn(cidr, pools, named)}`,
  ];
}

/** What the scope shows of the range itself, where no pool is named that says whether it is allocated. */
function againstByState(cidr: Cidr, own: readonly ScopeItem[], subject: Subject, scopeId: string): string[] {
  const name = `${cidr.text} of ${NAMES.remote(subject)}`;
  const found = own.filter(({ block }) => contains(block, cidr));
  if (found.some(({ managementState }) => managementState === 'managed')) {
    return [];
  }
  const [first] = found;
  return [
    first === undefined
      ? `${name} is not among the ranges of that VPC that ${scopeId} shows (guardrails.ipam). IPAM finds a new VPC after some minutes.`
      : `${name} was not allocated by IPAM: ${scopeId} shows it as ${shown(first.managementState ?? 'of no known state')} (guardrails.ipam).`,
  ];
}

function againstByScope(
  cidr: Cidr,
  scope: readonly ScopeItem[],
  subject: Subject,
  named: NamedPlan,
): string[] {
  const { remote, local } = subject.view;
  const scopeId = named.scope?.id ?? '';
  const isOwn = ({ vpcId, owner }: ScopeItem) =>
    vpcId === remote.vpcId && (owner ?? remote.accountId) === remote.accountId;
  const own = scope.filter(isOwn);
  // That of the local VPC is said by the guardrail that looks at its CIDRs.
  const others = scope.filter(
    (each) =>
      overlaps(each.block, cidr) &&
      !isOwn(each) &&
      each.vpcId !== local.vpcId &&
      each.managementState !== 'ignored',
  );
  const name = `${cidr.text} of ${NAMES.remote(subject)}`;
  const whose = others.map(
    ({ block, vpcId, owner, region }) =>
      `${block.text} of ${shown(vpcId)} (${ownerText(owner)}${region === undefined ? '' : `, ${shown(region)}`})`,
  );
  const calledSo = own.some(
    ({ block, overlapStatus }) => overlaps(block, cidr) && overlapStatus === 'overlapping',
  );
  return [
    ...(named.pools.length > 0 ? [] : againstByState(cidr, own, subject, scopeId)),
    ...(others.length > 0 ? [`${name} overlaps what ${scopeId} shows elsewhere: ${listed(whose)}.`] : []),
    ...(others.length === 0 && calledSo
      ? [`${name} overlaps another range, as ${scopeId} says (overlapping).`]
      : []),
  ];
}

/**
 * Judges ranges of the VPC that asked.
 *
 * A pool gives a range to a VPC by an allocation of that VPC, or by one of its account; several may make it up together. Where
 * only a scope is named, the range has to be one that IPAM allocated to that VPC (`managed`). With a scope, no other VPC of the
 * organization may have any of it.
 *
 * @param named what the policy names.
 */
export function judgePlan(subject: Subject, named: NamedPlan, cidrs: readonly Cidr[]): PlanJudgement {
  const plan = parsePlan(subject.facts.addressPlan, named);
  if (plan.unknown.size > 0) {
    return { against: new Map(), unknown: [...plan.unknown.values()] };
  }
  const against = new Map<Cidr, readonly string[]>();
  for (const cidr of cidrs) {
    const found = [
      ...(named.pools.length > 0 ? againstByPools(cidr, plan, subject, named) : []),
      ...(plan.scope === undefined ? [] : againstByScope(cidr, plan.scope, subject, named)),
    ];
    if (found.length > 0) against.set(cidr, found);
  }
  return { against, unknown: [] };
}

/** The one sentence on ranges of which nothing can be said. */
export function unknownText(subject: Subject, cidrs: readonly Cidr[], unknown: readonly string[]): string {
  const ranges = listed(cidrs.map(({ text }) => text));
  return `Whether ${ranges} of ${NAMES.remote(subject)} ${cidrs.length === 1 ? 'is' : 'are'} allocated to ${NAMES.account(subject)} is unknown (guardrails.ipam). ${unknown.join(' ')}`;
}
