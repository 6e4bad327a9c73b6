import type { Change, DesiredRoute } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { isOptedIn, selectsRule } from '../model/opt-in.ts';
import { printable } from '../model/printable.ts';
import type { Route, RouteTable } from '../model/route-table.ts';
import { routesTagKey } from '../model/tags.ts';
import { type AddressFamily, type Cidr, compareCidrs } from '../network/cidr.ts';
import { orderChanges, type Step } from './order.ts';
import { shadowsOf, targetText } from './shadows.ts';
import { formerRuleOf, type RemovalContext } from './standing.ts';
import type { Claim, HeldClaim, LostClaim, TableState } from './table.ts';

export interface CompareContext extends RemovalContext {
  readonly tagPrefix: string;
  readonly ruleNames: ReadonlySet<string>;
  /** Routes that a table takes, for each address family. */
  readonly routesPerTable: number;
  readonly prefixListEntries: ReadonlyMap<string, number>;
  readonly cidrOf: (destination: string) => Cidr | undefined;
  /** Peerings of which exactly the routes that they should have now were all in place once. */
  readonly synced: ReadonlySet<string>;
}

export interface TableComparison {
  readonly desired: readonly DesiredRoute[];
  readonly changes: readonly Change[];
  readonly pending: readonly DesiredRoute[];
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

type FindingDraft = Omit<Finding, 'repairable'>;

interface PlannedStep extends Step {
  /** The drift that the change mends. */
  readonly finding?: FindingDraft;
  /** The desired route, when it was never written before. */
  readonly pending?: DesiredRoute;
}

const FAMILY_NAMES: Readonly<Record<AddressFamily, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

function compareText(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares one table with what the policy wants in it. docs/drift.md lists the kinds and what is done about each. */
export function compareTable(state: TableState, context: CompareContext): TableComparison {
  const { table, optIn, routes, wanted, claims } = state;
  const { region, routeTableId, vpcId } = table;
  const { cidrOf } = context;
  const where = `${routeTableId} in ${region}`;
  const findings: Finding[] = [];
  const warnings = optInWarnings(state, context);
  const creates: PlannedStep[] = [];
  const replaces: PlannedStep[] = [];
  const deletes: PlannedStep[] = [];

  const desired: DesiredRoute[] = [];
  const hasNone = `, and ${routeTableId} has no such route.`;

  function compareClaim({ cidr, managed, destination, peeringId, rule, sentence }: Claim): void {
    const wish: DesiredRoute = { region, routeTableId, destination, peeringId, rule };
    desired.push(wish);
    const asked = () => `${where} should route ${destination} to ${peeringId} (rule ${rule})`;
    const found = routes.get(destination);
    if (found === undefined) {
      const reason = `${sentence}${hasNone}`;
      if (context.synced.has(peeringId)) {
        creates.push({
          cidr,
          change: { action: 'create', ...wish, reason, mends: 'missing' },
          finding: { kind: 'missing', ...wish, detail: `${asked()}, but has no such route.` },
        });
      } else {
        // Written out, as a spread makes an object of twice the size, and there may be a hundred thousand of these.
        const change: Change = {
          action: 'create',
          region,
          routeTableId,
          destination,
          peeringId,
          rule,
          reason,
        };
        creates.push({ cidr, change, pending: wish });
      }
      return;
    }
    if (found.target.kind !== 'peering') {
      findings.push({
        kind: 'conflict',
        ...wish,
        detail: `${asked()}, but routes it to ${targetText(found.target)}, which is left alone. Delete that route, or exclude the destination from the rule.`,
        repairable: false,
      });
      return;
    }
    if (found.target.id === peeringId) {
      if (found.state === 'blackhole' && managed.view.peering.status === 'active') {
        findings.push({
          kind: 'blackhole',
          ...wish,
          detail: `${where} routes ${destination} to ${peeringId} (rule ${rule}), which is active, but the route is a blackhole and drops its traffic.`,
          repairable: false,
        });
      }
      return;
    }
    const standing = context.standingOf(found, vpcId);
    if (standing.kind === 'unmanaged' || standing.kind === 'untouchable') {
      const why = standing.kind === 'unmanaged' ? 'is not managed by the policy' : standing.why;
      findings.push({
        kind: 'conflict',
        ...wish,
        detail: `${asked()}, but routes it to ${found.target.id}, which ${why} and is left alone. Delete that route, or exclude the destination from the rule.`,
        repairable: false,
      });
      return;
    }
    const instead =
      standing.kind === 'dead'
        ? `${found.target.id}, which ${standing.why}`
        : `${found.target.id}, whose rule ${standing.managed.rule.name} does not ask for it`;
    const reason = `${sentence}; ${routeTableId} routes it to ${instead}.`;
    replaces.push(
      context.synced.has(peeringId)
        ? {
            cidr,
            change: { action: 'replace', ...wish, reason, seen: found, mends: 'wrong-target' },
            finding: { kind: 'wrong-target', ...wish, detail: `${asked()}, but routes it to ${instead}.` },
          }
        : { cidr, change: { action: 'replace', ...wish, reason, seen: found }, pending: wish },
    );
  }

  /** A static route at a destination for which the policy asks nothing in this table. */
  function compareUnclaimed(destination: string, found: Route): void {
    if (found.target.kind !== 'peering') {
      return;
    }
    const peeringId = found.target.id;
    const cidr = cidrOf(destination);
    const standing = context.standingOf(found, vpcId);
    const about = { region, routeTableId, destination, peeringId };
    const has = `${where} routes ${destination} to ${peeringId}`;
    const remove = (kind: 'stale' | 'unexpected', why: string, rule?: string) => {
      const named = { ...about, ...(rule === undefined ? {} : { rule }) };
      if (cidr === undefined) {
        const detail = `${has}, ${why} The product writes plain CIDR routes only, so this one is not its own: delete it by hand.`;
        findings.push({ kind, ...named, detail, repairable: false });
        return;
      }
      deletes.push({
        cidr,
        change: { action: 'delete', ...named, reason: `${has}, ${why}`, seen: found, mends: kind },
        finding: { kind, ...named, detail: `${has}, ${why}` },
      });
    };
    const report = (kind: 'stale' | 'unexpected' | 'untagged', why: string, rule: string | undefined) => {
      findings.push({
        kind,
        ...about,
        ...(rule === undefined ? {} : { rule }),
        detail: `${has}, ${why}`,
        repairable: false,
      });
    };

    switch (standing.kind) {
      case 'untouchable':
        return;
      case 'dead':
        if (isOptedIn(optIn)) {
          remove('stale', `which ${standing.why}.`);
        }
        return;
      case 'managed': {
        const { rule } = standing.managed;
        if (selectsRule(optIn, rule.name)) {
          remove('unexpected', `a destination that rule ${rule.name} does not ask for.`, rule.name);
        } else if (standing.managed.wanted.some(({ text }) => text === cidr?.text)) {
          const tag = routesTagKey(context.tagPrefix);
          report(
            'untagged',
            `as rule ${rule.name} asks of tagged tables, but the table's tag ${tag} does not name that rule. Tag the table, or delete the route by hand.`,
            rule.name,
          );
        } else if (isOptedIn(optIn)) {
          report(
            'unexpected',
            `but the table does not opt in to rule ${rule.name}, and the rule does not ask for that destination. The route is left alone.`,
            rule.name,
          );
        }
        return;
      }
      case 'unmanaged': {
        if (!isOptedIn(optIn)) {
          return;
        }
        const former = formerRuleOf(standing, optIn);
        if (former === undefined && standing.rule !== undefined) {
          report(
            'unexpected',
            `which is live but not managed. The route is left alone. ${standing.why}`,
            standing.rule,
          );
        } else if (former !== undefined && context.onUntag === 'remove') {
          remove(
            'stale',
            `which the policy no longer manages, and drift.onUntag is remove. ${standing.why}`.trim(),
          );
        } else if (former !== undefined) {
          report(
            'stale',
            `which the policy no longer manages; drift.onUntag is keep, so the route stays. ${standing.why}`.trim(),
            standing.rule,
          );
        }
      }
    }
  }

  if (optIn.kind !== 'gateway') {
    for (const claim of claims) {
      compareClaim(claim);
    }
    for (const [destination, route] of routes) {
      if (!wanted.destinations.has(destination)) {
        compareUnclaimed(destination, route);
      }
    }
    for (const lost of state.lost) findings.push(conflictOf(lost, table));
    for (const held of state.held) findings.push(takeoverOf(held, table));
  }

  replaces.sort(byDestination);
  deletes.sort(byDestination);
  // Only a route that is new needs room.
  const used = creates.length === 0 ? { ipv4: 0, ipv6: 0 } : usedRoutes(state, context);
  const ordered = orderChanges(
    { creates, replaces, deletes },
    { ipv4: context.routesPerTable - used.ipv4, ipv6: context.routesPerTable - used.ipv6 },
  );
  const pending: DesiredRoute[] = [];
  for (const step of ordered.steps) {
    if (step.finding) findings.push({ ...step.finding, repairable: true });
    if (step.pending) pending.push(step.pending);
  }
  for (const { change, cidr } of ordered.overLimit) {
    findings.push({
      kind: 'over-limit',
      region,
      routeTableId,
      destination: change.destination,
      peeringId: change.peeringId,
      ...(change.rule === undefined ? {} : { rule: change.rule }),
      detail:
        `${where} should route ${change.destination} to ${change.peeringId} (rule ${change.rule}), but holds ` +
        `${used[cidr.family]} of at most ${context.routesPerTable} ${FAMILY_NAMES[cidr.family]} routes ` +
        '(guardrails.routesPerTable). Remove routes, or have the quota raised.',
      repairable: false,
    });
  }
  for (const { finding } of ordered.heldBack) {
    if (finding) {
      const detail = `${finding.detail} It stays until there is room for the routes that take its place.`;
      findings.push({ ...finding, detail, repairable: false });
    }
  }
  const shadows = shadowsOf(state, cidrOf, new Set(deletes.map(({ change }) => change.destination)));
  findings.push(...shadows.findings);
  warnings.push(...shadows.warnings.sort());

  return {
    desired,
    changes: ordered.steps.map(({ change }) => change),
    pending,
    findings: findings.sort(
      (a, b) =>
        compareDestinations(a.destination, b.destination, cidrOf) ||
        compareText(a.kind, b.kind) ||
        compareText(a.peeringId, b.peeringId),
    ),
    warnings,
  };
}

function byDestination(a: Step, b: Step): number {
  return compareCidrs(a.cidr, b.cidr);
}

/** CIDRs first, then prefix lists by their text. */
function compareDestinations(a = '', b = '', cidrOf: CompareContext['cidrOf'] = () => undefined): number {
  const [first, second] = [cidrOf(a), cidrOf(b)];
  if (first && second) return compareCidrs(first, second);
  return first ? -1 : second ? 1 : compareText(a, b);
}

function conflictOf(
  { destination, peeringId, rule, winner }: LostClaim,
  { region, routeTableId }: RouteTable,
): Finding {
  return {
    kind: 'conflict',
    region,
    routeTableId,
    destination,
    peeringId,
    rule,
    detail:
      `${routeTableId} in ${region} should route ${destination} to ${peeringId} (rule ${rule}), but ` +
      `${winner.peeringId} (rule ${winner.rule}) wants the same destination and has it. ` +
      'Let the two rules name different destinations or tables.',
    repairable: false,
  };
}

function takeoverOf(
  { destination, peeringId, rule, wider }: HeldClaim,
  { region, routeTableId }: RouteTable,
): Finding {
  return {
    kind: 'conflict',
    region,
    routeTableId,
    destination,
    peeringId,
    rule,
    detail:
      `${routeTableId} in ${region} should route ${destination} to ${peeringId} (rule ${rule}), but sends it to ` +
      `${wider.targetId} by the route to ${wider.destination}, and the new route would take that traffic over. ` +
      'Set guardrails.widerRoutes: allow to let it, or exclude the destination from the rule.',
    repairable: false,
  };
}

function optInWarnings({ table, optIn }: TableState, { tagPrefix, ruleNames }: CompareContext): string[] {
  const key = routesTagKey(tagPrefix);
  const where = `${table.routeTableId} in ${table.region}`;
  switch (optIn.kind) {
    case 'none':
      return table.tags[key] === undefined
        ? []
        : [
            `${where}: the tag ${key} is empty, so the table gets no routes. Set it to * or to names of rules.`,
          ];
    case 'gateway':
      return [
        `${where} is associated with ${optIn.gatewayId}; gateway route tables take no peering routes, so it is left alone. Remove its tag ${key}.`,
      ];
    case 'rules': {
      const unknown = [...optIn.rules]
        .filter((rule) => !ruleNames.has(rule))
        .map((rule) => printable(rule, 64));
      return unknown.length === 0
        ? []
        : [`${where}: the tag ${key} names ${unknown.join(', ')}, but the policy has no such rule.`];
    }
    case 'all':
      return [];
  }
}

/**
 * Routes by family, as EC2 counts them against the quota: without propagated routes and the VPC's own, and a prefix
 * list with its maximum entries (VPC quotas, "Route tables"). The family of a prefix list is not part of the route, so it
 * counts for both. Should EC2 count more, it answers RouteLimitExceeded, which apply bears.
 */
function usedRoutes({ routes }: TableState, context: CompareContext): Record<AddressFamily, number> {
  const used = { ipv4: 0, ipv6: 0 };
  for (const [destination, { target }] of routes) {
    if (target.kind === 'local') {
      continue;
    }
    const cidr = context.cidrOf(destination);
    if (cidr) {
      used[cidr.family] += 1;
    } else {
      const entries = context.prefixListEntries.get(destination) ?? 1;
      used.ipv4 += entries;
      used.ipv6 += entries;
    }
  }
  return used;
}
