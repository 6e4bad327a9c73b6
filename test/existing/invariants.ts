import {
  type Block,
  block,
  elementaryIntervals,
  farBlocks,
  farSide,
  type Interval,
  inside,
  intervalText,
  isLive,
  leads,
  overlap,
  pathDifferences,
  representatives,
  same,
  targetOf,
  type WorkingPath,
  workingPaths,
} from './leads.ts';
import {
  destinationOf,
  listsOf,
  type Network,
  type Peering,
  peeringsOf,
  placesOf,
  type Route,
  type RouteTable,
  tablesOf,
} from './shapes.ts';
import {
  isGatewayTable,
  isOptedIn,
  managingRules,
  type PolicyShape,
  type View,
  viewsFrom,
  wantedBlocks,
} from './wanted.ts';

/** What no list of changes may do to a network that was there before it, said in words. */

export interface Change {
  action: 'create' | 'replace' | 'delete';
  routeTableId: string;
  destination: string;
  peeringId: string;
}

/** A route that the registry says is the product's. */
export interface OwnRoute {
  routeTableId: string;
  destination: string;
  peeringId: string;
}

export interface Judged {
  before: Network;
  policy: PolicyShape;
  changes: readonly Change[];
  own: readonly OwnRoute[];
}

/** A change with the network that it meets and the one that it leaves. */
interface Step {
  change: Change;
  /** The changes of the same list that came before. */
  earlier: readonly Change[];
  before: Network;
  after: Network;
}

const DEAD = new Set(['deleted', 'rejected', 'expired', 'failed']);

/** A change in words. */
function said({ action, routeTableId, destination, peeringId }: Change): string {
  return `${action} ${destination} to ${peeringId} in ${routeTableId}`;
}

/** Looks up a table by its id. */
function tableOf(network: Network, id: string): RouteTable | undefined {
  return tablesOf(network).find(({ RouteTableId }) => RouteTableId === id);
}

/** Looks up a peering by its id. */
function peeringOf(network: Network, id: string | undefined): Peering | undefined {
  return peeringsOf(network).find(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId === id);
}

/** Whether the peering is over: AWS says so, or shows it no longer. */
function isDead(network: Network, peeringId: string): boolean {
  const peering = peeringOf(network, peeringId);
  return peering === undefined || DEAD.has(peering.Status.Code);
}

/** The static route at exactly a destination: the only one that a call of the API can mean. */
function staticRoute(table: RouteTable | undefined, destination: string): Route | undefined {
  return table?.Routes.find((route) => {
    const at = destinationOf(route);
    return at !== undefined && route.Origin === 'CreateRoute' && same(block(at), block(destination));
  });
}

/** Whether a route of a table is in the registry, with the target that it has now. */
function isOwn(own: readonly OwnRoute[], table: RouteTable, route: Route): boolean {
  const at = destinationOf(route);
  return own.some(
    (one) =>
      one.routeTableId === table.RouteTableId &&
      one.peeringId === route.VpcPeeringConnectionId &&
      at !== undefined &&
      same(block(one.destination), block(at)),
  );
}

/** Whether the registry names the route that a change makes: it is made again. */
function isRouteOf(one: OwnRoute, change: Change): boolean {
  return (
    one.routeTableId === change.routeTableId &&
    one.peeringId === change.peeringId &&
    same(block(one.destination), block(change.destination))
  );
}

/** The route that EC2 would show after a create or replace. */
function written(network: Network, { destination, peeringId }: Change): Route {
  return {
    State: isLive(peeringOf(network, peeringId)) ? 'active' : 'blackhole',
    Origin: 'CreateRoute',
    ...(destination.includes(':')
      ? { DestinationIpv6CidrBlock: destination }
      : { DestinationCidrBlock: destination }),
    VpcPeeringConnectionId: peeringId,
  };
}

/** The routes of a table after a change. */
function changedRoutes(network: Network, table: RouteTable, change: Change): Route[] {
  const old = staticRoute(table, change.destination);
  const rest = table.Routes.filter((route) => route !== old);
  return change.action === 'delete' ? rest : [...rest, written(network, change)];
}

