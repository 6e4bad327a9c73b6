import { type CallFailed, callFailedNotification } from '../messages/call-failed.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { OPTION_CALL } from '../messages/refused.ts';
import type { ApplyResult } from './apply-changes.ts';
import type { RegionView } from './region-view.ts';
import type { OptionOutcome } from './set-options.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { once } from './tell-findings.ts';

interface ToTell extends Pick<CallFailed, 'call' | 'code' | 'message' | 'routeTableId' | 'destination'> {
  readonly peeringId: string;
}

function ofChanges({ outcomes }: ApplyResult): ToTell[] {
  return outcomes.flatMap(({ change, outcome, call, errorCode, awsMessage = '' }) => {
    const { peeringId, routeTableId, destination } = change;
    return outcome !== 'failed' || call === undefined || errorCode === undefined
      ? []
      : [{ call, code: errorCode, message: awsMessage, peeringId, routeTableId, destination }];
  });
}

function ofOptions(options: readonly OptionOutcome[]): ToTell[] {
  return options.flatMap(({ option: { peeringId }, refused }) =>
    refused === undefined
      ? []
      : [{ call: OPTION_CALL, code: refused.code, message: refused.awsMessage, peeringId }],
  );
}

/** A call that fails for good (a service control policy, a boundary) is told once for each table, or peering, and kind of call. */
export async function tellFailedCalls(
  dependencies: TellDependencies,
  { region, remembered, nameOf }: RegionView,
  changes: ApplyResult,
  options: readonly OptionOutcome[],
): Promise<void> {
  const toldKeys = new Set<string>();
  for (const failed of [...ofChanges(changes), ...ofOptions(options)]) {
    const key = newsKeys.callFailed(failed.call, failed.routeTableId ?? failed.peeringId);
    const news = newsOf(remembered.notes, key, failed.code, dependencies.now());
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
        callFailedNotification({ ...failed, region, accountId: dependencies.accountId, nameOf }),
      ),
    );
  }
}
