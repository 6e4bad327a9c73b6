import policy from 'virtual:peering-policy';
import {
  busPort,
  commandPort,
  connectivityPort,
  memoryPort,
  networkPorts,
  peerBusesPort,
  receiptsPort,
  topicPort,
} from '../lib/lambda/filled-ports.ts';
import { createQueueRuntime } from '../lib/lambda/queue-runtime.ts';
import { recordConnectivity } from '../lib/passes/record-connectivity.ts';

/** Reads what pings printed that have ended, and records and tells their verdicts. */
export const handler = createQueueRuntime(policy, (compiled, journal) => ({
  ...receiptsPort(),
  ...networkPorts(compiled, journal),
  ...connectivityPort(),
  ...commandPort(compiled),
  ...memoryPort(compiled, journal),
  ...busPort(),
  ...peerBusesPort(),
  ...topicPort(compiled, journal),
})).onHints((region, hints, invocation) => recordConnectivity(region, hints, invocation));
