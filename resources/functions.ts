import { connects } from '../lib/connect/connects.ts';
import { FUNCTIONS, type FunctionName } from '../lib/model/function-names.ts';
import { answersFromChat } from '../lib/policy/chat.ts';
import type { Policy } from '../lib/policy/schema.ts';

export { FUNCTIONS, type FunctionName };

/** The functions that the stack of a policy has: what nobody asks for is not there. */
export function functionsOf(
  policy: Pick<Policy, 'mode' | 'notify' | 'connect' | 'mesh'>,
): readonly FunctionName[] {
  const optional: Partial<Record<FunctionName, boolean>> = {
    'answer-request': answersFromChat(policy),
    'request-peerings': connects(policy),
  };
  return FUNCTIONS.filter((name) => optional[name] ?? true);
}

export interface FunctionSize {
  readonly description: string;
  /** MB; processor time grows with it. */
  readonly memorySize: number;
  /** Seconds. */
  readonly timeout: number;
}

/** docs/stack.md, "Functions", says why. */
export const FUNCTION_SIZES: Readonly<Record<FunctionName, FunctionSize>> = {
  'accept-requests': {
    description: 'Decides VPC peering requests as the policy says',
    memorySize: 256,
    timeout: 120,
  },
  'sync-routes': {
    description:
      'Tells where route tables differ from the policy, and brings them and peering options to what it asks for',
    memorySize: 1024,
    timeout: 300,
  },
  'check-connectivity': {
    description: 'Sends pings across managed peerings through Systems Manager',
    memorySize: 1024,
    timeout: 300,
  },
  'record-connectivity': {
    description: 'Records what the pings found, and says where they are lost',
    memorySize: 1024,
    timeout: 120,
  },
  sweep: {
    description: 'Asks for a look at every managed Region',
    memorySize: 128,
    timeout: 30,
  },
  'forward-events': {
    description: 'Brings the events of the other managed Regions to this one',
    memorySize: 256,
    timeout: 120,
  },
  // Chat waits for its answer.
  'answer-request': {
    description: 'Accepts or rejects a held request as a person asks for in chat',
    memorySize: 512,
    timeout: 60,
  },
  'request-peerings': {
    description: 'Requests the peerings that connect and mesh of the policy want and that are missing',
    memorySize: 512,
    timeout: 300,
  },
};