/** The network after a change; nothing is edited in place, and what does not change is shared. */
export function applyChange(network: Network, change: Change): Network {
  const copy: Network = {};
  for (const { account, region, files } of placesOf(network)) {
    const RouteTables = files.RouteTables.map((table) =>
      table.RouteTableId === change.routeTableId
        ? { ...table, Routes: changedRoutes(network, table, change) }
        : table,
    );
    copy[account] = { ...copy[account], [region]: { ...files, RouteTables } };
  }
  return copy;
}

/** The steps of what was judged already: every check walks them. */
const walked = new WeakMap<Judged, Step[]>();

/** The changes one after the other. */
function stepsOf(judged: Judged): Step[] {
  const known = walked.get(judged);
  if (known !== undefined) return known;
  let now = judged.before;
  const steps = judged.changes.map((change, index) => {
    const before = now;
    now = applyChange(before, change);
    return { change, earlier: judged.changes.slice(0, index), before, after: now };
  });
  walked.set(judged, steps);
  return steps;
}

/** The views of a table's VPC that are managed. */
function managedViews(network: Network, policy: PolicyShape, table: RouteTable): View[] {
  return viewsFrom(network, table.VpcId).filter((view) => managingRules(policy, view).length > 0);
}

/** What the policy wants led to a peering by this table. */
function wantedHere(policy: PolicyShape, table: RouteTable, view: View): Block[] {
  return managingRules(policy, view)
    .filter((rule) => isOptedIn(policy, table, [rule]))
    .flatMap((rule) => wantedBlocks(policy, rule, view.remote));
}

/**
 * Whether a path may end: the policy does not want it, and either says that the routes of what it no longer allows
 * are removed, or still manages the peering in this table and has narrowed what is routed.
 */
function mayEnd(policy: PolicyShape, network: Network, table: RouteTable, path: WorkingPath): boolean {
  if (isDead(network, path.peeringId)) return true;
  const view = managedViews(network, policy, table).find(
    ({ peering }) => peering.VpcPeeringConnectionId === path.peeringId,
  );
  const managedHere = view !== undefined && isOptedIn(policy, table, managingRules(policy, view));
  if (view !== undefined && wantedHere(policy, table, view).some((one) => overlap(one, path))) return false;
  return managedHere || policy.drift?.onUntag === 'remove';
}

/** Cuts paths where the policy's wishes begin and end, so that each piece is wanted or not as a whole. */
function cutByPolicy(policy: PolicyShape, network: Network, table: RouteTable, path: WorkingPath) {
  const wanted = managedViews(network, policy, table).flatMap((view) => wantedHere(policy, table, view));
  return elementaryIntervals([path, ...wanted])
    .filter((piece) => inside(piece, path))
    .map((piece) => ({ ...piece, peeringId: path.peeringId }));
}

type BrokenPath = WorkingPath & { to?: string };

/** What each step broke: two checks ask, and a step belongs to one judgement. */
const broken = new WeakMap<Step, BrokenPath[]>();

/** The working paths that a step ends or moves although nothing says that they may end. */
function brokenPaths(judged: Judged, step: Step): BrokenPath[] {
  const known = broken.get(step) ?? findBroken(judged, step);
  broken.set(step, known);
  return known;
}

/** Compares a step's table before and after. */
function findBroken({ policy }: Judged, step: Step): BrokenPath[] {
  const { before, after, change } = step;
  const [was, is] = [tableOf(before, change.routeTableId), tableOf(after, change.routeTableId)];
  if (was === undefined || is === undefined) return [];
  const lists = listsOf(before);
  const { lost, moved } = pathDifferences(
    workingPaths(was, peeringsOf(before), lists),
    workingPaths(is, peeringsOf(after), lists),
  );
  return [...lost, ...moved].filter((path) =>
    cutByPolicy(policy, before, was, path).some((piece) => !mayEnd(policy, before, was, piece)),
  );
}

/** Whether a change before this step made the route: it is the product's as well. */
function wroteEarlier({ earlier }: Step, table: RouteTable, route: Route): boolean {
  const made = earlier.filter(({ action }) => action !== 'delete');
  return isOwn(made, table, route);
}

/** Why a route may not be replaced or deleted; undefined if it may. */
function keptBecause({ own }: Judged, step: Step, table: RouteTable, route: Route): string | undefined {
  const target = route.VpcPeeringConnectionId;
  if (target !== undefined && isDead(step.before, target)) return undefined;
  if (isOwn(own, table, route) || wroteEarlier(step, table, route)) return undefined;
  return `it leads to ${targetOf(route)} and is somebody else's`;
}

