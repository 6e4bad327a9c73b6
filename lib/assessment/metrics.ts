import { FINDING_KINDS, type Finding, type FindingKind } from '../model/finding.ts';
import { followsByItself } from '../model/held-by.ts';

/** How many findings there are of each kind; every kind is named, so that a metric falls back to 0. */
export function countByKind(findings: readonly Finding[]): Record<FindingKind, number> {
  const counts = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  for (const { kind } of findings) {
    counts[kind] += 1;
  }
  return counts;
}

/** Values of the metrics of the same names. docs/drift.md says which kinds count where. */
export interface DriftMetrics {
  readonly RouteDrift: number;
  /** What the product does not mend by itself and leaves to people, of every kind; those that follow are in it, too. */
  readonly RouteDriftUnrepaired: number;
  readonly RouteConflict: number;
  readonly RoutesContested: number;
  readonly ActiveButNotAllowed: number;
}

/** Now, or as soon as what it waits for has come by itself. */
function isBeingRepaired(finding: Finding): boolean {
  return finding.repairable && (finding.heldBy === undefined || followsByItself(finding));
}

/** Nobody has to act: the policy says that it is waited for. */
function isAwaited({ awaited }: Finding): boolean {
  return awaited === true;
}

/** Findings that are no drift of a route, and that end only when a person does something. */
const LEFT_TO_PEOPLE = [
  'mass-delete',
  'conflict',
  'contested',
  'active-but-not-allowed',
  'not-connected',
] as const;

/** Whether routes drifted from what they were, as opposed to what nobody changed. */
function isDrift(finding: Finding): boolean {
  switch (finding.kind) {
    // Left to people, or an alarm of its own.
    case 'conflict':
    case 'contested':
    case 'active-but-not-allowed':
    case 'not-connected':
    case 'unreachable':
    case 'not-checked':
    // Not drift of a route, but a plan that is kept back: `RouteDriftUnrepaired` alone.
    case 'mass-delete':
    // The tables here are as they should be.
    case 'one-sided':
      return false;
    // Cleaning up after a peering that ended is expected.
    case 'stale':
      return !isBeingRepaired(finding);
    // Somebody else's route: told once, and left to them.
    case 'unexpected':
      return finding.repairable;
    default:
      return true;
  }
}

export function driftMetrics(findings: readonly Finding[]): DriftMetrics {
  const counts = countByKind(findings);
  const drift = findings.filter(isDrift);
  // Nobody checks, so no other alarm can ring for it.
  const stopped = findings.filter(({ checkStopped }) => checkStopped === true).length;
  const left =
    LEFT_TO_PEOPLE.reduce((sum, kind) => sum + counts[kind], stopped) - findings.filter(isAwaited).length;
  return {
    RouteDrift: drift.length,
    RouteDriftUnrepaired: drift.filter((finding) => !isBeingRepaired(finding)).length + left,
    RouteConflict: counts.conflict,
    RoutesContested: counts.contested,
    ActiveButNotAllowed: counts['active-but-not-allowed'],
  };
}
