import {
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  ListCommandInvocationsCommand,
  type ListCommandInvocationsCommandInput,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { NOTHING, PING_DOCUMENT_CONTENT } from '../connectivity/ping-document.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { Asked } from '../model/probe-kinds.ts';
import type { Invocation, RunCommand } from '../ports/connectivity.ts';
import { namingCall } from './call-error.ts';
import { type Clients, createClients } from './clients.ts';
import { versionWith } from './document-versions.ts';
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

/** @param what is asked for, as errors name it. */
function listInvocations(
  ssm: SSMClient,
  region: string,
  what: string,
  input: Pick<ListCommandInvocationsCommandInput, 'CommandId' | 'Filters' | 'Details'>,
): Promise<Invocation[]> {
  return namingCall('ListCommandInvocations', region, what, () =>
    allPages(async (NextToken) => {
      const answer = await ssm.send(
        new ListCommandInvocationsCommand({ ...input, MaxResults: INVOCATION_PAGE, NextToken }),
      );
      return { items: (answer.CommandInvocations ?? []).map(invocationFrom), nextToken: answer.NextToken };
    }),
  );
}

/** Ids of the instances whose agent answers Systems Manager. */
function listOnline(ssm: SSMClient, region: string): Promise<string[]> {
  return namingCall('DescribeInstanceInformation', region, 'managed instances', () =>
    allPages(async (NextToken) => {
      const answer = await ssm.send(
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
}

/** Thrown instead of sending a document that says something else than this program means. */
class PingDocumentDiffers extends Error {
  override readonly name = 'PingDocumentDiffers';

  constructor(name: string, region: string) {
    super(
      `Nothing was sent: no recent version of SSM document ${name} in ${region} is the one that this version of the product sends, so somebody changed it, or another version is deployed. Deploy again (peering deploy).`,
    );
  }
}

/**
 * Finds the version of the document that this program means, in a Region once: a version never changes. Its hash is not named
 * beside it, because SSM makes that of a text which, at home, CloudFormation wrote.
 */
function createVersionFinder(documentName: string, ssmIn: (region: string) => SSMClient) {
  const found = new Map<string, Promise<string>>();
  const find = async (region: string): Promise<string> => {
    const version = await versionWith(ssmIn(region), region, documentName, PING_DOCUMENT_CONTENT);
    if (version === undefined) {
      throw new PingDocumentDiffers(documentName, region);
    }
    return version;
  };
  return {
    async versionIn(region: string): Promise<string> {
      const asked = found.get(region) ?? find(region);
      found.set(region, asked);
      try {
        return await asked;
      } catch (error) {
        found.delete(region);
        throw error;
      }
    },
    forget: (region: string) => void found.delete(region),
  };
}

function listed(values: readonly (string | number)[]): string[] {
  return [values.length === 0 ? NOTHING : values.join(' ')];
}

/** As the document's patterns want them. */
function parametersOf(target: string, asked: Asked, count: number): Record<string, string[]> {
  return {
    target: [target],
    count: [String(count)],
    ping: [asked.ping ? 'yes' : 'no'],
    ports: listed(asked.ports),
    sizes: listed(asked.sizes),
    names: listed(asked.names),
  };
}

/** Sends and reads commands of one document through Systems Manager. */
export function createRunCommand(
  options: { readonly documentName: string; readonly mode: 'enforce' | 'observe' },
  clients: Clients = createClients(),
): RunCommand {
  const ssmIn = (region: string) => clients.of(SSMClient, region);
  const versions = createVersionFinder(options.documentName, ssmIn);
  const listSince = (region: string, since: Date, Details: boolean) =>
    listInvocations(ssmIn(region), region, options.documentName, {
      Filters: [
        { key: 'DocumentName', value: options.documentName },
        { key: 'InvokedAfter', value: `${since.toISOString().slice(0, 19)}Z` },
      ],
      Details,
    });
  return {
    readOnlineInstances: async (region) => new Set(await listOnline(ssmIn(region), region)),
    async sendPing({ region, target, instanceIds, comment, asked }, count) {
      // A command is a change that Systems Manager records, so observing sends none.
      if (options.mode === 'observe') {
        return 'observed';
      }
      const DocumentVersion = await versions.versionIn(region);
      try {
        await namingCall('SendCommand', region, instanceIds.join(', '), () =>
          ssmIn(region).send(
            new SendCommandCommand({
              DocumentName: options.documentName,
              DocumentVersion,
              InstanceIds: [...instanceIds],
              Comment: comment,
              TimeoutSeconds: DELIVERY_TIMEOUT_SECONDS,
              Parameters: parametersOf(target, asked, count),
            }),
          ),
        );
      } catch (error) {
        // It was made anew, with other numbers.
        if (classifyAwsError(error).code.startsWith('InvalidDocument')) {
          versions.forget(region);
        }
        throw error;
      }
      return 'sent';
    },
    readCommand: (region, commandId) =>
      listInvocations(ssmIn(region), region, commandId, { CommandId: commandId, Details: true }),
    readPingsSince: (region, since) => listSince(region, since, true),
    readInvocationsSince: (region, since) => listSince(region, since, false),
  };
}
