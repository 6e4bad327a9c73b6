import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DeleteRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Rule,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  GetDocumentCommand,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import { pingDocumentName } from '../connectivity/ping-document.ts';
import { forwardedRulePrefix, forwardingQueueName } from '../forwarding/desired.ts';
import type { ForwardingChange, ObservedForwarding, ObservedRule } from '../forwarding/plan.ts';
import { classifyAwsError } from '../model/aws-error.ts';
import type { ForwardingStore } from '../ports/forwarding-store.ts';
import { namingCall } from './call-error.ts';
import { type Clients, createClients } from './clients.ts';

/** Fourteen days, the longest SQS keeps a message. */
const RETENTION_SECONDS = '1209600';

/** As in the Region of deployment: after an hour the sweep has been there many times. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 };

/** Codes with which SQS, SSM and EventBridge say that something is not there (their API references). */
const ABSENT: ReadonlySet<string> = new Set([
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'InvalidDocument',
  'ResourceNotFoundException',
]);

function isAbsent(error: unknown): boolean {
  return ABSENT.has(classifyAwsError(error).code);
}

/** The same as namingCall, where something that is not there is an answer too. */
async function ifPresent<Answer>(
  call: string,
  region: string,
  resource: string,
  send: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await namingCall(call, region, resource, send);
  } catch (error) {
    if (isAbsent(error)) {
      return undefined;
    }
    throw error;
  }
}

/** EventBridge answers 200 even when it refused some of the targets. */
function checkTargets(
  call: string,
  rule: string,
  refused:
    | readonly { readonly ErrorCode?: string | undefined; readonly ErrorMessage?: string | undefined }[]
    | undefined,
): void {
  const [first] = refused ?? [];
  if (first !== undefined) {
    throw Object.assign(new Error(`${call} of rule ${rule}: ${first.ErrorMessage ?? 'no message'}`), {
      code: first.ErrorCode ?? 'Unknown',
    });
  }
}

