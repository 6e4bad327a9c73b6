import type { Document } from './documents.ts';
import { HEALTHS, type Health } from './health-words.ts';
import { isHeld } from './held.ts';
import type { Paint } from './output.ts';
import type { ViewFacts } from './view-notes.ts';

type View = Pick<
  Document<'status'>['views'][number],
  'check' | 'lastPing' | 'standing' | 'decision' | 'routes'
>;

const PAINTS: Readonly<Record<Health, Paint | undefined>> = {
  lost: 'red',
  'not-checked': 'red',
  impaired: 'yellow',
  drift: 'red',
  'not-judged': 'red',
  'one-sided': 'yellow',
  waiting: 'yellow',
  held: 'yellow',
  incomplete: 'yellow',
  'no-table': 'yellow',
  expired: 'dim',
  unmanaged: 'dim',
  requested: 'dim',
  ok: 'green',
};

export function healthPaint(health: Health): Paint | undefined {
  return PAINTS[health];
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
  { findings, changes, isOursToAnswer, isNotJudged, isUntagged }: ViewFacts,
): Health {
  const kinds = new Set(findings.map(({ kind }) => kind));
  const drift = [...kinds].some((kind) => !['one-sided', 'unreachable', 'not-checked'].includes(kind));
  const isTrue: Readonly<Record<Health, boolean>> = {
    lost: checkedHealth(view) === 'lost' || kinds.has('unreachable'),
    'not-checked': checkedHealth(view) === 'not-checked' || kinds.has('not-checked'),
    impaired: checkedHealth(view) === 'impaired',
    drift,
    'not-judged': view.standing === 'undecidable' || isNotJudged,
    'one-sided': kinds.has('one-sided'),
    waiting: isOursToAnswer && view.standing === 'request' && view.decision === 'hold',
    held: changes.some(isHeld),
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