/** (a) Routes that are not the product's stay, unless their peering is dead. */
function foreignRoutesTouched(judged: Judged): string[] {
  return stepsOf(judged).flatMap((step) => {
    const { change, before } = step;
    const table = tableOf(before, change.routeTableId);
    const route = staticRoute(table, change.destination);
    if (change.action === 'create' || table === undefined || route === undefined) return [];
    const why = keptBecause(judged, step, table, route);
    return why === undefined ? [] : [`${said(change)}: ${why}`];
  });
}

/** (b) No working path is moved or lost, at no step. */
function pathsMoved(judged: Judged): string[] {
  return stepsOf(judged).flatMap((step) =>
    brokenPaths(judged, step).map(
      (path) =>
        `${said(step.change)}: ${intervalText(path)} led to ${path.peeringId} and ${
          path.to === undefined ? 'leads there no more' : `now leads to ${path.to}`
        }`,
    ),
  );
}

/** (c) A route is deleted only if its addresses lead to the same peering afterwards, or shall not. */
function deletesWithoutReason(judged: Judged): string[] {
  return stepsOf(judged)
    .filter(({ change }) => change.action === 'delete')
    .flatMap((step) => {
      const there = block(step.change.destination);
      const lost = brokenPaths(judged, step).filter(
        (path) => path.peeringId === step.change.peeringId && overlap(path, there),
      );
      return lost.map(
        (path) => `${said(step.change)}: nothing else leads ${intervalText(path)} to the same peering`,
      );
    });
}

/** (d) Where two live peerings want some of the same addresses, neither gets a new route to them. */
function contestedCreates({ before, policy, changes, own }: Judged): string[] {
  return changes
    .filter(({ action }) => action !== 'delete')
    .filter((change) => !own.some((one) => isRouteOf(one, change)))
    .flatMap((change) => {
      const table = tableOf(before, change.routeTableId);
      if (table === undefined) return [];
      return managedViews(before, policy, table)
        .filter(({ peering }) => peering.VpcPeeringConnectionId !== change.peeringId)
        .filter((view) =>
          wantedHere(policy, table, view).some((one) => overlap(one, block(change.destination))),
        )
        .map(({ peering }) => `${said(change)}: ${peering.VpcPeeringConnectionId} wants it as well`);
    });
}

/** (e) Only addresses of the VPC at the other end are routed. */
function destinationsOutside({ before, changes }: Judged): string[] {
  return changes
    .filter(({ action }) => action !== 'delete')
    .filter((change) => {
      const peering = peeringOf(before, change.peeringId);
      const vpcId = tableOf(before, change.routeTableId)?.VpcId ?? '';
      const far = peering === undefined ? [] : farBlocks(peering, vpcId);
      return !far.some((one) => inside(block(change.destination), one));
    })
    .map((change) => `${said(change)}: not inside the CIDRs of the VPC at the other end`);
}

/** The rules that a change has to be asked for by: the peering's own, or any where a dead one's route goes. */
function askedBy(judged: Judged, change: Change, table: RouteTable) {
  if (change.action !== 'create') return judged.policy.rules;
  const view = viewsFrom(judged.before, table.VpcId).find(
    ({ peering }) => peering.VpcPeeringConnectionId === change.peeringId,
  );
  return view === undefined ? [] : managingRules(judged.policy, view);
}

/** (f) Only tables that asked for it and belong to no gateway are changed. */
function tablesNotOptedIn(judged: Judged): string[] {
  return judged.changes.flatMap((change) => {
    const table = tableOf(judged.before, change.routeTableId);
    if (table === undefined) return [`${said(change)}: there is no such table`];
    if (isGatewayTable(table)) return [`${said(change)}: the table belongs to a gateway`];
    if (isOptedIn(judged.policy, table, askedBy(judged, change, table))) return [];
    return [`${said(change)}: the table did not ask for it`];
  });
}

