import policy from 'virtual:peering-policy';
import {
  busPart,
  commandPart,
  connectivityPart,
  memoryPart,
  networkPart,
  peerBusPart,
  topicPart,
} from '../lib/lambda/parts.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { recordConnectivity } from '../lib/passes/record-connectivity.ts';

/** Reads what a ping printed when it has ended, and records and tells its verdict. */
export const handler = createRuntime(policy, (compiled, journal) => ({
  ...networkPart(compiled, journal),
  ...connectivityPart(),
  ...commandPart(compiled),
  ...memoryPart(compiled, journal),
  ...busPart(),
  ...peerBusPart(),
  ...topicPart(),
})).onHint((hint, invocation) => recordConnectivity(hint, invocation));
