import { accepted, type Ec2Action } from './call.ts';
import { type Cidr, contains, exactBlock, networkOf, overlaps } from './cidr.ts';
import { destinationOf } from './destinations.ts';
import { Ec2Error } from './errors.ts';
import { type PeeringEnd, samePlace } from './peering-life.ts';
import type { Peerings } from './peerings.ts';
import { isLocal, type RouteTables } from './route-tables.ts';
import { cidrsOf, type Vpcs } from './vpcs.ts';
import { items, text } from './xml.ts';

export interface VpcCidrActionsOptions {
  readonly routeTables: RouteTables;
  readonly peerings: Peerings;
  readonly vpcs: Vpcs;
}

/** @throws {Ec2Error} */
function readBlock(asked: string): Cidr {
  const block = exactBlock(asked);
  if (block === undefined) {
    const meant = networkOf(asked);
    throw new Ec2Error(
      'InvalidParameterValue',
      `Value (${asked}) for parameter cidrBlock is invalid. ${meant === undefined ? 'This is not a valid CIDR block.' : `It has bits set behind its prefix; ${meant.text} has none.`}`,
    );
  }
  return block;
}

/** A new CIDR must not take over what the VPC's tables route elsewhere, nor overlap a peer. */
export function createAssociateVpcCidrBlock({
  routeTables,
  peerings,
  vpcs,
}: VpcCidrActionsOptions): Ec2Action {
  function refusal(added: Cidr, why: string): Ec2Error {
    return new Ec2Error('InvalidVpc.Range', `The CIDR '${added.text}' is invalid: ${why}`);
  }

  async function validateRoutes(end: PeeringEnd, added: Cidr): Promise<void> {
    const tables = await routeTables.read(end, {
      'Filter.1.Name': 'vpc-id',
      'Filter.1.Value.1': end.vpcId,
    });
    for (const table of tables) {
      for (const route of items(table, 'routeSet')) {
        const destination = networkOf(destinationOf(route));
        if (!isLocal(route) && destination !== undefined && contains(added, destination)) {
          throw refusal(
            added,
            `it equals or contains ${destination.text}, a route of ${text(table, 'routeTableId')}`,
          );
        }
      }
    }
  }

  async function validatePeers(end: PeeringEnd, added: Cidr): Promise<void> {
    // Adopts peerings that CloudFormation made.
    await peerings.visible(end);
    for (const record of peerings.ofVpc(end, ['pending-acceptance', 'provisioning', 'active'])) {
      const requesting = record.requester.vpcId === end.vpcId && samePlace(record.requester, end);
      if (peerings.status(record).code === 'pending-acceptance') {
        if (requesting) {
          throw new Ec2Error(
            'OperationNotPermitted',
            `${end.vpcId} takes no CIDR while its request ${record.peeringId} is pending acceptance`,
          );
        }
        continue;
      }
      const peer = await vpcs.find(requesting ? record.accepter : record.requester);
      const theirs = peer && cidrsOf(peer).find((block) => overlaps(block, added));
      if (theirs !== undefined) {
        throw refusal(added, `it overlaps ${theirs.text} of ${peer?.vpcId}, peered by ${record.peeringId}`);
      }
    }
  }

  return async ({ request, form, forward }) => {
    const { accountId, region } = request;
    const end = { accountId, region, vpcId: form.required('VpcId') };
    const asked = form.get('CidrBlock');
    const vpc = await vpcs.find(end);
    if (asked !== undefined && vpc !== undefined) {
      const added = readBlock(asked);
      const own = cidrsOf(vpc).find((block) => overlaps(block, added));
      if (own !== undefined) {
        throw refusal(added, `it overlaps ${own.text} of ${vpc.vpcId}`);
      }
      await validateRoutes(end, added);
      await validatePeers(end, added);
    }
    return accepted(forward(request));
  };
}
