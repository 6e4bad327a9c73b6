import { randomBytes } from 'node:crypto';
import type { LabRequest, LabResponse } from '../types.ts';
import { accepted, type Ec2Action, type Ec2Call, notFound } from './call.ts';
import { Ec2Error } from './errors.ts';
import { type PeeringEnd, type PeeringRecord, samePlace } from './peering-life.ts';
import { LIVE, type PeeringActionsOptions, validateVpcQuota, WAITING } from './peering-rules.ts';
import { newRecord, tagsOfAnswer } from './peerings.ts';
import type { LabVpc } from './vpcs.ts';
import { answer, child, parseAnswer, text } from './xml.ts';

/** The two VPCs of a request. */
interface Ends {
  readonly requester: PeeringEnd;
  readonly accepter: PeeringEnd;
}

function endsIn({ request: { accountId, region }, form }: Ec2Call): Ends {
  return {
    requester: { accountId, region, vpcId: form.required('VpcId') },
    accepter: {
      accountId: form.get('PeerOwnerId') ?? accountId,
      region: form.get('PeerRegion') ?? region,
      vpcId: form.required('PeerVpcId'),
    },
  };
}

/**
 * @returns the accepter's VPC, undefined when there is none: of another place that is no reason to refuse.
 * @throws {Ec2Error}
 */
async function findVpcs(
  { vpcs }: PeeringActionsOptions,
  { requester, accepter }: Ends,
): Promise<LabVpc | undefined> {
  if ((await vpcs.find(requester)) === undefined) {
    throw notFound('vpc', requester.vpcId);
  }
  const accepterVpc = await vpcs.find(accepter);
  if (accepterVpc === undefined && samePlace(requester, accepter)) {
    throw notFound('vpc', accepter.vpcId);
  }
  return accepterVpc;
}

/**
 * The same request, if it waits already.
 *
 * @throws {Ec2Error} when there is another peering between the two VPCs.
 */
function sameRequest(
  { peerings }: PeeringActionsOptions,
  { requester, accepter }: Ends,
): PeeringRecord | undefined {
  const isAccepter = (end: PeeringEnd) => end.vpcId === accepter.vpcId && samePlace(end, accepter);
  const between = peerings
    .ofVpc(requester, [...WAITING, ...LIVE])
    .find((record) => isAccepter(record.accepter) || isAccepter(record.requester));
  if (
    between !== undefined &&
    !(isAccepter(between.accepter) && WAITING.includes(peerings.status(between).code))
  ) {
    throw new Ec2Error(
      'VpcPeeringConnectionAlreadyExists',
      `A VPC peering connection between ${requester.vpcId} and ${accepter.vpcId} exists: ${between.peeringId}`,
    );
  }
  return between;
}

/** @throws {Ec2Error} when the requester has as many requests or peerings as it may have. */
function validateQuotas(options: PeeringActionsOptions, { requester }: Ends): void {
  const { peerings, settings } = options;
  if (peerings.requestedBy(requester, WAITING).length >= settings.outstandingRequests) {
    throw new Ec2Error(
      'OutstandingVpcPeeringConnectionLimitExceeded',
      `The limit of ${settings.outstandingRequests} outstanding VPC peering connection requests is reached`,
    );
  }
  validateVpcQuota(options, requester);
}

/** The answer shows every request as one that has just begun, whatever has become of it. */
async function requestAnswer(
  { peerings }: PeeringActionsOptions,
  action: string,
  request: LabRequest,
  record: PeeringRecord,
  tags: Readonly<Record<string, string>>,
): Promise<LabResponse> {
  const vpcPeeringConnection = await peerings.show(record, request, tags, {
    code: 'initiating-request',
    message: `Initiating Request to ${record.accepter.accountId}`,
    since: record.createdAt,
  });
  return answer(action, { vpcPeeringConnection });
}

/** Has moto make it too: routes and CloudFormation need it there. */
async function made(
  { peerings, peeringTags, clock }: PeeringActionsOptions,
  { request, forward }: Ec2Call,
  { requester, accepter }: Ends,
): Promise<{ readonly record: PeeringRecord; readonly tags: Readonly<Record<string, string>> }> {
  const created = child(parseAnswer(await accepted(forward(request))), 'vpcPeeringConnection');
  const peeringId = text(created, 'vpcPeeringConnectionId') ?? '';
  const record = newRecord(peeringId, requester, accepter, clock.now().getTime());
  const fails = await peerings.cannotPeer(requester, accepter);
  peerings.put(fails ? { ...record, failedAt: record.createdAt } : record);
  const tags = tagsOfAnswer(created);
  await peeringTags.made(request, record.peeringId, tags);
  return { record, tags };
}

/** CreateVpcPeeringConnection. */
export function createPeeringRequest(options: PeeringActionsOptions): Ec2Action {
  const { peerings, peeringTags, clock } = options;
  return async (call) => {
    const { request, form } = call;
    const ends = endsIn(call);
    const accepterVpc = await findVpcs(options, ends);
    await peerings.visible(request);
    const same = sameRequest(options, ends);
    if (same !== undefined) {
      const tags = await peeringTags.of(request);
      return requestAnswer(options, form.action, request, same, tags.get(same.peeringId) ?? {});
    }
    validateQuotas(options, ends);
    if (accepterVpc === undefined) {
      // Another account's VPCs are not looked up before the answer: such a request fails afterwards.
      const at = clock.now().getTime();
      const peeringId = `pcx-0${randomBytes(8).toString('hex')}`;
      const record = newRecord(peeringId, ends.requester, ends.accepter, at);
      peerings.put({ ...record, failedAt: at });
      return requestAnswer(options, form.action, request, record, {});
    }
    const { record, tags } = await made(options, call, ends);
    return requestAnswer(options, form.action, request, record, tags);
  };
}
