import type { Reachability } from '../assessment/types.ts';
import { type LastPing, lastPingOf, pingNotes } from '../connectivity/last-ping.ts';
import { expiresOf } from './expiry.ts';
import { healthOf } from './health.ts';
import type { AssessedView, ShownAssessment } from './shown-assessment.ts';
import type { StatusView } from './status-view.ts';
import { createViewFacts, notesOf } from './view-notes.ts';

/** What is shown, and each view of it. */
export interface Status {
  readonly assessment: ShownAssessment;
  readonly document: { readonly views: readonly StatusView[] };
}

/** What record-connectivity noted in the registry of each account: a snapshot has what was there when it was saved. */
function lastPings({ accounts }: ShownAssessment): (view: AssessedView) => LastPing | undefined {
  const notes = new Map(
    accounts.flatMap(({ accountId, memory }) =>
      [...memory].map(([region, { notes }]) => [`${accountId} ${region}`, pingNotes(notes)] as const),
    ),
  );
  return ({ accountId, view }) =>
    lastPingOf(view, notes.get(`${accountId} ${view.region}`)?.get(view.peering.peeringId));
}

/** One line for each view. */
export function statusViews(assessment: ShownAssessment): StatusView[] {
  const pingOf = lastPings(assessment);
  const factsOf = createViewFacts(assessment);
  return assessment.views.map((each): StatusView => {
    const { accountId, view, decision, routes, management } = each;
    const facts = factsOf(each);
    const judged = {
      standing: management,
      decision: decision.decision,
      routes,
      expires: expiresOf(each),
      lastPing: pingDocument(pingOf(each)),
      check: checkOf(each.reachability),
    };
    return {
      health: healthOf(judged, facts),
      accountId,
      peeringId: view.peering.peeringId,
      peeringName: assessment.names.get(view.peering.peeringId) ?? null,
      region: view.region,
      localVpc: view.local.vpcId,
      localName: assessment.names.get(view.local.vpcId) ?? null,
      remoteVpc: view.remote.vpcId,
      remoteName: assessment.names.get(view.remote.vpcId) ?? null,
      remoteAccount: view.remote.accountId,
      remoteRegion: view.remote.region,
      status: view.peering.status,
      rule: decision.rule ?? null,
      reasons: [...decision.reasons],
      ...judged,
      notes: notesOf(facts),
    };
  });
}

function pingDocument(ping: LastPing | undefined): StatusView['lastPing'] {
  return ping === undefined
    ? null
    : {
        at: ping.at.toISOString(),
        verdict: ping.verdict,
        worst: ping.worst ?? null,
        lossPercent: ping.lossPercent ?? null,
        averageRtt: ping.averageRtt ?? null,
        roundTripTimes: ping.rtt === undefined ? null : { ...ping.rtt, mdev: ping.rtt.mdev ?? null },
        priceClasses: [...ping.priceClasses],
        sources: [...ping.sources],
        targets: [...ping.targets],
      };
}

function checkOf(reachability: Reachability | undefined): StatusView['check'] {
  if (reachability === undefined) {
    return null;
  }
  const { wasChecked, lost, notChecked } = reachability;
  if (notChecked !== undefined) {
    return {
      state: 'not-checked',
      since: new Date(notChecked.since * 1000).toISOString(),
      why: notChecked.why,
    };
  }
  const state = lost.length > 0 ? 'lost' : wasChecked ? 'checked' : 'never-checked';
  return { state, since: null, why: null };
}

function ageText(at: string, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - new Date(at).getTime()) / 60_000));
  if (minutes === 0) {
    return 'just now';
  }
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

function pingDetail({ verdict, lossPercent, averageRtt }: NonNullable<StatusView['lastPing']>): string {
  if (verdict === 'lossy' && lossPercent !== null) {
    return ` ${Math.round(lossPercent)} % lost`;
  }
  return averageRtt === null || verdict !== 'reachable' ? '' : ` ${rounded(averageRtt)} ms`;
}

/** `reachable 0.8 ms, 3 min ago`; `not checked since 3 min ago`; `never checked`. */
export function pingText({ lastPing, check }: Pick<StatusView, 'lastPing' | 'check'>, now: Date): string {
  if (check?.state === 'not-checked' && check.since !== null) {
    return `not checked since ${ageText(check.since, now)}`;
  }
  if (lastPing === null) {
    return { lost: 'lost, no ping lately', 'never-checked': 'never checked' }[check?.state as string] ?? '-';
  }
  const { verdict, worst, at } = lastPing;
  // That a port is lost is not that pings are.
  const what = verdict !== 'reachable' && worst?.startsWith('TCP') ? `${worst} ` : '';
  return `${what}${verdict === 'none' ? 'no verdict' : verdict}${pingDetail(lastPing)}, ${ageText(at, now)}`;
}

/** How a ping is to be shown: what is lost and what nobody looks at is not fine. */
export function pingTone({
  lastPing,
  check,
}: Pick<StatusView, 'lastPing' | 'check'>): 'good' | 'warn' | 'bad' | undefined {
  if (check?.state === 'not-checked' || check?.state === 'lost' || lastPing?.verdict === 'unreachable') {
    return 'bad';
  }
  if (lastPing === null) {
    return check?.state === 'never-checked' ? 'warn' : undefined;
  }
  return lastPing.verdict === 'reachable' ? 'good' : 'warn';
}
