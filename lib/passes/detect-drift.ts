import { countByKind, driftMetrics } from '../messages/drift.ts';
import type { Finding } from '../model/finding.ts';
import type { Hint } from '../model/hint.ts';
import { isOptedIn, optInOf } from '../model/opt-in.ts';
import type { Journal } from '../ports/journal.ts';
import type { NetworkReader } from '../ports/network-reader.ts';
import type { OrganizationLookup } from '../ports/organization.ts';
import { decodeHistory, EMPTY_HISTORY } from '../routing/contested.ts';
import { wantedOptions } from '../routing/options.ts';
import { plan } from '../routing/plan.ts';
import { quotaWarnings } from '../routing/quota.ts';
import { permittedChanges } from '../routing/repair.ts';
import { syncMarkOf } from '../routing/synced.ts';
import { readOrganization } from './organization.ts';
import { readInventory } from './read-inventory.ts';
import { WORK_HANDED_ON } from './sync-routes.ts';
import { type TellDependencies, tellFindings } from './tell-findings.ts';

export interface DriftDependencies extends Omit<TellDependencies, 'region'> {
  readonly managedRegions: readonly string[];
  readonly reader: NetworkReader;
  /** Left out: nothing of the organization can be read. */
  readonly organization?: OrganizationLookup;
  readonly journal: Journal;
}

export interface DriftSummary {
  readonly region: string;
  readonly findings: readonly Finding[];
  /** Changes left to sync-routes: repairs, and work that no event announced. */
  readonly handedOn: number;
}

/**
 * Compares a Region's tables with the policy, says how they differ, and leaves to sync-routes what has to be done.
 * On a sweep this is the only function that reads the tables: in a settled account there is nothing to hand on.
 *
 * @param hints events about the Region that came together; one look answers all of them.
 */
export async function detectDrift(
  region: string,
  hints: readonly Hint[],
  dependencies: DriftDependencies,
): Promise<DriftSummary> {
  const { accountId, policy, managedRegions, reader, state, bus, journal, now } = dependencies;
  const inventory = await readInventory(reader, { accountId, region });
  const organization = await readOrganization([inventory], dependencies);
  const planned = plan(inventory, policy, { managedRegions, ...organization.facts });
  for (const warning of planned.warnings) {
    journal.warn('left out', { region, reason: warning });
  }

  // The history matters only to repairs, so without one it is not read.
  const text = planned.changes.some(({ mends }) => mends !== undefined)
    ? await state.read('repairs', region)
    : undefined;
  const history = text === undefined ? EMPTY_HISTORY : decodeHistory(text).history;
  const permitted = permittedChanges(planned.changes, { repair: policy.drift.repair, history, now: now() });
  const findings = [...planned.findings, ...permitted.findings];
  for (const finding of findings) {
    journal.warn('drift', { ...finding });
  }

  const quotas = quotaWarnings(
    inventory.tables.filter((table) => isOptedIn(optInOf(table, policy.tagPrefix))),
    new Map(
      planned.decisions.flatMap(({ view, facts }) =>
        facts.activePeerings === undefined ? [] : [[view.local.vpcId, facts.activePeerings] as const],
      ),
    ),
    policy,
  );
  for (const { sentence, ...quota } of quotas) {
    journal.warn('quota low', { region, ...quota, reason: sentence });
  }

  const metrics = driftMetrics(findings, policy.mode === 'observe' ? planned.changes : permitted.withheld);
  for (const [name, value] of Object.entries(metrics) as [keyof typeof metrics, number][]) {
    journal.metric(name, value);
  }
  journal.metric('QuotaLow', quotas.length);
  // CloudWatch charges for each metric in each hour in which it gets data, so what is not there gets none.
  for (const [kind, count] of Object.entries(countByKind(findings))) {
    if (count > 0) {
      journal.kindMetric(kind, 'RouteFindings', count);
    }
  }
  if (policy.metrics.perPeering) {
    const byPeering = new Map<string, number>();
    for (const { peeringId } of findings) {
      if (peeringId !== undefined) {
        byPeering.set(peeringId, (byPeering.get(peeringId) ?? 0) + 1);
      }
    }
    for (const [peeringId, count] of byPeering) {
      journal.peeringMetric(peeringId, 'RouteFindings', count);
    }
  }

  const unmarked = inventory.peerings.filter(({ peeringId, ...peering }) => {
    const fingerprint = planned.fingerprints.get(peeringId);
    return fingerprint !== undefined && syncMarkOf(peering, policy.tagPrefix)?.fingerprint !== fingerprint;
  });
  const options = wantedOptions(planned.decisions, policy).filter(({ settable }) => settable);
  const work = permitted.changes.length + options.length + unmarked.length;
  try {
    await tellFindings({ ...dependencies, region }, findings, hints, permitted.withheld);
  } finally {
    // A message that cannot be sent is no reason to leave a route broken.
    if (work > 0 && policy.mode === 'enforce') {
      await bus.publish([{ type: WORK_HANDED_ON, detail: { accountId, region, changes: work } }]);
    }
  }
  if (policy.mode === 'observe') {
    for (const change of permitted.changes) {
      journal.info('would change', { ...change });
    }
  }
  return { region, findings, handedOn: policy.mode === 'enforce' ? work : 0 };
}
