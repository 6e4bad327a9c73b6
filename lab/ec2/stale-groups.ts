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

export interface StaleGroupsOptions {
  readonly ask: AskMoto;
  readonly peerings: Peerings;
}

/** What the rules of a VPC's groups can refer to, by the ids of groups. */
interface Referable {
  /** Own groups, and those behind an active peering. */
  readonly live: ReadonlySet<string>;
  /** Groups behind a peering that is not active, as the answer names it. */
  readonly gone: ReadonlyMap<string, XmlNode>;
}

function groupIdOf(node: XmlNode): string {
  return text(node, 'groupId') ?? '';
}

async function groupsOf(ask: AskMoto, place: Place, vpcId: string): Promise<readonly XmlNode[]> {
  const filter = { 'Filter.1.Name': 'vpc-id', ...numbered('Filter.1.Value', [vpcId]) };
  return items(await ask(place, { Action: 'DescribeSecurityGroups', ...filter }), 'securityGroupInfo');
}

function farEnd({ requester, accepter }: PeeringRecord, vpcId: string): PeeringEnd {
  return requester.vpcId === vpcId ? accepter : requester;
}

/** Ids of the groups at the other ends of these peerings, with the peering that leads there. */
async function idsBehind(
  ask: AskMoto,
  records: readonly PeeringRecord[],
  vpcId: string,
): Promise<readonly (readonly [string, PeeringRecord])[]> {
  const found = await Promise.all(
    records.map(async (record) => {
      const { vpcId: farVpcId, ...place } = farEnd(record, vpcId);
      const groups = await groupsOf(ask, place, farVpcId);
      return groups.map((group) => [groupIdOf(group), record] as const);
    }),
  );
  return found.flat();
}

async function referableFrom(
  { ask, peerings }: StaleGroupsOptions,
  place: Place,
  { vpcId, own }: { readonly vpcId: string; readonly own: readonly XmlNode[] },
): Promise<Referable> {
  const records = (await peerings.visible(place)).filter(({ requester, accepter }) =>
    [requester.vpcId, accepter.vpcId].includes(vpcId),
  );
  const isActive = (record: PeeringRecord) => peerings.status(record).code === 'active';
  const behindActive = await idsBehind(ask, records.filter(isActive), vpcId);
  const behindOthers = await idsBehind(
    ask,
    records.filter((record) => !isActive(record)),
    vpcId,
  );
  return {
    live: new Set([...own.map(groupIdOf), ...behindActive.map(([groupId]) => groupId)]),
    gone: new Map(
      behindOthers.map(([groupId, record]) => [
        groupId,
        { vpcPeeringConnectionId: record.peeringId, peeringStatus: peerings.status(record).code },
      ]),
    ),
  };
}

function stalePermissions(permissions: readonly XmlNode[], { live, gone }: Referable): XmlNode[] {
  return permissions.flatMap((permission) => {
    const pairs = items(permission, 'groups').filter((pair) => !live.has(groupIdOf(pair)));
    const described = pairs.map(
      (pair): XmlNode => ({
        groupId: groupIdOf(pair),
        userId: text(pair, 'userId') ?? '',
        ...gone.get(groupIdOf(pair)),
      }),
    );
    const ports = ['ipProtocol', 'fromPort', 'toPort'].flatMap((name) => {
      const value = text(permission, name);
      return value === undefined ? [] : [[name, value]];
    });
    return pairs.length === 0 ? [] : [{ ...Object.fromEntries(ports), groups: list(described) }];
  });
}

/** The group with its stale rules; none when it has none. */
function staleGroups(group: XmlNode, vpcId: string, referable: Referable): XmlNode[] {
  const staleByDirection = DIRECTIONS.map(
    ([from, to]) => [to, stalePermissions(items(group, from), referable)] as const,
  );
  return staleByDirection.every(([, found]) => found.length === 0)
    ? []
    : [
        {
          groupId: groupIdOf(group),
          groupName: text(group, 'groupName') ?? '',
          description: text(group, 'groupDescription') ?? '',
          vpcId,
          ...Object.fromEntries(staleByDirection.map(([to, found]) => [to, list(found)])),
        },
      ];
}

/** DescribeStaleSecurityGroups, which moto lacks: rules that refer to groups which no live peering leads to. */
export function createDescribeStaleGroups(options: StaleGroupsOptions): Ec2Action {
  return async ({ request: { accountId, region }, form }) => {
    const place = { accountId, region };
    const vpcId = form.get('VpcId') ?? '';
    const own = await groupsOf(options.ask, place, vpcId);
    const referable = await referableFrom(options, place, { vpcId, own });
    const stale = own.flatMap((group) => staleGroups(group, vpcId, referable));
    const page = pageOf(stale, groupIdOf, { form, limits: LIMITS, asked: [vpcId] });
    return answer(form.action, {
      staleSecurityGroupSet: list(page.members),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    });
  };
}