/** Reads and changes forwarding through EventBridge, SQS and Systems Manager. */
export function createForwardingStore(
  stage: string,
  homeRegion: string,
  clients: Clients = createClients(),
): ForwardingStore {
  const queueName = forwardingQueueName(stage);
  const documentName = pingDocumentName(stage);

  const eventsIn = (region: string) => clients.of(EventBridgeClient, region);
  const sqsIn = (region: string) => clients.of(SQSClient, region);
  const ssmIn = (region: string) => clients.of(SSMClient, region);

  async function readTargets(region: string, rule: string): Promise<ObservedRule['targets']> {
    const events = eventsIn(region);
    // A rule has at most five targets, so they fit one page.
    const { Targets = [] } = await namingCall('ListTargetsByRule', region, rule, () =>
      events.send(new ListTargetsByRuleCommand({ Rule: rule })),
    );
    return Targets.map(({ Id = '', Arn = '', RoleArn, DeadLetterConfig }) => ({
      id: Id,
      arn: Arn,
      ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
      ...(DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: DeadLetterConfig.Arn }),
    }));
  }

  async function readRules(region: string): Promise<ObservedRule[]> {
    const events = eventsIn(region);
    const NamePrefix = forwardedRulePrefix(stage);
    const found: Rule[] = [];
    let NextToken: string | undefined;
    do {
      const page = await namingCall('ListRules', region, `${NamePrefix}*`, () =>
        events.send(new ListRulesCommand({ NamePrefix, NextToken })),
      );
      found.push(...(page.Rules ?? []));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return Promise.all(
      found.map(async ({ Name = '', Description = '', EventPattern = '', State }) => ({
        name: Name,
        description: Description,
        pattern: EventPattern,
        state: State === 'DISABLED' ? ('disabled' as const) : ('enabled' as const),
        targets: await readTargets(region, Name),
      })),
    );
  }

  async function readQueue(region: string): Promise<ObservedForwarding['queue']> {
    const sqs = sqsIn(region);
    const found = await ifPresent('GetQueueUrl', region, queueName, () =>
      sqs.send(new GetQueueUrlCommand({ QueueName: queueName })),
    );
    const url = found?.QueueUrl;
    if (url === undefined) {
      return undefined;
    }
    const answer = await ifPresent('GetQueueAttributes', region, queueName, () =>
      sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['Policy', 'ApproximateNumberOfMessages'],
        }),
      ),
    );
    return answer === undefined
      ? undefined
      : {
          url,
          policy: answer.Attributes?.Policy ?? '',
          undelivered: Number(answer.Attributes?.ApproximateNumberOfMessages ?? 0),
        };
  }

  async function readDocument(region: string): Promise<ObservedForwarding['document']> {
    const ssm = ssmIn(region);
    const found = await ifPresent('GetDocument', region, documentName, () =>
      ssm.send(new GetDocumentCommand({ Name: documentName })),
    );
    return found === undefined ? undefined : { content: found.Content ?? '' };
  }

  async function updateDocument(region: string, name: string, content: string): Promise<void> {
    const ssm = ssmIn(region);
    const { DocumentDescription } = await namingCall('UpdateDocument', region, name, () =>
      ssm.send(new UpdateDocumentCommand({ Name: name, Content: content, DocumentVersion: '$LATEST' })),
    );
    await namingCall('UpdateDocumentDefaultVersion', region, name, () =>
      ssm.send(
        new UpdateDocumentDefaultVersionCommand({
          Name: name,
          DocumentVersion: DocumentDescription?.DocumentVersion,
        }),
      ),
    );
  }

  async function apply(region: string, change: ForwardingChange): Promise<void> {
    const events = eventsIn(region);
    const sqs = sqsIn(region);
    const ssm = ssmIn(region);
    switch (change.action) {
      case 'create-queue':
        await namingCall('CreateQueue', region, change.name, () =>
          sqs.send(
            new CreateQueueCommand({
              QueueName: change.name,
              Attributes: {
                Policy: change.policy,
                MessageRetentionPeriod: RETENTION_SECONDS,
                SqsManagedSseEnabled: 'true',
              },
            }),
          ),
        );
        return;
      case 'set-queue-policy':
        await namingCall('SetQueueAttributes', region, queueName, () =>
          sqs.send(
            new SetQueueAttributesCommand({ QueueUrl: change.url, Attributes: { Policy: change.policy } }),
          ),
        );
        return;
      case 'delete-queue':
        await ifPresent('DeleteQueue', region, queueName, () =>
          sqs.send(new DeleteQueueCommand({ QueueUrl: change.url })),
        );
        return;
      case 'put-rule':
        await namingCall('PutRule', region, change.rule.name, () =>
          events.send(
            new PutRuleCommand({
              Name: change.rule.name,
              Description: change.rule.description,
              EventPattern: JSON.stringify(change.rule.pattern),
              State: 'ENABLED',
            }),
          ),
        );
        return;
      case 'put-target': {
        const { id, arn, roleArn, deadLetterArn } = change.target;
        const { FailedEntries } = await namingCall('PutTargets', region, change.rule, () =>
          events.send(
            new PutTargetsCommand({
              Rule: change.rule,
              Targets: [
                {
                  Id: id,
                  Arn: arn,
                  RoleArn: roleArn,
                  DeadLetterConfig: { Arn: deadLetterArn },
                  RetryPolicy: RETRY_POLICY,
                },
              ],
            }),
          ),
        );
        checkTargets('PutTargets', change.rule, FailedEntries);
        return;
      }
      case 'remove-targets': {
        const answer = await ifPresent('RemoveTargets', region, change.rule, () =>
          events.send(new RemoveTargetsCommand({ Rule: change.rule, Ids: [...change.ids] })),
        );
        checkTargets('RemoveTargets', change.rule, answer?.FailedEntries);
        return;
      }
      case 'delete-rule':
        await ifPresent('DeleteRule', region, change.rule, () =>
          events.send(new DeleteRuleCommand({ Name: change.rule })),
        );
        return;
      case 'create-document':
        await namingCall('CreateDocument', region, change.name, () =>
          ssm.send(
            new CreateDocumentCommand({
              Name: change.name,
              Content: change.content,
              DocumentType: 'Command',
              DocumentFormat: 'JSON',
              TargetType: '/AWS::EC2::Instance',
            }),
          ),
        );
        return;
      case 'update-document':
        await updateDocument(region, change.name, change.content);
        return;
      case 'delete-document':
        await ifPresent('DeleteDocument', region, change.name, () =>
          ssm.send(new DeleteDocumentCommand({ Name: change.name })),
        );
        return;
    }
  }

  return {
    async observe(region) {
      const [rules, queue, document] = await Promise.all([
        readRules(region),
        readQueue(region),
        readDocument(region),
      ]);
      return {
        rules,
        ...(queue === undefined ? {} : { queue }),
        ...(document === undefined ? {} : { document }),
      };
    },
    apply,
    async readRegionState(region) {
      const { Regions = [] } = await namingCall('DescribeRegions', homeRegion, region, () =>
        clients.of(EC2Client, homeRegion).send(
          new DescribeRegionsCommand({
            AllRegions: true,
            Filters: [{ Name: 'region-name', Values: [region] }],
          }),
        ),
      );
      const state = Regions.find(({ RegionName }) => RegionName === region)?.OptInStatus;
      return state === undefined ? 'unknown-region' : state === 'not-opted-in' ? 'not-enabled' : 'enabled';
    },
  };
}
