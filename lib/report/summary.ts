import { type FindingKind, isOfCheck } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Tone } from './cells.ts';
import { isHeldBack } from './held.ts';
import type { Page } from './html.ts';
import { type ShownAssessment, waitingForPerson } from './shown-assessment.ts';
import type { Status } from './status-views.ts';

/** What the report says first: the counts, and what it is of. */

function fact(count: number, one: string, many: string, tone?: Tone): Page['facts'][number] {
  return { count, what: count === 1 ? one : many, ...(tone === undefined ? {} : { tone }) };
}

/** How many peerings of the kind were found. */
function peeringsFound({ findings }: ShownAssessment, kind: FindingKind): number {
  return new Set(findings.filter((finding) => finding.kind === kind).map(({ peeringId }) => peeringId)).size;
}

function peeringsIn({ document }: Status, state: string): number {
  return new Set(document.views.filter(({ status }) => status === state).map(({ peeringId }) => peeringId))
    .size;
}

/** Whether what the connectivity check found was read at all: it is in the registries alone. */
function isCheckKnown({ accounts }: ShownAssessment): boolean {
  return accounts.every(({ memory }) => [...memory.values()].every(({ registry }) => registry === 'known'));
}

/** The first thing that is read: each count also where it is 0, so that nobody wonders whether it was looked at. */
export function healthLine(status: Status): Page['health'] {
  const { assessment } = status;
  const lost = peeringsFound(assessment, 'unreachable');
  const notChecked = peeringsFound(assessment, 'not-checked');
  const notJudged = assessment.notJudged.length;
  const drift = assessment.findings.filter((finding) => !isOfCheck(finding)).length;
  const waiting = waitingForPerson(assessment).length;
  const bad = lost + notChecked + notJudged + drift;
  const isKnown = isCheckKnown(assessment);
  const check = isKnown
    ? `Lost: ${lost} · not checked: ${notChecked}`
    : 'Lost, not checked: not known, no registry was read';
  return {
    text: `${check} · not judged: ${notJudged} · drift: ${drift} · waiting: ${waiting}`,
    tone: bad > 0 ? 'bad' : waiting > 0 || !isKnown ? 'warn' : 'good',
  };
}

export function factsOf(status: Status): Page['facts'] {
  const { assessment } = status;
  const { findings, notJudged, changes } = assessment;
  const pending = peeringsIn(status, 'pending-acceptance');
  const waiting = waitingForPerson(assessment).length;
  const lost = peeringsFound(assessment, 'unreachable');
  const notChecked = peeringsFound(assessment, 'not-checked');
  const heldBack = changes.filter(isHeldBack).length;
  const free = changes.length - heldBack;
  const warnOf = (count: number): Tone | undefined => (count > 0 ? 'warn' : undefined);
  const clear = findings.length === 0 && notJudged.length === 0;
  return [
    fact(findings.length, 'finding', 'findings', findings.length > 0 ? 'bad' : clear ? 'good' : 'warn'),
    ...(notJudged.length === 0 ? [] : [fact(notJudged.length, 'not judged', 'not judged', 'bad')]),
    fact(peeringsIn(status, 'active'), 'active peering', 'active peerings'),
    ...(lost === 0 ? [] : [fact(lost, 'peering lost', 'peerings lost', 'bad' as const)]),
    ...(notChecked === 0
      ? []
      : [fact(notChecked, 'peering not checked any more', 'peerings not checked any more', 'bad' as const)]),
    fact(pending, 'pending request', 'pending requests', warnOf(waiting)),
    fact(free, 'route change to make', 'route changes to make', warnOf(free)),
    ...(heldBack === 0 ? [] : [fact(heldBack, 'route change held', 'route changes held', 'warn')]),
  ];
}

/** More accounts than this are counted: each stands in the tables. */
const MOST_NAMED = 6;

function modesText(accounts: ShownAssessment['accounts']): string {
  const modes = [...groupBy(accounts, ({ policy }) => [policy.mode])];
  const [[only] = []] = modes;
  if (modes.length === 1) {
    return `policy in mode ${only}`;
  }
  return accounts.length > MOST_NAMED
    ? modes.map(([mode, these]) => `policy of ${these.length} in mode ${mode}`).join(', ')
    : accounts.map(({ accountId, policy }) => `policy of ${accountId} in mode ${policy.mode}`).join(', ');
}

/** Which accounts and Regions the page is of. */
export function aboutOf({ accounts }: ShownAssessment, regions: readonly string[]): string {
  const ids = accounts.map(({ accountId }) => accountId).join(', ');
  const whose =
    accounts.length > MOST_NAMED
      ? `${accounts.length} accounts`
      : `${accounts.length === 1 ? 'Account' : 'Accounts'} ${ids}`;
  return `${whose}, ${[...new Set(regions)].join(', ')}, ${modesText(accounts)}.`;
}
