import {
  DeleteVpcPeeringConnectionCommand,
  DescribeVpcPeeringConnectionsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Credentials, LabControl } from 'local-aws-peering';
import {
  acceptance,
  allAnswered,
  nothingAnswered,
  pingAndTell,
  plainTableUntouched,
  routed,
  unrouted,
} from './seen.ts';
import {
  expect,
  indented,
  nameBetween,
  request,
  type Step,
  type Tell,
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

interface Scene extends TwoAccountsTutorial {
  /** Once it is requested. */
  peeringId: string;
}

async function tellEnds({ accounts: { requester, accepter }, tell }: Scene): Promise<void> {
  for (const { accountId, region, ec2, vpc } of [requester, accepter]) {
    tell(`  account ${accountId}, ${region}`);
    await tellTables(ec2, tell, [vpc]);
  }
}

function pingAcross({ accounts: { requester, accepter }, endpoint, tell }: Scene) {
  const { region, credentials, server } = requester;
  return pingAndTell({ endpoint, region, credentials, tell }, server, accepter.server);
}

function listening({ accounts: { accepter }, endpoint, tell }: Scene): Step {
  return {
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
  };
}

function unpeered(scene: Scene): Step {
  return {
    name: 'server1 pings server2 before any peering',
    run: async () => nothingAnswered(await pingAcross(scene)),
  };
}

function requested(scene: Scene): Step {
  const { requester, accepter } = scene.accounts;
  return {
    name: `Account ${REQUESTER} in ${HOME} asks ${ACCEPTER} in ${FAR}`,
    async run() {
      await tellEnds(scene);
      const name = nameBetween(requester.vpc, accepter.vpc);
      scene.peeringId = await request(requester.ec2, requester.vpc.vpcId, accepter.vpc.vpcId, {
        name,
        owner: ACCEPTER,
        region: FAR,
      });
      return `${scene.peeringId}, named ${name}, from ${requester.vpc.vpcId} to ${accepter.vpc.vpcId}.`;
    },
  };
}

function accepted(scene: Scene): Step {
  const { accounts, control, tell } = scene;
  const { ec2 } = accounts.accepter;
  return {
    name: 'Its stack tells the other one, which decides by its own policy and accepts',
    async run() {
      const { peeringId } = scene;
      const status = await acceptance(ec2, peeringId);
      const rule = await until(`the rule's tag on ${peeringId} in ${FAR}`, () =>
        tagOf(ec2, peeringId, 'rule'),
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
  };
}

function bothRouted(scene: Scene): Step {
  const { requester, accepter } = scene.accounts;
  return {
    name: 'Each account routes its own side, in its own Region',
    async run() {
      for (const [here, there] of [
        [requester, accepter],
        [accepter, requester],
      ] as const) {
        await routed(here.ec2, here.vpc, there.vpc.cidr, scene.peeringId);
      }
      await scene.control.requester.idle();
      await tellEnds(scene);
      for (const { ec2, vpc } of [requester, accepter]) {
        await plainTableUntouched(ec2, vpc);
      }
      return `${accepter.vpc.cidr} in ${HOME}, ${requester.vpc.cidr} in ${FAR}.`;
    },
  };
}

function peered(scene: Scene): Step {
  const { requester, accepter } = scene.accounts;
  const end = ({ region, vpc: { zoneId } }: End) => ({ region, zoneId });
  return {
    name: 'server1 pings server2 again, across the ocean',
    run: async () => allAnswered(await pingAcross(scene), scene.tell, [end(requester), end(accepter)]),
  };
}

function lied({ accounts: { requester, accepter }, control, endpoint, tell }: Scene): Step {
  const EventBusName = `arn:aws:events:${HOME}:${REQUESTER}:event-bus/vpc-peering-autopilot-prod`;
  const forged = (DetailType: string, detail: object) => ({
    EventBusName,
    Source: 'vpc-peering-autopilot',
    DetailType,
    Detail: JSON.stringify({ region: HOME, ...detail }),
  });
  return {
    name: 'One account lies to the other, and nothing comes of it',
    async run() {
      const events = new EventBridgeClient({ endpoint, region: HOME, credentials: accepter.credentials });
      const { FailedEntryCount } = await events.send(
        new PutEventsCommand({
          Entries: [
            forged('Routes Synced', { peeringId: 'pcx-0000000000000bad0', decision: 'accept' }),
            forged('Sweep Requested', {}),
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
  };
}

function ended(scene: Scene): Step {
  const { accounts, control, tell } = scene;
  const { requester, accepter } = accounts;
  return {
    name: `Account ${REQUESTER} deletes the peering; the other side finds out by its sweep`,
    async run() {
      const { peeringId } = scene;
      await requester.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringId }));
      await unrouted(requester.ec2, requester.vpc, accepter.vpc.cidr);
      tell(`  ${requester.vpc.optedInTableId} in ${HOME}: gone by event`);
      await control.accepter.fire('sweep');
      await unrouted(accepter.ec2, accepter.vpc, requester.vpc.cidr);
      tell(`  ${accepter.vpc.optedInTableId} in ${FAR}: gone by sweep`);
      await control.accepter.idle();
      await tellEnds(scene);
      return `No route to ${peeringId} is left in either account.`;
    },
  };
}

/** The steps, in order. Each leaves the network as the next expects it. */
export function twoAccountsSteps(tutorial: TwoAccountsTutorial): Step[] {
  const scene: Scene = { ...tutorial, peeringId: '' };
  return [listening, unpeered, requested, accepted, bothRouted, peered, lied, ended].map((step) =>
    step(scene),
  );
}
