import type { RegionInventory } from '../model/inventory.ts';
import type { Peering, PeeringSide } from '../model/peering.ts';
import { isPropagated, type RouteTable, tablesByVpc } from '../model/route-table.ts';
import { type Cidr, contains } from '../network/cidr.ts';
import { readDestination } from '../network/destination.ts';
import { coverageOf, isCovered, percentText, sharesOf } from '../routing/coverage.ts';

/**
 * What the checks ask of peerings that auditors bring, judged from what was read: the routes and options that are there,
 * whatever the policy wants. What was not visible is never passed.
 */

export type ComplianceCheckId = 'cis-least-access' | 'prowler-least-privilege' | 'config-dns-resolution';

/** A check that others publish, and by what names. */
export interface ComplianceCheck {
  readonly id: ComplianceCheckId;
  readonly title: string;
  /** As reports of the checks themselves name it, by version. */
  readonly requirements: readonly string[];
  /** What a person does about it. At most 512 characters. */
  readonly remedy: string;
  readonly url: string;
}

/**
 * Numbers by version of the benchmark: Steampipe's and Tenable's copies of CIS AWS Foundations 1.2.0 to 4.0.1. Prowler's check
 * and the rule of AWS Config by the names that their own pages have.
 */
export const CHECKS: Readonly<Record<ComplianceCheckId, ComplianceCheck>> = {
  'cis-least-access': {
    id: 'cis-least-access',
    title: 'Route tables lead only a part of the other VPC to a peering (CIS least access)',
    requirements: [
      'CIS AWS Foundations Benchmark v1.2.0/4.4',
      'CIS AWS Foundations Benchmark v1.3.0/5.4',
      'CIS AWS Foundations Benchmark v1.4.0/5.4',
      'CIS AWS Foundations Benchmark v1.5.0/5.5',
      'CIS AWS Foundations Benchmark v2.0.0/5.5',
      'CIS AWS Foundations Benchmark v3.0.0/5.5',
      'CIS AWS Foundations Benchmark v4.0.1/5.6',
    ],
    remedy:
      'Route only the subnets that are needed: routes.destinations of the rule names blocks, or subnets by their tags (subnetTags). A route that is not the product’s own is for its maker to narrow.',
    url: 'https://www.cisecurity.org/benchmark/amazon_web_services',
  },
  'prowler-least-privilege': {
    id: 'prowler-least-privilege',
    title: 'No route table leads a whole VPC, 0.0.0.0/0 or ::/0 to a peering (Prowler)',
    requirements: ['Prowler/vpc_peering_routing_tables_with_least_privilege'],
    remedy:
      'Replace the routes to whole VPCs by narrower ones: routes.destinations of the rule names blocks, or subnets by their tags (subnetTags). A route that is not the product’s own is for its maker to narrow.',
    url: 'https://hub.prowler.com/check/vpc_peering_routing_tables_with_least_privilege',
  },
  'config-dns-resolution': {
    id: 'config-dns-resolution',
    title: 'Both VPCs of a peering resolve the private DNS names of the other (AWS Config)',
    requirements: ['AWS Config/vpc-peering-dns-resolution-check'],
    remedy:
      'Let each side resolve the other’s names: routes.dnsResolution: true of the rule sets it on the side of this account; the owner of the other VPC sets the other side.',
    url: 'https://docs.aws.amazon.com/config/latest/developerguide/vpc-peering-dns-resolution-check.html',
  },
};

export interface ComplianceResult {
  readonly check: ComplianceCheckId;
  readonly status: 'PASSED' | 'FAILED' | 'NOT_AVAILABLE';
  /** Of whom it is told, and where it was looked. */
  readonly accountId: string;
  readonly region: string;
  readonly peering: Peering;
  /** The side whose tables it is about; left out where it is about both sides. */
  readonly side?: PeeringSide;
  /** Sentences: what was found, or why nothing can be said. */
  readonly reasons: readonly string[];
  /** Route tables that were looked at. */
  readonly tables: readonly string[];
  /** Of these, those for which it failed. */
  readonly failing: readonly string[];
}

/** A peering as one account sees it. */
export interface SeenPeering {
  readonly accountId: string;
  readonly region: string;
  readonly peering: Peering;
  /** The sides to tell of: those of this account, and those that no account that was read has. */
  readonly sides: readonly PeeringSide[];
}

/** What was read of an account in a Region; undefined: nothing. */
export type InventoryOf = (accountId: string, region: string) => RegionInventory | undefined;

interface TableCompliance {
  readonly failures: readonly { readonly routeTableId: string; readonly says: string }[];
  /** Why it cannot be said to have passed. */
  readonly unknown: readonly string[];
  /** What is said of one that passed. */
  readonly evidence: readonly string[];
}

function blocksOf(cidrs: readonly string[]): readonly Cidr[] | undefined {
  const blocks = cidrs.flatMap((text) => readDestination(text) ?? []);
  return blocks.length === 0 || blocks.length < cidrs.length ? undefined : blocks;
}

