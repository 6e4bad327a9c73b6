import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import { environment } from './environment.ts';
import { createLambdaJournal } from './powertools.ts';

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
  readonly millisecondsLeft: () => number;
}

/** What a function keeps between its invocations, for as long as Lambda keeps its process. */
export interface FunctionShell<Ports extends object> {
  readonly journal: Journal;
  invocation(context: Context): Invocation & Ports;
  /** Does the work of one invocation; its log lines name it, and its metrics are written however it ends. */
  journaled<Result>(context: Context, work: () => Promise<Result>): Promise<Result>;
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

/** Makes the journal and the ports once, and hands them to each invocation. */
export function createShell<Ports extends object>(
  policy: Policy,
  fillPorts: (policy: Policy, journal: Journal) => Ports,
): FunctionShell<Ports> {
  const homeRegion = environment('AWS_REGION');
  const managedRegions = policy.regions.length === 0 ? [homeRegion] : policy.regions;
  const journal = createLambdaJournal();
  const ports = fillPorts(policy, journal);
  return {
    journal,
    invocation: (context) => ({
      ...ports,
      accountId: accountOf(context),
      policy,
      managedRegions,
      homeRegion,
      journal,
      now: () => new Date(),
      sleep: (duration) => delay(duration),
      millisecondsLeft: () => context.getRemainingTimeInMillis(),
    }),
    async journaled(context, work) {
      journal.begin(context.awsRequestId);
      try {
        return await work();
      } finally {
        journal.flush();
      }
    },
  };
}
