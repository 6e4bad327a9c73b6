import { countPermanent } from './failure.ts';
import {
  type ForwardDependencies,
  type RegionForwarding,
  settleRegion,
  type Wanted,
} from './settle-forwarding.ts';

/** A Region that is not carried home, and will not be until somebody does something. */
function countNotKept({ journal }: ForwardDependencies, { result, retry }: RegionForwarding): void {
  if (result === 'failed' || result === 'unusable') {
    countPermanent(journal, [{ retry: retry === true }]);
  }
}

/**
 * Keeps in a managed Region what carries its events to the Region of deployment. Nothing is written where all is in
 * place. Called by the sweep, so that what was deleted by hand comes back.
 */
export async function keepForwarding(
  region: string,
  dependencies: ForwardDependencies,
): Promise<RegionForwarding> {
  if (region === dependencies.homeRegion) {
    return { region, result: 'kept', changes: [] };
  }
  const result = await settleRegion(dependencies, region, 'kept');
  countNotKept(dependencies, result);
  return result;
}

/**
 * A role that CloudFormation made a moment ago is not known everywhere yet (IAM user guide, "Changes that I make are not
 * always immediately visible"), so a deployment's first calls may be denied. Together less than the function's time.
 */
const DEPLOYMENT_WAITS_MS = [2000, 4000, 8000, 16_000, 30_000];

async function settleAtDeployment(
  dependencies: ForwardDependencies,
  region: string,
  wanted: Wanted,
): Promise<RegionForwarding> {
  let result = await settleRegion(dependencies, region, wanted);
  for (const wait of DEPLOYMENT_WAITS_MS) {
    if (result.result !== 'failed') {
      break;
    }
    await dependencies.sleep(wait);
    result = await settleRegion(dependencies, region, wanted);
  }
  // What was denied at first and is permitted now was never a failure.
  if (wanted === 'kept') {
    countNotKept(dependencies, result);
  }
  return result;
}

/** What people are told of at a deployment, by the beginning of the subject. */
const TOLD = [
  ['unusable', 'not managed in', 'action'],
  // So it is in some partitions, whatever anybody does.
  ['by-sweep', 'found by the sweep only in', 'notice'],
] as const;

export interface ForwardingDeployment {
  /** The managed Regions from now on. */
  readonly keep: readonly string[];
  /** Those that were managed until now. */
  readonly remove: readonly string[];
}

/**
 * Brings forwarding to what a deployment asks for, all Regions side by side; a failing one delays no other. People are
 * told of a Region that cannot be used, or whose events stay there: the deployment goes on.
 */
export async function deployForwarding(
  { keep, remove }: ForwardingDeployment,
  dependencies: ForwardDependencies,
): Promise<RegionForwarding[]> {
  const elsewhere = (region: string) => region !== dependencies.homeRegion;
  const kept = new Set(keep.filter(elsewhere));
  const removed = new Set(remove.filter(elsewhere).filter((region) => !kept.has(region)));
  const results = await Promise.all([
    ...[...kept].map((region) => settleAtDeployment(dependencies, region, 'kept')),
    ...[...removed].map((region) => settleAtDeployment(dependencies, region, 'removed')),
  ]);
  for (const [result, subject, severity] of TOLD) {
    const found = results.filter((each) => each.result === result && kept.has(each.region));
    if (found.length > 0) {
      await dependencies.topic.notify({
        severity,
        subject: `VPC peering: ${subject} ${found.map(({ region }) => region).join(', ')}`.slice(0, 100),
        message: found.map(({ reason }) => reason ?? '').join('\n'),
      });
    }
  }
  return results;
}
