import type { LabContext, Place } from '../types.ts';
import { Ec2Error } from './errors.ts';
import type { AskMoto } from './moto.ts';
import type { PeeringCode, PeeringEnd, PeeringRecord } from './peering-life.ts';
import type { PeeringTags } from './peering-tags.ts';
import type { Peerings } from './peerings.ts';
import type { Ec2Settings } from './settings.ts';
import type { Vpcs } from './vpcs.ts';

/** What EC2 refuses of more than one action on peerings. */

export interface PeeringActionsOptions {
  readonly peerings: Peerings;
  readonly peeringTags: PeeringTags;
  readonly vpcs: Vpcs;
  readonly ask: AskMoto;
  readonly clock: LabContext['clock'];
  readonly settings: Ec2Settings;
}

/** A peering that waits for its accepter. */
export const WAITING: readonly PeeringCode[] = ['initiating-request', 'pending-acceptance'];

/** A peering that counts against the quota of its VPCs. */
export const LIVE: readonly PeeringCode[] = ['provisioning', 'active'];

/** @throws {Ec2Error} unless it is in one of these states. */
export function validateTransition(
  peerings: Peerings,
  record: PeeringRecord,
  from: readonly PeeringCode[],
  to: PeeringCode,
): void {
  const { code } = peerings.status(record);
  if (!from.includes(code)) {
    throw new Ec2Error(
      'InvalidStateTransition',
      `Invalid state transition for ${record.peeringId}, attempting to transition from ${code} to ${to}`,
    );
  }
}

/** Accepting and rejecting are the accepter's, in the Region of its VPC. */
export function validateAccepter(record: PeeringRecord, place: Place, verb: 'accept' | 'reject'): void {
  const { accepter, peeringId } = record;
  if (accepter.accountId !== place.accountId) {
    throw new Ec2Error(
      'OperationNotPermitted',
      `User (${place.accountId}) cannot ${verb} peering ${peeringId}`,
    );
  }
  if (accepter.region !== place.region) {
    throw new Ec2Error(
      'OperationNotPermitted',
      `Incorrect region (${place.region}) specified for this request. VPC peering connection ${peeringId} must be accepted or rejected in region ${accepter.region}`,
    );
  }
}

/** @throws {Ec2Error} when the VPC has as many peerings as it may have. */
export function validateVpcQuota({ peerings, settings }: PeeringActionsOptions, end: PeeringEnd): void {
  if (peerings.ofVpc(end, LIVE).length >= settings.peeringsPerVpc) {
    throw new Ec2Error(
      'VpcPeeringConnectionsPerVpcLimitExceeded',
      `${end.vpcId} has reached its limit of ${settings.peeringsPerVpc} active VPC peering connections`,
    );
  }
}
