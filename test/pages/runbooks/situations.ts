import {
  AllocateIpamPoolCidrCommand,
  CreateIpamCommand,
  CreateIpamPoolCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
} from '@aws-sdk/client-ec2';
import type { AlarmName } from '../../../lib/model/runbook.ts';
import type { Lab } from '../../../local/lab.ts';
import { eventually, type LabAccount, type LabVpc, labAccount } from '../../support/lab-account.ts';
import type { SITUATIONS } from '../../support/runbook.ts';
import type { Variables } from './followed-page.ts';
import { forbid, resource } from './plays.ts';
import { REGION, type Scene } from './scene.ts';

/**
 * How what has no alarm of its own is made to happen in the lab. Each is about a route: it is missing, or there and should not be.
 */

/** The account that the IPAM belongs to, which shares its pool. */
const PLANNER = '111111111111';
/** One that has ranges of the pool, and asks. */
const MEMBER = '222222222222';
const OWN = '123456789012';
const HOURS_25 = 25 / 24;

/** Something that has happened. */
interface Happened {
  readonly variables: Variables;
  /** Whether it is over. */
  isOver(): Promise<boolean>;
}

export interface Cause {
  happen(scene: Scene): Promise<Happened>;
  /** What the page says in words, done after the command that begins like this. */
  readonly inWords?: Readonly<Record<string, (scene: Scene, variables: Variables) => Promise<void>>>;
  /** What the page says in words where it has no command at all. @returns what its variables stand for from then on. */
  readonly byHand?: (scene: Scene, variables: Variables) => Promise<Variables>;
}

export interface SituationPlay {
  readonly page: (typeof SITUATIONS)[number];
  /** Alarms that ring besides. Left out: none. */
  readonly rings?: readonly AlarmName[];
  /** By the heading under "Mend". The commands under "Look" are shown for the first. */
  readonly causes: Readonly<Record<string, Cause>>;
}

function given(value: string | undefined): string {
  if (value === undefined) throw new Error('the lab answered without an id');
  return value;
}

/** The address plan: a pool that is shared with the account of the stack. @returns the policy with its id. */
export async function withAddressPlan(lab: Lab, policy: string): Promise<string> {
  const planner = await labAccount({ endpoint: lab.url, region: REGION, accountId: PLANNER });
  const { Ipam } = await planner.ec2.send(new CreateIpamCommand({}));
  const { IpamPool } = await planner.ec2.send(
    new CreateIpamPoolCommand({
      IpamScopeId: Ipam?.PrivateDefaultScopeId,
      Locale: REGION,
      AddressFamily: 'ipv4',
    }),
  );
  const poolId = given(IpamPool?.IpamPoolId);
  for (const accountId of [OWN, MEMBER]) {
    await share(lab.url, 'POST', { poolId, accountId });
  }
  const allocate = async (accountId: string, Cidr: string) => {
    const { ec2 } = await labAccount({ endpoint: lab.url, region: REGION, accountId });
    await ec2.send(new AllocateIpamPoolCidrCommand({ IpamPoolId: poolId, Cidr }));
  };
  await allocate(OWN, '10.0.0.0/9');
  await allocate(MEMBER, '10.128.0.0/9');
  return policy.replace('ipam-pool-00000000000000000', poolId);
}

interface Share {
  readonly poolId: string;
  readonly accountId: string;
}

