import type { BusEvent } from '../../lib/model/events.ts';
import type { NetworkSnapshot } from '../../lib/model/network.ts';
import type {
  ConnectivityReader,
  Invocation,
  PingCommand,
  RunCommand,
} from '../../lib/ports/connectivity.ts';

/** Of an account without instances and filters. */
export const EMPTY_CONNECTIVITY: ConnectivityReader = {
  readProbeInstances: async () => [],
  readInstances: async () => [],
  readSubnets: async () => [],
  readSecurityGroups: async () => [],
  readNetworkAcls: async () => [],
  readInterfaces: async () => [],
  readStaleGroups: async () => [],
};

export interface MemoryConnectivityState {
  /** What lies in the VPCs besides peerings and tables, which `memory-aws` holds. */
  readonly network: NetworkSnapshot;
  /** Systems Manager sees these. */
  online: readonly string[];
  invocations: Invocation[];
}

export interface MemoryConnectivityOptions {
  readonly mode?: 'enforce' | 'observe';
  /** Thrown instead of making the call, while it answers with an error. */
  readonly fail?: (call: string) => Error | undefined;
}

/** The instances and Systems Manager of the connectivity passes, in memory, remembering what was sent and to whom. */
export function createMemoryConnectivity(
  state: MemoryConnectivityState,
  options: MemoryConnectivityOptions = {},
) {
  const { network } = state;
  const sent: PingCommand[] = [];
  const toPeers: { readonly accountId: string; readonly event: BusEvent }[] = [];

  async function answer<Answer>(call: string, give: () => Answer): Promise<Answer> {
    const error = options.fail?.(call);
    if (error !== undefined) {
      throw error;
    }
    return give();
  }

  const inVpcs = <Item extends { readonly vpcId: string }>(
    items: readonly Item[],
    vpcIds: readonly string[],
  ): Item[] => items.filter(({ vpcId }) => vpcIds.includes(vpcId));

  const connectivity: ConnectivityReader = {
    readProbeInstances: (region, tagPrefix) =>
      answer(`readProbeInstances ${region}`, () =>
        network.instances.filter(
          (each) => each.region === region && each.tags[`${tagPrefix}:probe`] !== undefined,
        ),
      ),
    readInstances: (_region, vpcIds) => answer('readInstances', () => inVpcs(network.instances, vpcIds)),
    readSubnets: (_region, vpcIds) => answer('readSubnets', () => inVpcs(network.subnets, vpcIds)),
    readSecurityGroups: (_region, vpcIds) =>
      answer('readSecurityGroups', () => inVpcs(network.securityGroups, vpcIds)),
    readNetworkAcls: (_region, vpcIds) =>
      answer('readNetworkAcls', () => inVpcs(network.networkAcls, vpcIds)),
    readInterfaces: (_region, vpcIds) => answer('readInterfaces', () => inVpcs(network.interfaces, vpcIds)),
    readStaleGroups: (_region, vpcId) => answer('readStaleGroups', () => network.staleGroups?.get(vpcId)),
  };

  const commands: RunCommand = {
    readOnlineInstances: () => answer('readOnlineInstances', () => new Set(state.online)),
    sendPing: (command) =>
      answer('sendPing', () => {
        if (options.mode === 'observe') {
          return 'observed' as const;
        }
        sent.push(command);
        return 'sent' as const;
      }),
    readCommand: (_region, commandId) =>
      answer('readCommand', () => state.invocations.filter((each) => each.commandId === commandId)),
    readPingsSince: (_region, since) =>
      answer('readPingsSince', () =>
        state.invocations.filter(({ requestedAt }) => requestedAt.getTime() >= since.getTime()),
      ),
    readInvocationsSince: (_region, since) =>
      answer('readInvocationsSince', () =>
        state.invocations.filter(({ requestedAt }) => requestedAt.getTime() >= since.getTime()),
      ),
  };

  return {
    state,
    sent,
    toPeers,
    connectivity,
    commands,
    peerBuses: {
      publishTo: (accountId: string, event: BusEvent) =>
        answer('publishTo', () => {
          toPeers.push({ accountId, event });
        }),
    },
  };
}
