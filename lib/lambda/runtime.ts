import type { Context } from 'aws-lambda';
import { fromChat } from '../model/acceptance.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Hint } from '../model/hint.ts';
import type { Answered, AskedAnswer } from '../passes/judge-answer.ts';
import type { Policy } from '../policy/schema.ts';
import type { Journal } from '../ports/journal.ts';
import {
  answerCloudFormation,
  isCustomResourceEvent,
  type RegionsChange,
  readRegionsChange,
} from './custom-resource.ts';
import { loggedHint } from './logged-hint.ts';
import { readAnswer } from './read-answer.ts';
import { createShell, type FunctionShell, type Invocation } from './shell.ts';
import { type Denied, unlessDenied } from './unless-denied.ts';

/** What Lambda calls. */
export type Handler<Summary> = (event: unknown, context: Context) => Promise<Summary>;

export type HintHandler<Summary> = Handler<Summary | Denied | { dropped: string }>;

/** What a function does that CloudFormation calls too. */
export interface DeploymentWork<Ports, Summary> {
  /** Answers with what failed, one for each Region; the deployment then fails with their reasons. */
  onDeployment(
    change: RegionsChange,
    invocation: Invocation & Ports,
  ): Promise<readonly { readonly reason?: string }[]>;
  onHint(hint: Hint, invocation: Invocation & Ports): Promise<Summary>;
}

function handleHint<Ports extends object, Summary>(
  { journal, journaled, invocation }: FunctionShell<Ports>,
  work: (hint: Hint, invocation: Invocation & Ports) => Promise<Summary>,
): HintHandler<Summary> {
  return (event, context) =>
    journaled(context, async () => {
      const current = invocation(context);
      const hint = loggedHint(event, current);
      return 'dropped' in hint ? hint : unlessDenied(journal, { ...hint }, () => work(hint, current));
    });
}

function handleDeploymentOrHint<Ports extends object, Summary>(
  shell: FunctionShell<Ports>,
  work: DeploymentWork<Ports, Summary>,
) {
  const { journal, journaled, invocation } = shell;
  const otherwise = handleHint(shell, work.onHint);
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
      : otherwise(event, context);
}

function handleSchedule<Ports extends object, Summary>(
  { journal, journaled, invocation }: FunctionShell<Ports>,
  work: (invocation: Invocation & Ports) => Promise<Summary>,
): Handler<Summary | Denied> {
  return (_event, context) =>
    journaled(context, () => unlessDenied(journal, {}, () => work(invocation(context))));
}

function handleScheduleOrDeployment<Ports extends object, Summary>(
  shell: FunctionShell<Ports>,
  work: (invocation: Invocation & Ports) => Promise<Summary>,
) {
  const { journal, journaled } = shell;
  const onSchedule = handleSchedule(shell, work);
  const atDeployment = async (request: string, context: Context): Promise<undefined> => {
    journal.info('deployment', { request });
    if (request !== 'Update') {
      return undefined;
    }
    try {
      await unlessDenied(journal, { request }, () => work(shell.invocation(context)));
    } catch (error) {
      // A deployment that fails for it would be rolled back, which calls this once more. The schedule tries again.
      journal.error('not done at the deployment', { reason: classifyAwsError(error).message });
    }
    return undefined;
  };
  return async (event: unknown, context: Context) =>
    isCustomResourceEvent(event)
      ? journaled(context, () =>
          answerCloudFormation(event, context, () => atDeployment(event.RequestType, context)),
        )
      : onSchedule(event, context);
}

function handleAnswer<Ports extends object>(
  { journal, journaled, invocation }: FunctionShell<Ports>,
  work: (asked: AskedAnswer, invocation: Invocation & Ports) => Promise<Answered>,
): Handler<string> {
  return (event, context) =>
    journaled(context, async () => {
      const current = invocation(context);
      const asked = readAnswer(event, current);
      if ('problem' in asked) {
        journal.warn('answer dropped', { reason: asked.problem });
        journal.metric('EventsDropped', 1);
        return asked.problem;
      }
      const { text } = await work({ ...asked, by: fromChat(context.invokedFunctionArn) }, current);
      return text;
    });
}

/**
 * Makes the journal and the ports that a function asks for (clients, readers, writers) once per process, and hands
 * them to each invocation. Called at module level, so that a warm function finds everything made. A function
 * bundles only the ports it names.
 */
export function createRuntime<Ports extends object>(
  policy: Policy,
  fillPorts: (policy: Policy, journal: Journal) => Ports,
) {
  const shell = createShell(policy, fillPorts);
  return {
    /** For functions without an event to read: schedules. */
    onSchedule<Summary>(work: (invocation: Invocation & Ports) => Promise<Summary>) {
      return handleSchedule(shell, work);
    },
    /**
     * The same for a function that CloudFormation calls too: when the stack is made only to see that it runs, as from then on CloudWatch
     * has a value of its invocations, and can miss them; when what it is called with changes, to do its work at once.
     */
    onScheduleOrDeployment<Summary>(work: (invocation: Invocation & Ports) => Promise<Summary>) {
      return handleScheduleOrDeployment(shell, work);
    },
    /** Reads the event into a hint; one that is none is logged with its reason and dropped, without retry. */
    onHint<Summary>(work: (hint: Hint, invocation: Invocation & Ports) => Promise<Summary>) {
      return handleHint(shell, work);
    },
    /** For the function that a button in chat calls: it answers with a sentence, whatever it was sent. */
    onAnswer(work: (asked: AskedAnswer, invocation: Invocation & Ports) => Promise<Answered>) {
      return handleAnswer(shell, work);
    },
    /** For a function that CloudFormation calls too, when the stack is deployed or removed. */
    onDeploymentOrHint<Summary>(work: DeploymentWork<Ports, Summary>) {
      return handleDeploymentOrHint(shell, work);
    },
  };
}
