import { HEALTHS, type Health } from './health-words.ts';
import { isHeldBack } from './held.ts';
import type { StatusView } from './status-view.ts';
import type { ViewFacts } from './view-notes.ts';

type View = Pick<StatusView, 'check' | 'lastPing' | 'standing' | 'decision' | 'routes'>;

/** How a health is to be shown: `quiet` where there is nothing to look at and nothing to praise. */
export type HealthTone = 'good' | 'warn' | 'bad' | 'quiet';

const TONES: Readonly<Record<Health, HealthTone>> = {
  lost: 'bad',
  'not-checked': 'bad',
  impaired: 'warn',
  drift: 'bad',
  'not-judged': 'bad',
  'one-sided': 'warn',
  waiting: 'warn',
  held: 'warn',
  incomplete: 'warn',
  'no-table': 'warn',
  expired: 'quiet',
  unmanaged: 'quiet',
  requested: 'quiet',
  ok: 'good',
};

export function healthTone(health: Health): HealthTone {
  return TONES[health];
}

/** What the check says: undefined where it has nothing to complain of, or does not look. */
function checkedHealth({ check, lastPing }: View): Health | undefined {
  if (check?.state === 'lost' || lastPing?.verdict === 'unreachable') return 'lost';
  if (check?.state === 'not-checked') return 'not-checked';
  return lastPing === null || ['reachable', 'none'].includes(lastPing.verdict) ? undefined : 'impaired';
}

/** The worst word that is true of a side. `ok` is said only where it was judged, routed and nothing was found. */
export function healthOf(
  view: View,
  { findings, changes, waitsForPerson, isNotJudged, isUntagged }: ViewFacts,
): Health {
  const kinds = new Set(findings.map(({ kind }) => kind));
  const drift = findings.some(
    ({ kind, awaited }) => awaited !== true && !['one-sided', 'unreachable', 'not-checked'].includes(kind),
  );
  const isTrue: Readonly<Record<Health, boolean>> = {
    lost: checkedHealth(view) === 'lost' || kinds.has('unreachable'),
    'not-checked': checkedHealth(view) === 'not-checked' || kinds.has('not-checked'),
    impaired: checkedHealth(view) === 'impaired',
    drift,
    'not-judged': view.standing === 'undecidable' || isNotJudged,
    'one-sided': kinds.has('one-sided'),
    waiting: waitsForPerson && view.standing === 'request',
    held: changes.some(isHeldBack) || findings.some(({ awaited }) => awaited === true),
    incomplete:
      view.standing !== 'request' && (changes.length > 0 || view.routes.present < view.routes.desired),
    'no-table': isUntagged,
    expired: view.standing === 'expired',
    unmanaged: view.standing === 'unmanaged',
    requested: view.standing === 'request',
    ok: true,
  };
  return HEALTHS.find((health) => isTrue[health]) ?? 'not-judged';
}
