import { accepted, type Ec2Action } from './call.ts';
import { createPeeringRequest } from './create-peering.ts';
import { describePeerings } from './describe-peerings.ts';
import { Ec2Error } from './errors.ts';
import { modifyPeeringOptions } from './peering-options.ts';
import {
  type PeeringActionsOptions,
  validateAccepter,
  validateTransition,
  validateVpcQuota,
} from './peering-rules.ts';
import { answer } from './xml.ts';

/** AcceptVpcPeeringConnection. */
function acceptPeering(options: PeeringActionsOptions): Ec2Action {
  const { peerings, peeringTags, clock } = options;
  return async ({ request, form, forward }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    validateAccepter(record, request, 'accept');
    validateTransition(peerings, record, ['pending-acceptance'], 'active');
    if (await peerings.cannotPeer(record.requester, record.accepter)) {
      // A CIDR that the accepter added after the request overlaps.
      peerings.put({ ...record, failedAt: clock.now().getTime() });
      throw new Ec2Error(
        'InvalidStateTransition',
        `Invalid state transition for ${record.peeringId}, attempting to transition from failed to active`,
      );
    }
    validateVpcQuota(options, record.accepter);
    validateVpcQuota(options, record.requester);
    await accepted(forward(request));
    const live = { ...record, acceptedAt: clock.now().getTime() };
    peerings.put(live);
    const tags = await peeringTags.of(request);
    return answer(form.action, {
      vpcPeeringConnection: await peerings.show(live, request, tags.get(live.peeringId) ?? {}),
    });
  };
}

/** RejectVpcPeeringConnection. */
function rejectPeering({ peerings, clock }: PeeringActionsOptions): Ec2Action {
  return async ({ request, form, forward }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    validateAccepter(record, request, 'reject');
    validateTransition(peerings, record, ['pending-acceptance'], 'rejected');
    await accepted(forward(request));
    peerings.put({ ...record, rejectedAt: clock.now().getTime() });
    return answer(form.action, { return: 'true' });
  };
}

/** DeleteVpcPeeringConnection. */
function deletePeering({ peerings, clock }: PeeringActionsOptions): Ec2Action {
  return async ({ request, form, forward }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    const { code } = peerings.status(record);
    if (code === 'pending-acceptance' && record.requester.accountId !== request.accountId) {
      throw new Ec2Error(
        'OperationNotPermitted',
        `User (${request.accountId}) cannot delete peering ${record.peeringId} while it is pending acceptance; it can reject it`,
      );
    }
    validateTransition(peerings, record, ['pending-acceptance', 'active'], 'deleting');
    await accepted(forward(request));
    peerings.put({ ...record, deleted: { at: clock.now().getTime(), byAccountId: request.accountId } });
    return answer(form.action, { return: 'true' });
  };
}

export function createPeeringActions(options: PeeringActionsOptions): Readonly<Record<string, Ec2Action>> {
  return {
    CreateVpcPeeringConnection: createPeeringRequest(options),
    AcceptVpcPeeringConnection: acceptPeering(options),
    RejectVpcPeeringConnection: rejectPeering(options),
    DeleteVpcPeeringConnection: deletePeering(options),
    ModifyVpcPeeringConnectionOptions: modifyPeeringOptions(options),
    DescribeVpcPeeringConnections: describePeerings(options),
  };
}
