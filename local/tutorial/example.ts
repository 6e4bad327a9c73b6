import { EC2Client } from '@aws-sdk/client-ec2';
import { createLabControl, type Lab } from 'local-aws-peering';
import { nameBetween, request, routeTo, until } from './story.ts';
import { createWorld, type World } from './world.ts';

/** The tutorial's network as people find it in `npm run lab -- --example`: asked for, accepted, routed and pinged once. */

export interface Example extends World {
  /** Of `VPC-A-to-VPC-B`. */
  readonly peeringId: string;
}

/** VPCs, servers, and the request of VPC-A, which nobody has answered yet. */
export async function requestedExample(ec2: EC2Client): Promise<Example> {
  const world = await createWorld(ec2);
  const { vpcA, vpcB } = world;
  const peeringId = await request(ec2, vpcA.vpcId, vpcB.vpcId, { name: nameBetween(vpcA, vpcB) });
  return { ...world, peeringId };
}

/**
 * The same, once the deployed stack has done its work.
 *
 * @throws StepFailed where it does not: the policy has to accept requests between VPCs that are tagged Environment=lab.
 */
export async function createExample({
  url,
  region,
  env,
}: Pick<Lab, 'url' | 'region' | 'env'>): Promise<Example> {
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  };
  const ec2 = new EC2Client({ endpoint: url, region, credentials });
  const example = await requestedExample(ec2);
  const { vpcA, vpcB, peeringId } = example;
  for (const [from, to] of [
    [vpcA, vpcB],
    [vpcB, vpcA],
  ] as const) {
    await until(`a route to ${to.cidr} by ${peeringId} in ${from.optedInTableId}`, async () => {
      const route = await routeTo(ec2, from.optedInTableId, to.cidr);
      return route?.VpcPeeringConnectionId === peeringId && route.State === 'active' ? route : undefined;
    });
  }
  const control = createLabControl(url);
  await control.idle();
  await control.fire('check-connectivity');
  await control.idle();
  return example;
}

/** Commands to type in another terminal, each with what it shows. */
export function exampleCommands({
  server1,
  server2,
}: World): readonly (readonly [command: string, shows: string])[] {
  return [
    ['npx peering status', 'both sides of VPC-A-to-VPC-B: health, routes, last ping'],
    [
      `npx peering explain ${server1.instanceId} ${server2.address}`,
      'hop by hop, why server1 reaches server2',
    ],
    ['npx peering ping', 'pings between the servers through SSM: times, loss, price class'],
    ['npx peering history', 'what the stack did, by whom and why'],
    ['npx peering report --out peerings.html', 'one page with all of it and a picture, for a browser'],
  ];
}
