import type { VpcPeeringConnection } from '@aws-sdk/client-ec2';
import { peeringFrom } from '../lib/aws/mapping.ts';
import type { AddressPlan } from '../lib/model/address-plan.ts';
import { NO_MEMORY } from '../lib/model/memory.ts';
import type { Peering, PeeringSide, PeeringView } from '../lib/model/peering.ts';
import type { RouteTable, RouteTarget } from '../lib/model/route-table.ts';
import { routesTagKey } from '../lib/model/tags.ts';
import { readDestination } from '../lib/network/destination.ts';
import { decide } from '../lib/policy/decide.ts';
import { decidePeering } from '../lib/policy/decide-peering.ts';
import type { Decision, DecisionFacts } from '../lib/policy/decision.ts';
import type { Policy } from '../lib/policy/schema.ts';
import { createObstacles, createRoutesInPlace } from '../lib/routing/obstacles.ts';
import { CliError } from './errors.ts';

/** Requests that are not read from EC2: described by an event, or by a test case. */

/** What is known of a side beyond what the peering shows. */
export interface OwnVpc {
  readonly tags?: Readonly<Record<string, string>>;
  readonly cidrs?: readonly string[];
}

export interface DescribedRequest {
  readonly accountId: string;
  readonly peering: Peering;
  /** By VPC id. */
  readonly vpcs: ReadonlyMap<string, OwnVpc>;
  readonly activePeerings?: number;
  /** In tables that opt in to every rule; left out: not known. */
  readonly routes?: readonly DescribedRoute[];
  /** What the address plan gives to whom; left out: not known. */
  readonly allocations?: readonly DescribedAllocation[];
}

export interface DescribedAllocation {
  readonly cidr: string;
  readonly accountId: string;
  /** Left out: it is the account's. */
  readonly vpcId?: string | undefined;
}

export interface DescribedRoute {
  readonly destination: string;
  readonly routeTableId: string;
  readonly targetId: string;
}

/** TEST-NET-1 (RFC 5737): overlaps no VPC that is of use. */
const STAND_IN = '192.0.2.0/24';

export interface Answer {
  readonly decision: Decision;
  readonly assumed: readonly string[];
}

function targetOf(id: string): RouteTarget {
  const kinds: Readonly<Record<string, RouteTarget['kind']>> = {
    pcx: 'peering',
    tgw: 'transit-gateway',
    igw: 'internet-gateway',
    vgw: 'virtual-private-gateway',
    nat: 'nat-gateway',
    eni: 'network-interface',
  };
  return { kind: kinds[id.split('-')[0] ?? ''] ?? 'unknown', id };
}

/** What stands in the way in the described tables, by the same judgement as in tables that were read. */
function obstaclesOf(
  { accountId, peering, routes = [] }: DescribedRequest,
  { local }: PeeringView,
  policy: Policy,
): Required<Pick<DecisionFacts, 'obstacles' | 'routesInPlace'>> {
  const tables = [...new Set(routes.map(({ routeTableId }) => routeTableId))].map(
    (routeTableId): RouteTable => ({
      routeTableId,
      vpcId: local.vpcId,
      region: local.region,
      tags: { [routesTagKey(policy.tagPrefix)]: '*' },
      associations: [],
      routes: routes
        .filter((route) => route.routeTableId === routeTableId)
        .map(({ destination, targetId }) => ({
          destination,
          target: targetOf(targetId),
          state: 'active',
          origin: 'CreateRoute',
        })),
    }),
  );
  const inventory = { accountId, region: local.region, peerings: [peering], vpcs: new Map(), tables };
  const obstacles = createObstacles(inventory, policy, NO_MEMORY, readDestination);
  const routesInPlace = createRoutesInPlace(inventory, policy, NO_MEMORY);
  return {
    obstacles: obstacles(local.vpcId, peering.peeringId, []),
    routesInPlace: routesInPlace(local.vpcId, peering.peeringId, []),
  };
}

/** The described allocations as the pools and the scope of the policy would show them. */
function planOf(
  allocations: readonly DescribedAllocation[],
  { remote }: PeeringView,
  { guardrails }: Policy,
): AddressPlan | undefined {
  const { pools = [], scope } = guardrails.ipam ?? {};
  if (guardrails.ipam === undefined) {
    return undefined;
  }
  const poolItems = allocations.map(({ cidr, accountId, vpcId }) => ({
    cidr,
    owner: accountId,
    ...(vpcId === undefined ? { resourceType: 'custom' } : { resourceType: 'vpc', resourceId: vpcId }),
  }));
  const shown = allocations.map(({ cidr, accountId, vpcId }) => ({
    cidr,
    owner: accountId,
    vpcId: vpcId ?? (accountId === remote.accountId ? remote.vpcId : ''),
    managementState: 'managed',
  }));
  return {
    pools: new Map(pools.map(({ id }, index) => [id, { items: index === 0 ? poolItems : [] }])),
    ...(scope === undefined ? {} : { scope: { items: shown } }),
  };
}

