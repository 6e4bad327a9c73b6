import type { BusEvent } from '../../lib/model/events.ts';
import type { Notification } from '../../lib/model/notification.ts';
import type { PeerSubnet } from '../../lib/model/peer-subnets.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import type { PrefixList } from '../../lib/model/prefix-list.ts';
import type { Route, RouteTable } from '../../lib/model/route-table.ts';
import type { PeeringRequest } from '../../lib/ports/connect.ts';
import type { Journal } from '../../lib/ports/journal.ts';
import type { NetworkReader } from '../../lib/ports/network-reader.ts';
import { OWN } from './fixtures.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

/** A propagated route may lie beside a static one to the same destination; no call touches it. */
const isStatic = ({ origin }: Route) => origin === 'CreateRoute';

/** An AWS in memory that remembers what was read, written, published and said; for the passes. */
export interface MemoryAwsState {
  peerings: Peering[];
  vpcs: Vpc[];
  tables: RouteTable[];
  /** Left out: there are none. */
  readonly prefixLists?: readonly PrefixList[];
  /** All that there are in VPCs of the account, and those that are shared with it. Left out: there are none. */
  subnets?: readonly PeerSubnet[];
}

export interface MemoryAwsOptions {
  readonly mode?: 'enforce' | 'observe';
  /** Thrown instead of making the call, while it answers with an error. */
  readonly fail?: (call: string) => Error | undefined;
  /** What is remembered between passes. Default: a new one, in which nothing ends. */
  readonly memory?: MemoryStore;
}

