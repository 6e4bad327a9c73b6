import policy from 'virtual:peering-policy';
import {
  commandPart,
  connectivityPart,
  networkPart,
  organizationPart,
  readMemoryPart,
} from '../lib/lambda/parts.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { checkConnectivity } from '../lib/passes/check-connectivity.ts';

/** Sends a ping across each managed, routed peering through Systems Manager, and waits for none. */
export const handler = createRuntime(policy, (compiled, journal) => ({
  ...networkPart(compiled, journal),
  ...organizationPart(compiled),
  ...connectivityPart(),
  ...commandPart(compiled),
  ...readMemoryPart(compiled),
})).onSchedule((invocation) => checkConnectivity(invocation));
