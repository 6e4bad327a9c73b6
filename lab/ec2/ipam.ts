import { randomBytes } from 'node:crypto';
import { globalArnIn } from '../arn.ts';
import { BadRequest } from '../router.ts';
import type { LabRoute, Place } from '../types.ts';
import { accepted, type Ec2Action } from './call.ts';
import { type Cidr, contains, networkOf, overlaps } from './cidr.ts';
import { Ec2Error } from './errors.ts';
import type { Form } from './form.ts';
import type { AskMoto } from './moto.ts';
import { pageOf } from './paging.ts';
import { answer, child, items, list, parseAnswer, text, type XmlNode } from './xml.ts';

/**
 * Amazon VPC IPAM, which moto lacks: as much of it as says who has which addresses. A pool is shared by a request to the lab, in
 * place of AWS RAM. What it leaves out is in README.md.
 */

/** What `MaxResults` may be (EC2 API reference). */
const ALLOCATION_LIMITS = { least: 1000, most: 100_000 };
const RESOURCE_LIMITS = { least: 5, most: 1000 };

interface Ipam extends Place {
  readonly ipamId: string;
  readonly scopes: { readonly private: string; readonly public: string };
  /** The Regions in which it looks for VPCs. */
  readonly operating: readonly string[];
}

interface Allocation {
  readonly id: string;
  readonly cidr: Cidr;
  readonly owner: string;
  readonly resource: 'custom' | 'vpc' | 'ipam-pool';
  readonly resourceId?: string;
  readonly region: string;
}

interface Pool {
  readonly poolId: string;
  readonly ipam: Ipam;
  readonly scopeId: string;
  readonly locale: string | undefined;
  readonly family: string;
  readonly sharedWith: Set<string>;
  readonly allocations: Allocation[];
}

/** A CIDR of a VPC as IPAM has found it. */
interface Found {
  readonly vpcId: string;
  readonly owner: string;
  readonly region: string;
  readonly cidr: Cidr;
}

function idOf(prefix: string, bytes: number): string {
  const hex = randomBytes(bytes).toString('hex');
  return `${prefix}-${bytes === 9 ? hex.slice(1) : hex}`;
}

function notFound(kind: 'Pool' | 'Scope', id: string): Ec2Error {
  return new Ec2Error(
    `InvalidIpam${kind}Id.NotFound`,
    `The ipam-${kind.toLowerCase()} ID '${id}' does not exist`,
  );
}

function readCidr(asked: string): Cidr {
  const cidr = networkOf(asked);
  if (cidr === undefined) {
    throw new Ec2Error('InvalidParameterValue', `Value (${asked}) for parameter cidr is invalid.`);
  }
  return cidr;
}

function allocationNode({ id, cidr, owner, resource, resourceId, region }: Allocation): XmlNode {
  return {
    cidr: cidr.text,
    ipamPoolAllocationId: id,
    ...(resourceId === undefined ? {} : { resourceId }),
    resourceType: resource,
    resourceRegion: region,
    resourceOwner: owner,
  };
}

function ipamNode(ipam: Ipam): XmlNode {
  return {
    ownerId: ipam.accountId,
    ipamId: ipam.ipamId,
    ipamArn: globalArnIn(ipam, 'ec2', `ipam/${ipam.ipamId}`),
    ipamRegion: ipam.region,
    publicDefaultScopeId: ipam.scopes.public,
    privateDefaultScopeId: ipam.scopes.private,
    scopeCount: '2',
    operatingRegionSet: list(ipam.operating.map((regionName) => ({ regionName }))),
    state: 'create-complete',
  };
}

function poolNode({ poolId, ipam, scopeId, locale, family }: Pool): XmlNode {
  return {
    ownerId: ipam.accountId,
    ipamPoolId: poolId,
    ipamPoolArn: globalArnIn(ipam, 'ec2', `ipam-pool/${poolId}`),
    ipamScopeArn: globalArnIn(ipam, 'ec2', `ipam-scope/${scopeId}`),
    ipamScopeType: scopeId === ipam.scopes.private ? 'private' : 'public',
    ipamArn: globalArnIn(ipam, 'ec2', `ipam/${ipam.ipamId}`),
    ipamRegion: ipam.region,
    locale: locale ?? 'None',
    poolDepth: '1',
    state: 'create-complete',
    addressFamily: family,
  };
}

/** Pools and their allocations, as the accounts see them. */
class Pools {
  readonly #ipams: Ipam[] = [];
  readonly #pools: Pool[] = [];

  addIpam(ipam: Ipam): void {
    this.#ipams.push(ipam);
  }

  addPool(pool: Pool): void {
    this.#pools.push(pool);
  }

  /** @throws {Ec2Error} for a scope of another account, or asked in another Region than the home Region. */
  scope(id: string, { accountId, region }: Place): { readonly ipam: Ipam; readonly pools: readonly Pool[] } {
    const ipam = this.#ipams.find(
      (each) =>
        each.accountId === accountId &&
        each.region === region &&
        (each.scopes.private === id || each.scopes.public === id),
    );
    if (ipam === undefined) {
      throw notFound('Scope', id);
    }
    return { ipam, pools: this.#pools.filter(({ scopeId }) => scopeId === id) };
  }

