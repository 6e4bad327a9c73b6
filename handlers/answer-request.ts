import policy from 'virtual:peering-policy';
import {
  addressPlanPort,
  busPort,
  memoryPortWithoutUpgrade,
  networkPorts,
  organizationPort,
} from '../lib/lambda/filled-ports.ts';
import { createRuntime } from '../lib/lambda/runtime.ts';
import { answerRequest } from '../lib/passes/answer-request.ts';

/** Accepts or rejects a request as a person asks for by a button in chat, and says in a sentence what became of it. */
export const handler = createRuntime(policy, (compiled, journal) => ({
  ...networkPorts(compiled, journal),
  ...organizationPort(compiled),
  ...addressPlanPort(compiled),
  ...busPort(),
  ...memoryPortWithoutUpgrade(compiled),
})).onAnswer((asked, invocation) => answerRequest(invocation, asked));
