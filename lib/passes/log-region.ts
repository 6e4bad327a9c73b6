import { countByKind, driftMetrics } from '../assessment/metrics.ts';
import type { Finding } from '../model/finding.ts';
import { silencedText } from '../model/silence.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import type { RegionView } from './region-view.ts';
import { type FindSilence, silenceIn } from './silenced.ts';

/** Writes into log and metrics what one look at a Region found: every time, also when nothing is wrong. */
export function logRegion(view: RegionView, policy: Policy, journal: Journal, now: Date): void {
  const { region, findings: all, changes } = view;
  const silence = silenceIn(view, now);
  // Alarms are for what somebody has to do, and for a time a person has said that of these nobody has.
  const findings = all.filter((finding) => silence(finding) === undefined);
  const quotas = view.quotas.filter(({ resource }) => !isSilenced(silence, resource));
  for (const warning of view.warnings) {
    journal.warn('left out', { region, reason: warning });
  }
  for (const { resource, reason } of view.notJudged) {
    journal.warn('not judged', { region, resource, reason });
  }
  for (const finding of all) {
    const silenced = silence(finding);
    journal.warn('drift', {
      ...finding,
      ...(silenced === undefined ? {} : { silenced: silencedText(silenced) }),
    });
  }
  for (const { sentence, ...quota } of view.quotas) {
    journal.warn('quota low', { region, ...quota, reason: sentence });
  }
  for (const [name, value] of Object.entries(driftMetrics(findings))) {
    journal.metric(name as keyof ReturnType<typeof driftMetrics>, value);
  }
  journal.metric('QuotaLow', quotas.length);
  if (policy.mode === 'enforce' && isLost(view, silence)) {
    // What was lost when it was checked last is not well because the check does not run: its alarm takes silence for OK.
    journal.metric('PeeringsUnreachable', 1);
  }
  // CloudWatch charges for each metric in each hour in which it gets data, so what is not there gets none.
  for (const [kind, count] of Object.entries(countByKind(findings))) {
    if (count > 0) {
      journal.kindMetric(kind, 'RouteFindings', count);
    }
  }
  if (policy.metrics.perPeering) {
    for (const [peeringId, count] of byPeering(findings)) {
      journal.peeringMetric(peeringId, 'RouteFindings', count);
    }
  }
  if (policy.mode === 'observe') {
    for (const change of changes) {
      journal.info('would change', { ...change });
    }
  }
}

function isLost({ region, assessment }: RegionView, silence: FindSilence): boolean {
  return assessment.findings.some(
    (finding) =>
      finding.kind === 'unreachable' && finding.region === region && silence(finding) === undefined,
  );
}

/** @param resource a route table or a VPC. */
function isSilenced(silence: FindSilence, resource: string): boolean {
  return silence({ routeTableId: resource }) !== undefined || silence({ vpcId: resource }) !== undefined;
}

function byPeering(findings: readonly Finding[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { peeringId } of findings) {
    if (peeringId !== undefined) {
      counts.set(peeringId, (counts.get(peeringId) ?? 0) + 1);
    }
  }
  return counts;
}