  /** @throws {Ec2Error} for a pool that is neither own nor shared, or asked in another Region than its own. */
  pool(id: string, { accountId, region }: Place): Pool {
    const pool = this.#pools.find(
      ({ poolId, ipam, sharedWith, locale = ipam.region }) =>
        poolId === id && locale === region && (ipam.accountId === accountId || sharedWith.has(accountId)),
    );
    if (pool === undefined) {
      throw notFound('Pool', id);
    }
    return pool;
  }

  /** The accounts that a pool is shared with, to be changed. */
  sharesOf(id: string): Set<string> {
    const pool = this.#pools.find(({ poolId }) => poolId === id);
    if (pool === undefined) {
      throw new BadRequest(`There is no pool ${id}.`);
    }
    return pool.sharedWith;
  }

  /** @throws {Ec2Error} where some of it is given away already. */
  allocate(pool: Pool, wanted: Omit<Allocation, 'id'>): Allocation {
    const taken = pool.allocations.find(({ cidr }) => overlaps(cidr, wanted.cidr));
    if (taken !== undefined) {
      throw new Ec2Error(
        'InvalidParameterValue',
        `The CIDR ${wanted.cidr.text} is not available: ${taken.cidr.text} is allocated.`,
      );
    }
    const allocation = { id: idOf('ipam-pool-alloc', 16), ...wanted };
    pool.allocations.push(allocation);
    return allocation;
  }
}

function resourceNode(found: Found, all: readonly Found[], scopeId: string, pools: readonly Pool[]): XmlNode {
  const { vpcId, owner, region, cidr } = found;
  const pool = pools.find(({ allocations }) =>
    allocations.some(
      (each) => each.owner === owner && each.resourceId === vpcId && contains(each.cidr, cidr),
    ),
  );
  const isOther = (each: Found) => each.vpcId !== vpcId && overlaps(each.cidr, cidr);
  return {
    ipamScopeId: scopeId,
    ...(pool === undefined ? {} : { ipamPoolId: pool.poolId }),
    resourceRegion: region,
    resourceOwnerId: owner,
    resourceId: vpcId,
    resourceCidr: cidr.text,
    resourceType: 'vpc',
    vpcId,
    managementState: pool === undefined ? 'unmanaged' : 'managed',
    complianceStatus: pool === undefined ? 'unmanaged' : 'compliant',
    overlapStatus: all.some(isOther) ? 'overlapping' : 'nonoverlapping',
  };
}

function cidrsOfVpc(vpc: XmlNode): string[] {
  const associated = (set: string, block: string) =>
    items(vpc, set).flatMap((each) => text(each, block) ?? []);
  return [
    ...new Set([
      ...(text(vpc, 'cidrBlock') === undefined ? [] : [text(vpc, 'cidrBlock') ?? '']),
      ...associated('cidrBlockAssociationSet', 'cidrBlock'),
      ...associated('ipv6CidrBlockAssociationSet', 'ipv6CidrBlock'),
    ]),
  ];
}

/** The VPCs of all accounts that use the IPAM, in its operating Regions. */
async function findVpcs(ask: AskMoto, ipam: Ipam, pools: readonly Pool[]): Promise<Found[]> {
  const accounts = new Set([
    ipam.accountId,
    ...pools.flatMap(({ sharedWith, allocations }) => [
      ...sharedWith,
      ...allocations.map(({ owner }) => owner),
    ]),
  ]);
  const places = [...accounts].flatMap((accountId) =>
    ipam.operating.map((region): Place => ({ accountId, region })),
  );
  const found = await Promise.all(
    places.map(async ({ accountId, region }) =>
      items(await ask({ accountId, region }, { Action: 'DescribeVpcs' }), 'vpcSet').flatMap((vpc) =>
        cidrsOfVpc(vpc).map(
          (cidr): Found => ({
            vpcId: text(vpc, 'vpcId') ?? '',
            owner: accountId,
            region,
            cidr: readCidr(cidr),
          }),
        ),
      ),
    ),
  );
  return found.flat();
}

function readingActions(pools: Pools, ask: AskMoto): Readonly<Record<string, Ec2Action>> {
  const shown = (
    form: Form,
    key: string,
    page: { readonly members: readonly XmlNode[]; readonly nextToken?: string },
  ) =>
    answer(form.action, {
      [key]: list(page.members),
      ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
    });
  return {
    async GetIpamPoolAllocations({ request, form }) {
      const id = form.required('IpamPoolId');
      const nodes = pools.pool(id, request).allocations.map(allocationNode);
      const options = { form, limits: ALLOCATION_LIMITS, asked: [id] };
      return shown(
        form,
        'ipamPoolAllocationSet',
        pageOf(nodes, (each) => text(each, 'ipamPoolAllocationId') ?? '', options),
      );
    },
    async GetIpamResourceCidrs({ request, form }) {
      const id = form.required('IpamScopeId');
      const scope = pools.scope(id, request);
      const all = await findVpcs(ask, scope.ipam, scope.pools);
      const nodes = all.map((each) => resourceNode(each, all, id, scope.pools));
      const keyOf = (each: XmlNode) => `${text(each, 'resourceId')} ${text(each, 'resourceCidr')}`;
      const options = { form, limits: RESOURCE_LIMITS, asked: [id, form.get('ResourceType') ?? ''] };
      return shown(form, 'ipamResourceCidrSet', pageOf(nodes, keyOf, options));
    },
  };
}

