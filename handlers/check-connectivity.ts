import policy from 'virtual:peering-policy';
import {
  commandPort,
  connectivityPort,
  memoryPortForReading,
  networkPorts,
  organizationPort,
} from '../lib/lambda/filled-ports.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { checkConnectivity } from '../lib/passes/check-connectivity.ts';

/** Sends a ping across each managed, routed peering through Systems Manager, and waits for none. */
export const handler = createRuntime(policy, (compiled, journal) => ({
  ...networkPorts(compiled, journal),
  ...organizationPort(compiled),
  ...connectivityPort(),
  ...commandPort(compiled),
  ...memoryPortForReading(compiled),
})).onSchedule((invocation) => checkConnectivity(invocation));
