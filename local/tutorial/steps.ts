import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateVpcCommand,
  DeleteRouteCommand,
  DeleteVpcPeeringConnectionCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { LabControl } from 'local-aws-peering';
import { globalArnIn } from 'local-aws-peering/parts';
import { priceClassOf } from '../../lib/connectivity/probes.ts';
import { explain } from './explain.ts';
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
import { type Server, TAG_PREFIX, type TutorialVpc, type World } from './world.ts';

/** A stranger: an account that no rule of the tutorial's policy names. */
const STRANGER = '333333333333';

export interface Tutorial {
  readonly world: World;
  readonly control: LabControl;
  readonly endpoint: string;
  readonly region: string;
  readonly tell: Tell;
}

/** The steps of the tutorial, in order. Each leaves the network as the next expects it. */
export function tutorialSteps({ world, control, endpoint, region, tell }: Tutorial): Step[] {
  const { ec2, vpcA, vpcB, vpcC, server1, server2, server3 } = world;
  let peeringAB = '';

  async function tellNotification(matching: string): Promise<void> {
    const notification = await until(`a notification about ${matching}`, async () =>
      (await control.notifications()).findLast(
        ({ subject, message }) => subject.includes(matching) || message.includes(matching),
      ),
    );
    tell(`  notification: ${notification.subject}`);
    for (const line of indented(notification.message)) {
      tell(`  ${line}`);
    }
  }

  async function pingAndTell(from: Server, to: Server) {
    tell(`  ${from.name}$ ${pingCommand(to.address)}`);
    const result = await ping({ endpoint, region, instanceId: from.instanceId, target: to.address });
    for (const line of indented(result.output)) {
      tell(line);
    }
    return result;
  }

  return [
    {
      name: 'server1 pings server2 before any peering',
      async run() {
        const { lossPercent } = await pingAndTell(server1, server2);
        expect(lossPercent === 100, `Expected 100% packet loss and saw ${lossPercent}%.`);
        return '100% packet loss: no peering, no route.';
      },
    },
    {
      name: 'VPC-A requests a peering with VPC-B',
      async run() {
        await tellTables(ec2, tell, [vpcA, vpcB]);
        const name = nameBetween(vpcA, vpcB);
        peeringAB = await request(ec2, vpcA.vpcId, vpcB.vpcId, { name });
        return `${peeringAB}, named ${name}, from ${vpcA.vpcId} to ${vpcB.vpcId}.`;
      },
    },
    {
      name: 'The stack accepts it, with its rule and reasons',
      async run() {
        const status = await until(`the acceptance of ${peeringAB}`, async () => {
          const code = (await peering(ec2, peeringAB))?.Status?.Code;
          return code === 'active' || code === 'provisioning' ? code : undefined;
        });
        const rule = await until(`the tag ${TAG_PREFIX}:rule on ${peeringAB}`, () =>
          tagOf(ec2, peeringAB, 'rule'),
        );
        await tellNotification(peeringAB);
        expect(rule === 'lab-vpcs', `Expected rule lab-vpcs and saw ${rule}.`);
        return `${peeringAB} is ${status}, accepted by rule ${rule}.`;
      },
    },
    {
      name: 'The opted-in tables get the route, the plain ones do not',
      async run() {
        for (const [from, to] of [
          [vpcA, vpcB],
          [vpcB, vpcA],
        ] as const) {
          await until(`an active route to ${to.cidr} in ${from.optedInTableId}`, async () => {
            const route = await routeTo(ec2, from.optedInTableId, to.cidr);
            return route?.VpcPeeringConnectionId === peeringAB && route.State === 'active'
              ? route
              : undefined;
          });
        }
        await control.idle();
        await tellTables(ec2, tell, [vpcA, vpcB]);
        for (const vpc of [vpcA, vpcB]) {
          const { Routes } = await table(ec2, vpc.plainTableId);
          expect(
            (Routes ?? []).every(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === undefined),
            `${vpc.plainTableId} has no ${TAG_PREFIX}:routes tag and yet got a peering route.`,
          );
        }
        return `${vpcB.cidr} in ${vpcA.optedInTableId}, ${vpcA.cidr} in ${vpcB.optedInTableId}.`;
      },
    },
    {
      name: 'server1 pings server2 again',
      async run() {
        const { lossPercent, average } = await pingAndTell(server1, server2);
        expect(lossPercent === 0, `Expected no packet loss and saw ${lossPercent}%.`);
        expect(average !== undefined, 'Expected round-trip times and saw none.');
        const end = ({ zoneId }: TutorialVpc) => ({ region, zoneId });
        for (const line of priceLines(priceClassOf(end(vpcA), end(vpcB)))) {
          tell(`  ${line}`);
        }
        return `0% packet loss, ${average} ms on average.`;
      },
    },
    {
      name: 'A route is deleted by hand: one message, and repair',
      async run() {
        tell(
          `  aws ec2 delete-route --route-table-id ${vpcA.optedInTableId} --destination-cidr-block ${vpcB.cidr}`,
        );
        await ec2.send(
          new DeleteRouteCommand({ RouteTableId: vpcA.optedInTableId, DestinationCidrBlock: vpcB.cidr }),
        );
        await until(`the repair of ${vpcB.cidr} in ${vpcA.optedInTableId}`, async () => {
          const route = await routeTo(ec2, vpcA.optedInTableId, vpcB.cidr);
          return route?.VpcPeeringConnectionId === peeringAB ? route : undefined;
        });
        await tellNotification(vpcA.optedInTableId);
        await control.evaluateAlarms();
        const { MetricAlarms = [] } = await new CloudWatchClient({ endpoint, region }).send(
          new DescribeAlarmsCommand({ StateValue: 'ALARM' }),
        );
        const drift = MetricAlarms.find(({ AlarmName }) => AlarmName?.includes('RouteDrift'));
        if (drift !== undefined) {
          throw new Error(`${drift.AlarmName} rings, although the route is repaired.`);
        }
        tell('  alarms about drift that are on: none, as it is repaired');
        return 'One message told of it, and the route is back.';
      },
    },
    {
      name: 'A stranger account asks for a peering',
      async run() {
        const { Credentials } = await new STSClient({ endpoint, region }).send(
          new AssumeRoleCommand({
            RoleArn: globalArnIn({ accountId: STRANGER, region }, 'iam', 'role/stranger'),
            RoleSessionName: 'tutorial',
          }),
        );
        const stranger = new EC2Client({
          endpoint,
          region,
          credentials: {
            accessKeyId: Credentials?.AccessKeyId ?? '',
            secretAccessKey: Credentials?.SecretAccessKey ?? '',
            sessionToken: Credentials?.SessionToken ?? '',
          },
        });
        const { Vpc } = await stranger.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
        const { OwnerId } = (await peering(ec2, peeringAB))?.AccepterVpcInfo ?? {};
        const peeringId = await request(stranger, Vpc?.VpcId ?? '', vpcA.vpcId, {
          ...(OwnerId === undefined ? {} : { owner: OwnerId }),
        });
        // The accepter's account may get no event of a request that another account makes: the sweep finds it.
        await control.fire('sweep');
        const decision = await until(`a decision about ${peeringId}`, () =>
          tagOf(ec2, peeringId, 'decision'),
        );
        await tellNotification(peeringId);
        const status = (await peering(ec2, peeringId))?.Status?.Code;
        expect(
          decision === 'hold' && status === 'pending-acceptance',
          `Expected a held request and saw decision ${decision}, status ${status}.`,
        );
        return `${peeringId} from account ${STRANGER} is held: ${status}.`;
      },
    },
    {
      name: 'VPC-C, peered with VPC-B, cannot reach VPC-A through it',
      async run() {
        const peeringBC = await request(ec2, vpcC.vpcId, vpcB.vpcId, { name: nameBetween(vpcC, vpcB) });
        await until(`a route to ${vpcB.cidr} in ${vpcC.optedInTableId}`, async () => {
          const route = await routeTo(ec2, vpcC.optedInTableId, vpcB.cidr);
          return route?.VpcPeeringConnectionId === peeringBC && route.State === 'active' ? route : undefined;
        });
        await control.idle();
        const near = await pingAndTell(server3, server2);
        expect(near.lossPercent === 0, `server3 should reach server2 and lost ${near.lossPercent}%.`);
        const far = await pingAndTell(server3, server1);
        expect(
          far.lossPercent === 100,
          `server3 should not reach server1 and lost only ${far.lossPercent}%.`,
        );
        const why = await explain({
          region,
          vpcIds: [vpcA.vpcId, vpcB.vpcId, vpcC.vpcId],
          source: server3.instanceId,
          target: server1.instanceId,
        });
        tell(`  explain ${server3.name} ${server1.name}`);
        for (const { status, name, sentence } of why.hops) {
          tell(`    ${status.padEnd(7)} ${name.padEnd(18)} ${sentence}`);
        }
        tell(`  ${why.summary}`);
        expect(
          why.reachable === false && why.summary.includes('not transitive'),
          `explain should say that peering is not transitive and said: ${why.summary}`,
        );
        return 'VPC-C reaches VPC-B and not VPC-A: peering is not transitive, and explain says so.';
      },
    },
    {
      name: 'The peering is deleted: its routes go',
      async run() {
        await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringAB }));
        for (const [from, to] of [
          [vpcA, vpcB],
          [vpcB, vpcA],
        ] as const) {
          await until(`the removal of ${to.cidr} from ${from.optedInTableId}`, async () =>
            (await routeTo(ec2, from.optedInTableId, to.cidr)) === undefined ? true : undefined,
          );
        }
        await control.idle();
        await tellTables(ec2, tell, [vpcA, vpcB]);
        return `No route to ${peeringAB} is left.`;
      },
    },
  ];
}
