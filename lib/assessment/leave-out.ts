import type { DesiredRoute } from '../model/change.ts';
import { groupBy } from '../model/group-by.ts';
import type { RegionInventory } from '../model/inventory.ts';
import { optInOf, selectsRule } from '../model/opt-in.ts';
import type { RouteTable } from '../model/route-table.ts';
import { shellWord } from '../model/shell-word.ts';
import { routesTagKey } from '../model/tags.ts';
import { type Cidr, contains, intersect, subtract } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { PrefixMap } from '../network/prefix-map.ts';
import type { Policy } from '../policy/schema.ts';
import { wishOf } from '../routing/claims.ts';
import { NO_PREFIX_LISTS, type RegionPlan } from '../routing/plan.ts';
import type { Helps, PlannedFinding } from '../routing/planned-finding.ts';
import { usedRoutes } from '../routing/quota.ts';
import type { Claim } from '../routing/table.ts';

/**
 * How a person leaves a destination out of what a rule routes. `routes.exclude` of a rule holds for every table and every peering that
 * the rule matches, so what else it would unroute is looked for first; where there is something, the way that touches one peering of one VPC
 * alone is advised.
 */

/** More than this nobody reads in a sentence. */
const MOST = 3;

const MAX_NAME = 64;

export interface LeaveOutContext {
  readonly policy: Policy;
  readonly regions: readonly RegionInventory[];
  readonly managedRegions: readonly string[];
  readonly findings: readonly PlannedFinding[];
  /** Of all Regions that were read. */
  readonly claimed: RegionPlan['claimed'];
}