async function share(url: string, method: 'POST' | 'DELETE', body: Share): Promise<void> {
  const answer = await fetch(`${url}/_lab/ipam-shares`, { method, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} /_lab/ipam-shares: ${answer.status}`);
}

/** The pool is shared with the account of the stack, or no longer is. */
async function sharing(method: 'POST' | 'DELETE', { lab }: Scene, poolId: string): Promise<void> {
  await share(lab.url, method, { poolId, accountId: OWN });
}

async function isRouted(own: LabAccount, tableId: string, destination: string): Promise<boolean> {
  return (await own.peeringRoutes(tableId)).some((line) => line.startsWith(`${destination} `));
}

let blocks = 128;

/** A member of the organization asks, with a range of its own, and nobody can look it up. */
async function askUnseen(scene: Scene): Promise<Happened> {
  const { lab, own } = scene;
  const member = await labAccount({ endpoint: lab.url, region: REGION, accountId: MEMBER });
  blocks += 1;
  const from = await member.createVpc(`10.${blocks}.0.0/16`);
  const to = await own.createVpc(`10.${blocks - 90}.0.0/16`);
  const pcx = await member.request(from, to, { accountId: OWN });
  await scene.sweep();
  return { variables: {}, isOver: () => isAcceptedAndRouted(own, pcx, to, from.cidr) };
}

async function isAcceptedAndRouted(own: LabAccount, pcx: string, to: LabVpc, cidr: string): Promise<boolean> {
  return (await own.peering(pcx))?.Status?.Code === 'active' && (await isRouted(own, to.tableId, cidr));
}

function poolIn(policy: string): string {
  return given(/ipam-pool-[0-9a-f]+/.exec(policy)?.[0]);
}

interface ProjectPeering extends Happened {
  readonly pcx: string;
  readonly from: LabVpc;
  readonly to: LabVpc;
}

let projects = 63;

/** A peering of two projects, accepted and routed. */
async function projectPeering(scene: Scene): Promise<ProjectPeering> {
  const { own, control } = scene;
  const createVpc = () => {
    projects += 1;
    return own.createVpc(`10.${projects}.0.0/16`, { Environment: 'project' });
  };
  const [from, to] = [await createVpc(), await createVpc()];
  const pcx = await own.request(from, to);
  await control.idle();
  const isOver = async () =>
    (await isRouted(own, from.tableId, to.cidr)) && (await isRouted(own, to.tableId, from.cidr));
  await eventually(`routes of ${pcx}`, async () => ((await isOver()) ? true : undefined));
  return { pcx, from, to, variables: { PEERING: pcx, REGION }, isOver };
}

async function tagEnd({ own, ask }: Scene, pcx: string, inDays: number): Promise<void> {
  const { now } = (await ask('GET', '/_lab/clock')) as { readonly now: string };
  const Value = new Date(Date.parse(now) + inDays * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z');
  await own.ec2.send(
    new CreateTagsCommand({ Resources: [pcx], Tags: [{ Key: 'peering-autopilot:expires', Value }] }),
  );
}

/** Somebody wrote a day that has come by now: people were told a day before. */
async function endedByTag(scene: Scene): Promise<ProjectPeering> {
  const peered = await projectPeering(scene);
  await tagEnd(scene, peered.pcx, 1 / 24);
  await scene.sweep();
  await scene.daysPass(HOURS_25);
  return peered;
}

const SHARED = { Key: 'Tier', Value: 'shared' };

/** A peering of VPC-A with VPC-C, of which just the tagged subnets are routed. */
let subnetPeering: Promise<string> | undefined;

async function withSubnets(scene: Scene): Promise<string> {
  const { own, world, control } = scene;
  subnetPeering ??= (async () => {
    await own.ec2.send(new CreateTagsCommand({ Resources: [world.vpcC.subnetId], Tags: [SHARED] }));
    const pcx = await own.request(world.vpcA, world.vpcC);
    await control.idle();
    await eventually('the route of the tagged subnet', async () =>
      (await isRouted(own, world.vpcA.optedInTableId, '10.3.1.0/24')) ? true : undefined,
    );
    // While it is provisioning nothing is said of a side without routes.
    await eventually('the active peering', async () =>
      (await own.peering(pcx))?.Status?.Code === 'active' ? true : undefined,
    );
    return pcx;
  })();
  return subnetPeering;
}

async function subnetVariables(scene: Scene): Promise<Variables> {
  const { server1, server3 } = scene.world;
  return {
    PEERING: await withSubnets(scene),
    INSTANCE: server1.instanceId,
    ADDRESS: server3.address,
    REGION,
  };
}

/** The servers' subnet of VPC-C loses the tag. */
async function untagged(scene: Scene): Promise<Happened> {
  const { own, world, control } = scene;
  const variables = await subnetVariables(scene);
  const SUBNET = world.vpcC.subnetId;
  await own.ec2.send(new DeleteTagsCommand({ Resources: [SUBNET], Tags: [{ Key: SHARED.Key }] }));
  await control.idle();
  return {
    variables: { ...variables, SUBNET },
    isOver: () => isRouted(own, world.vpcA.optedInTableId, '10.3.1.0/24'),
  };
}

async function tagged(scene: Scene, subnetId: string): Promise<void> {
  await scene.own.ec2.send(new CreateTagsCommand({ Resources: [subnetId], Tags: [SHARED] }));
  await scene.sweep();
}

export const SITUATION_PLAYS: readonly SituationPlay[] = [
  {
    page: 'SubnetTagsChanged',
    causes: {
      'A subnet lost its tag': { happen: untagged },
      'A subnet got a tag that it should not have': {
        async happen(scene) {
          const { own, world } = scene;
          const variables = await subnetVariables(scene);
          const { Subnet } = await own.ec2.send(
            new CreateSubnetCommand({ VpcId: world.vpcC.vpcId, CidrBlock: '10.3.2.0/24' }),
          );
          const SUBNET = given(Subnet?.SubnetId);
          await tagged(scene, SUBNET);
          return {
            variables: { ...variables, SUBNET },
            isOver: async () => !(await isRouted(own, world.vpcA.optedInTableId, '10.3.2.0/24')),
          };
        },
      },
      'Many tags change, and routes must stay for now': {
        happen: untagged,
        inWords: {
          async 'npx peering freeze'(scene, { SUBNET = '' }) {
            await tagged(scene, SUBNET);
            expect(await isRouted(scene.own, scene.world.vpcA.optedInTableId, '10.3.1.0/24')).toBe(false);
          },
        },
      },
    },
  },
  {
    page: 'AddressPlanUnread',
    rings: ['PermanentFailures'],
    causes: {
      'A pool is not shared any more': {
        async happen(scene) {
          const POOL = poolIn(scene.policy);
          await sharing('DELETE', scene, POOL);
          const asked = await askUnseen(scene);
          return { ...asked, variables: { POOL } };
        },
        async byHand(scene, variables) {
          await sharing('POST', scene, variables.POOL ?? '');
          return variables;
        },
      },
      'It is not permitted': {
        async happen(scene) {
          const ROLE = resource(scene, 'AcceptRequestsRole');
          await forbid(scene, ROLE, 'ec2:GetIpamPoolAllocations');
          const asked = await askUnseen(scene);
          return { ...asked, variables: { ROLE, POLICY: 'no-changes-this-week' } };
        },
      },
    },
  },
  {
    page: 'PeeringEnded',
    causes: {
      'It is still needed, and not deleted yet': {
        async happen(scene) {
          const peered = await projectPeering(scene);
          for (const days of [24, 5 + 1 / 24, 1]) await scene.daysPass(days);
          return peered;
        },
      },
      'Its tag is wrong': { happen: endedByTag },
      'It is deleted': {
        async happen(scene) {
          const { from, to, ...ended } = await endedByTag(scene);
          await scene.daysPass(HOURS_25);
          expect((await scene.own.peering(ended.pcx))?.Status?.Code).toBe('deleted');
          return { ...ended, variables: { FROM: from.vpcId, TO: to.vpcId } };
        },
        async byHand({ own, control }, { FROM = '', TO = '' }) {
          const PEERING = await own.request({ vpcId: FROM }, { vpcId: TO });
          await control.idle();
          return { PEERING };
        },
      },
      'Many end at once': {
        async happen(scene) {
          const peered = await endedByTag(scene);
          await scene.daysPass(22 / 24);
          return peered;
        },
        inWords: {
          async 'npx peering freeze'(scene, { PEERING = '' }) {
            // Now it would be deleted.
            await scene.daysPass(3 / 24);
            expect((await scene.own.peering(PEERING))?.Status?.Code).toBe('active');
            await tagEnd(scene, PEERING, 20);
          },
        },
      },
    },
  },
];