function toPeerings({ routes }: RouteTable): RouteTable['routes'] {
  return routes.filter((route) => route.target.kind === 'peering' && !isPropagated(route));
}

/** Whether a table has some route to a peering. */
function leadsTo(table: RouteTable, { peeringId }: Peering): boolean {
  return toPeerings(table).some(({ target }) => target.id === peeringId);
}

/** Of one table: whether it leads a whole CIDR of the other VPC to the peering, or more than that VPC has. */
function leastAccess(
  table: RouteTable,
  peering: Peering,
  remote: readonly Cidr[] | undefined,
  { prefixLists = new Map() }: RegionInventory,
): TableCompliance {
  const { routeTableId } = table;
  const beyond = toPeerings(table)
    .filter(({ target }) => target.id === peering.peeringId)
    .flatMap(({ destination }) => readDestination(destination) ?? [])
    .filter((block) => remote !== undefined && !remote.some((cidr) => contains(cidr, block)));
  const failures = beyond.map(({ text }) => ({
    routeTableId,
    says: `${routeTableId} routes ${text} to it, more than the other VPC has.`,
  }));
  if (remote === undefined) {
    return { failures, unknown: [`The CIDRs of the other VPC are not visible.`], evidence: [] };
  }
  const coverage = coverageOf(table, peering.peeringId, remote, prefixLists);
  if (coverage.kind === 'unknown') {
    return { failures, unknown: [`${coverage.why}.`], evidence: [] };
  }
  const whole = remote.filter((cidr) => isCovered(cidr, coverage.routed));
  const shares = sharesOf(remote, coverage.routed).map(
    (share) => `${percentText(share)} of its ${share.family === 'ipv4' ? 'IPv4' : 'IPv6'} range`,
  );
  return {
    failures: [
      ...failures,
      ...whole.map(({ text }) => ({
        routeTableId,
        says: `${routeTableId} leads all of ${text} of the other VPC to it.`,
      })),
    ],
    unknown: [],
    evidence: [`${routeTableId} leads ${shares.join(' and ')} to it.`],
  };
}

function isDefaultRoute(destination: string): boolean {
  return readDestination(destination)?.prefix === 0;
}

/**
 * Of one table: what Prowler compares, each route to any peering with 0.0.0.0/0 and the first IPv4 CIDR of both VPCs. It reads no
 * IPv6 route; a default route of that family is no less wide, and counts here.
 */
function leastPrivilege(table: RouteTable, { requester, accepter }: Peering): TableCompliance {
  const { routeTableId } = table;
  const primaries = [requester, accepter].map(({ cidrs }) => cidrs.find((cidr) => !cidr.includes(':')));
  const failures = toPeerings(table)
    .filter(({ destination }) => isDefaultRoute(destination) || primaries.includes(destination))
    .map(({ destination, target }) => ({
      routeTableId,
      says: `${routeTableId} routes ${destination} to ${target.id}.`,
    }));
  return {
    failures,
    unknown: primaries.includes(undefined) ? ['An IPv4 CIDR of one of the VPCs is not visible.'] : [],
    evidence: [
      `${routeTableId} routes neither 0.0.0.0/0, ::/0 nor the first IPv4 CIDR of either VPC to a peering.`,
    ],
  };
}

/** What was read of a Region, to look into. */
interface SeenRegion {
  readonly inventory: RegionInventory;
  readonly tablesOf: ReturnType<typeof tablesByVpc>;
  readonly peerings: ReadonlyMap<string, Peering>;
}

type SeenIn = (place: Pick<PeeringSide, 'accountId' | 'region'>) => SeenRegion | undefined;

/** Each Region is looked through once, whatever the number of peerings. */
function createSeenIn(inventoryOf: InventoryOf): SeenIn {
  const regions = new Map<RegionInventory, SeenRegion>();
  return ({ accountId, region }) => {
    const inventory = inventoryOf(accountId, region);
    if (inventory === undefined) {
      return undefined;
    }
    const known = regions.get(inventory) ?? {
      inventory,
      tablesOf: tablesByVpc(inventory.tables),
      peerings: new Map(inventory.peerings.map((peering) => [peering.peeringId, peering])),
    };
    regions.set(inventory, known);
    return known;
  };
}

/** Why nothing can be said of the tables of a side, or undefined if something can. */
function unseenTables(
  { accountId, vpcId, region }: PeeringSide,
  seen: SeenPeering,
  inventory: RegionInventory | undefined,
  tables: readonly RouteTable[],
): string | undefined {
  if (inventory === undefined) {
    return accountId === seen.accountId
      ? `The route tables of ${vpcId} were not looked at: ${region} was not read.`
      : `The route tables of ${vpcId} are not visible: they belong to account ${accountId}, which was not read.`;
  }
  // Every VPC has at least its main table.
  return tables.length === 0 ? `The route tables of ${vpcId} could not be read.` : undefined;
}