/** Whether a new block may take an address from where it leads today. */
function mayTake(judged: Judged, step: Step, table: RouteTable, piece: Interval): boolean {
  const at = { family: piece.family, value: piece.first };
  const { kind, peeringId, route, via } = leads(table, at, listsOf(step.before));
  if (kind === 'nowhere' || kind === 'dropped' || kind === 'local') return true;
  if (route === undefined || via === undefined) return true;
  // A default route to a peering leads to what the other VPC has; one to elsewhere is what is left for all else.
  if (peeringId === step.change.peeringId || (via.length === 0 && peeringId === undefined)) return true;
  if (isOwn(judged.own, table, route) || wroteEarlier(step, table, route)) return true;
  // A peering carries nothing but to the addresses of its other VPC.
  const other = peeringId === undefined ? undefined : peeringOf(step.before, peeringId);
  const far = other === undefined ? [] : farBlocks(other, table.VpcId);
  if (far.length > 0 && !far.some((one) => overlap(one, piece))) return true;
  const wider = via.length < block(step.change.destination).length;
  return wider && peeringId === undefined && judged.policy.guardrails?.widerRoutes === 'allow';
}

/** The addresses that a step takes from where they led. */
function takenBy(judged: Judged, step: Step): Interval[] {
  const { change, before, after } = step;
  const [was, is] = [tableOf(before, change.routeTableId), tableOf(after, change.routeTableId)];
  if (was === undefined || is === undefined) return [];
  const lists = listsOf(before);
  return elementaryIntervals([
    block(change.destination),
    ...representatives(was, peeringsOf(before), lists),
  ]).filter((piece) => {
    if (!inside(piece, block(change.destination)) || mayTake(judged, step, was, piece)) return false;
    const at = { family: piece.family, value: piece.first };
    return leads(is, at, lists).peeringId === change.peeringId;
  });
}

/** (g) A new route takes no addresses that lead elsewhere by a route that is not the default one. */
function addressesTakenOver(judged: Judged): string[] {
  return stepsOf(judged)
    .filter(({ change }) => change.action !== 'delete')
    .flatMap((step) => {
      const taken = takenBy(judged, step);
      if (taken[0] === undefined) return [];
      const table = tableOf(step.before, step.change.routeTableId);
      const at = { family: taken[0].family, value: taken[0].first };
      const { route } = leads(table ?? { Routes: [] }, at, listsOf(step.before));
      return [
        `${said(step.change)}: takes ${intervalText(taken[0])} from ${route ? targetOf(route) : 'nothing'}`,
      ];
    });
}

/** Why EC2 would refuse a create or replace; undefined if it would not. */
function refusedTarget(network: Network, change: Change, table: RouteTable): string | undefined {
  const peering = peeringOf(network, change.peeringId);
  if (peering === undefined || farSide(peering, table.VpcId) === undefined) {
    return 'the table is of neither VPC of the peering';
  }
  if (isDead(network, change.peeringId)) return 'the peering is over';
  const local = table.Routes.filter((route) => route.GatewayId === 'local').flatMap((route) => {
    const at = destinationOf(route);
    return at === undefined ? [] : [block(at)];
  });
  return local.some((one) => inside(block(change.destination), one))
    ? "inside the VPC's own CIDR"
    : undefined;
}

/** Why EC2 would refuse a change, or why it means another route than it says. */
function refusal({ before, change }: Step): string | undefined {
  const table = tableOf(before, change.routeTableId);
  if (table === undefined) return 'there is no such table';
  const route = staticRoute(table, change.destination);
  if (change.action === 'create' && route !== undefined) return 'there is a route already';
  if (change.action !== 'create' && route === undefined) return 'there is no such route';
  if (change.action !== 'delete') return refusedTarget(before, change, table);
  return route?.VpcPeeringConnectionId === change.peeringId ? undefined : 'the route leads elsewhere';
}

/** Changes that EC2 would refuse, and deletes that would hit another route than they name. */
function refusedByEc2(judged: Judged): string[] {
  return stepsOf(judged).flatMap((step) => {
    const why = refusal(step);
    return why === undefined ? [] : [`${said(step.change)}: ${why}`];
  });
}

/** Everything that a list of changes does wrong, each with the letter of what it breaks. */
export function violations(judged: Judged): string[] {
  const checks: Record<string, (judged: Judged) => string[]> = {
    a: foreignRoutesTouched,
    b: pathsMoved,
    c: deletesWithoutReason,
    d: contestedCreates,
    e: destinationsOutside,
    f: tablesNotOptedIn,
    g: addressesTakenOver,
    refused: refusedByEc2,
  };
  return Object.entries(checks).flatMap(([letter, check]) =>
    check(judged).map((text) => `(${letter}) ${text}`),
  );
}

