import {
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Invocation, RunCommand } from '../ports/connectivity.ts';
import { namingCall } from './call-error.ts';
import { type Clients, createClients } from './clients.ts';
import { allPages } from './pages.ts';

/** Seconds within which the instance's agent has to take the command (the least that SSM allows). */
const DELIVERY_TIMEOUT_SECONDS = 30;

/** The largest pages (SSM API reference). */
const INSTANCE_PAGE = 50;
const INVOCATION_PAGE = 50;

/** What the agent prints for the step of the other platform. */
const SKIPPED = 'Step execution skipped';

function invocationFrom(invocation: CommandInvocation): Invocation {
  return {
    commandId: invocation.CommandId ?? '',
    instanceId: invocation.InstanceId ?? '',
    documentName: invocation.DocumentName ?? '',
    comment: invocation.Comment ?? '',
    status: invocation.Status ?? '',
    statusDetails: invocation.StatusDetails ?? '',
    requestedAt: invocation.RequestedDateTime ?? new Date(0),
    output: (invocation.CommandPlugins ?? [])
      .map(({ Output }) => Output ?? '')
      .filter((output) => output !== '' && !output.startsWith(SKIPPED))
      .join('\n'),
  };
}

export function createRunCommand(
  options: { readonly documentName: string; readonly mode: 'enforce' | 'observe' },
  clients: Clients = createClients(),
): RunCommand {
  function invocations(
    region: string,
    what: string,
    detail: 'with-output' | 'without-output',
    input: { CommandId: string } | { Filters: { key: 'InvokedAfter' | 'DocumentName'; value: string }[] },
  ) {
    return namingCall('ListCommandInvocations', region, what, () =>
      allPages(async (NextToken) => {
        const answer = await clients.of(SSMClient, region).send(
          new ListCommandInvocationsCommand({
            ...input,
            Details: detail === 'with-output',
            MaxResults: INVOCATION_PAGE,
            NextToken,
          }),
        );
        return { items: (answer.CommandInvocations ?? []).map(invocationFrom), nextToken: answer.NextToken };
      }),
    );
  }

  return {
    async readOnlineInstances(region) {
      const ids = await namingCall('DescribeInstanceInformation', region, 'managed instances', () =>
        allPages(async (NextToken) => {
          const answer = await clients.of(SSMClient, region).send(
            new DescribeInstanceInformationCommand({
              Filters: [{ Key: 'PingStatus', Values: ['Online'] }],
              MaxResults: INSTANCE_PAGE,
              NextToken,
            }),
          );
          return {
            items: (answer.InstanceInformationList ?? []).flatMap(({ InstanceId }) => InstanceId ?? []),
            nextToken: answer.NextToken,
          };
        }),
      );
      return new Set(ids);
    },
    async sendPing({ region, target, instanceIds, comment }, count) {
      // A command is a change that Systems Manager records, so observing sends none.
      if (options.mode === 'observe') {
        return 'observed';
      }
      await namingCall('SendCommand', region, instanceIds.join(', '), () =>
        clients.of(SSMClient, region).send(
          new SendCommandCommand({
            DocumentName: options.documentName,
            InstanceIds: [...instanceIds],
            Comment: comment,
            TimeoutSeconds: DELIVERY_TIMEOUT_SECONDS,
            Parameters: { target: [target], count: [String(count)] },
          }),
        ),
      );
      return 'sent';
    },
    readCommand: (region, commandId) =>
      invocations(region, commandId, 'with-output', { CommandId: commandId }),
    readInvocationsSince: (region, since) =>
      invocations(region, options.documentName, 'without-output', {
        Filters: [
          { key: 'DocumentName', value: options.documentName },
          { key: 'InvokedAfter', value: `${since.toISOString().slice(0, 19)}Z` },
        ],
      }),
  };
}
