import { callFailedNotification } from '../messages/call-failed.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import type { ApplyResult } from './apply-changes.ts';
import type { RegionView } from './region-view.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { once } from './tell-findings.ts';

/** A call that fails for good (a service control policy, a boundary) is told once for each table and kind of call. */
export async function tellFailedCalls(
  dependencies: TellDependencies,
  { region, remembered, nameOf }: RegionView,
  { outcomes }: ApplyResult,
): Promise<void> {
  const toldKeys = new Set<string>();
  for (const { change, outcome, call, errorCode, awsMessage } of outcomes) {
    if (outcome !== 'failed' || call === undefined || errorCode === undefined) {
      continue;
    }
    const key = newsKeys.callFailed(call, change.routeTableId);
    const news = newsOf(remembered.notes, key, errorCode, dependencies.now());
    if (toldKeys.has(key)) {
      continue;
    }
    toldKeys.add(key);
    if (!news.isNews) {
      if (news.updates.length > 0) await dependencies.memory.update(region, news.updates);
      continue;
    }
    await once(dependencies.memory, region, news.updates, () =>
      dependencies.topic.notify(
        callFailedNotification({
          peeringId: change.peeringId,
          routeTableId: change.routeTableId,
          destination: change.destination,
          region,
          accountId: dependencies.accountId,
          call,
          code: errorCode,
          message: awsMessage ?? '',
          nameOf,
        }),
      ),
    );
  }
}