function views({ accountId, peering, vpcs }: DescribedRequest): PeeringView[] {
  const make = (
    direction: PeeringView['direction'],
    local: PeeringSide,
    remote: PeeringSide,
  ): PeeringView[] => {
    const localTags = vpcs.get(local.vpcId)?.tags;
    return local.accountId === accountId
      ? [
          {
            peering,
            region: local.region,
            direction,
            local,
            remote,
            ...(localTags === undefined ? {} : { localTags }),
          },
        ]
      : [];
  };
  return [
    ...make('inbound', peering.accepter, peering.requester),
    ...make('outbound', peering.requester, peering.accepter),
  ];
}

/**
 * Decides a described request as the function would. What the description does not say is taken to stand in the way of
 * nothing, and named; only where a rule selects by it, it stays unknown.
 */
export function answer(request: DescribedRequest, policy: Policy): Answer {
  const { accountId, peering } = request;
  const assumed: string[] = [];
  const assume = (sentence: string) => {
    if (!assumed.includes(sentence)) assumed.push(sentence);
  };
  const seen = views(request);
  if (seen.length === 0) {
    throw new CliError(
      `${peering.peeringId} has no side in account ${accountId}: it is between ${peering.requester.accountId} and ${peering.accepter.accountId}.`,
    );
  }
  const selectsCidrs = policy.rules.some(({ local }) => local.cidrs.length > 0);
  const withFacts = seen.map((view) => {
    const known =
      request.vpcs.get(view.local.vpcId)?.cidrs ??
      (view.local.cidrs.length > 0 ? view.local.cidrs : undefined);
    if (known === undefined && !selectsCidrs) {
      assume(`The CIDRs of ${view.local.vpcId} do not overlap those of ${view.remote.vpcId}.`);
    }
    assume(`${peering.requester.vpcId} and ${peering.accepter.vpcId} have no other peering.`);
    if (request.activePeerings === undefined) {
      assume(`${view.local.vpcId} has quota left for another peering.`);
    }
    if (request.routes === undefined) {
      assume(`No opted-in table of ${view.local.vpcId} routes these addresses elsewhere.`);
    }
    const asksPlan = policy.guardrails.ipam !== undefined && view.direction === 'inbound';
    if (asksPlan && request.allocations === undefined) {
      assume(`The address plan gives the CIDRs of ${view.remote.vpcId} to account ${view.remote.accountId}.`);
    }
    const allocations =
      request.allocations ?? view.remote.cidrs.map((cidr) => ({ cidr, accountId: view.remote.accountId }));
    const addressPlan = planOf(allocations, view, policy);
    const localCidrs = known ?? (selectsCidrs ? undefined : [STAND_IN]);
    const facts: DecisionFacts = {
      accountId,
      activePeerings: request.activePeerings ?? 0,
      ...obstaclesOf(request, view, policy),
      ...(localCidrs === undefined ? {} : { localCidrs }),
      ...(addressPlan === undefined ? {} : { addressPlan, routed: [] }),
    };
    return { view, facts };
  });
  const [first] = withFacts;
  const isRequest = peering.status === 'pending-acceptance';
  const inbound = withFacts.some(({ view }) => view.direction === 'inbound');
  const decision =
    first === undefined || (isRequest && inbound)
      ? decidePeering(withFacts, policy)
      : decide(first.view, policy, first.facts);
  return { decision, assumed };
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** CloudTrail and Config write EC2's own names in another case, and CloudTrail lists as `{items: […]}`. */
function asEc2Writes(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(asEc2Writes);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const [only] = entries;
  if (only?.[0] === 'items' && entries.length === 1 && Array.isArray(only[1])) {
    return only[1].map(asEc2Writes);
  }
  return Object.fromEntries(
    entries.map(([name, inner]) => [
      name === 'tagSet' ? 'Tags' : `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      asEc2Writes(inner),
    ]),
  );
}

/** The request that an event describes. `initiating-request` is what EC2 says in the first moment. */
export function requestOf(event: unknown): { readonly accountId: string; readonly peering: Peering } {
  const root = fields(event);
  const detail = fields(root.detail);
  const described = fields(
    fields(detail.responseElements).vpcPeeringConnection ?? fields(detail.configurationItem).configuration,
  );
  const accountId = root.account;
  if (typeof accountId !== 'string' || !/^\d{12}$/.test(accountId)) {
    throw new CliError(
      'The event names no account, as events of EventBridge do ("account": "123456789012").',
    );
  }
  if (typeof described.vpcPeeringConnectionId !== 'string') {
    throw new CliError(
      'The event does not describe a peering. Only CreateVpcPeeringConnection and AcceptVpcPeeringConnection of CloudTrail and items of Config do; ask about others with --peering PEERING.',
    );
  }
  const { Tags, ExpirationTime: _, ...connection } = fields(asEc2Writes(described));
  const tags = (Array.isArray(Tags) ? Tags : []).map(fields);
  try {
    const peering = peeringFrom(
      {
        ...connection,
        Tags: tags.map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) })),
      } as VpcPeeringConnection,
      typeof root.region === 'string' ? root.region : '',
    );
    const status = peering.status === 'initiating-request' ? 'pending-acceptance' : peering.status;
    return { accountId, peering: { ...peering, status } };
  } catch (error) {
    throw new CliError(
      `The event describes a peering that lacks something. ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
