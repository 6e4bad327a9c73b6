import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import type { Policy } from '../policy/schema.ts';
import { type Hint, readHint } from '../report/hints.ts';
import type { Journal } from '../report/journal.ts';
import { createLambdaJournal } from '../report/powertools.ts';
import {
  answerCloudFormation,
  isCustomResourceEvent,
  type RegionsChange,
  readRegionsChange,
} from './custom-resource.ts';
import { environment } from './environment.ts';

/** What every function has at hand during one invocation. */
export interface Invocation {
  readonly accountId: string;
  readonly policy: Policy;
  readonly managedRegions: readonly string[];
  /** Where the stack is deployed. */
  readonly homeRegion: string;
  readonly journal: Journal;
  readonly now: () => Date;
  /** Milliseconds. */
  readonly sleep: (duration: number) => Promise<void>;
  /** Milliseconds left before Lambda ends the invocation. */
  readonly remaining: () => number;
}

export type HintHandler<Summary> = (
  event: unknown,
  context: Context,
) => Promise<Summary | { dropped: string }>;

/** `arn:aws:lambda:us-east-1:123456789012:function:…`: Lambda says it, so it need not be believed from an event. */
function accountOf(context: Context): string {
  const accountId = context.invokedFunctionArn.split(':')[4];
  if (accountId === undefined || !/^\d{12}$/.test(accountId)) {
    throw new Error(
      `Lambda gave ${context.invokedFunctionArn} as this function's ARN; no account can be read from it.`,
    );
  }
  return accountId;
}

/**
 * Makes the journal and the parts that a function asks for (clients, readers, writers) once per process, and hands
 * them to each invocation. Called at module level, so that a warm function finds everything made. A function
 * bundles only the parts it names.
 */
export function createRuntime<Parts extends object>(
  policy: Policy,
  makeParts: (policy: Policy, journal: Journal) => Parts,
) {
  const homeRegion = environment('AWS_REGION');
  const managedRegions = policy.regions.length === 0 ? [homeRegion] : policy.regions;
  const journal = createLambdaJournal();
  const parts = makeParts(policy, journal);

  function invocation(context: Context): Invocation & Parts {
    return {
      ...parts,
      accountId: accountOf(context),
      policy,
      managedRegions,
      homeRegion,
      journal,
      now: () => new Date(),
      sleep: (duration) => delay(duration),
      remaining: () => context.getRemainingTimeInMillis(),
    };
  }

  async function journaled<Summary>(context: Context, work: () => Promise<Summary>): Promise<Summary> {
    journal.begin(context.awsRequestId);
    try {
      return await work();
    } finally {
      journal.flush();
    }
  }

  function onHint<Summary>(
    work: (hint: Hint, invocation: Invocation & Parts) => Promise<Summary>,
  ): HintHandler<Summary> {
    return (event, context) =>
      journaled(context, async () => {
        const current = invocation(context);
        const hint = readHint(event, current);
        if ('dropped' in hint) {
          journal.warn('event dropped', { reason: hint.dropped });
          journal.metric('EventsDropped', 1);
          return hint;
        }
        journal.info('hint', { ...hint });
        return work(hint, current);
      });
  }

  return {
    /** For functions without an event to read: schedules. */
    onSchedule<Summary>(work: (invocation: Invocation & Parts) => Promise<Summary>) {
      return (_event: unknown, context: Context): Promise<Summary> =>
        journaled(context, () => work(invocation(context)));
    },
    /** Reads the event into a hint; one that is none is logged with its reason and dropped, without retry. */
    onHint,
    /**
     * For a function that CloudFormation calls too, when the stack is deployed or removed. What `onDeployment` answers
     * with are the parts that failed; the deployment then fails with their reasons.
     */
    onDeploymentOrHint<Summary>(work: {
      onDeployment(
        change: RegionsChange,
        invocation: Invocation & Parts,
      ): Promise<readonly { readonly reason?: string }[]>;
      onHint(hint: Hint, invocation: Invocation & Parts): Promise<Summary>;
    }) {
      const handleHint = onHint(work.onHint);
      return async (event: unknown, context: Context) =>
        isCustomResourceEvent(event)
          ? journaled(context, () =>
              answerCloudFormation(event, context, async () => {
                const change = readRegionsChange(event);
                journal.info('deployment', { ...change });
                const failures = await work.onDeployment(change, invocation(context));
                return failures.length === 0
                  ? undefined
                  : failures.map(({ reason }) => reason ?? 'no reason given').join(' | ');
              }),
            )
          : handleHint(event, context);
    },
  };
}