function listed(texts: readonly string[]): string {
  const more = texts.length - MOST;
  return `${texts.slice(0, MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function keyOf({
  region,
  routeTableId,
  peeringId,
}: Pick<PlannedFinding, 'region' | 'routeTableId' | 'peeringId'>): string {
  return `${region} ${routeTableId} ${peeringId}`;
}

/** By table and peering, blocks that the rule asks for there and that do not lead to the peering: nothing of them can be lost. */
function blocksLedElsewhere(findings: readonly PlannedFinding[]): Map<string, Cidr[]> {
  const elsewhere = new Map<string, Cidr[]>();
  for (const finding of findings) {
    const isKept =
      finding.kind === 'conflict' || finding.kind === 'shadowed' || finding.kind === 'over-limit';
    const cidr =
      isKept && finding.destination !== undefined ? readDestination(finding.destination) : undefined;
    if (cidr !== undefined) {
      const key = keyOf(finding);
      elsewhere.set(key, [...(elsewhere.get(key) ?? []), cidr]);
    }
  }
  return elsewhere;
}

/** What the policy wants at a block by one rule: claims, and the tables that share the list in which they are. */
type Wanting = { readonly claim: Claim; readonly tables: readonly RouteTable[] }[];

/** Tables of a VPC share their lists, so each list is looked through once. */
function byRule(claimed: RegionPlan['claimed']): Map<string, PrefixMap<Wanting>> {
  const lists = new Map<readonly Claim[], RouteTable[]>();
  for (const { table, claims } of claimed) {
    const tables = lists.get(claims);
    if (tables === undefined) lists.set(claims, [table]);
    else tables.push(table);
  }
  const rules = new Map<string, PrefixMap<Wanting>>();
  for (const [claims, tables] of lists) {
    for (const claim of claims) {
      const blocks = rules.get(claim.rule) ?? new PrefixMap<Wanting>();
      if (blocks.size === 0) rules.set(claim.rule, blocks);
      const wanting = blocks.get(claim.cidr);
      if (wanting === undefined) blocks.set(claim.cidr, [{ claim, tables }]);
      else wanting.push({ claim, tables });
    }
  }
  return rules;
}

/** Routes of a rule that would lose addresses if it excluded a block. Nothing is gathered before the first question. */
function createLosing({ findings, claimed }: LeaveOutContext): (rule: string, block: Cidr) => DesiredRoute[] {
  let known:
    | { routes: ReturnType<typeof byRule>; elsewhere: ReturnType<typeof blocksLedElsewhere> }
    | undefined;
  const answers = new Map<string, DesiredRoute[]>();
  return (rule, block) => {
    const key = `${rule} ${block.text}`;
    const answered = answers.get(key);
    if (answered !== undefined) {
      return answered;
    }
    known ??= { routes: byRule(claimed), elsewhere: blocksLedElsewhere(findings) };
    const { elsewhere, routes } = known;
    const ofRule = routes.get(rule);
    const around = ofRule?.covering(block).map(({ value }) => value) ?? [];
    const inside = ofRule?.within(block).map(({ value }) => value) ?? [];
    const losing = [...new Set([...around, ...inside].flat())].flatMap(({ claim, tables }) => {
      const lost = intersect(claim.cidr, block);
      return tables
        .map((table) => wishOf(claim, table))
        .filter((route) => {
          const away = elsewhere.get(keyOf(route)) ?? [];
          return lost !== undefined && !away.some((each) => contains(each, lost));
        });
    });
    answers.set(key, losing);
    return losing;
  };
}

/** Of rules with the same effect the one whose name sorts first routes a peering. */
function nameBefore(rule: string, names: readonly string[]): string | undefined {
  let name = rule;
  do {
    name = `0-${name}`;
  } while (names.includes(name));
  return name < rule && name.length <= MAX_NAME ? name : undefined;
}

/** The tags by which tables name the rule: without the name of the copy they would lose the routes that it takes over. */
function tagText(tables: readonly RouteTable[], rule: string, copy: string, { tagPrefix }: Policy): string {
  const naming = tables.filter((table) => optInOf(table, tagPrefix).kind === 'rules');
  return naming.length === 0
    ? ''
    : ` Before you deploy it, add ${copy} behind ${rule} in the tag ${routesTagKey(tagPrefix)} of ${listed(naming.map(({ routeTableId }) => routeTableId))}.`;
}

function routesText(routes: readonly DesiredRoute[], vpcOf: ReadonlyMap<string, string>): string {
  const named = routes
    .slice(0, MOST)
    .map(({ destination, routeTableId }) => `${destination} in ${routeTableId} (${vpcOf.get(routeTableId)})`);
  const more = routes.length > MOST ? ` and ${routes.length - MOST} more` : '';
  return `${routes.length} other ${routes.length === 1 ? 'route' : 'routes'}: ${named.join(', ')}${more}`;
}

/** A destination that is to be left out, and what becomes of it elsewhere. */
interface Leaving {
  readonly helps: Helps;
  readonly blocks: readonly Cidr[];
  readonly blocksText: string;
  /** How many routes the destination becomes where only a part of it is left out. */
  readonly pieces: number;
  /** Tables of the VPC that take the rule's routes. */
  readonly tables: () => readonly RouteTable[];
  readonly others: readonly DesiredRoute[];
  readonly vpcOf: ReadonlyMap<string, string>;
}

function piecesText({ pieces, helps: { claim } }: Leaving): string {
  return pieces > 1
    ? `, which makes ${pieces} routes of ${claim.destination} in each table that takes the rule`
    : '';
}

function silenceText({ table: { routeTableId } }: Helps): string {
  return `To hear nothing of it for a time: peering silence ${shellWord(routeTableId)} --for 30d --because "…" (with all else of that table).`;
}

/** A rule for one peering of one VPC alone, beside the one that routes it. */
function copyText(leaving: Leaving, context: LeaveOutContext): string {
  const { helps, blocks, tables } = leaving;
  const { policy } = context;
  const { claim } = helps;
  const { view, rule } = claim.managed;
  const name = nameBefore(
    rule.name,
    policy.rules.map((each) => each.name),
  );
  const excluded = [...new Set([...rule.routes.exclude, ...blocks.map(({ text }) => text)])];
  const [named, tag] =
    name === undefined
      ? [`under a name that sorts before it`, '']
      : [`named ${name}`, tagText(tables(), rule.name, name, policy)];
  return `add a copy of rule ${rule.name} ${named}, with local.vpcs: [${view.local.vpcId}], remote.vpcs: [${view.remote.vpcId}] and routes.exclude: [${excluded.join(', ')}]${piecesText(leaving)}.${tag}`;
}

function rivalsText(leaving: Leaving, context: LeaveOutContext): string {
  const { claim, rivals = [] } = leaving.helps;
  const { vpcId } = claim.managed.view.local;
  const them = rivals.length === 1 ? `${rivals[0]} is` : `${listed(rivals)} are`;
  return `Decide which peering shall have ${leaving.blocksText} from ${vpcId}. If it is not ${claim.peeringId}: ${copyText(leaving, context)} If ${them} not to have it, the same with the VPC at the other end of that in remote.vpcs.`;
}

function elsewhereText({ others, vpcOf, helps, blocksText }: Leaving, isAllRead: boolean): string {
  const { rule } = helps.claim;
  if (others.length > 0) {
    return `Do not exclude ${blocksText} in rule ${rule} itself: that would take it from ${routesText(others, vpcOf)}.`;
  }
  return isAllRead
    ? ''
    : `Rule ${rule} itself may route ${blocksText} in other Regions, too, which were not looked at here.`;
}

/** A table that has no room for what a destination becomes without a part of it. */
function fullTable(
  { helps: { claim, table }, pieces, tables }: Leaving,
  { regions, policy }: LeaveOutContext,
): RouteTable | undefined {
  const inventory = regions.find(({ region }) => region === table.region);
  const lists = inventory?.prefixLists ?? NO_PREFIX_LISTS;
  return tables().find(
    (each) => usedRoutes(each, lists)[claim.cidr.family] + pieces > policy.guardrails.routesPerTable,
  );
}

function textOf(leaving: Leaving, context: LeaveOutContext): string {
  const { helps, blocksText, pieces, others, vpcOf } = leaving;
  const { regions, managedRegions } = context;
  const { claim } = helps;
  const { local } = claim.managed.view;
  const full = pieces > 1 ? fullTable(leaving, context) : undefined;
  if (full !== undefined) {
    return `To exclude ${blocksText} from rule ${claim.rule} would make ${pieces} routes of ${claim.destination}, for which ${full.routeTableId} has no room (guardrails.routesPerTable). ${silenceText(helps)}`;
  }
  const beside = others.filter(
    ({ routeTableId, peeringId }) => peeringId === claim.peeringId && vpcOf.get(routeTableId) === local.vpcId,
  );
  if (beside.length > 0) {
    return `To exclude ${blocksText} from rule ${claim.rule} would take it from ${routesText(others, vpcOf)}. ${silenceText(helps)}`;
  }
  if (helps.rivals !== undefined) {
    return rivalsText(leaving, context);
  }
  const read = new Set(regions.map(({ region }) => region));
  const isAllRead = managedRegions.every((region) => read.has(region));
  if (others.length === 0 && isAllRead) {
    return `To leave it as it is, exclude ${blocksText} from rule ${claim.rule} (routes.exclude)${piecesText(leaving)}.`;
  }
  return `To leave it as it is, ${copyText(leaving, context)} ${elsewhereText(leaving, isAllRead)}`.trim();
}

function tablesByVpc(regions: readonly RegionInventory[]) {
  const tables = regions.flatMap((inventory) => inventory.tables);
  return {
    vpcOf: new Map(tables.map(({ routeTableId, vpcId }) => [routeTableId, vpcId])),
    tablesOf: groupBy(tables, ({ vpcId }) => [vpcId]),
  };
}

/** Says how what a finding is about is left out of its rule, and what else that would take away; empty where that is no way out. */
export function createLeaveOut(context: LeaveOutContext): (helps: Helps) => string {
  const losing = createLosing(context);
  let known: ReturnType<typeof tablesByVpc> | undefined;
  return (helps) => {
    const { claim, table, leaveOut: blocks } = helps;
    if (blocks === undefined) {
      return '';
    }
    known ??= tablesByVpc(context.regions);
    const { vpcOf, tablesOf } = known;
    const others = blocks
      .flatMap((block) => losing(claim.rule, block))
      .filter((each) => each.routeTableId !== table.routeTableId || each.peeringId !== claim.peeringId);
    const leaving: Leaving = {
      helps,
      blocks,
      blocksText: blocks.map(({ text }) => text).join(', '),
      pieces: subtract(claim.cidr, blocks).length,
      tables: () =>
        (tablesOf.get(table.vpcId) ?? []).filter((each) =>
          selectsRule(optInOf(each, context.policy.tagPrefix), claim.rule),
        ),
      others: [...new Set(others)],
      vpcOf,
    };
    return textOf(leaving, context);
  };
}
