import type { Place } from '../types.ts';
import type { Ec2Action } from './call.ts';
import type { AskMoto } from './moto.ts';
import { numbered } from './moto.ts';
import { pageOf } from './paging.ts';
import type { PeeringEnd, PeeringRecord } from './peering-life.ts';
import type { Peerings } from './peerings.ts';
import { answer, items, list, text, type XmlNode } from './xml.ts';

/** What `MaxResults` may be (EC2 API reference). */
const LIMITS = { least: 5, most: 255 };

const DIRECTIONS = [
  ['ipPermissions', 'staleIpPermissions'],
  ['ipPermissionsEgress', 'staleIpPermissionsEgress'],
] as const;

/** DescribeStaleSecurityGroups, which moto lacks: rules that refer to groups which no live peering leads to. */
export function createDescribeStaleGroups({
  ask,
  peerings,
}: {
  readonly ask: AskMoto;
  readonly peerings: Peerings;
}): Ec2Action {
  async function groupsOf(place: Place, vpcId: string): Promise<readonly XmlNode[]> {
    const filter = { 'Filter.1.Name': 'vpc-id', ...numbered('Filter.1.Value', [vpcId]) };
    return items(await ask(place, { Action: 'DescribeSecurityGroups', ...filter }), 'securityGroupInfo');
  }

  const farEnd = ({ requester, accepter }: PeeringRecord, vpcId: string): PeeringEnd =>
    requester.vpcId === vpcId ? accepter : requester;

  async function idsBehind(
    records: readonly PeeringRecord[],
    vpcId: string,
  ): Promise<Map<string, PeeringRecord>> {
    const found = await Promise.all(
      records.map(async (record) => {
        const { vpcId: farVpcId, ...place } = farEnd(record, vpcId);
        const groups = await groupsOf(place, farVpcId);
        return groups.map((group) => [text(group, 'groupId') ?? '', record] as const);
      }),
    );
    return new Map(found.flat());
  }

  function stalePermissions(
    permissions: readonly XmlNode[],
    isLive: (groupId: string) => boolean,
    gone: ReadonlyMap<string, PeeringRecord>,
  ): XmlNode[] {
    return permissions.flatMap((permission) => {
      const pairs = items(permission, 'groups').filter((pair) => !isLive(text(pair, 'groupId') ?? ''));
      const described = pairs.map((pair): XmlNode => {
        const record = gone.get(text(pair, 'groupId') ?? '');
        return {
          groupId: text(pair, 'groupId') ?? '',
          userId: text(pair, 'userId') ?? '',
          ...(record === undefined
            ? {}
            : { vpcPeeringConnectionId: record.peeringId, peeringStatus: peerings.status(record).code }),
        };
      });
      const ports = ['ipProtocol', 'fromPort', 'toPort'].flatMap((name) => {
        const value = text(permission, name);
        return value === undefined ? [] : [[name, value]];
      });
      return pairs.length === 0 ? [] : [{ ...Object.fromEntries(ports), groups: list(described) }];
    });
  }

  return async ({ request, form }) => {
    const { accountId, region } = request;
    const vpcId = form.get('VpcId') ?? '';
    const records = (await peerings.visible({ accountId, region })).filter(({ requester, accepter }) =>
      [requester.vpcId, accepter.vpcId].includes(vpcId),
    );
    const isActive = (record: PeeringRecord) => peerings.status(record).code === 'active';
    const own = await groupsOf({ accountId, region }, vpcId);
    const live = new Set([
      ...own.map((group) => text(group, 'groupId') ?? ''),
      ...(await idsBehind(records.filter(isActive), vpcId)).keys(),
    ]);
    const gone = await idsBehind(
      records.filter((record) => !isActive(record)),
      vpcId,
    );
    const stale = own.flatMap((group): XmlNode[] => {
      const staleByDirection = DIRECTIONS.map(
        ([from, to]) => [to, stalePermissions(items(group, from), (id) => live.has(id), gone)] as const,
      );
      return staleByDirection.every(([, found]) => found.length === 0)
        ? []
        : [
            {
              groupId: text(group, 'groupId') ?? '',
              groupName: text(group, 'groupName') ?? '',
              description: text(group, 'groupDescription') ?? '',
              vpcId,
              ...Object.fromEntries(staleByDirection.map(([to, found]) => [to, list(found)])),
            },
          ];
    });
    const page = pageOf(stale, (group) => text(group, 'groupId') ?? '', {
      form,
      limits: LIMITS,
      asked: [vpcId],
    });
    return answer(form.action, {
      staleSecurityGroupSet: list(page.members),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    });
  };
}
