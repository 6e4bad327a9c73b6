import policy from 'virtual:peering-policy';
import {
  busPort,
  commandPort,
  connectivityPort,
  memoryPortWithoutUpgrade,
  networkPorts,
  organizationPort,
  topicPort,
} from '../lib/lambda/filled-ports.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { checkAndTell } from '../lib/passes/check-and-tell.ts';

/** Sends a ping across each managed, routed peering through Systems Manager, and waits for none. */
export const handler = createRuntime(policy, (compiled, journal) => ({
  ...networkPorts(compiled, journal),
  ...organizationPort(compiled),
  ...busPort(),
  ...connectivityPort(),
  ...commandPort(compiled),
  ...memoryPortWithoutUpgrade(compiled),
  ...topicPort(compiled, journal),
})).onSchedule((invocation) => checkAndTell(invocation));
