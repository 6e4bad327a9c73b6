import { classifyAwsError } from '../lib/model/aws-error.ts';
import type { PeeringView } from '../lib/model/peering.ts';
import { type Assessment, assess } from './assess.ts';
import type { Document } from './documents.ts';
import { shown } from './output.ts';
import type { LastPing } from './pings.ts';
import type { Policies } from './policy.ts';
import { endedOf, notJudgedOf } from './rows.ts';
import type { Invocation } from './verb.ts';
import { createViewNotes } from './view-notes.ts';

export interface Status {
  readonly assessment: Assessment;
  readonly document: Document<'status'>;
}

type PingOf = (view: PeeringView) => LastPing | undefined;

/** The last pings live in Systems Manager: a snapshot has none, and neither has an account without the stack. */
async function lastPings(invocation: Invocation, { source, views }: Assessment): Promise<PingOf> {
  if (source.kind === 'snapshot') {
    return () => undefined;
  }
  const { options, output, progress } = invocation;
  progress.doing('Looking for the last pings');
  const [{ findStack }, { defaultRegion }, { createRunCommand }, { readLastPings }] = await Promise.all([
    import('./stack.ts'),
    import('./source/live.ts'),
    import('../lib/aws/run-command.ts'),
    import('./pings.ts'),
  ]);
  const regions = source.scopes.map(({ region }) => region);
  try {
    const stack = await findStack([await defaultRegion(), ...regions], options.stage);
    const documentName = stack?.resources.get('PingDocument');
    if (stack === undefined || documentName === undefined) {
      return () => undefined;
    }
    const commands = createRunCommand({ documentName, mode: 'observe' });
    // Pings are sent from the Region of the stack only.
    const pings = await readLastPings(
      commands,
      stack.region,
      views.map(({ view }) => view),
      new Date(),
    );
    return (view) => pings.get(view);
  } catch (error) {
    output.note(`note: The last pings are not known: ${shown(classifyAwsError(error).message, 300)}`);
    return () => undefined;
  }
}

/** Everything that `status` shows, one line for each view. */
export async function readStatus(invocation: Invocation, policies: Policies): Promise<Status> {
  const assessment = await assess(invocation, policies);
  const pingOf = await lastPings(invocation, assessment);
  invocation.progress.done();
  const notesOf = createViewNotes(assessment);
  const views = assessment.views.map((each): Document<'status'>['views'][number] => {
    const { accountId, view, decision, routes, standing } = each;
    return {
      accountId,
      peeringId: view.peering.peeringId,
      region: view.region,
      localVpc: view.local.vpcId,
      localName: assessment.names.get(view.local.vpcId) ?? null,
      remoteVpc: view.remote.vpcId,
      remoteAccount: view.remote.accountId,
      remoteRegion: view.remote.region,
      status: view.peering.status,
      decision: decision.decision,
      rule: decision.rule ?? null,
      reasons: [...decision.reasons],
      standing,
      routes,
      lastPing: lastPingOf(pingOf(view)),
      notes: notesOf(each),
    };
  });
  return {
    assessment,
    document: {
      views,
      ended: endedOf(assessment),
      notJudged: notJudgedOf(assessment),
      warnings: [...assessment.warnings],
    },
  };
}

function lastPingOf(ping: LastPing | undefined): StatusView['lastPing'] {
  return ping === undefined
    ? null
    : {
        at: ping.at.toISOString(),
        verdict: ping.verdict,
        lossPercent: ping.lossPercent ?? null,
        averageRtt: ping.averageRtt ?? null,
      };
}

type StatusView = Document<'status'>['views'][number];

/** `reachable 0.8 ms, 3 min ago`. */
export function pingText({ lastPing }: Pick<StatusView, 'lastPing'>, now: Date): string {
  if (lastPing === null) {
    return '-';
  }
  const { verdict, lossPercent, averageRtt, at } = lastPing;
  const minutes = Math.max(0, Math.round((now.getTime() - new Date(at).getTime()) / 60_000));
  const detail =
    verdict === 'lossy' && lossPercent !== null
      ? ` ${Math.round(lossPercent)} % lost`
      : averageRtt === null
        ? ''
        : ` ${Math.round(averageRtt * 100) / 100} ms`;
  return `${verdict === 'none' ? 'no verdict' : verdict}${detail}, ${minutes === 0 ? 'just now' : `${minutes} min ago`}`;
}
