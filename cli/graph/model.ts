import { isOfCheck } from '../../lib/model/finding.ts';
import { DEAD_STATUSES, type Peering, type PeeringSide } from '../../lib/model/peering.ts';
import type { AssessedView, Assessment } from '../assess.ts';
import type { Options } from '../options.ts';
import { shown } from '../output.ts';

/** What the picture shows, whatever it is drawn with. */

export interface GraphVpc {
  readonly vpcId: string;
  readonly accountId: string;
  readonly region: string;
  readonly name?: string;
  /** Empty: not visible. */
  readonly cidrs: readonly string[];
  /** `own`: of an account that was read. */
  readonly owner: 'own' | 'other';
  /** What stands in its box, where that is not its name, id and CIDRs. */
  readonly lines?: readonly string[];
}

/**
 * `routed`: managed, all of its routes in place. `drift`: something differs from the policy. `lost`: what is checked of it is lost, or it is
 * not checked any more. `pending`: a request, or not active or not routed yet. `unmanaged`: active, and no rule routes it. `gone`: dead, and routes still point to it.
 */
export type EdgeState = 'routed' | 'drift' | 'lost' | 'pending' | 'unmanaged' | 'gone';

export interface GraphEdge {
  readonly peeringId: string;
  readonly requester: string;
  readonly accepter: string;
  readonly status: string;
  readonly state: EdgeState;
  /** Rule of a view, or what is decided where there is none. */
  readonly says: string;
}

export interface PeeringGraph {
  readonly vpcs: readonly GraphVpc[];
  readonly edges: readonly GraphEdge[];
}

export const STATE_TEXT: Readonly<Record<EdgeState, string>> = {
  routed: 'routed as the policy says',
  drift: 'differs from the policy',
  lost: 'pings are lost, or it is not checked any more',
  pending: 'requested, or not active or routed yet',
  unmanaged: 'active, but no rule routes it',
  gone: 'gone, but routes still point to it',
};

interface Known {
  /** Peerings that a finding is about: itself, or the route that should go to it. */
  readonly found: ReadonlySet<string>;
  /** Peerings that the connectivity check tells of. */
  readonly lost: ReadonlySet<string>;
  readonly views: ReadonlyMap<string, readonly AssessedView[]>;
}

function peeringsIn(findings: Assessment['findings']): Set<string> {
  return new Set(findings.flatMap(({ peeringId }) => peeringId ?? []));
}

function knownOf({ findings, views }: Assessment): Known {
  const byPeering = new Map<string, AssessedView[]>();
  for (const each of views) {
    const { peeringId } = each.view.peering;
    const same = byPeering.get(peeringId);
    if (same === undefined) byPeering.set(peeringId, [each]);
    else same.push(each);
  }
  return {
    found: peeringsIn(findings.filter((finding) => !isOfCheck(finding))),
    lost: peeringsIn(findings.filter(isOfCheck)),
    views: byPeering,
  };
}

