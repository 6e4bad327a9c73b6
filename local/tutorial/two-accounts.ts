import {
  DeleteVpcPeeringConnectionCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Credentials, LabControl } from 'local-aws-peering';
import { priceClassOf } from '../../lib/connectivity/probes.ts';
import { ping, pingCommand } from './ping.ts';
import { priceLines } from './prices.ts';
import {
  expect,
  indented,
  nameBetween,
  peering,
  request,
  routeTo,
  type Step,
  type Tell,
  table,
  tagOf,
  tellTables,
  until,
} from './story.ts';
import { createServer, createVpc, type Server, type TutorialVpc } from './world.ts';

/** The story of two accounts and two Regions: the stack runs once in each account, at home in the same Region. */

export const HOME = 'us-east-1';
const FAR = 'eu-west-1';
export const REQUESTER = '123456789012';
export const ACCEPTER = '210987654321';

/** One end of the peering: an account's own network in one Region. */
interface End {
  readonly accountId: string;
  readonly region: string;
  readonly ec2: EC2Client;
  readonly credentials: Credentials;
  readonly vpc: TutorialVpc;
  readonly server: Server;
}

export interface TwoAccounts {
  readonly requester: End;
  readonly accepter: End;
}

async function createEnd(
  endpoint: string,
  where: { readonly accountId: string; readonly region: string },
  what: { readonly vpc: string; readonly block: string; readonly server: string; readonly address: string },
): Promise<End> {
  // An access key of twelve digits stands for that account in the lab.
  const credentials = { accessKeyId: where.accountId, secretAccessKey: 'lab' };
  const ec2 = new EC2Client({ endpoint, region: where.region, credentials });
  const vpc = await createVpc(ec2, what.vpc, `10.${what.block}.0.0/16`, `10.${what.block}.1.0/24`);
  return { ...where, ec2, credentials, vpc, server: await createServer(ec2, vpc, what.server, what.address) };
}

export async function createTwoAccounts(endpoint: string): Promise<TwoAccounts> {
  return {
    requester: await createEnd(
      endpoint,
      { accountId: REQUESTER, region: HOME },
      { vpc: 'VPC-A', block: '1', server: 'server1', address: '10.1.1.13' },
    ),
    accepter: await createEnd(
      endpoint,
      { accountId: ACCEPTER, region: FAR },
      { vpc: 'VPC-B', block: '2', server: 'server2', address: '10.2.1.139' },
    ),
  };
}

export interface TwoAccountsTutorial {
  readonly accounts: TwoAccounts;
  /** Of each account's own stack. */
  readonly control: { readonly requester: LabControl; readonly accepter: LabControl };
  readonly endpoint: string;
  readonly tell: Tell;
}

