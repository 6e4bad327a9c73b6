import type { Change } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Clock, Pace } from '../ports/pace.ts';
import type { RouteEc2 } from '../ports/route-ec2.ts';
import { runLimited } from '../ports/run-limited.ts';
import { createChangeCalls } from './change-calls.ts';
import type { ChangeOutcome, TableOutcome } from './change-outcome.ts';
import { changeTable } from './change-table.ts';
import { notMade } from './outcome-texts.ts';

export interface ApplyOptions {
  readonly ec2: RouteEc2;
  readonly pace: Pace;
  readonly clock: Pick<Clock, 'now'>;
  readonly mode: 'enforce' | 'observe';
  /** Milliseconds since the epoch; changes whose turn has not come by then are returned as `handedOn`. */
  readonly deadline?: number;
  /** Given: a table whose tag `<prefix>:routes` no longer selects the change's rule when it is read again is left alone. */
  readonly tagPrefix?: string;
  /** Tables of one Region that are worked on at the same time; calls stay paced. */
  readonly concurrency?: number;
}

export interface ApplyResult {
  /** One per change that was dealt with, in the order of the changes. */
  readonly outcomes: readonly ChangeOutcome[];
  /** What came to light on the way: `conflict`, `over-limit`. */
  readonly findings: readonly Finding[];
  /** Changes that the deadline left over, in order. */
  readonly handedOn: readonly Change[];
}

/** Enough to keep EC2's buckets busy at some 100 ms a call, few enough for a small function's memory and sockets. */
const DEFAULT_CONCURRENCY = 8;

/**
 * Carries out a plan's changes, in their order within each table; tables and Regions don't wait for each other's
 * failures. Never throws for a failed call: every change ends in an outcome or in `handedOn`. A change that something
 * holds (`heldBy`) is never made, whoever hands it in.
 *
 * The table is read again right before each replace and each delete, and the change is skipped if the route is not
 * the one the plan saw: EC2 has no compare-and-set for routes, so this keeps the window small. A create needs no read,
 * because EC2 refuses to create over an existing route; only in a long pass the table is read again now and then, in
 * case it opted out meanwhile.
 */
export async function applyPlan(changes: readonly Change[], options: ApplyOptions): Promise<ApplyResult> {
  if (options.mode === 'observe') {
    return { outcomes: changes.map(notCarriedOut), findings: [], handedOn: [] };
  }
  const { ec2, pace, clock, tagPrefix } = options;
  const deadline = options.deadline ?? Number.POSITIVE_INFINITY;
  const settled = new Map<Change, TableOutcome>();
  const tableOptions = {
    calls: createChangeCalls({ ec2, pace, deadline }),
    clock,
    startedAt: clock.now(),
    deadline,
    settle: (change: Change, outcome: TableOutcome) => settled.set(change, outcome),
    ...(tagPrefix === undefined ? {} : { tagPrefix }),
  };
  await Promise.all(
    [...groupBy(changes, ({ region }) => [region]).values()].map((inRegion) =>
      runLimited(
        [...groupBy(inRegion, ({ routeTableId }) => [routeTableId]).values()],
        options.concurrency ?? DEFAULT_CONCURRENCY,
        (inTable) => changeTable(inTable, tableOptions),
      ),
    ),
  );
  return resultOf(changes, settled);
}

/** What `mode: observe` holds is what would have been done; what something else holds too would not. */
function notCarriedOut(change: Change): ChangeOutcome {
  const { heldBy } = change;
  return heldBy === undefined || heldBy === 'observe'
    ? { change, outcome: 'observed', reason: change.reason }
    : { change, ...notMade(change, heldBy) };
}

function resultOf(changes: readonly Change[], settled: ReadonlyMap<Change, TableOutcome>): ApplyResult {
  const outcomes: ChangeOutcome[] = [];
  const findings: Finding[] = [];
  const handedOn: Change[] = [];
  for (const change of changes) {
    const outcome = settled.get(change);
    if (outcome === undefined) {
      handedOn.push(change);
      continue;
    }
    const { finding, stops: _, ...ofChange } = outcome;
    outcomes.push({ change, ...ofChange });
    if (finding) findings.push(finding);
  }
  return { outcomes, findings, handedOn };
}
