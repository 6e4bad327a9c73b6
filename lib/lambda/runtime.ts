import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import type { Hint } from '../model/hint.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import {
  answerCloudFormation,
  isCustomResourceEvent,
  type RegionsChange,
  readRegionsChange,
} from './custom-resource.ts';
import { environment } from './environment.ts';
import { createLambdaJournal } from './powertools.ts';
import { eventsIn } from './queued-events.ts';
import { type Dropped, readHint } from './read-hint.ts';

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

/** What became of the events of one batch. */
export interface HintsSummary<Summary> {
  /** By Region, in the order in which they were first named. */
  readonly results: readonly Summary[];
  /** Why events led nowhere. */
  readonly dropped: readonly string[];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

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

  /** The place to look that an event names, written to the log; one that names none is dropped. */
  function heard(event: unknown, current: Invocation): Hint | Dropped {
    const hint = readHint(event, current);
    if ('dropped' in hint) {
      journal.warn('event dropped', { reason: hint.dropped });
      journal.metric('EventsDropped', 1);
    } else {
      journal.info('hint', { ...hint });
    }
    return hint;
  }

  function onHint<Summary>(
    work: (hint: Hint, invocation: Invocation & Parts) => Promise<Summary>,
  ): HintHandler<Summary> {
    return (event, context) =>
      journaled(context, async () => {
        const current = invocation(context);
        const hint = heard(event, current);
        return 'dropped' in hint ? hint : work(hint, current);
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
     * For functions that take events from a queue, several at a time: one look at a Region answers all that came together.
     * A Region that fails does not stop the others; the batch then fails as a whole, and comes again.
     *
     * @throws what the work of a Region throws; of several an AggregateError.
     */
    onHints<Summary>(
      work: (region: string, hints: readonly Hint[], invocation: Invocation & Parts) => Promise<Summary>,
    ) {
      return (event: unknown, context: Context): Promise<HintsSummary<Summary>> =>
        journaled(context, async () => {
          const current = invocation(context);
          const regions = new Map<string, Hint[]>();
          const dropped: string[] = [];
          for (const each of eventsIn(event)) {
            const hint = heard(each, current);
            if ('dropped' in hint) {
              dropped.push(hint.dropped);
            } else {
              regions.set(hint.region, [...(regions.get(hint.region) ?? []), hint]);
            }
          }
          const results: Summary[] = [];
          const errors: unknown[] = [];
          for (const [region, hints] of regions) {
            try {
              results.push(await work(region, hints, current));
            } catch (error) {
              journal.error('pass failed', { region, reason: messageOf(error) });
              errors.push(error);
            }
          }
          if (errors.length > 0) {
            throw errors.length === 1
              ? errors[0]
              : new AggregateError(errors, errors.map(messageOf).join(' | '));
          }
          return { results, dropped };
        });
    },
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