/** The steps, in order. Each leaves the network as the next expects it. */
export function twoAccountsSteps({ accounts, control, endpoint, tell }: TwoAccountsTutorial): Step[] {
  const { requester, accepter } = accounts;
  let peeringId = '';

  async function pingAndTell() {
    tell(`  ${requester.server.name}$ ${pingCommand(accepter.server.address)}`);
    const result = await ping({
      endpoint,
      region: requester.region,
      credentials: requester.credentials,
      instanceId: requester.server.instanceId,
      target: accepter.server.address,
    });
    for (const line of indented(result.output)) {
      tell(line);
    }
    return result;
  }

  async function tellEnds(): Promise<void> {
    for (const { accountId, region, ec2, vpc } of [requester, accepter]) {
      tell(`  account ${accountId}, ${region}`);
      await tellTables(ec2, tell, [vpc]);
    }
  }

  return [
    {
      name: `The stack in ${ACCEPTER} listens in ${FAR} as well`,
      async run() {
        const events = new EventBridgeClient({ endpoint, region: FAR, credentials: accepter.credentials });
        const { Rules = [] } = await events.send(new ListRulesCommand({}));
        for (const { Name, Description } of Rules) {
          tell(`  ${(Name ?? '').padEnd(55)} ${Description ?? ''}`);
        }
        expect(Rules.length > 0, `Expected rules in ${FAR} and saw none.`);
        return `${Rules.length} rules in ${FAR} carry its events to ${HOME}, made by the deployment.`;
      },
    },
    {
      name: 'server1 pings server2 before any peering',
      async run() {
        const { lossPercent } = await pingAndTell();
        expect(lossPercent === 100, `Expected 100% packet loss and saw ${lossPercent}%.`);
        return '100% packet loss: no peering, no route.';
      },
    },
    {
      name: `Account ${REQUESTER} in ${HOME} asks ${ACCEPTER} in ${FAR}`,
      async run() {
        await tellEnds();
        const name = nameBetween(requester.vpc, accepter.vpc);
        peeringId = await request(requester.ec2, requester.vpc.vpcId, accepter.vpc.vpcId, {
          name,
          owner: ACCEPTER,
          region: FAR,
        });
        return `${peeringId}, named ${name}, from ${requester.vpc.vpcId} to ${accepter.vpc.vpcId}.`;
      },
    },
    {
      name: 'Its stack tells the other one, which decides by its own policy and accepts',
      async run() {
        const status = await until(`the acceptance of ${peeringId}`, async () => {
          const code = (await peering(accepter.ec2, peeringId))?.Status?.Code;
          return code === 'active' || code === 'provisioning' ? code : undefined;
        });
        const rule = await until(`the rule's tag on ${peeringId} in ${FAR}`, () =>
          tagOf(accepter.ec2, peeringId, 'rule'),
        );
        const { subject, message } = await until(`a notification about ${peeringId}`, async () =>
          (await control.accepter.notifications()).find((each) => each.subject.includes(peeringId)),
        );
        tell(`  notification in account ${ACCEPTER}: ${subject}`);
        for (const line of indented(message)) {
          tell(`  ${line}`);
        }
        expect(rule === 'partners', `Expected rule partners and saw ${rule}.`);
        return `${peeringId} is ${status}, accepted in ${FAR} by rule ${rule}; no sweep was needed.`;
      },
    },
    {
      name: 'Each account routes its own side, in its own Region',
      async run() {
        for (const [here, there] of [
          [requester, accepter],
          [accepter, requester],
        ] as const) {
          await until(`an active route to ${there.vpc.cidr} in ${here.vpc.optedInTableId}`, async () => {
            const route = await routeTo(here.ec2, here.vpc.optedInTableId, there.vpc.cidr);
            return route?.VpcPeeringConnectionId === peeringId && route.State === 'active'
              ? route
              : undefined;
          });
        }
        await control.requester.idle();
        await tellEnds();
        for (const { ec2, vpc } of [requester, accepter]) {
          const { Routes } = await table(ec2, vpc.plainTableId);
          expect(
            (Routes ?? []).every(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === undefined),
            `${vpc.plainTableId} is not opted in and yet got a peering route.`,
          );
        }
        return `${accepter.vpc.cidr} in ${HOME}, ${requester.vpc.cidr} in ${FAR}.`;
      },
    },
    {
      name: 'server1 pings server2 again, across the ocean',
      async run() {
        const { lossPercent, average } = await pingAndTell();
        expect(lossPercent === 0, `Expected no packet loss and saw ${lossPercent}%.`);
        expect(average !== undefined, 'Expected round-trip times and saw none.');
        const end = ({ region, vpc: { zoneId } }: End) => ({ region, zoneId });
        for (const line of priceLines(priceClassOf(end(requester), end(accepter)))) {
          tell(`  ${line}`);
        }
        return `0% packet loss, ${average} ms on average.`;
      },
    },
    {
      name: 'One account lies to the other, and nothing comes of it',
      async run() {
        const eventBus = `arn:aws:events:${HOME}:${REQUESTER}:event-bus/vpc-peering-autopilot-prod`;
        const events = new EventBridgeClient({ endpoint, region: HOME, credentials: accepter.credentials });
        const { FailedEntryCount } = await events.send(
          new PutEventsCommand({
            Entries: [
              {
                EventBusName: eventBus,
                Source: 'vpc-peering-autopilot',
                DetailType: 'Routes Synced',
                Detail: JSON.stringify({
                  region: HOME,
                  peeringId: 'pcx-0000000000000bad0',
                  decision: 'accept',
                }),
              },
              {
                EventBusName: eventBus,
                Source: 'vpc-peering-autopilot',
                DetailType: 'Sweep Requested',
                Detail: JSON.stringify({ region: HOME }),
              },
            ],
          }),
        );
        await control.requester.idle();
        const { VpcPeeringConnections = [] } = await requester.ec2.send(
          new DescribeVpcPeeringConnectionsCommand({}),
        );
        tell(
          '  the bus refused both forged events: of another account it takes hints only, and only from the roles of this product',
        );
        expect(FailedEntryCount === 2, `Expected two refused events and saw ${FailedEntryCount}.`);
        expect(
          VpcPeeringConnections.length === 1,
          `Expected one peering and saw ${VpcPeeringConnections.length}.`,
        );
        return 'Not even the administrator of a trusted account can put an event on the bus.';
      },
    },
    {
      name: `Account ${REQUESTER} deletes the peering; the other side finds out by its sweep`,
      async run() {
        await requester.ec2.send(
          new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }),
        );
        const gone = ({ ec2, vpc }: End, cidr: string) =>
          until(`the removal of ${cidr} from ${vpc.optedInTableId}`, async () =>
            (await routeTo(ec2, vpc.optedInTableId, cidr)) === undefined ? true : undefined,
          );
        await gone(requester, accepter.vpc.cidr);
        tell(`  ${requester.vpc.optedInTableId} in ${HOME}: gone by event`);
        await control.accepter.fire('sweep');
        await gone(accepter, requester.vpc.cidr);
        tell(`  ${accepter.vpc.optedInTableId} in ${FAR}: gone by sweep`);
        await control.accepter.idle();
        await tellEnds();
        return `No route to ${peeringId} is left in either account.`;
      },
    },
  ];
}
