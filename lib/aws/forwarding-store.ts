import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { pingDocumentName } from '../connectivity/ping-document.ts';
import { forwardedRulePrefix, forwardingQueueName } from '../forwarding/desired.ts';
import type { ForwardingChange } from '../forwarding/plan.ts';
import { isDeniedByOrganization } from '../model/aws-error.ts';
import type { ForwardingStore } from '../ports/forwarding-store.ts';
import { namingCall } from './call-error.ts';
import { type Clients, createClients } from './clients.ts';
import { changeDocument, readDocument } from './forwarding-document.ts';
import { changeQueue, readQueue } from './forwarding-queue.ts';
import { changeRules, readRules } from './forwarding-rules.ts';

/** Any Region that is enabled can be asked about the others. */
async function readOptIn(
  ec2: EC2Client,
  homeRegion: string,
  region: string,
): Promise<'enabled' | 'not-enabled' | 'unknown-region'> {
  const { Regions = [] } = await namingCall('DescribeRegions', homeRegion, region, () =>
    ec2.send(
      new DescribeRegionsCommand({
        AllRegions: true,
        Filters: [{ Name: 'region-name', Values: [region] }],
      }),
    ),
  );
  const state = Regions.find(({ RegionName }) => RegionName === region)?.OptInStatus;
  return state === undefined ? 'unknown-region' : state === 'not-opted-in' ? 'not-enabled' : 'enabled';
}

/**
 * What no permission of the own account can change: the whole Region is closed, as Control Tower's Region deny does it, if
 * even this call is refused there in the name of a service control policy.
 */
async function isDenied(ec2: EC2Client, region: string): Promise<boolean> {
  try {
    await namingCall('DescribeRegions', region, region, () =>
      ec2.send(new DescribeRegionsCommand({ RegionNames: [region] })),
    );
    return false;
  } catch (error) {
    if (isDeniedByOrganization(error)) {
      return true;
    }
    throw error;
  }
}

/** Reads and changes forwarding through EventBridge, SQS and Systems Manager. */
export function createForwardingStore(
  stage: string,
  homeRegion: string,
  clients: Clients = createClients(),
): ForwardingStore {
  const queueName = forwardingQueueName(stage);
  const eventsIn = (region: string) => clients.of(EventBridgeClient, region);
  const sqsIn = (region: string) => clients.of(SQSClient, region);
  const ssmIn = (region: string) => clients.of(SSMClient, region);

  return {
    async read(region) {
      const [rules, queue, document] = await Promise.all([
        readRules(eventsIn(region), region, forwardedRulePrefix(stage)),
        readQueue(sqsIn(region), region, queueName),
        readDocument(ssmIn(region), region, pingDocumentName(stage)),
      ]);
      return {
        rules,
        ...(queue === undefined ? {} : { queue }),
        ...(document === undefined ? {} : { document }),
      };
    },
    async apply(region: string, change: ForwardingChange) {
      switch (change.action) {
        case 'put-rule':
        case 'put-target':
        case 'remove-targets':
        case 'delete-rule':
          return changeRules(eventsIn(region), region, change);
        case 'create-queue':
        case 'set-queue-policy':
        case 'delete-queue':
          return changeQueue(sqsIn(region), region, queueName, change);
        case 'create-document':
        case 'update-document':
        case 'delete-document':
          return changeDocument(ssmIn(region), region, change);
      }
    },
    async readRegionState(region) {
      const optIn = await readOptIn(clients.of(EC2Client, homeRegion), homeRegion, region);
      return optIn === 'enabled' &&
        region !== homeRegion &&
        (await isDenied(clients.of(EC2Client, region), region))
        ? 'denied'
        : optIn;
    },
  };
}
