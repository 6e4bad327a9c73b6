import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { createEc2Clients } from '../../lib/aws/ec2-clients.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { RegionInventory } from '../../lib/model/inventory.ts';
import { isOptedIn, optInOf } from '../../lib/model/opt-in.ts';
import { type DoctorCheck, pass, warn } from './check.ts';
import { type Patient, regionsOf } from './patient.ts';

/** An id that no peering has: EC2 looks at permissions first. */
const NO_PEERING = 'pcx-00000000000000000';
/** TEST-NET-1 (RFC 5737), which no VPC routes. */
const NO_DESTINATION = '192.0.2.0/24';

type Permission = 'permitted' | 'denied' | 'unknown';

async function dryRun(call: () => Promise<unknown>): Promise<Permission> {
  try {
    await call();
    return 'unknown';
  } catch (error) {
    const { code, kind } = classifyAwsError(error);
    if (code === 'DryRunOperation') return 'permitted';
    return kind === 'denied' ? 'denied' : 'unknown';
  }
}

/** A call that changes nothing, by the name of its permission. */
interface DryRun {
  readonly name: string;
  readonly call: () => Promise<unknown>;
}

/** The calls of `peering apply`, of a peering and a table that are there where there are any. */
function dryRunsOf(client: EC2Client, { peerings, tables }: RegionInventory, tagPrefix: string): DryRun[] {
  const pending = peerings.find(({ status }) => status === 'pending-acceptance');
  const peering = pending ?? peerings.find(({ status }) => status === 'active');
  const VpcPeeringConnectionId = peering?.peeringId ?? NO_PEERING;
  const accept = new AcceptVpcPeeringConnectionCommand({ DryRun: true, VpcPeeringConnectionId });
  const onPeering = { name: 'AcceptVpcPeeringConnection', call: () => client.send(accept) };
  const table = tables.find((each) => isOptedIn(optInOf(each, tagPrefix)));
  if (table === undefined) {
    return [onPeering];
  }
  const route = { DryRun: true, RouteTableId: table.routeTableId, DestinationCidrBlock: NO_DESTINATION };
  return [
    onPeering,
    {
      name: 'CreateRoute',
      call: () => client.send(new CreateRouteCommand({ ...route, VpcPeeringConnectionId })),
    },
    { name: 'DeleteRoute', call: () => client.send(new DeleteRouteCommand(route)) },
  ];
}

/** @param answers by the name of the permission. */
function checkOf(region: string, answers: readonly (readonly [string, Permission])[]): DoctorCheck {
  const those = (wanted: Permission) =>
    answers
      .filter(([, answer]) => answer === wanted)
      .map(([name]) => name)
      .join(', ');
  if (those('denied') !== '') {
    return warn(
      'permissions',
      region,
      `You may not call ${those('denied')}, so peering apply will not work for you. The functions have roles of their own.`,
      'Nothing, unless you want to apply by hand: then ask for these permissions.',
    );
  }
  return those('unknown') !== ''
    ? warn(
        'permissions',
        region,
        `Whether you may call ${those('unknown')} cannot be told by a dry run here.`,
        'Nothing. It can be told once there is a peering and a table that opts in.',
      )
    : pass('permissions', region, `Dry runs of ${those('permitted')} would have succeeded.`);
}

/** What the caller may do; the functions have roles of their own. */
export async function permissions({ assessment, policy }: Patient): Promise<readonly DoctorCheck[]> {
  const clients = createEc2Clients();
  return Promise.all(
    regionsOf(assessment).map(async ({ region, inventory }) => {
      const runs = dryRunsOf(clients.forRegion(region), inventory, policy.tagPrefix);
      return checkOf(
        region,
        await Promise.all(runs.map(async ({ name, call }) => [name, await dryRun(call)] as const)),
      );
    }),
  );
}
