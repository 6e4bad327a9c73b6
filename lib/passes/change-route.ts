import type { Change } from '../model/change.ts';
import type { Route } from '../model/route-table.ts';
import { type ChangeCalls, FailedCall } from './change-calls.ts';
import type { TableOutcome } from './change-outcome.ts';
import {
  alreadySo,
  conflict,
  failure,
  notAsSeen,
  skipped,
  tableFull,
  tableGone,
  written,
} from './outcome-texts.ts';
import { staticRouteTo, type TableReading } from './table-reading.ts';
import { livingPeering } from './vanished-peering.ts';

export interface RouteContext {
  readonly calls: ChangeCalls;
  readonly reading: TableReading;
}

/** Carries out one change. Never throws for a failed call, only where the deadline comes before the next one. */
export async function changeRoute(change: Change, context: RouteContext): Promise<TableOutcome> {
  try {
    return await (change.action === 'create' ? create(change, context) : replaceOrDelete(change, context));
  } catch (error) {
    return failure(failedCall(error), change);
  }
}

function failedCall(error: unknown): FailedCall {
  if (error instanceof FailedCall) return error;
  throw error;
}

/** Needs no read: EC2 refuses to create over an existing route. Only in a long pass the tags are looked at again. */
async function create(change: Change, context: RouteContext): Promise<TableOutcome> {
  const { calls, reading } = context;
  if (reading.isOld && (await reading.again(change)) === undefined) {
    return tableGone(change);
  }
  const untagged = reading.lostTag(change);
  if (untagged !== undefined) {
    return skipped(untagged);
  }
  const { region, routeTableId, destination, peeringId } = change;
  try {
    await calls.createRoute({ region, routeTableId, destination, peeringId });
    return written(change);
  } catch (error) {
    return afterRefusedCreate(failedCall(error), change, context);
  }
}

async function afterRefusedCreate(
  failed: FailedCall,
  change: Change,
  { reading }: RouteContext,
): Promise<TableOutcome> {
  if (failed.info.kind === 'limit') {
    return tableFull(change, failed);
  }
  if (isMissingTable(failed)) {
    return tableNotFound(failed, change, reading);
  }
  if (failed.info.code.toLowerCase() !== 'routealreadyexists') {
    return failure(failed, change);
  }
  const table = await reading.again(change);
  if (table === undefined) {
    return tableGone(change);
  }
  const found = staticRouteTo(table, change.destination);
  if (found === undefined) {
    return failure(failed, change);
  }
  return found.target.id === change.peeringId ? alreadySo(change) : conflict(change, found, failed.info.code);
}

async function replaceOrDelete(change: Change, context: RouteContext): Promise<TableOutcome> {
  const { calls, reading } = context;
  // Before the table is read, so that nothing comes between that reading and the write.
  const thereAfterAll = await livingPeering(change, calls);
  const hindrance = await hindranceIn(change, reading);
  if (hindrance !== undefined) {
    return hindrance;
  }
  if (thereAfterAll !== undefined) {
    return skipped(thereAfterAll);
  }
  const { action, region, routeTableId, destination, peeringId } = change;
  try {
    await (action === 'delete'
      ? calls.deleteRoute({ region, routeTableId, destination })
      : calls.replaceRoute({ region, routeTableId, destination, peeringId }));
    return written(change);
  } catch (error) {
    const failed = failedCall(error);
    if (isMissingTable(failed)) {
      return tableNotFound(failed, change, reading);
    }
    return action === 'delete' && failed.info.code.toLowerCase() === 'invalidroute.notfound'
      ? alreadySo(change)
      : failure(failed, change);
  }
}

/** Reads the table again and says what keeps the change from being made in it, if anything. */
async function hindranceIn(change: Change, reading: TableReading): Promise<TableOutcome | undefined> {
  const { action, destination, peeringId, seen } = change;
  const table = await reading.again(change);
  if (table === undefined) {
    return tableGone(change);
  }
  const untagged = reading.lostTag(change);
  if (untagged !== undefined) {
    return skipped(untagged);
  }
  const found = staticRouteTo(table, destination);
  if (action === 'delete' ? found === undefined : found?.target.id === peeringId) {
    return alreadySo(change);
  }
  return found === undefined || seen === undefined || !isStillSeen(found, seen)
    ? notAsSeen(change, found)
    : undefined;
}

/** Whether a route is still the one that the plan saw. A blackhole that works again belongs to a living peering. */
function isStillSeen(route: Route, seen: Route): boolean {
  return (
    route.target.kind === 'peering' &&
    route.target.id === seen.target.id &&
    (seen.state !== 'blackhole' || route.state === 'blackhole')
  );
}

function isMissingTable({ info: { kind, code } }: FailedCall): boolean {
  return kind === 'not-found' && code.toLowerCase().startsWith('invalidroutetableid');
}

/** EC2 may deny for a while what it showed a moment ago, so the table is looked for before it is given up. */
async function tableNotFound(
  failed: FailedCall,
  change: Change,
  reading: TableReading,
): Promise<TableOutcome> {
  return (await reading.again(change)) === undefined ? tableGone(change) : failure(failed, change);
}
