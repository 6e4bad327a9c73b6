import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allocationFrom, scopedCidrFrom } from '../../lib/aws/address-plan-mapping.ts';
import type { AddressPlan, PlanReading, PoolAllocation, ScopedCidr } from '../../lib/model/address-plan.ts';
import { fieldsOf } from '../../lib/model/json.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import type { AddressPlanLookup, NamedPlan } from '../../lib/ports/address-plan.ts';
import { CliError } from '../errors.ts';
import { shown } from '../output.ts';
import { readJson } from '../read-json.ts';

/**
 * What IPAM said of the pools and scopes that the policies name when the snapshot was made, in `AddressPlan.json` beside the
 * accounts. Each has under its id what `aws ec2 get-ipam-pool-allocations`, or `get-ipam-resource-cidrs`, answers:
 * `{"Pools": {"ipam-pool-…": {"IpamPoolAllocations": [{"Cidr": …}]}}, "Scopes": {}}`. What could not be read stands there as
 * `{"NotRead": "reason"}`.
 */

const FILE = 'AddressPlan.json';

/** The lists, and what their items have to hold. */
const LISTS = {
  Pools: { key: 'IpamPoolAllocations', cidr: 'Cidr' },
  Scopes: { key: 'IpamResourceCidrs', cidr: 'ResourceCidr' },
} as const;

const UNKNOWN = 'the snapshot does not hold it; save it again with this policy';

function savedAllocation({ cidr, resourceType, owner, resourceId }: PoolAllocation): object {
  return { Cidr: cidr, ResourceType: resourceType, ResourceOwner: owner, ResourceId: resourceId };
}

function savedResource(each: ScopedCidr): object {
  return {
    ResourceCidr: each.cidr,
    ResourceId: each.vpcId,
    ResourceType: 'vpc',
    ResourceOwnerId: each.owner,
    ResourceRegion: each.region,
    ManagementState: each.managementState,
    OverlapStatus: each.overlapStatus,
  };
}

function saved<Item>(
  reading: PlanReading<Item>,
  part: keyof typeof LISTS,
  savedOf: (item: Item) => object,
): object {
  return 'items' in reading
    ? { [LISTS[part].key]: reading.items.map(savedOf) }
    : { NotRead: reading.unread.reason };
}

/** Every plan that the policies name, each once. */
export function namedPlans(policies: readonly Policy[]): NamedPlan[] {
  return policies.flatMap(({ guardrails }) => guardrails.ipam ?? []);
}

/** @param plans each with what names its parts. */
export function writeAddressPlan(
  directory: string,
  plans: readonly { readonly named: NamedPlan; readonly plan: AddressPlan }[],
): void {
  const Pools: Record<string, object> = {};
  const Scopes: Record<string, object> = {};
  for (const { named, plan } of plans) {
    for (const [id, reading] of plan.pools) Pools[id] = saved(reading, 'Pools', savedAllocation);
    if (named.scope !== undefined && plan.scope !== undefined) {
      Scopes[named.scope.id] = saved(plan.scope, 'Scopes', savedResource);
    }
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, FILE), `${JSON.stringify({ Pools, Scopes }, undefined, 2)}\n`);
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** An item as AWS writes it: all that is read of it is text. */
function isItem(value: unknown, cidr: string): boolean {
  const fields = fieldsOf(value);
  const texts = ['ResourceType', 'ResourceOwner', 'ResourceOwnerId', 'ResourceId', 'VpcId', 'ResourceRegion'];
  const states = ['ManagementState', 'OverlapStatus'];
  return typeof fields[cidr] === 'string' && [...texts, ...states].every((name) => isText(fields[name]));
}

/** @throws CliError when it is not as `writeAddressPlan` or AWS writes it. */
function readPart<Item>(
  content: unknown,
  part: keyof typeof LISTS,
  {
    id,
    path,
    itemOf,
  }: { readonly id: string; readonly path: string; readonly itemOf: (value: object) => Item },
): PlanReading<Item> {
  const { key, cidr } = LISTS[part];
  const found = fieldsOf(fieldsOf(content)[part])[id];
  if (found === undefined) {
    return { unread: { reason: UNKNOWN, kind: 'unknown', retry: false } };
  }
  const { [key]: items, NotRead, NextToken } = fieldsOf(found);
  if (typeof NotRead === 'string') {
    return { unread: { reason: NotRead, kind: 'unknown', retry: false } };
  }
  if (!Array.isArray(items) || !items.every((item) => isItem(item, cidr)) || (NextToken ?? '') !== '') {
    throw new CliError(
      `${shown(path)} says nothing readable of ${id}: it needs all of "${key}" as AWS answers it. Save it again.`,
    );
  }
  return { items: items.map((item) => itemOf(fieldsOf(item))) };
}

/** Of a snapshot without the file nothing is known, which is said. */
export function readAddressPlan(directory: string): AddressPlanLookup {
  const path = join(directory, FILE);
  const content = existsSync(path) ? readJson(path) : {};
  return {
    lookUp: async ({ pools, scope }) => ({
      pools: new Map(
        pools.map(({ id }) => [id, readPart(content, 'Pools', { id, path, itemOf: allocationFrom })]),
      ),
      ...(scope === undefined
        ? {}
        : { scope: readPart(content, 'Scopes', { id: scope.id, path, itemOf: scopedCidrFrom }) }),
    }),
  };
}
