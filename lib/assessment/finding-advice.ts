import type { Finding } from '../model/finding.ts';
import { freezeIn } from '../model/freeze.ts';
import { NO_MEMORY } from '../model/memory.ts';
import { routeCommand } from '../model/route-command.ts';
import type { Decision } from '../policy/decision.ts';
import { isContested } from '../routing/contested.ts';
import { WIDER_ROUTES_HELP } from '../routing/obstacles.ts';
import { NO_PREFIX_LISTS } from '../routing/plan.ts';
import type { Helps, PlannedFinding } from '../routing/planned-finding.ts';
import { usedRoutes } from '../routing/quota.ts';
import { createLeaveOut, type LeaveOutContext } from './leave-out.ts';
import type { NetworkMemory } from './types.ts';

/**
 * What a person can do about findings, written once all is planned: only then is it known what else would follow. Each way that is named
 * mends its finding and takes no route from anything else, or what it takes is said.
 */

export interface AdviceContext extends Omit<LeaveOutContext, 'findings'> {
  readonly memory: NetworkMemory;
  readonly now: Date;
  readonly requests: readonly { readonly decision: Decision }[];
}

/** More than this nobody reads in a sentence. */
const MOST = 3;

/** Why a route to the peering would not be written now, if the one that has its place went; completes a sentence. */
function notWritten({ claim, table }: Helps, context: AdviceContext): string | undefined {
  const { policy, memory, now, regions } = context;
  const remembered = memory.get(table.region) ?? NO_MEMORY;
  const { destination, peeringId, cidr } = claim;
  if (policy.mode === 'observe') {
    return 'the policy says mode: observe';
  }
  if (freezeIn(remembered.notes, now) !== undefined) {
    return 'somebody froze the Region (peering freeze)';
  }
  const isOwn = remembered.routes.get(table.routeTableId)?.get(destination)?.peeringId === peeringId;
  if (isOwn && !policy.drift.repair) {
    return 'the policy says drift.repair: false';
  }
  if (isOwn && isContested(remembered, { routeTableId: table.routeTableId, destination }, now)) {
    return 'something kept undoing that route, so the product leaves it alone for an hour';
  }
  const lists = regions.find(({ region }) => region === table.region)?.prefixLists ?? NO_PREFIX_LISTS;
  return usedRoutes(table, lists)[cidr.family] > policy.guardrails.routesPerTable
    ? 'the table has more routes than guardrails.routesPerTable allows'
    : undefined;
}

/** That a route is written by itself later, or by a person now, and what holds the product back. */
function byHandText(helps: Helps, context: AdviceContext): string {
  const { byHand, claim, table } = helps;
  const held = byHand?.action === 'replace' || helps.follows ? notWritten(helps, context) : undefined;
  if (byHand === undefined) {
    return held === undefined ? '' : `But the product writes nothing there now: ${held}.`;
  }
  const { peeringId, managed } = claim;
  const { region, routeTableId } = table;
  const command = routeCommand(byHand.action, {
    region,
    routeTableId,
    destination: byHand.destination,
    peeringId,
  });
  if (byHand.action === 'delete') {
    return `If its addresses shall use the peering, delete it, as it drops them: ${command}`;
  }
  const when = managed.view.peering.status === 'active' ? '' : `, once ${peeringId} is active`;
  const gap = byHand.action === 'replace' ? 'without a gap, and nothing else moves' : 'nothing else moves';
  const use = `If its addresses shall use the peering${when}, run: ${command} (${gap}).`;
  return held === undefined
    ? use
    : `${use} Do not just delete the route: the product would put none in its place now, as ${held}.`;
}

/** What `guardrails.widerRoutes: allow` would bring about besides: it is for the whole policy. */
function createWiderText(
  findings: readonly PlannedFinding[],
  requests: AdviceContext['requests'],
): (helps: Helps) => string {
  let known: { readonly byTarget: ReadonlyMap<string, number>; readonly requests: number } | undefined;
  const look = () => {
    const byTarget = new Map<string, number>();
    for (const { helps } of findings) {
      if (helps?.widerTo !== undefined) byTarget.set(helps.widerTo, (byTarget.get(helps.widerTo) ?? 0) + 1);
    }
    const waiting = requests.filter(({ decision }) =>
      decision.heldFor?.some((text) => text.includes(WIDER_ROUTES_HELP)),
    );
    return { byTarget, requests: waiting.length };
  };
  return ({ widerTo }) => {
    if (widerTo === undefined) {
      return '';
    }
    known ??= look();
    const others = [...known.byTarget]
      .map(([target, count]) => ({ target, count: target === widerTo ? count - 1 : count }))
      .filter(({ count }) => count > 0);
    const routes = others.reduce((sum, { count }) => sum + count, 0);
    const more = others.length > MOST ? ` and ${others.length - MOST} more targets` : '';
    const from = others.slice(0, MOST).map(({ target }) => target);
    const follows = [
      ...(routes === 0
        ? []
        : [
            `${routes} other ${routes === 1 ? 'route' : 'routes'} would take addresses from ${from.join(', ')}${more}`,
          ]),
      ...(known.requests === 0
        ? []
        : [
            `${known.requests} ${known.requests === 1 ? 'request' : 'requests'} would no longer be held for that`,
          ]),
    ];
    return follows.length === 0
      ? 'guardrails.widerRoutes: allow lets it, too, but for the whole policy, so also for each such route that comes later.'
      : `guardrails.widerRoutes: allow lets it, too, but for the whole policy: ${follows.join(', and ')}.`;
  };
}

/** The findings, each with what a person can do about it. */
export function withAdvice(findings: readonly PlannedFinding[], context: AdviceContext): Finding[] {
  const leaveOut = createLeaveOut({ ...context, findings });
  const widerText = createWiderText(findings, context.requests);
  return findings.map((planned): Finding => {
    // Of a hundred thousand routes that are missing none is for a person to mend.
    if (planned.helps === undefined) {
      return planned;
    }
    const { helps, ...finding } = planned;
    const texts = [
      finding.detail,
      helps.says,
      byHandText(helps, context),
      widerText(helps),
      leaveOut(helps),
    ].filter((text) => text !== '');
    return { ...finding, detail: texts.join(' ') };
  });
}
