import type { PeeringView } from '../model/peering.ts';
import { printable } from '../model/printable.ts';
import { type Cidr, CidrError, parseCidr } from '../network/cidr.ts';
import type { DecisionFacts } from './decision.ts';

/** Longest lists in a reason; what is beyond is counted. */
const MAX_LISTED = 10;

export function shown(value: string): string {
  return printable(value, 256);
}

export function listed(values: readonly string[], separator = ', '): string {
  const head = values.slice(0, MAX_LISTED).map(shown).join(separator);
  return values.length > MAX_LISTED ? `${head} and ${values.length - MAX_LISTED} more` : head;
}

/** CIDR texts as EC2 gave them. `unreadable` is what no CIDR can be made of: nothing may be concluded from it. */
interface Blocks {
  readonly cidrs: readonly Cidr[];
  readonly unreadable: readonly string[];
}

function readBlock(text: string): Cidr | undefined {
  try {
    return parseCidr(text);
  } catch (error) {
    if (error instanceof CidrError) {
      return undefined;
    }
    throw error;
  }
}

const NONE: readonly string[] = [];

function readBlocks(texts: readonly string[]): Blocks {
  const read = texts.map(readBlock);
  const cidrs = read.filter((cidr) => cidr !== undefined);
  return cidrs.length === read.length
    ? { cidrs, unreadable: NONE }
    : { cidrs, unreadable: texts.filter((_, index) => read[index] === undefined) };
}

/** A view with everything that the selectors of a rule ask of it. */
export interface Selected {
  readonly view: PeeringView;
  readonly facts: Pick<DecisionFacts, 'accountId' | 'organization' | 'organizationProblem'>;
  /** `request`: nobody accepted it yet. */
  readonly stage: 'request' | 'live' | 'dead';
  readonly localBlocks: Blocks | undefined;
  readonly remoteBlocks: Blocks;
}

/** The same with what guardrails ask, and what people decided. */
export interface Subject extends Selected {
  readonly facts: DecisionFacts;
}

/** How reasons name the parts of a view. */
export const NAMES = {
  local: ({ view }: Selected) => `local VPC ${shown(view.local.vpcId)}`,
  remote: ({ view }: Selected) => `remote VPC ${shown(view.remote.vpcId)}`,
  account: ({ view }: Selected) => `remote account ${shown(view.remote.accountId)}`,
} as const;

/** Who or what a selector is about. */
export type Whose = keyof typeof NAMES;

function stageOf({ peering: { status } }: PeeringView): Subject['stage'] {
  switch (status) {
    case 'initiating-request':
    case 'pending-acceptance':
      return 'request';
    case 'provisioning':
    case 'active':
      return 'live';
    default:
      return 'dead';
  }
}

/** The views of a VPC come with the same list of its CIDRs, which is then read once. */
const localBlocks = new WeakMap<readonly string[], Blocks>();

function readLocalBlocks(texts: readonly string[]): Blocks {
  const blocks = localBlocks.get(texts) ?? readBlocks(texts);
  localBlocks.set(texts, blocks);
  return blocks;
}

export function subjectOf(view: PeeringView, facts: DecisionFacts): Subject {
  return {
    view,
    facts,
    stage: stageOf(view),
    localBlocks: facts.localCidrs && readLocalBlocks(facts.localCidrs),
    remoteBlocks: readBlocks(view.remote.cidrs),
  };
}

/** Why the CIDRs of a VPC cannot be judged, or undefined if they can. */
export function unknownBlocks(subject: Selected, side: 'local' | 'remote'): string | undefined {
  const blocks = side === 'local' ? subject.localBlocks : subject.remoteBlocks;
  if (blocks === undefined || (blocks.cidrs.length === 0 && blocks.unreadable.length === 0)) {
    return `the CIDRs of ${NAMES[side](subject)} are not visible`;
  }
  return blocks.unreadable.length === 0
    ? undefined
    : `${NAMES[side](subject)} has CIDRs that cannot be read: ${listed(blocks.unreadable)}`;
}

/** Why the organization's data of the remote account are unknown, in brackets. */
export function organizationProblem({ facts }: Selected): string {
  return facts.organizationProblem === undefined ? '' : ` (${shown(facts.organizationProblem)})`;
}
