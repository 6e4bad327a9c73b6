import { randomBytes } from 'node:crypto';
import type { LabContext, LabRequest, Place } from '../types.ts';
import { accepted, type Ec2Action, notFound } from './call.ts';
import { Ec2Error } from './errors.ts';
import { type FilterFields, filterTest, readFilters, validateFilterNames } from './filters.ts';
import type { Form } from './form.ts';
import type { AskMoto } from './moto.ts';
import { pageOf } from './paging.ts';
import { type PeeringCode, type PeeringEnd, type PeeringRecord, samePlace } from './peering-life.ts';
import type { PeeringTags } from './peering-tags.ts';
import { newRecord, type Peerings, tagsOfAnswer } from './peerings.ts';
import type { Ec2Settings } from './settings.ts';
import type { Vpcs } from './vpcs.ts';
import { answer, child, list, parseAnswer, text, type XmlNode } from './xml.ts';

const FILTERS = [
  'accepter-vpc-info.cidr-block',
  'accepter-vpc-info.owner-id',
  'accepter-vpc-info.vpc-id',
  'expiration-time',
  'requester-vpc-info.cidr-block',
  'requester-vpc-info.owner-id',
  'requester-vpc-info.vpc-id',
  'status-code',
  'status-message',
  'vpc-peering-connection-id',
];

/** What filters look for most, without the VPCs having to be looked up first. */
const QUICK: Readonly<Record<string, (record: PeeringRecord, code: PeeringCode) => string>> = {
  'accepter-vpc-info.owner-id': ({ accepter }) => accepter.accountId,
  'accepter-vpc-info.vpc-id': ({ accepter }) => accepter.vpcId,
  'requester-vpc-info.owner-id': ({ requester }) => requester.accountId,
  'requester-vpc-info.vpc-id': ({ requester }) => requester.vpcId,
  'status-code': (_, code) => code,
  'vpc-peering-connection-id': ({ peeringId }) => peeringId,
};

const WAITING: readonly PeeringCode[] = ['initiating-request', 'pending-acceptance'];
const LIVE: readonly PeeringCode[] = ['provisioning', 'active'];

export interface PeeringActionsOptions {
  readonly peerings: Peerings;
  readonly peeringTags: PeeringTags;
  readonly vpcs: Vpcs;
  readonly ask: AskMoto;
  readonly clock: LabContext['clock'];
  readonly settings: Ec2Settings;
}

/** What filters see is what the caller sees: a hidden CIDR matches nothing. */
function fieldsOf(shown: XmlNode): FilterFields {
  const accepter = child(shown, 'accepterVpcInfo');
  const requester = child(shown, 'requesterVpcInfo');
  const status = child(shown, 'status');
  return {
    'accepter-vpc-info.cidr-block': [text(accepter, 'cidrBlock')],
    'accepter-vpc-info.owner-id': [text(accepter, 'ownerId')],
    'accepter-vpc-info.vpc-id': [text(accepter, 'vpcId')],
    'expiration-time': [text(shown, 'expirationTime')],
    'requester-vpc-info.cidr-block': [text(requester, 'cidrBlock')],
    'requester-vpc-info.owner-id': [text(requester, 'ownerId')],
    'requester-vpc-info.vpc-id': [text(requester, 'vpcId')],
    'status-code': [text(status, 'code')],
    'status-message': [text(status, 'message')],
    'vpc-peering-connection-id': [text(shown, 'vpcPeeringConnectionId')],
  };
}