function stateOf({ peeringId, status }: Peering, { found, lost, views }: Known): EdgeState | undefined {
  if (DEAD_STATUSES.has(status)) {
    return found.has(peeringId) ? 'gone' : undefined;
  }
  if (found.has(peeringId)) {
    return 'drift';
  }
  if (lost.has(peeringId)) {
    return 'lost';
  }
  if (status !== 'active') {
    return 'pending';
  }
  const own = views.get(peeringId) ?? [];
  if (!own.some(({ decision }) => decision.managed)) {
    return 'unmanaged';
  }
  return own.every(({ routes }) => routes.present === routes.desired) ? 'routed' : 'pending';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Selected = (place: { readonly vpcId: string; readonly region: string }) => boolean;

function selectedBy({ vpc = [], region = [] }: Pick<Options, 'vpc' | 'region'>): Selected {
  const [vpcs, regions] = [new Set(vpc), new Set(region)];
  return (place) =>
    (vpcs.size === 0 || vpcs.has(place.vpcId)) && (regions.size === 0 || regions.has(place.region));
}

/** Own VPCs, peered or not. Of one that was not read its tables still tell that it is there. */
function ownVpcs({ accounts, names }: Assessment): Map<string, GraphVpc> {
  const vpcs = new Map<string, GraphVpc>();
  for (const { scope, inventory } of accounts.flatMap(({ scopes }) => scopes)) {
    const { accountId, region } = scope;
    for (const vpcId of new Set([
      ...inventory.vpcs.keys(),
      ...inventory.tables.map((table) => table.vpcId),
    ])) {
      const vpc = inventory.vpcs.get(vpcId);
      const name = names.get(vpcId);
      vpcs.set(vpcId, {
        vpcId,
        accountId: vpc?.accountId ?? accountId,
        region,
        cidrs: vpc?.cidrs ?? [],
        owner: 'own',
        ...(name === undefined ? {} : { name: shown(name, 60) }),
      });
    }
  }
  return vpcs;
}

/** Own VPCs, peered or not, and the VPCs of others that they are peered with. */
export function readGraph(assessment: Assessment, options: Pick<Options, 'vpc' | 'region'>): PeeringGraph {
  const selected = selectedBy(options);
  const vpcs = ownVpcs(assessment);
  const peerings = new Map(
    assessment.accounts
      .flatMap(({ scopes }) => scopes)
      .flatMap(({ inventory }) => inventory.peerings.map((peering) => [peering.peeringId, peering] as const)),
  );
  const known = knownOf(assessment);
  const edges: GraphEdge[] = [];
  const touched = new Set<string>();
  const touch = ({ vpcId, accountId, region, cidrs }: PeeringSide) => {
    touched.add(vpcId);
    if (!vpcs.has(vpcId)) {
      vpcs.set(vpcId, { vpcId, accountId, region, cidrs, owner: 'other' });
    }
  };
  for (const peering of [...peerings.values()].sort((a, b) => compare(a.peeringId, b.peeringId))) {
    const { peeringId, status, requester, accepter } = peering;
    const state = stateOf(peering, known);
    if (state === undefined || !(selected(requester) || selected(accepter))) {
      continue;
    }
    touch(requester);
    touch(accepter);
    const decision = known.views.get(peeringId)?.[0]?.decision;
    const says = decision === undefined ? '' : (decision.rule ?? decision.decision);
    edges.push({ peeringId, requester: requester.vpcId, accepter: accepter.vpcId, status, state, says });
  }
  return {
    vpcs: [...vpcs.values()]
      .filter((vpc) => selected(vpc) || touched.has(vpc.vpcId))
      .sort((a, b) =>
        compare(`${a.accountId} ${a.region} ${a.vpcId}`, `${b.accountId} ${b.region} ${b.vpcId}`),
      ),
    edges,
  };
}

/** VPCs by account, then Region, in order. */
export function grouped(vpcs: readonly GraphVpc[]): {
  readonly accountId: string;
  readonly regions: { readonly region: string; readonly vpcs: GraphVpc[] }[];
}[] {
  const accounts = new Map<string, Map<string, GraphVpc[]>>();
  for (const vpc of vpcs) {
    const regions = accounts.get(vpc.accountId) ?? new Map<string, GraphVpc[]>();
    const own = regions.get(vpc.region);
    if (own === undefined) regions.set(vpc.region, [vpc]);
    else own.push(vpc);
    accounts.set(vpc.accountId, regions);
  }
  return [...accounts].map(([accountId, regions]) => ({
    accountId,
    regions: [...regions].map(([region, own]) => ({ region, vpcs: own })),
  }));
}

const MAX_CIDRS = 4;

/** The lines in a VPC's box: name, id, CIDRs. */
export function linesOf({ name, vpcId, cidrs, lines }: GraphVpc): readonly string[] {
  if (lines !== undefined) {
    return lines;
  }
  const more = cidrs.length - MAX_CIDRS;
  return [
    ...(name === undefined ? [] : [name]),
    vpcId,
    ...(cidrs.length === 0 ? ['CIDRs not visible'] : cidrs.slice(0, MAX_CIDRS)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}
