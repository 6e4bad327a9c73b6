import { tmpdir } from 'node:os';
import { type Activity, createActivity } from '../activity.ts';
import { createMotoClients, type MotoClients } from '../clients.ts';
import { createClock } from '../clock.ts';
import { createMotoPort, type MotoPort } from '../forward.ts';
import { type Moto, startMoto } from '../moto.ts';
import { createPrincipals, type Principals } from '../principals.ts';
import { makeRunDirectory } from '../run-directory.ts';
import type { Teardown } from '../teardown.ts';
import type { LabClock, LabLog } from '../types.ts';

/** What all services of a lab stand on. */
export interface LabGround {
  readonly moto: Moto;
  readonly port: MotoPort;
  readonly principals: Principals;
  readonly clients: MotoClients;
  readonly clock: LabClock;
  readonly activity: Activity;
  /** A folder outside of the project; gone when the lab stops. */
  readonly directory: string;
  readonly teardown: Teardown;
  readonly log: LabLog;
  /** The gateway's address; empty until it is started. */
  gatewayUrl(): string;
}

export async function layGround({
  teardown,
  progress,
  log,
  gatewayUrl,
}: Pick<LabGround, 'teardown' | 'log' | 'gatewayUrl'> & {
  progress(line: string): void;
}): Promise<LabGround> {
  const moto = await startMoto({ progress, log });
  teardown.add(moto.stop);
  // Outside the project: an unpacked function must not find the project's node_modules.
  const directory = await makeRunDirectory(tmpdir(), 'peering-lab-');
  teardown.add(directory.remove);
  const principals = createPrincipals();
  const clients = createMotoClients(moto.url, principals);
  teardown.add(clients.stop);
  return {
    moto,
    port: createMotoPort(moto.url),
    principals,
    clients,
    clock: createClock(),
    activity: createActivity(),
    directory: directory.path,
    teardown,
    log,
    gatewayUrl,
  };
}