/** What EC2 showed and nobody could read may be a route of the table. */
function notUnderstood({ skipped: [first] = [], region }: RegionInventory): string[] {
  return first === undefined
    ? []
    : [`Not everything that EC2 shows in ${region} could be understood: ${first}`];
}

function statusOf(
  failures: TableCompliance['failures'],
  unknown: TableCompliance['unknown'],
): ComplianceResult['status'] {
  if (failures.length > 0) return 'FAILED';
  return unknown.length > 0 ? 'NOT_AVAILABLE' : 'PASSED';
}

const NO_ROUTE = 'No route table of the VPC leads to it.';

/** @param far the VPC at the other end of the side. */
function resultsOfSide(
  seen: SeenPeering,
  side: PeeringSide,
  far: PeeringSide,
  seenIn: SeenIn,
): ComplianceResult[] {
  const { inventory, tablesOf } = seenIn(side) ?? {};
  const tables = tablesOf?.get(side.vpcId) ?? [];
  const unseen = unseenTables(side, seen, inventory, tables);
  const { accountId, peering } = seen;
  const region = side.accountId === accountId ? side.region : seen.region;
  const base = { accountId, region, peering, side };
  const resultOf = (
    check: ComplianceCheckId,
    complianceOf: (table: RouteTable) => TableCompliance,
  ): ComplianceResult => {
    if (unseen !== undefined || inventory === undefined) {
      return { check, status: 'NOT_AVAILABLE', ...base, reasons: [unseen ?? ''], tables: [], failing: [] };
    }
    const judgedTables = tables.filter((table) => leadsTo(table, peering)).map(complianceOf);
    const failures = judgedTables.flatMap((judged) => judged.failures);
    const unknown = [
      ...new Set(judgedTables.flatMap((judged) => judged.unknown)),
      ...notUnderstood(inventory),
    ];
    const evidence = judgedTables.flatMap((judged) => judged.evidence);
    const status = statusOf(failures, unknown);
    const passed = evidence.length === 0 ? [NO_ROUTE] : evidence;
    return {
      check,
      status,
      ...base,
      reasons: status === 'PASSED' ? passed : [...failures.map(({ says }) => says), ...unknown],
      tables: tables.map(({ routeTableId }) => routeTableId).sort(),
      failing: [...new Set(failures.map(({ routeTableId }) => routeTableId))].sort(),
    };
  };
  const remote = blocksOf(far.cidrs);
  return [
    resultOf('cis-least-access', (table) => leastAccess(table, peering, remote, inventory ?? NOTHING_READ)),
    resultOf('prowler-least-privilege', (table) => leastPrivilege(table, peering)),
  ];
}

const NOTHING_READ: RegionInventory = {
  accountId: '',
  region: '',
  peerings: [],
  vpcs: new Map(),
  tables: [],
};

/**
 * Both sides have to let the other resolve. AWS Config's page speaks of the accepter's or requester's VPC and does not say
 * whether one is enough, so the stricter reading counts. A peering between accounts shows each only its own side; what was read
 * of the other account shows the other.
 */
function dnsResult({ accountId, region, peering }: SeenPeering, seenIn: SeenIn): ComplianceResult {
  const sides = (['requester', 'accepter'] as const).map((name) => {
    const side = peering[name];
    const there = seenIn(side)?.peerings.get(peering.peeringId);
    return { ...side, dnsResolution: side.dnsResolution ?? there?.[name].dnsResolution };
  });
  const off = sides.filter(({ dnsResolution }) => dnsResolution === false);
  const hidden = sides.filter(({ dnsResolution }) => dnsResolution === undefined);
  const says = [
    ...off.map(({ vpcId }) => `${vpcId} does not let the other side resolve its private DNS names.`),
    ...hidden.map(
      ({ vpcId, accountId: owner }) =>
        `Whether ${vpcId} of account ${owner} lets the other side resolve its private DNS names is not shown here.`,
    ),
  ];
  return {
    check: 'config-dns-resolution',
    status: off.length > 0 ? 'FAILED' : hidden.length > 0 ? 'NOT_AVAILABLE' : 'PASSED',
    accountId,
    region,
    peering,
    reasons: says.length === 0 ? ['Both sides let the other resolve their private DNS names.'] : says,
    tables: [],
    failing: [],
  };
}

/**
 * All checks of the active peerings among these, in their order.
 *
 * @param inventoryOf what was read, of all accounts: the sides of several may be.
 */
export function judgeCompliance(seen: readonly SeenPeering[], inventoryOf: InventoryOf): ComplianceResult[] {
  const seenIn = createSeenIn(inventoryOf);
  return seen
    .filter(({ peering }) => peering.status === 'active')
    .flatMap((each) => {
      const { requester, accepter } = each.peering;
      const ofSides = each.sides.flatMap((side) =>
        resultsOfSide(each, side, side.vpcId === requester.vpcId ? accepter : requester, seenIn),
      );
      return [...ofSides, dnsResult(each, seenIn)];
    });
}
