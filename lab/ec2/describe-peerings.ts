import type { Ec2Action } from './call.ts';
import { type FilterFields, filterTest, readFilters, validateFilterNames } from './filters.ts';
import { pageOf } from './paging.ts';
import type { PeeringCode, PeeringRecord } from './peering-life.ts';
import type { PeeringActionsOptions } from './peering-rules.ts';
import { answer, child, list, text, type XmlNode } from './xml.ts';

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

function quickFieldsOf(record: PeeringRecord, code: PeeringCode): FilterFields {
  return Object.fromEntries(Object.entries(QUICK).map(([name, read]) => [name, [read(record, code)]]));
}

/** DescribeVpcPeeringConnections. */
export function describePeerings({ peerings, peeringTags }: PeeringActionsOptions): Ec2Action {
  return async ({ request, form }) => {
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
        .filter((record) => mayPass(quickFieldsOf(record, peerings.status(record).code), {}))
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
}
