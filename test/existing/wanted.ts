import { type Block, block, farSide, inside, overlap } from './leads.ts';
import {
  cidrsOf,
  cidrsOfVpc,
  type Network,
  type Peering,
  peeringsOf,
  placesOf,
  type RouteTable,
  type Side,
  type Tag,
} from './shapes.ts';

/** What a policy asks for, read from the description of its format alone. */

export interface RuleShape {
  name: string;
  effect: 'accept' | 'hold' | 'reject';
  direction?: 'inbound' | 'outbound' | 'any';
  local?: { vpcs?: string[]; tags?: Record<string, string>; cidrs?: string[]; regions?: string[] };
  remote?: { accounts?: string[]; vpcs?: string[]; regions?: string[]; cidrs?: string[] };
  routes?: { destinations?: 'all' | string[]; exclude?: string[]; dnsResolution?: boolean };
}

export interface PolicyShape {
  version: 1;
  mode?: 'enforce' | 'observe';
  regions?: string[];
  tagPrefix?: string;
  drift?: { repair?: boolean; onUntag?: 'keep' | 'remove' };
  guardrails?: {
    freeze?: boolean;
    maxRemotePrefix?: { ipv4?: number; ipv6?: number };
    quotaHeadroom?: number;
    peeringsPerVpc?: number;
    routesPerTable?: number;
    widerRoutes?: 'hold' | 'allow';
  };
  rules: RuleShape[];
}

/** A peering seen from one of its VPCs that the account owns. */
export interface View {
  peering: Peering;
  local: Side;
  remote: Side;
  localTags: Tag[];
}

/** Whether a pattern with `*` fits. */
function fits(pattern: string, value: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(value);
}

/** An empty or absent selector matches anything. */
function listed(patterns: readonly string[] | undefined, value: string): boolean {
  return patterns === undefined || patterns.length === 0 || patterns.some((one) => fits(one, value));
}

/** Every CIDR of the side lies in one of the blocks; a side whose CIDRs are hidden satisfies no such selector. */
function allInside(blocks: readonly string[] | undefined, cidrs: readonly string[]): boolean {
  if (blocks === undefined || blocks.length === 0) return true;
  return cidrs.length > 0 && cidrs.every((cidr) => blocks.some((one) => inside(block(cidr), block(one))));
}

/** Whether the rule's selectors of the local side hold. */
function localMatches(rule: RuleShape, view: View): boolean {
  const { vpcs, tags = {}, cidrs, regions } = rule.local ?? {};
  const tagged = Object.entries(tags).every(([key, value]) =>
    view.localTags.some((tag) => tag.Key === key && fits(value, tag.Value)),
  );
  return (
    listed(vpcs, view.local.VpcId) &&
    listed(regions, view.local.Region) &&
    allInside(cidrs, cidrsOf(view.local)) &&
    tagged
  );
}

/** Whether the rule's selectors of the remote side hold. */
function remoteMatches(rule: RuleShape, view: View): boolean {
  const { accounts, vpcs, regions, cidrs } = rule.remote ?? {};
  const named = accounts?.map((one) => (one === 'self' ? view.local.OwnerId : one));
  return (
    listed(named, view.remote.OwnerId) &&
    listed(vpcs, view.remote.VpcId) &&
    listed(regions, view.remote.Region) &&
    allInside(cidrs, cidrsOf(view.remote))
  );
}

/** Whether who asked is whom the rule speaks of. */
function directionMatches(rule: RuleShape, view: View): boolean {
  if (rule.direction === undefined || rule.direction === 'any') return true;
  const outbound = view.peering.RequesterVpcInfo.VpcId === view.local.VpcId;
  return outbound === (rule.direction === 'outbound');
}

/** The rule that decides a view, if any: of those that match, one with the most restrictive effect. */
function decidingRules(policy: PolicyShape, view: View): RuleShape[] {
  const matching = policy.rules.filter(
    (rule) => localMatches(rule, view) && remoteMatches(rule, view) && directionMatches(rule, view),
  );
  for (const effect of ['reject', 'hold', 'accept'] as const) {
    const those = matching.filter((rule) => rule.effect === effect);
    // Of several with the same effect the one whose name comes first decides (docs/policy.md).
    const [first] = [...those].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (first !== undefined) return [first];
  }
  return [];
}

