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
import { explain } from './explain.ts';
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
  peering,
  request,
  routeTo,
  type Step,
  type Tell,
  tagOf,
  tellTables,
  until,
} from './story.ts';
import { TAG_PREFIX, type TutorialVpc, type World } from './world.ts';

/** A stranger: an account that no rule of the tutorial's policy names. */
const STRANGER = '333333333333';

export interface Tutorial {
  readonly world: World;
  readonly control: LabControl;
  readonly endpoint: string;
  readonly region: string;
  readonly tell: Tell;
}

interface Scene extends Tutorial {
  /** The peering of VPC-A and VPC-B, once it is requested. */
  peeringAB: string;
}

async function tellNotification({ control, tell }: Scene, matching: string): Promise<void> {
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

/** From where to where both sides of the peering lead. */
function bothWays({ world: { vpcA, vpcB } }: Scene) {
  return [
    [vpcA, vpcB],
    [vpcB, vpcA],
  ] as const;
}

function unpeered(scene: Scene): Step {
  const { server1, server2 } = scene.world;
  return {
    name: 'server1 pings server2 before any peering',
    run: async () => nothingAnswered(await pingAndTell(scene, server1, server2)),
  };
}

function requested(scene: Scene): Step {
  const { ec2, vpcA, vpcB } = scene.world;
  return {
    name: 'VPC-A requests a peering with VPC-B',
    async run() {
      await tellTables(ec2, scene.tell, [vpcA, vpcB]);
      const name = nameBetween(vpcA, vpcB);
      scene.peeringAB = await request(ec2, vpcA.vpcId, vpcB.vpcId, { name });
      return `${scene.peeringAB}, named ${name}, from ${vpcA.vpcId} to ${vpcB.vpcId}.`;
    },
  };
}

function accepted(scene: Scene): Step {
  const { ec2 } = scene.world;
  return {
    name: 'The stack accepts it, with its rule and reasons',
    async run() {
      const { peeringAB } = scene;
      const status = await acceptance(ec2, peeringAB);
      const rule = await until(`the tag ${TAG_PREFIX}:rule on ${peeringAB}`, () =>
        tagOf(ec2, peeringAB, 'rule'),
      );
      await tellNotification(scene, peeringAB);
      expect(rule === 'lab-vpcs', `Expected rule lab-vpcs and saw ${rule}.`);
      return `${peeringAB} is ${status}, accepted by rule ${rule}.`;
    },
  };
}

function optedIn(scene: Scene): Step {
  const { ec2, vpcA, vpcB } = scene.world;
  return {
    name: 'The opted-in tables get the route, the plain ones do not',
    async run() {
      for (const [from, to] of bothWays(scene)) {
        await routed(ec2, from, to.cidr, scene.peeringAB);
      }
      await scene.control.idle();
      await tellTables(ec2, scene.tell, [vpcA, vpcB]);
      for (const vpc of [vpcA, vpcB]) {
        await plainTableUntouched(ec2, vpc);
      }
      return `${vpcB.cidr} in ${vpcA.optedInTableId}, ${vpcA.cidr} in ${vpcB.optedInTableId}.`;
    },
  };
}

function peered(scene: Scene): Step {
  const { server1, server2, vpcA, vpcB } = scene.world;
  const end = ({ zoneId }: TutorialVpc) => ({ region: scene.region, zoneId });
  return {
    name: 'server1 pings server2 again',
    run: async () =>
      allAnswered(await pingAndTell(scene, server1, server2), scene.tell, [end(vpcA), end(vpcB)]),
  };
}

function repaired(scene: Scene): Step {
  const { ec2, vpcA, vpcB } = scene.world;
  const { endpoint, region, tell } = scene;
  return {
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
        return route?.VpcPeeringConnectionId === scene.peeringAB ? route : undefined;
      });
      await tellNotification(scene, vpcA.optedInTableId);
      await scene.control.evaluateAlarms();
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
  };
}

