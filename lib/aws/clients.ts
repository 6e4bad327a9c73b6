import { EC2Client } from '@aws-sdk/client-ec2';
import { REQUEST_LIMITS } from './request-limits.ts';

/**
 * EC2 clients, one per Region, made when first asked for and kept while the process lives.
 * Three attempts by the SDK ride out short throttles; what lasts longer is retried by the invocation.
 */
export interface Ec2Clients {
  forRegion(region: string): EC2Client;
}

export function createEc2Clients(): Ec2Clients {
  const clients = new Map<string, EC2Client>();
  return {
    forRegion(region) {
      let client = clients.get(region);
      if (!client) {
        client = new EC2Client({ region, maxAttempts: 3, requestHandler: REQUEST_LIMITS });
        clients.set(region, client);
      }
      return client;
    },
  };
}
