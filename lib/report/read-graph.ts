import {
  compareText,
  type EdgeState,
  type GraphEdge,
  type GraphSide,
  type GraphVpc,
  type PeeringGraph,
  rankOf,
} from '../graph/model.ts';
import { isOfCheck } from '../model/finding.ts';
import { DEAD_STATUSES, type Peering, type PeeringSide } from '../model/peering.ts';
import { printable as shown } from '../model/printable.ts';
import { asSentence } from '../model/sentence.ts';
import { HEALTHS, type Health } from './health-words.ts';
import type { Selected as Asked } from './selection.ts';
import type { ShownAssessment } from './shown-assessment.ts';
import type { StatusView } from './status-view.ts';
import { pingText, type Status } from './status-views.ts';

/** From what `peering status` knows to what the picture shows. All text from outside is made printable here. */

const MAX_NAME = 60;
const MAX_TEXT = 300;

/** How the words of `peering status` are drawn. */
const STATE_OF_HEALTH: Readonly<Record<Health, EdgeState>> = {
  lost: 'lost',
  'not-checked': 'lost',
  impaired: 'lost',
  drift: 'drift',
  'not-judged': 'not-judged',
  'one-sided': 'drift',
  waiting: 'pending',
  held: 'pending',
  incomplete: 'pending',
  'no-table': 'unmanaged',
  expired: 'unmanaged',
  unmanaged: 'unmanaged',
  requested: 'pending',
  ok: 'routed',
};

interface Known {
  /** Peerings that a finding is about: itself, or the route that should go to it. */
  readonly found: ReadonlySet<string>;
  /** Peerings that the connectivity check tells of. */
  readonly lost: ReadonlySet<string>;
  readonly views: ReadonlyMap<string, readonly StatusView[]>;
}

function peeringsIn(findings: ShownAssessment['findings']): Set<string> {
  return new Set(findings.flatMap(({ peeringId }) => peeringId ?? []));
}

function knownOf({ assessment: { findings }, document: { views } }: Status): Known {
  const byPeering = new Map<string, StatusView[]>();
  for (const view of views) {
    const same = byPeering.get(view.peeringId);
    if (same === undefined) byPeering.set(view.peeringId, [view]);
    else same.push(view);
  }
  return {
    found: peeringsIn(findings.filter((finding) => !isOfCheck(finding))),
    lost: peeringsIn(findings.filter(isOfCheck)),
    views: byPeering,
  };
}

/** The worst of both sides. A side that no rule routes says nothing of the other one. */
function worstHealth(views: readonly StatusView[]): Health | undefined {
  const routed = views.filter(({ health }) => health !== 'unmanaged' && health !== 'expired');
  const healths = new Set((routed.length > 0 ? routed : views).map(({ health }) => health));
  return HEALTHS.find((health) => healths.has(health));
}

function stateOf({ peeringId, status }: Peering, { found, lost, views }: Known): EdgeState | undefined {
  if (DEAD_STATUSES.has(status)) {
    return found.has(peeringId) ? 'gone' : undefined;
  }
  const health = worstHealth(views.get(peeringId) ?? []);
  const states: EdgeState[] = [
    health === undefined ? (status === 'active' ? 'unmanaged' : 'pending') : STATE_OF_HEALTH[health],
    ...(found.has(peeringId) ? (['drift'] as const) : []),
    ...(lost.has(peeringId) ? (['lost'] as const) : []),
  ];
  return states.sort((a, b) => rankOf(a) - rankOf(b))[0];
}

type Selected = (place: { readonly vpcId: string; readonly region: string }) => boolean;

function selectedBy({ vpc = [], region = [] }: Asked): Selected {
  const [vpcs, regions] = [new Set(vpc), new Set(region)];
  return (place) =>
    (vpcs.size === 0 || vpcs.has(place.vpcId)) && (regions.size === 0 || regions.has(place.region));
}

