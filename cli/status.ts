import type { Reachability } from '../lib/assessment/types.ts';
import { type LastPing, lastPingOf, pingNotes } from '../lib/connectivity/last-ping.ts';
import { type AssessedView, type Assessment, assess } from './assess.ts';
import type { Document } from './documents.ts';
import { healthOf } from './health.ts';
import type { Policies } from './policy.ts';
import { endedOf, judgedByOf, notJudgedOf } from './rows.ts';
import { expiresOf } from './times.ts';
import type { Invocation } from './verb.ts';
import { createViewFacts, notesOf } from './view-notes.ts';

export interface Status {
  readonly assessment: Assessment;
  readonly document: Document<'status'>;
}

/** What record-connectivity noted in the registry of each account: a snapshot has what was there when it was saved. */
function lastPings({ accounts }: Assessment): (view: AssessedView) => LastPing | undefined {
  const notes = new Map(
    accounts.flatMap(({ accountId, memory }) =>
      [...memory].map(([region, { notes }]) => [`${accountId} ${region}`, pingNotes(notes)] as const),
    ),
  );
  return ({ accountId, view }) =>
    lastPingOf(view, notes.get(`${accountId} ${view.region}`)?.get(view.peering.peeringId));
}

/** Everything that `status` shows, one line for each view. */
export async function readStatus(invocation: Invocation, policies: Policies): Promise<Status> {
  const assessment = await assess(invocation, policies);
  const pingOf = lastPings(assessment);
  invocation.progress.done();
  const factsOf = createViewFacts(assessment);
  const views = assessment.views.map((each): Document<'status'>['views'][number] => {
    const { accountId, view, decision, routes, standing } = each;
    const facts = factsOf(each);
    const judged = {
      standing,
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
  return {
    assessment,
    document: {
      views,
      ended: endedOf(assessment),
      notJudged: notJudgedOf(assessment),
      judgedBy: judgedByOf(assessment),
      warnings: [...assessment.warnings],
    },
  };
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

type StatusView = Document<'status'>['views'][number];

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
