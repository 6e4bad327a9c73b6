import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { clockRoutes, createClock } from '../clock.ts';
import { createMotoPort } from '../forward.ts';
import { startGateway } from '../gateway.ts';
import { startMoto } from '../moto.ts';
import { createPrincipals } from '../principals.ts';
import { createSsmOverlay, type SsmOverlayOptions } from '../ssm/overlay.ts';
import type { LabContext, NewEvent, Place } from '../types.ts';

/** moto, the gateway and the SSM overlay: nothing else of the lab. */

export interface Emitted {
  readonly event: NewEvent;
  readonly place: Place;
}

export interface SsmLab {
  readonly url: string;
  readonly emitted: Emitted[];
  readonly logged: string[];
  ec2(place?: Partial<Place>): EC2Client;
  ssm(place?: Partial<Place>): SSMClient;
  cloudFormation(): CloudFormationClient;
  /** Waits for the commands under way. */
  settle(): Promise<void>;
  fault(fault: Readonly<Record<string, unknown>>): Promise<Response>;
  stop(): Promise<void>;
}

export const OWN = '123456789012';
export const REGION = 'us-east-1';

export async function startSsmLab(options: SsmOverlayOptions = {}): Promise<SsmLab> {
  const moto = await startMoto({ progress: () => {}, log: () => {} });
  const port = createMotoPort(moto.url);
  const clock = createClock();
  const emitted: Emitted[] = [];
  const logged: string[] = [];
  const underWay = new Set<Promise<unknown>>();
  const context: LabContext = {
    call: port.call,
    emit: (event, place) => emitted.push({ event, place }),
    clock,
    log: (message) => logged.push(message),
  };
  const overlay = createSsmOverlay(context, {
    async track(work) {
      const running = work();
      underWay.add(running);
      try {
        return await running;
      } finally {
        underWay.delete(running);
      }
    },
    ...options,
  });
  const gateway = await startGateway({
    port: 0,
    forward: port.forward,
    principals: createPrincipals(),
    overlays: { ssm: overlay },
    layers: [],
    routes: clockRoutes(clock),
    log: () => {},
  });
  const clients: { destroy(): void }[] = [];
  const config = ({ accountId = OWN, region = REGION }: Partial<Place> = {}) => ({
    endpoint: gateway.url,
    region,
    credentials: { accessKeyId: accountId, secretAccessKey: 'test' },
  });
  return {
    url: gateway.url,
    emitted,
    logged,
    ec2(place) {
      const client = new EC2Client(config(place));
      clients.push(client);
      return client;
    },
    ssm(place) {
      const client = new SSMClient({ ...config(place), maxAttempts: 1 });
      clients.push(client);
      return client;
    },
    cloudFormation() {
      const client = new CloudFormationClient(config());
      clients.push(client);
      return client;
    },
    async settle() {
      await Promise.all(underWay);
    },
    fault: (fault) =>
      fetch(`${gateway.url}/_lab/ssm/faults`, { method: 'POST', body: JSON.stringify(fault) }),
    async stop() {
      for (const client of clients) {
        client.destroy();
      }
      await gateway.stop();
      await moto.stop();
    },
  };
}
