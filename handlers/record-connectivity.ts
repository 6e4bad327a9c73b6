import policy from 'virtual:peering-policy';
import {
  busPort,
  commandPort,
  connectivityPort,
  memoryPort,
  networkPorts,
  peerBusesPort,
  topicPort,
} from '../lib/lambda/filled-ports.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { recordConnectivity } from '../lib/passes/record-connectivity.ts';

/** Reads what a ping printed when it has ended, and records and tells its verdict. */
export const handler = createRuntime(policy, (compiled, journal) => ({
  ...networkPorts(compiled, journal),
  ...connectivityPort(),
  ...commandPort(compiled),
  ...memoryPort(compiled, journal),
  ...busPort(),
  ...peerBusesPort(),
  ...topicPort(),
})).onHint((hint, invocation) => recordConnectivity(hint, invocation));