export function createPeeringActions({
  peerings,
  peeringTags,
  vpcs,
  ask,
  clock,
  settings,
}: PeeringActionsOptions): Readonly<Record<string, Ec2Action>> {
  const now = () => clock.now().getTime();

  function transition(record: PeeringRecord, from: readonly PeeringCode[], to: PeeringCode): void {
    const { code } = peerings.status(record);
    if (!from.includes(code)) {
      throw new Ec2Error(
        'InvalidStateTransition',
        `Invalid state transition for ${record.peeringId}, attempting to transition from ${code} to ${to}`,
      );
    }
  }

  /** Accepting and rejecting are the accepter's, in the Region of its VPC. */
  function validateAccepter(record: PeeringRecord, place: Place, verb: 'accept' | 'reject'): void {
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

  function validateVpcQuota(end: PeeringEnd): void {
    if (peerings.ofVpc(end, LIVE).length >= settings.peeringsPerVpc) {
      throw new Ec2Error(
        'VpcPeeringConnectionsPerVpcLimitExceeded',
        `${end.vpcId} has reached its limit of ${settings.peeringsPerVpc} active VPC peering connections`,
      );
    }
  }

  async function showTo(place: Place, record: PeeringRecord): Promise<XmlNode> {
    const tags = await peeringTags.of(place);
    return peerings.show(record, place, tags.get(record.peeringId) ?? {});
  }

  function requestAnswer(
    action: string,
    request: LabRequest,
    record: PeeringRecord,
    tags: Readonly<Record<string, string>>,
  ) {
    return peerings
      .show(record, request, tags, {
        code: 'initiating-request',
        message: `Initiating Request to ${record.accepter.accountId}`,
        since: record.createdAt,
      })
      .then((vpcPeeringConnection) => answer(action, { vpcPeeringConnection }));
  }

  const create: Ec2Action = async ({ request, form, forward }) => {
    const { accountId, region } = request;
    const requester = { accountId, region, vpcId: form.required('VpcId') };
    const accepter = {
      accountId: form.get('PeerOwnerId') ?? accountId,
      region: form.get('PeerRegion') ?? region,
      vpcId: form.required('PeerVpcId'),
    };
    if ((await vpcs.find(requester)) === undefined) {
      throw notFound('vpc', requester.vpcId);
    }
    const accepterVpc = await vpcs.find(accepter);
    if (accepterVpc === undefined && samePlace(requester, accepter)) {
      throw notFound('vpc', accepter.vpcId);
    }
    await peerings.visible(request);
    const isAccepter = (end: PeeringEnd) => end.vpcId === accepter.vpcId && samePlace(end, accepter);
    const between = peerings
      .ofVpc(requester, [...WAITING, ...LIVE])
      .find((record) => isAccepter(record.accepter) || isAccepter(record.requester));
    if (between !== undefined) {
      if (isAccepter(between.accepter) && WAITING.includes(peerings.status(between).code)) {
        const tags = await peeringTags.of(request);
        return requestAnswer(form.action, request, between, tags.get(between.peeringId) ?? {});
      }
      throw new Ec2Error(
        'VpcPeeringConnectionAlreadyExists',
        `A VPC peering connection between ${requester.vpcId} and ${accepter.vpcId} exists: ${between.peeringId}`,
      );
    }
    if (peerings.requestedBy(request, WAITING).length >= settings.outstandingRequests) {
      throw new Ec2Error(
        'OutstandingVpcPeeringConnectionLimitExceeded',
        `The limit of ${settings.outstandingRequests} outstanding VPC peering connection requests is reached`,
      );
    }
    validateVpcQuota(requester);
    if (accepterVpc === undefined) {
      // Another account's VPCs are not looked up before the answer: such a request fails afterwards.
      const at = now();
      const record = newRecord(`pcx-0${randomBytes(8).toString('hex')}`, requester, accepter, at);
      peerings.put({ ...record, failedAt: at });
      return requestAnswer(form.action, request, record, {});
    }
    const created = child(parseAnswer(await accepted(forward(request))), 'vpcPeeringConnection');
    const record = newRecord(text(created, 'vpcPeeringConnectionId') ?? '', requester, accepter, now());
    const fails = await peerings.cannotPeer(requester, accepter);
    peerings.put(fails ? { ...record, failedAt: record.createdAt } : record);
    const tags = tagsOfAnswer(created);
    await peeringTags.made(request, record.peeringId, tags);
    return requestAnswer(form.action, request, record, tags);
  };

  const accept: Ec2Action = async ({ request, form, forward }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    validateAccepter(record, request, 'accept');
    transition(record, ['pending-acceptance'], 'active');
    if (await peerings.cannotPeer(record.requester, record.accepter)) {
      // A CIDR that the accepter added after the request overlaps.
      peerings.put({ ...record, failedAt: now() });
      throw new Ec2Error(
        'InvalidStateTransition',
        `Invalid state transition for ${record.peeringId}, attempting to transition from failed to active`,
      );
    }
    validateVpcQuota(record.accepter);
    validateVpcQuota(record.requester);
    await accepted(forward(request));
    const live = { ...record, acceptedAt: now() };
    peerings.put(live);
    return answer(form.action, { vpcPeeringConnection: await showTo(request, live) });
  };

  const reject: Ec2Action = async ({ request, form, forward }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    validateAccepter(record, request, 'reject');
    transition(record, ['pending-acceptance'], 'rejected');
    await accepted(forward(request));
    peerings.put({ ...record, rejectedAt: now() });
    return answer(form.action, { return: 'true' });
  };

  const remove: Ec2Action = async ({ request, form, forward }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    const { code } = peerings.status(record);
    if (code === 'pending-acceptance' && record.requester.accountId !== request.accountId) {
      throw new Ec2Error(
        'OperationNotPermitted',
        `User (${request.accountId}) cannot delete peering ${record.peeringId} while it is pending acceptance; it can reject it`,
      );
    }
    transition(record, ['pending-acceptance', 'active'], 'deleting');
    await accepted(forward(request));
    peerings.put({ ...record, deleted: { at: now(), byAccountId: request.accountId } });
    return answer(form.action, { return: 'true' });
  };

  function quickFieldsOf(record: PeeringRecord): FilterFields {
    const { code } = peerings.status(record);
    return Object.fromEntries(Object.entries(QUICK).map(([name, read]) => [name, [read(record, code)]]));
  }

  async function validateDns(end: PeeringEnd): Promise<void> {
    for (const attribute of ['enableDnsHostnames', 'enableDnsSupport']) {
      const answered = await ask(end, {
        Action: 'DescribeVpcAttribute',
        VpcId: end.vpcId,
        Attribute: attribute,
      });
      if (text(child(answered, attribute), 'value') !== 'true') {
        throw new Ec2Error(
          'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled',
          `${attribute} is off for ${end.vpcId}; DNS resolution over a peering needs DNS hostnames and DNS support on in both VPCs`,
        );
      }
    }
  }

  function askedOption(form: Form, side: 'Accepter' | 'Requester'): boolean | undefined {
    const value = form.get(`${side}PeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc`);
    return value === undefined ? undefined : value === 'true';
  }

  const modifyOptions: Ec2Action = async ({ request, form }) => {
    const record = await peerings.find(form.required('VpcPeeringConnectionId'), request);
    const wanted = {
      accepter: askedOption(form, 'Accepter'),
      requester: askedOption(form, 'Requester'),
    };
    if (peerings.status(record).code !== 'active') {
      throw new Ec2Error(
        'OperationNotPermitted',
        `The options of ${record.peeringId} can be changed only while it is active; it is ${peerings.status(record).code}`,
      );
    }
    for (const side of ['accepter', 'requester'] as const) {
      if (wanted[side] !== undefined && !samePlace(record[side], request)) {
        throw new Ec2Error(
          'OperationNotPermitted',
          `Account ${request.accountId} in ${request.region} cannot change the ${side}'s options of ${record.peeringId}`,
        );
      }
    }
    if (wanted.accepter || wanted.requester) {
      await validateDns(record.requester);
      await validateDns(record.accepter);
    }
    const option = (value: boolean | undefined) =>
      value === undefined ? undefined : { allowDnsResolutionFromRemoteVpc: value };
    const accepterOptions = option(wanted.accepter);
    const requesterOptions = option(wanted.requester);
    peerings.put({
      ...record,
      ...(accepterOptions ? { accepterOptions } : {}),
      ...(requesterOptions ? { requesterOptions } : {}),
    });
    const shown = (value: boolean | undefined) => ({ allowDnsResolutionFromRemoteVpc: String(value) });
    return answer(form.action, {
      ...(accepterOptions ? { accepterPeeringConnectionOptions: shown(wanted.accepter) } : {}),
      ...(requesterOptions ? { requesterPeeringConnectionOptions: shown(wanted.requester) } : {}),
    });
  };

  const describe: Ec2Action = async ({ request, form }) => {
    const filters = readFilters(form);
    validateFilterNames(filters, FILTERS);
    const ids = form.list('VpcPeeringConnectionId');
    const [found, tags] = await Promise.all([
      ids.length > 0 ? Promise.all(ids.map((id) => peerings.find(id, request))) : peerings.visible(request),
      peeringTags.of(request),
    ]);
    const passes = filterTest(filters);
    const mayPass = filterTest(filters.filter(({ name }) => name in QUICK));
    const shown = await Promise.all(
      found
        .filter((record) => mayPass(quickFieldsOf(record), {}))
        .map(async (record) => {
          const ownTags = tags.get(record.peeringId) ?? {};
          return { id: record.peeringId, ownTags, node: await peerings.show(record, request, ownTags) };
        }),
    );
    const page = pageOf(
      shown.filter(({ node, ownTags }) => passes(fieldsOf(node), ownTags)),
      ({ id }) => id,
      { form, limits: { least: 5, most: 1000 }, asked: [JSON.stringify(filters), ...ids] },
    );
    return answer(form.action, {
      vpcPeeringConnectionSet: list(page.members.map(({ node }) => node)),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    });
  };

  return {
    CreateVpcPeeringConnection: create,
    AcceptVpcPeeringConnection: accept,
    RejectVpcPeeringConnection: reject,
    DeleteVpcPeeringConnection: remove,
    ModifyVpcPeeringConnectionOptions: modifyOptions,
    DescribeVpcPeeringConnections: describe,
  };
}