/** Own VPCs, peered or not. Of one that was not read its tables still tell that it is there. */
function ownVpcs({ accounts, names }: ShownAssessment): Map<string, GraphVpc> {
  const vpcs = new Map<string, GraphVpc>();
  for (const inventory of accounts.flatMap(({ state }) => state.regions)) {
    const { accountId, region } = inventory;
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
        ...(name === undefined ? {} : { name }),
      });
    }
  }
  return vpcs;
}

function sideOf(view: StatusView, now: Date): GraphSide {
  const { localVpc, health, routes } = view;
  const ping = pingText(view, now);
  return {
    vpcId: shown(localVpc, MAX_NAME),
    health,
    routes: { present: routes.present, desired: routes.desired },
    ping: ping === '-' ? '' : shown(ping, MAX_TEXT),
  };
}

function edgeOf(peering: Peering, state: EdgeState, { views }: Known, now: Date): GraphEdge {
  const { peeringId, status, requester, accepter, tags } = peering;
  const own = views.get(peeringId) ?? [];
  const [first] = own;
  return {
    peeringId: shown(peeringId, MAX_NAME),
    ...(tags.Name === undefined || tags.Name === '' ? {} : { name: shown(tags.Name, MAX_NAME) }),
    requester: shown(requester.vpcId, MAX_NAME),
    accepter: shown(accepter.vpcId, MAX_NAME),
    status: shown(status, MAX_NAME),
    state,
    says: shown(first === undefined ? '' : (first.rule ?? first.decision), MAX_NAME),
    reasons: [...new Set(own.flatMap(({ notes, reasons }) => [...notes.map(asSentence), ...reasons]))].map(
      (reason) => shown(reason, MAX_TEXT),
    ),
    sides: own.map((view) => sideOf(view, now)),
  };
}

function printableVpc({ vpcId, accountId, region, name, cidrs, owner }: GraphVpc): GraphVpc {
  return {
    vpcId: shown(vpcId, MAX_NAME),
    accountId: shown(accountId, MAX_NAME),
    region: shown(region, MAX_NAME),
    ...(name === undefined ? {} : { name: shown(name, MAX_NAME) }),
    cidrs: cidrs.map((cidr) => shown(cidr, MAX_NAME)),
    owner,
  };
}

/**
 * Own VPCs, peered or not, and the VPCs of others that they are peered with. Peerings have the worst first.
 *
 * @param now by which the age of a ping is told.
 */
export function readGraph(status: Status, options: Asked, now: Date): PeeringGraph {
  const { assessment } = status;
  const selected = selectedBy(options);
  const vpcs = ownVpcs(assessment);
  const peerings = new Map(
    assessment.accounts
      .flatMap(({ state }) => state.regions)
      .flatMap(({ peerings: read }) => read.map((peering) => [peering.peeringId, peering] as const)),
  );
  const known = knownOf(status);
  const edges: GraphEdge[] = [];
  const touched = new Set<string>();
  const touch = ({ vpcId, accountId, region, cidrs }: PeeringSide) => {
    touched.add(vpcId);
    if (!vpcs.has(vpcId)) {
      vpcs.set(vpcId, { vpcId, accountId, region, cidrs, owner: 'other' });
    }
  };
  for (const peering of peerings.values()) {
    const { requester, accepter } = peering;
    const state = stateOf(peering, known);
    if (state === undefined || !(selected(requester) || selected(accepter))) {
      continue;
    }
    touch(requester);
    touch(accepter);
    edges.push(edgeOf(peering, state, known, now));
  }
  return {
    vpcs: [...vpcs.values()]
      .filter((vpc) => selected(vpc) || touched.has(vpc.vpcId))
      .map(printableVpc)
      .sort((a, b) =>
        compareText(`${a.accountId} ${a.region} ${a.vpcId}`, `${b.accountId} ${b.region} ${b.vpcId}`),
      ),
    edges: edges.sort((a, b) => rankOf(a.state) - rankOf(b.state) || compareText(a.peeringId, b.peeringId)),
  };
}