/** The rules by which a live peering is managed: hold counts, because a person accepted it. */
export function managingRules(policy: PolicyShape, view: View): RuleShape[] {
  // A route may be there before its peering is active: it comes alive together with it.
  if (!['active', 'provisioning'].includes(view.peering.Status.Code)) return [];
  return decidingRules(policy, view).filter((rule) => rule.effect !== 'reject');
}

/** A side with the CIDRs that its owner's own answer shows, where the peering hides them. */
function known(side: Side, network: Network): Side {
  if (cidrsOf(side).length > 0) return side;
  const vpc = placesOf(network)
    .flatMap(({ files }) => files.Vpcs)
    .find(({ VpcId }) => VpcId === side.VpcId);
  if (vpc === undefined) return side;
  const cidrs = cidrsOfVpc(vpc);
  return {
    ...side,
    CidrBlockSet: cidrs.filter((cidr) => !cidr.includes(':')).map((CidrBlock) => ({ CidrBlock })),
    Ipv6CidrBlockSet: cidrs.filter((cidr) => cidr.includes(':')).map((Ipv6CidrBlock) => ({ Ipv6CidrBlock })),
  };
}

/** The views that the owner of a VPC has of its peerings. */
export function viewsFrom(network: Network, vpcId: string): View[] {
  const vpc = placesOf(network)
    .flatMap(({ files }) => files.Vpcs)
    .find(({ VpcId }) => VpcId === vpcId);
  return peeringsOf(network).flatMap((peering) => {
    const remote = farSide(peering, vpcId);
    if (remote === undefined) return [];
    const local = remote === peering.AccepterVpcInfo ? peering.RequesterVpcInfo : peering.AccepterVpcInfo;
    return [
      { peering, local: known(local, network), remote: known(remote, network), localTags: vpc?.Tags ?? [] },
    ];
  });
}

/** The two halves of a block. */
function halves({ family, first, last, length }: Block): Block[] {
  const middle = (first + last) / 2n;
  return [
    { family, first, last: middle, length: length + 1 },
    { family, first: middle + 1n, last, length: length + 1 },
  ];
}

/** What is left of a block without those that are excluded, in the fewest blocks. */
export function without(one: Block, excluded: readonly Block[]): Block[] {
  if (excluded.some((other) => inside(one, other))) return [];
  if (!excluded.some((other) => overlap(one, other))) return [one];
  return halves(one).flatMap((half) => without(half, excluded));
}

/** The part of a CIDR that lies in a listed block: CIDRs nest or are apart. */
function common(one: Block, other: Block): Block[] {
  if (inside(one, other)) return [one];
  return inside(other, one) ? [other] : [];
}

/** The blocks that a rule wants routed to the remote side. */
export function wantedBlocks(policy: PolicyShape, rule: RuleShape, remote: Side): Block[] {
  const { ipv4 = 8, ipv6 = 32 } = policy.guardrails?.maxRemotePrefix ?? {};
  const narrow = cidrsOf(remote)
    .map(block)
    .filter(({ family, length }) => length >= (family === 4 ? ipv4 : ipv6));
  const destinations = rule.routes?.destinations ?? 'all';
  const listedBlocks =
    destinations === 'all'
      ? narrow
      : narrow.flatMap((one) => destinations.map(block).flatMap((other) => common(one, other)));
  const excluded = (rule.routes?.exclude ?? []).map(block);
  return listedBlocks.flatMap((one) => without(one, excluded));
}

/** The words of a table's tag; undefined without the tag. Only a space separates words. */
function tagWords(policy: PolicyShape, table: RouteTable): string[] | undefined {
  const key = `${policy.tagPrefix ?? 'peering-autopilot'}:routes`;
  const tag = table.Tags.find(({ Key }) => Key === key);
  return tag?.Value.split(' ').filter((word) => word !== '');
}

/** Whether a table asked for the routes of one of the rules. */
export function isOptedIn(policy: PolicyShape, table: RouteTable, rules: readonly RuleShape[]): boolean {
  const words = tagWords(policy, table) ?? [];
  return rules.length > 0 && (words.includes('*') || rules.some(({ name }) => words.includes(name)));
}

/** Whether it is associated with a gateway, where no route to a peering may be. */
export function isGatewayTable(table: RouteTable): boolean {
  return table.Associations.some(({ GatewayId }) => GatewayId !== undefined);
}
