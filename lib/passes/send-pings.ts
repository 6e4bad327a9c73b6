import { append } from '../model/append.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Policy } from '../policy/schema.ts';
import type { PingCommand, RunCommand } from '../ports/connectivity.ts';
import type { Journal } from '../ports/journal.ts';
import { runLimited } from '../ports/run-limited.ts';

/** Commands that are being sent at the same time. All at once, those of a large account would throttle each other. */
const SENDERS = 5;

/** What became of one command. */
interface SentToReady {
  readonly sent: number;
  /** Instances that Systems Manager does not take a command for. */
  readonly notReady: readonly string[];
}

const NOTHING: SentToReady = { sent: 0, notReady: [] };

function together(results: readonly SentToReady[]): SentToReady {
  return {
    sent: results.reduce((sum, { sent }) => sum + sent, 0),
    notReady: results.flatMap(({ notReady }) => notReady),
  };
}

/** The batches to send again: without the instances that the message names; where it names none, each half by itself. */
function batchesToRetry(ids: readonly string[], message: string): readonly (readonly string[])[] {
  const words = new Set(message.match(/\bm?i-[0-9a-z-]+\b/g));
  const others = ids.filter((id) => !words.has(id));
  const middle = Math.ceil(ids.length / 2);
  return others.length < ids.length ? [others] : [ids.slice(0, middle), ids.slice(middle)];
}

/**
 * Sends a command to the instances that are ready for it. One that is not makes SendCommand refuse the whole command
 * (`InvalidInstanceId`), although Systems Manager called it online a moment ago: the others are sent again without it.
 *
 * @throws every other error.
 */
async function sendToReady(
  commands: Pick<RunCommand, 'sendPing'>,
  command: PingCommand,
  count: number,
): Promise<SentToReady> {
  const { instanceIds } = command;
  if (instanceIds.length === 0) {
    return NOTHING;
  }
  try {
    return { sent: (await commands.sendPing(command, count)) === 'sent' ? 1 : 0, notReady: [] };
  } catch (error) {
    const { code, message } = classifyAwsError(error);
    if (code !== 'InvalidInstanceId') {
      throw error;
    }
    if (instanceIds.length === 1) {
      return { sent: 0, notReady: instanceIds };
    }
    const batches = batchesToRetry(instanceIds, message);
    const results: SentToReady[] = [];
    for (const batch of batches) {
      results.push(await sendToReady(commands, { ...command, instanceIds: batch }, count));
    }
    const tried = new Set(batches.flat());
    return together([...results, { sent: 0, notReady: instanceIds.filter((id) => !tried.has(id)) }]);
  }
}

interface SendDependencies {
  readonly policy: Pick<Policy, 'connectivity'>;
  readonly commands: Pick<RunCommand, 'sendPing'>;
  readonly journal: Pick<Journal, 'warn'>;
}

/** An instance from which there is no verdict, with why. */
export interface NotReady {
  readonly instanceId: string;
  readonly reason: string;
}

/**
 * Sends the commands, some at a time. One that fails does not keep the others from being sent.
 *
 * @returns the Region of each command that was sent, and the instances that were not ready.
 */
export async function sendAll(
  { policy, commands, journal }: SendDependencies,
  toSend: readonly PingCommand[],
  fail: (error: unknown) => void,
): Promise<{ readonly sentTo: readonly string[]; readonly notReady: readonly NotReady[] }> {
  const sentTo: string[] = [];
  const notReady = new Map<string, string>();
  await runLimited(toSend, SENDERS, async (command) => {
    try {
      const result = await sendToReady(commands, command, policy.connectivity.count);
      append(sentTo, Array<string>(result.sent).fill(command.region));
      for (const instanceId of result.notReady) {
        const reason = `No verdict from ${instanceId} in ${command.region}: it is not ready, so Systems Manager takes no command for it. Look at whether it runs, and at its SSM agent.`;
        journal.warn('not ready', { instanceId, region: command.region, about: command.comment, reason });
        notReady.set(instanceId, reason);
      }
    } catch (error) {
      fail(error);
    }
  });
  return { sentTo, notReady: [...notReady].map(([instanceId, reason]) => ({ instanceId, reason })) };
}