async function stranger({ endpoint, region }: Scene): Promise<EC2Client> {
  const { Credentials } = await new STSClient({ endpoint, region }).send(
    new AssumeRoleCommand({
      RoleArn: globalArnIn({ accountId: STRANGER, region }, 'iam', 'role/stranger'),
      RoleSessionName: 'tutorial',
    }),
  );
  return new EC2Client({
    endpoint,
    region,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  });
}

function held(scene: Scene): Step {
  const { ec2, vpcA } = scene.world;
  return {
    name: 'A stranger account asks for a peering',
    async run() {
      const theirs = await stranger(scene);
      const { Vpc } = await theirs.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
      const { OwnerId } = (await peering(ec2, scene.peeringAB))?.AccepterVpcInfo ?? {};
      const peeringId = await request(theirs, Vpc?.VpcId ?? '', vpcA.vpcId, {
        ...(OwnerId === undefined ? {} : { owner: OwnerId }),
      });
      // The accepter's account may get no event of a request that another account makes: the sweep finds it.
      await scene.control.fire('sweep');
      const decision = await until(`a decision about ${peeringId}`, () => tagOf(ec2, peeringId, 'decision'));
      await tellNotification(scene, peeringId);
      const status = (await peering(ec2, peeringId))?.Status?.Code;
      expect(
        decision === 'hold' && status === 'pending-acceptance',
        `Expected a held request and saw decision ${decision}, status ${status}.`,
      );
      return `${peeringId} from account ${STRANGER} is held: ${status}.`;
    },
  };
}

function notTransitive(scene: Scene): Step {
  const { ec2, vpcA, vpcB, vpcC, server1, server2, server3 } = scene.world;
  return {
    name: 'VPC-C, peered with VPC-B, cannot reach VPC-A through it',
    async run() {
      const peeringBC = await request(ec2, vpcC.vpcId, vpcB.vpcId, { name: nameBetween(vpcC, vpcB) });
      await routed(ec2, vpcC, vpcB.cidr, peeringBC);
      await scene.control.idle();
      const near = await pingAndTell(scene, server3, server2);
      expect(near.lossPercent === 0, `server3 should reach server2 and lost ${near.lossPercent}%.`);
      const far = await pingAndTell(scene, server3, server1);
      expect(far.lossPercent === 100, `server3 should not reach server1 and lost only ${far.lossPercent}%.`);
      const why = await explain({
        region: scene.region,
        vpcIds: [vpcA.vpcId, vpcB.vpcId, vpcC.vpcId],
        source: server3.instanceId,
        target: server1.instanceId,
      });
      scene.tell(`  explain ${server3.name} ${server1.name}`);
      for (const { status, name, sentence } of why.hops) {
        scene.tell(`    ${status.padEnd(7)} ${name.padEnd(18)} ${sentence}`);
      }
      scene.tell(`  ${why.summary}`);
      expect(
        why.reachable === false && why.summary.includes('not transitive'),
        `explain should say that peering is not transitive and said: ${why.summary}`,
      );
      return 'VPC-C reaches VPC-B and not VPC-A: peering is not transitive, and explain says so.';
    },
  };
}

function ended(scene: Scene): Step {
  const { ec2, vpcA, vpcB } = scene.world;
  return {
    name: 'The peering is deleted: its routes go',
    async run() {
      const { peeringAB } = scene;
      await ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: peeringAB }));
      for (const [from, to] of bothWays(scene)) {
        await unrouted(ec2, from, to.cidr);
      }
      await scene.control.idle();
      await tellTables(ec2, scene.tell, [vpcA, vpcB]);
      return `No route to ${peeringAB} is left.`;
    },
  };
}

/** The steps of the tutorial, in order. Each leaves the network as the next expects it. */
export function tutorialSteps(tutorial: Tutorial): Step[] {
  const scene: Scene = { ...tutorial, peeringAB: '' };
  return [unpeered, requested, accepted, optedIn, peered, repaired, held, notTransitive, ended].map((step) =>
    step(scene),
  );
}
