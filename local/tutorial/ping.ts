import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Credentials } from 'local-aws-peering';
import { classifyAwsError } from '../../lib/model/aws-error.ts';

export interface PingShown {
  /** What the ping program printed. */
  readonly output: string;
  readonly lossPercent: number;
  /** Milliseconds; undefined when nothing answered. */
  readonly average: number | undefined;
}

const FINAL = new Set(['Success', 'Failed', 'Cancelled', 'TimedOut']);

/** What a person types on the server. */
export function pingCommand(target: string): string {
  return `ping -c 3 ${target}`;
}

/** Pings as a person would: a shell command through SSM on the instance, then a look at what it printed. */
export async function ping(where: {
  readonly endpoint: string;
  readonly region: string;
  readonly instanceId: string;
  readonly target: string;
  /** Default: those of the environment. */
  readonly credentials?: Credentials;
}): Promise<PingShown> {
  const ssm = new SSMClient({
    endpoint: where.endpoint,
    region: where.region,
    ...(where.credentials === undefined ? {} : { credentials: where.credentials }),
  });
  const { Command } = await ssm.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [where.instanceId],
      Parameters: { commands: [pingCommand(where.target)] },
    }),
  );
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    try {
      const invocation = await ssm.send(
        new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: where.instanceId }),
      );
      if (FINAL.has(invocation.Status ?? '')) {
        const output = invocation.StandardOutputContent ?? '';
        const loss = /([\d.]+)% packet loss/.exec(output)?.[1];
        const average = /= [\d.]+\/([\d.]+)\//.exec(output)?.[1];
        if (loss === undefined) {
          throw new Error(`ping on ${where.instanceId} printed no packet loss: ${output || '(nothing)'}`);
        }
        return {
          output,
          lossPercent: Number(loss),
          average: average === undefined ? undefined : Number(average),
        };
      }
    } catch (error) {
      // A command that was just sent may not be known yet.
      if (classifyAwsError(error).kind !== 'not-found') {
        throw error;
      }
    }
  }
  throw new Error(`The ping on ${where.instanceId} did not end within 10 s.`);
}