/** IPAMs and pools are made, and stay. */
function poolActions(pools: Pools): Readonly<Record<string, Ec2Action>> {
  return {
    async CreateIpam({ request: { accountId, region }, form }) {
      const named = [...form.parameters].filter(([name]) => /^OperatingRegion\.\d+\.RegionName$/.test(name));
      const ipam: Ipam = {
        accountId,
        region,
        ipamId: idOf('ipam', 9),
        scopes: { private: idOf('ipam-scope', 9), public: idOf('ipam-scope', 9) },
        operating: [...new Set([region, ...named.map(([, name]) => name)])],
      };
      pools.addIpam(ipam);
      return answer(form.action, { ipam: ipamNode(ipam) });
    },
    async CreateIpamPool({ request, form }) {
      const scopeId = form.required('IpamScopeId');
      const { ipam } = pools.scope(scopeId, request);
      const pool: Pool = {
        poolId: idOf('ipam-pool', 9),
        ipam,
        scopeId,
        locale: form.get('Locale'),
        family: form.required('AddressFamily'),
        sharedWith: new Set(),
        allocations: [],
      };
      pools.addPool(pool);
      return answer(form.action, { ipamPool: poolNode(pool) });
    },
  };
}

/** What takes addresses from a pool, and gives them back. */
function allocationActions(pools: Pools): Readonly<Record<string, Ec2Action>> {
  return {
    async AllocateIpamPoolCidr({ request, form }) {
      const { accountId: owner, region } = request;
      const pool = pools.pool(form.required('IpamPoolId'), request);
      const cidr = readCidr(form.required('Cidr'));
      const allocation = pools.allocate(pool, { cidr, owner, region, resource: 'custom' });
      return answer(form.action, { ipamPoolAllocation: allocationNode(allocation) });
    },
    async ReleaseIpamPoolAllocation({ request, form }) {
      const { allocations } = pools.pool(form.required('IpamPoolId'), request);
      const id = form.required('IpamPoolAllocationId');
      const index = allocations.findIndex((each) => each.id === id && each.owner === request.accountId);
      if (index < 0) {
        throw new Ec2Error('InvalidIpamPoolAllocationId.NotFound', `The allocation '${id}' does not exist`);
      }
      allocations.splice(index, 1);
      return answer(form.action, { success: 'true' });
    },
    /** From a pool, by the CIDR that is asked for. */
    async CreateVpc({ request, form, forward }) {
      const pool = pools.pool(form.required('Ipv4IpamPoolId'), request);
      const response = await accepted(forward(request));
      const resourceId = text(child(parseAnswer(response), 'vpc'), 'vpcId');
      if (resourceId !== undefined) {
        const { accountId: owner, region } = request;
        pools.allocate(pool, {
          cidr: readCidr(form.required('CidrBlock')),
          owner,
          region,
          resource: 'vpc',
          resourceId,
        });
      }
      return response;
    },
  };
}

const SHARES_PATH = '/_lab/ipam-shares';

function readShare(body: unknown): { readonly poolId: string; readonly accountId: string } {
  const { poolId, accountId } = Object(body) as Record<string, unknown>;
  if (typeof poolId !== 'string' || typeof accountId !== 'string') {
    throw new BadRequest('Expected {poolId, accountId}.');
  }
  return { poolId, accountId };
}

/** The lab's own way to share a pool, and to take that back. */
function shareRoutes(pools: Pools): LabRoute[] {
  return [
    {
      method: 'POST',
      path: SHARES_PATH,
      handle({ body }) {
        const share = readShare(body);
        pools.sharesOf(share.poolId).add(share.accountId);
        return share;
      },
    },
    {
      method: 'DELETE',
      path: SHARES_PATH,
      handle({ body }) {
        const share = readShare(body);
        pools.sharesOf(share.poolId).delete(share.accountId);
        return share;
      },
    },
  ];
}

/** What IPAM does in EC2's API, and the lab's own way to share a pool: `POST` and `DELETE /_lab/ipam-shares` `{poolId, accountId}`. */
export function createIpam({ ask }: { readonly ask: AskMoto }): {
  readonly actions: Readonly<Record<string, Ec2Action>>;
  readonly routes: readonly LabRoute[];
} {
  const pools = new Pools();
  return {
    actions: { ...readingActions(pools, ask), ...poolActions(pools), ...allocationActions(pools) },
    routes: shareRoutes(pools),
  };
}
