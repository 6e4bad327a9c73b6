import { EC2Client } from '@aws-sdk/client-ec2';
import { type Clients, createClients } from './clients.ts';

export interface Ec2Clients {
  forRegion(region: string): EC2Client;
}

export function createEc2Clients(clients: Clients = createClients()): Ec2Clients {
  return { forRegion: (region) => clients.of(EC2Client, region) };
}
