import type { ConnectivityReader } from '../../lib/ports/connectivity.ts';

/** A reader that is made with the first call: it needs the SDK, which most verbs do without. */
export function lazyConnectivity(load: () => Promise<ConnectivityReader>): ConnectivityReader {
  let loading: Promise<ConnectivityReader> | undefined;
  const reader = () => {
    loading ??= load();
    return loading;
  };
  return {
    readProbeInstances: async (...args) => (await reader()).readProbeInstances(...args),
    readInstances: async (...args) => (await reader()).readInstances(...args),
    readSubnets: async (...args) => (await reader()).readSubnets(...args),
    readSecurityGroups: async (...args) => (await reader()).readSecurityGroups(...args),
    readNetworkAcls: async (...args) => (await reader()).readNetworkAcls(...args),
    readInterfaces: async (...args) => (await reader()).readInterfaces(...args),
    readStaleGroups: async (...args) => (await reader()).readStaleGroups(...args),
  };
}
