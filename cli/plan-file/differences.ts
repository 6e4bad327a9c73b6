import type { Document } from '../documents.ts';
import type { PlanFile } from './content.ts';

/** How a plan that is made now differs from that of a file. Pure: nothing is read here. */

export type Difference = Document<'apply'>['differences'][number];

/** One thing that is or would be done. */
interface Item {
  /** What it is done to. */
  readonly place: string;
  /** What is done, and what that rests on, by name. */
  readonly facts: Readonly<Record<string, string>>;
}

const NONE = 'none';

function headItems({ policy, stage, regions, only }: PlanFile): Item[] {
  const selected = (values: readonly string[]) =>
    values.length === 0 ? 'all' : [...values].sort().join(', ');
  return [
    { place: 'the policy', facts: { fingerprint: policy.fingerprint } },
    { place: 'the stack', facts: { stage } },
    {
      place: 'what is looked at',
      facts: {
        Regions: [...regions].sort().join(', '),
        '--region': selected(only.regions),
        '--vpc': selected(only.vpcs),
      },
    },
  ];
}

function sideText({ accountId, region, vpcId, cidrs }: PlanFile['requests'][number]['requester']): string {
  return `${vpcId} of ${accountId} in ${region} (${cidrs.length === 0 ? 'CIDRs not visible' : [...cidrs].sort().join(', ')})`;
}

function requestItems({ requests }: PlanFile): Item[] {
  return requests.map(({ region, peeringId, answer, rule, requester, accepter }) => ({
    place: `request ${peeringId} (${region})`,
    facts: { answer, rule: rule ?? NONE, requester: sideText(requester), accepter: sideText(accepter) },
  }));
}

function changeItems({ changes }: PlanFile): Item[] {
  return changes.map((change) => ({
    place: `${change.destination} in ${change.routeTableId} (${change.region})`,
    facts: {
      action: change.action,
      peering: change.peeringId,
      rule: change.rule ?? NONE,
      'route there': change.seen === null ? NONE : `${change.seen.target} ${change.seen.state}`,
      'after the request': change.after ?? NONE,
      // What waits for its request is told by that.
      'held by': (change.after === null ? change.heldBy : null) ?? NONE,
    },
  }));
}

function optionItems({ peeringOptions }: PlanFile): Item[] {
  return peeringOptions.map(({ region, peeringId, vpcId, side, rule }) => ({
    place: `DNS resolution of ${vpcId} for ${peeringId} (${region})`,
    facts: { side, rule },
  }));
}

/** By what it is done to; should two things be done to one, each counts. */
function byPlace(items: readonly Item[]): Map<string, Item> {
  const found = new Map<string, Item>();
  for (const item of items) {
    let key = item.place;
    for (let more = 2; found.has(key); more += 1) key = `${item.place} #${more}`;
    found.set(key, item);
  }
  return found;
}

/** `create 10.2.0.0/16 in rtb-1 …: peering pcx-1, rule own-vpcs`; what is none says nothing. */
function wholeText({ place, facts }: Item): string {
  const knownFacts = Object.entries(facts).filter(([, value]) => value !== NONE);
  return `${place}: ${knownFacts.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

function changedText(before: Item, now: Item): string | undefined {
  const names = [...new Set([...Object.keys(before.facts), ...Object.keys(now.facts)])];
  const changed = names.filter((name) => before.facts[name] !== now.facts[name]);
  const says = changed.map((name) => `${name} ${now.facts[name]}, was ${before.facts[name]}`);
  return says.length === 0 ? undefined : `${now.place}: ${says.join('; ')}`;
}

function differencesOf(before: readonly Item[], now: readonly Item[]): Difference[] {
  const [then, present] = [byPlace(before), byPlace(now)];
  const differing = [...present].flatMap(([key, item]): Difference[] => {
    const other = then.get(key);
    if (other === undefined) {
      return [{ kind: 'added', says: wholeText(item) }];
    }
    const says = changedText(other, item);
    return says === undefined ? [] : [{ kind: 'differs', says }];
  });
  const gone = [...then]
    .filter(([key]) => !present.has(key))
    .map(([, item]): Difference => ({ kind: 'gone', says: wholeText(item) }));
  return [...differing, ...gone];
}

/** What is requested or deleted stands in the text as a whole. */
function connectionItems({ connections = [] }: PlanFile): Item[] {
  return connections.map((text) => ({ place: text, facts: { peering: 'planned' } }));
}

function itemsOf(plan: PlanFile): Item[] {
  return [
    ...headItems(plan),
    ...requestItems(plan),
    ...connectionItems(plan),
    ...changeItems(plan),
    ...optionItems(plan),
  ];
}

/**
 * Everything in which what would be done now is not what the file says; none: it is the same. Reasons and times don't count,
 * and neither does the file of the policy: only what it says.
 */
export function differencesBetween(file: PlanFile, now: PlanFile): Difference[] {
  return differencesOf(itemsOf(file), itemsOf(now));
}
