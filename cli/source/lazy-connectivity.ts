import type { ConnectivityReader } from '../../lib/ports/connectivity.ts';

/** A reader that is made with the first call: it needs the SDK, which most verbs do without. */
export function lazyConnectivity(load: () => Promise<ConnectivityReader>): ConnectivityReader {
  let loading: Promise<ConnectivityReader> | undefined;
  const reader = () => {
    loading ??= load();
    return loading;
  };
  return {
    readProbeInstances: async (...given) => (await reader()).readProbeInstances(...given),
    readInstances: async (...given) => (await reader()).readInstances(...given),
    readSubnets: async (...given) => (await reader()).readSubnets(...given),
    readSecurityGroups: async (...given) => (await reader()).readSecurityGroups(...given),
    readNetworkAcls: async (...given) => (await reader()).readNetworkAcls(...given),
    readInterfaces: async (...given) => (await reader()).readInterfaces(...given),
  };
}