/** What a person is told of a table, be it a finding or a change that is to come. */
export interface Told {
  /** Of a change. */
  action?: string;
  /** Of a change: why it is not made. */
  heldBy?: string;
  routeTableId?: string;
  destination?: string;
  peeringId?: string;
}

/** Whether something that was told is about addresses of one of the peerings in a table. */
function isAbout(told: Told, table: RouteTable, ids: readonly (string | undefined)[], at: Interval): boolean {
  const { destination, routeTableId, peeringId } = told;
  return (
    routeTableId === table.RouteTableId &&
    peeringId !== undefined &&
    ids.includes(peeringId) &&
    destination?.includes('/') === true &&
    overlap(block(destination), at)
  );
}

/** The route that has addresses that the policy wants led to a peering; undefined if they are, or nobody can say. */
function lossOf(table: RouteTable, piece: Interval, peeringId: string, network: Network) {
  const lead = leads(table, { family: piece.family, value: piece.first }, listsOf(network));
  if (lead.kind === 'undecided' || lead.kind === 'local') return undefined;
  // A route that drops what it gets leads nowhere, also to its own peering.
  return lead.kind === 'peering' && lead.peeringId === peeringId ? undefined : { by: lead.route };
}

/** Whether the plan removes a route: then that is what is told of the addresses which it takes away today. */
function goes(told: readonly Told[], { RouteTableId }: RouteTable, route: Route | undefined): boolean {
  return told.some(
    ({ action, heldBy, routeTableId, destination }) =>
      action === 'delete' &&
      heldBy === undefined &&
      routeTableId === RouteTableId &&
      destination === route?.DestinationCidrBlock,
  );
}

/** (h) No all-clear: of each address that a policy wants led to a live peering, and that is not, a person is told. */
export function lossesWithoutWord(
  network: Network,
  policy: PolicyShape,
  told: readonly Told[],
  tables: readonly RouteTable[] = tablesOf(network),
): string[] {
  const lists = listsOf(network);
  return tables
    .filter((table) => !isGatewayTable(table))
    .flatMap((table) => {
      const pieces = representatives(table, peeringsOf(network), lists);
      const live = managedViews(network, policy, table).filter(({ peering }) => isLive(peering));
      return live.flatMap((view) => {
        const id = view.peering.VpcPeeringConnectionId;
        const wanted = wantedHere(policy, table, view);
        return elementaryIntervals([...pieces, ...wanted]).flatMap((piece) => {
          if (!wanted.some((one) => inside(piece, one))) return [];
          const loss = lossOf(table, piece, id, network);
          if (loss === undefined) return [];
          // What is told of a route whose peering has ended is told of the addresses that it drops.
          const other = loss.by?.VpcPeeringConnectionId;
          const isOver = other !== undefined && (isDead(network, other) || goes(told, table, loss.by));
          const ids = isOver ? [id, other] : [id];
          const where = loss.by === undefined ? 'nowhere' : `to ${targetOf(loss.by)}`;
          return told.some((one) => isAbout(one, table, ids, piece))
            ? []
            : [`(h) ${intervalText(piece)} of ${id} leads ${where} in ${table.RouteTableId}, without a word`];
        });
      });
    });
}

/** (i) No false alarm: of a `conflict` or `missing` route some address does not lead to its peering. */
export function alarmsOverNothing(network: Network, told: readonly Told[]): string[] {
  const lists = listsOf(network);
  return told.flatMap(({ routeTableId, destination, peeringId }) => {
    const table = tableOf(network, routeTableId ?? '');
    if (table === undefined || peeringId === undefined || destination?.includes('/') !== true) return [];
    const wanted = block(destination);
    const pieces = elementaryIntervals([
      ...representatives(table, peeringsOf(network), lists),
      wanted,
    ]).filter((piece) => inside(piece, wanted));
    const leadsThere = pieces.every(
      (piece) => leads(table, { family: piece.family, value: piece.first }, lists).peeringId === peeringId,
    );
    return leadsThere
      ? [`(i) all of ${destination} leads to ${peeringId} in ${table.RouteTableId} already`]
      : [];
  });
}
