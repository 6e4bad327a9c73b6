import { FUNCTIONS, type FunctionName } from '../lib/model/function-names.ts';
import { functionsOf } from '../lib/policy/functions.ts';

export { FUNCTIONS, type FunctionName, functionsOf };

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
    memorySize: 512,
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
  'publish-report': {
    description: 'Keeps the page of peering report in a bucket',
    memorySize: 1024,
    timeout: 300,
  },
};