export function createMemoryAws(state: MemoryAwsState, options: MemoryAwsOptions = {}) {
  const reads: string[] = [];
  const writes: string[] = [];
  const events: BusEvent[] = [];
  const notifications: Notification[] = [];
  /** What went to the buses of other accounts. */
  const toPeers: { readonly accountId: string; readonly event: BusEvent }[] = [];
  const metrics: Record<string, number> = {};
  const errors: Readonly<Record<string, unknown>>[] = [];
  // It writes whatever it is told to, also while observing: that nothing is asked of it then is the passes' own doing.
  const memory = options.memory ?? createMemoryStore();

  function failing(call: string): void {
    const error = options.fail?.(call);
    if (error !== undefined) {
      throw error;
    }
  }

  async function write(call: string, change: () => void): Promise<'done' | 'observed'> {
    if (options.mode === 'observe') {
      return 'observed';
    }
    failing(call.split(' ')[0] ?? call);
    writes.push(call);
    change();
    return 'done';
  }

  function editPeering(peeringId: string, edit: (peering: Peering) => Peering): void {
    state.peerings = state.peerings.map((peering) =>
      peering.peeringId === peeringId ? edit(peering) : peering,
    );
  }

  function editTable(routeTableId: string, edit: (table: RouteTable) => RouteTable): void {
    state.tables = state.tables.map((table) => (table.routeTableId === routeTableId ? edit(table) : table));
  }

  const reader: NetworkReader = {
    async readPeerings(region, { peeringIds, statuses }) {
      reads.push(`peerings ${region}`);
      failing('readPeerings');
      failing(`readPeerings ${region}`);
      return state.peerings.filter(
        (peering) =>
          [peering.requester.region, peering.accepter.region].includes(region) &&
          (peeringIds === undefined || peeringIds.includes(peering.peeringId)) &&
          (statuses === undefined || statuses.includes(peering.status)),
      );
    },
    async readVpcs(region, vpcIds) {
      reads.push(`vpcs ${region}`);
      failing('readVpcs');
      failing(`readVpcs ${region}`);
      return state.vpcs.filter(
        (vpc) => vpc.region === region && (vpcIds === undefined || vpcIds.includes(vpc.vpcId)),
      );
    },
    async readTables(region, { vpcIds, routeTableIds }) {
      reads.push(`tables ${region}`);
      failing('readTables');
      failing(`readTables ${region}`);
      return state.tables.filter(
        (table) =>
          table.region === region &&
          (vpcIds === undefined || vpcIds.includes(table.vpcId)) &&
          (routeTableIds === undefined || routeTableIds.includes(table.routeTableId)),
      );
    },
    async readPeerSubnets(region, vpcIds) {
      reads.push(`subnets ${region} ${[...vpcIds].join(' ')}`);
      failing('readPeerSubnets');
      failing(`readPeerSubnets ${region}`);
      return (state.subnets ?? []).filter(({ vpcId }) => vpcIds.includes(vpcId));
    },
    async readPrefixLists(region, prefixListIds) {
      reads.push(`prefix lists ${region}`);
      failing('readPrefixLists');
      return (state.prefixLists ?? []).filter((list) => prefixListIds.includes(list.prefixListId));
    },
  };

  const writer = {
    acceptPeering: (_region: string, peeringId: string) =>
      write(`accept ${peeringId}`, () =>
        editPeering(peeringId, (peering) => ({
          ...peering,
          status: 'active',
          // Hidden while it was pending.
          accepter: {
            ...peering.accepter,
            cidrs: state.vpcs.find(({ vpcId }) => vpcId === peering.accepter.vpcId)?.cidrs ?? [],
          },
        })),
      ),
    rejectPeering: (_region: string, peeringId: string) =>
      write(`reject ${peeringId}`, () =>
        editPeering(peeringId, (peering) => ({ ...peering, status: 'rejected' })),
      ),
    requestPeering: async (region: string, { vpcId, peer, tags }: PeeringRequest) => {
      const peeringId = `pcx-${(0x90000000 + state.peerings.length).toString(16)}`;
      const outcome = await write(`request ${vpcId} ${peer.vpcId}`, () => {
        state.peerings = [
          ...state.peerings,
          {
            peeringId,
            status: 'pending-acceptance',
            statusMessage: '',
            // Shown while it is pending; the accepter's are not.
            requester: {
              vpcId,
              region,
              accountId: OWN,
              cidrs: state.vpcs.find((each) => each.vpcId === vpcId)?.cidrs ?? [],
            },
            accepter: { ...peer, cidrs: [] },
            tags,
          },
        ];
      });
      return { outcome, peeringId };
    },
    deletePeering: (_region: string, peeringId: string) =>
      write(`deletePeering ${peeringId}`, () =>
        editPeering(peeringId, (peering) => ({
          ...peering,
          status: 'deleted',
          requester: { ...peering.requester, cidrs: [] },
          accepter: { ...peering.accepter, cidrs: [] },
        })),
      ),
    tag: (_region: string, resourceId: string, tags: Readonly<Record<string, string>>) =>
      write(`tag ${resourceId} ${Object.keys(tags).join(',')}`, () =>
        editPeering(resourceId, (peering) => ({ ...peering, tags: { ...peering.tags, ...tags } })),
      ),
    createRoute: (_region: string, routeTableId: string, destination: string, peeringId: string) =>
      write(`createRoute ${routeTableId} ${destination} ${peeringId}`, () =>
        editTable(routeTableId, (table) => ({
          ...table,
          routes: [
            ...table.routes,
            {
              destination,
              target: { kind: 'peering', id: peeringId },
              state: 'active',
              origin: 'CreateRoute',
            },
          ],
        })),
      ),
    replaceRoute: (_region: string, routeTableId: string, destination: string, peeringId: string) =>
      write(`replaceRoute ${routeTableId} ${destination} ${peeringId}`, () =>
        editTable(routeTableId, (table) => ({
          ...table,
          routes: table.routes.map((route) =>
            route.destination === destination && isStatic(route)
              ? { ...route, target: { kind: 'peering', id: peeringId } }
              : route,
          ),
        })),
      ),
    deleteRoute: (_region: string, routeTableId: string, destination: string) =>
      write(`deleteRoute ${routeTableId} ${destination}`, () =>
        editTable(routeTableId, (table) => ({
          ...table,
          routes: table.routes.filter((route) => route.destination !== destination || !isStatic(route)),
        })),
      ),
    setDnsResolution: (_region: string, peeringId: string, sides: readonly ('requester' | 'accepter')[]) =>
      write(`setDnsResolution ${peeringId} ${[...sides].sort().join(' ')}`, () =>
        editPeering(peeringId, (peering) => ({
          ...peering,
          ...Object.fromEntries(sides.map((side) => [side, { ...peering[side], dnsResolution: true }])),
        })),
      ),
  };

  const journal: Journal = {
    info: () => undefined,
    warn: () => undefined,
    error: (_message, fields) => {
      errors.push(fields);
    },
    metric: (name, value) => {
      metrics[name] = (metrics[name] ?? 0) + value;
    },
    steadyMetric: (name, value) => {
      metrics[name] = (metrics[name] ?? 0) + value;
    },
    kindMetric: (kind, name, value) => {
      metrics[`${kind} ${name}`] = value;
    },
    peeringMetric: (peeringId, name, value) => {
      metrics[`${peeringId} ${name}`] = value;
    },
  };

  return {
    state,
    reads,
    writes,
    events,
    notifications,
    toPeers,
    peerBuses: {
      async publishTo(accountId: string, event: BusEvent) {
        failing('publishTo');
        toPeers.push({ accountId, event });
      },
    },
    metrics,
    errors,
    memory,
    reader,
    writer,
    journal,
    bus: {
      async publish(published: readonly BusEvent[]) {
        failing('publish');
        events.push(...published);
      },
    },
    topic: {
      async notify(notification: Notification) {
        failing('notify');
        notifications.push(notification);
      },
    },
    sleep: async (_milliseconds: number): Promise<void> => undefined,
    millisecondsLeft: () => 60_000,
  };
}

export type MemoryAws = ReturnType<typeof createMemoryAws>;
