import { type CallFailed, callFailedNotification } from '../messages/call-failed.ts';
import { newsKeys, newsOf } from '../messages/news.ts';
import { OPTION_CALL } from '../messages/refused.ts';
import type { ApplyResult } from './apply-changes.ts';
import type { FailedEnd } from './mark-ended.ts';
import type { RegionView } from './region-view.ts';
import type { OptionOutcome } from './set-options.ts';
import type { TellDependencies } from './tell-dependencies.ts';
import { type Telling, tellAllNews } from './telling.ts';

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

function ofEnds(failed: readonly FailedEnd[]): ToTell[] {
  return failed.flatMap(({ peeringId, call, refused }) =>
    refused === undefined ? [] : [{ call, code: refused.code, message: refused.awsMessage, peeringId }],
  );
}

/** A call that fails for good (a service control policy, a boundary) is told once for each table, or peering, and kind of call. */
export async function tellFailedCalls(
  dependencies: TellDependencies,
  view: RegionView,
  changes: ApplyResult,
  options: readonly OptionOutcome[],
  ends: readonly FailedEnd[],
): Promise<void> {
  const { region, remembered, nameOf } = view;
  const { accountId } = dependencies;
  const tellings = new Map<string, Telling>();
  for (const failed of [...ofChanges(changes), ...ofOptions(options), ...ofEnds(ends)]) {
    const key = newsKeys.callFailed(failed.call, failed.routeTableId ?? failed.peeringId);
    if (!tellings.has(key)) {
      tellings.set(key, {
        key,
        about: failed,
        news: newsOf(remembered.notes, key, failed.code, dependencies.now()),
        message: () => callFailedNotification({ ...failed, region, accountId, nameOf }),
      });
    }
  }
  await tellAllNews(dependencies, { view, hints: [] }, [...tellings.values()], {
    of: 'AWS call',
    where: `refused in ${accountId} (${region})`,
    rest: 'Run "peering plan" to see which changes are not made.',
  });
}
