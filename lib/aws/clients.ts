import type { Agent } from 'node:http';
import { REQUEST_LIMITS } from './request-limits.ts';

/** The SDK's own three attempts ride out short throttles; what lasts longer is retried by the invocation. */
const MAX_ATTEMPTS = 3;

/** Gives the credentials of a client; the SDK asks again shortly before they expire. */
export type CredentialProvider = () => Promise<{
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}>;

interface ClientSettings {
  /** Left out: the one of the usual AWS settings. */
  readonly region?: string;
  /** Left out: those of the usual AWS settings. */
  readonly credentials?: CredentialProvider;
  /** Of SQS alone. False: AWS_ENDPOINT_URL counts, whatever address a queue's URL names. */
  readonly useQueueUrlAsEndpoint?: boolean;
}

type RequestHandler = typeof REQUEST_LIMITS & { readonly httpAgent?: Agent; readonly httpsAgent?: Agent };

let requestHandler: RequestHandler = REQUEST_LIMITS;

/** All clients that are made from now on connect by this agent, for both protocols: the command's way through a proxy. */
export function connectBy(agent: Agent): void {
  requestHandler = { ...REQUEST_LIMITS, httpAgent: agent, httpsAgent: agent };
}

/**
 * A client class of the SDK. Whoever needs a service names its class, so that a function bundles only the services that
 * it calls.
 */
export type ClientClass<Client> = new (
  settings: ClientSettings & {
    readonly maxAttempts: number;
    readonly requestHandler: RequestHandler;
  },
) => Client;

/** The one place where SDK clients are made, so that none is without limits. */
export function createClient<Client>(Class: ClientClass<Client>, settings: ClientSettings = {}): Client {
  return new Class({ ...settings, maxAttempts: MAX_ATTEMPTS, requestHandler });
}

/** Clients of every service, one for each Region, made when first asked for and kept while the process lives. */
export interface Clients {
  /** @param region left out: the one of the usual AWS settings. */
  of<Client>(Class: ClientClass<Client>, region?: string): Client;
}

export function createClients(settings: Pick<ClientSettings, 'credentials'> = {}): Clients {
  const made = new Map<ClientClass<unknown>, Map<string | undefined, unknown>>();
  return {
    of<Client>(Class: ClientClass<Client>, region?: string) {
      const regions = made.get(Class) ?? new Map<string | undefined, unknown>();
      made.set(Class, regions);
      // What is kept under a class was made by it.
      const client =
        (regions.get(region) as Client | undefined) ??
        createClient(Class, { ...settings, ...(region === undefined ? {} : { region }) });
      regions.set(region, client);
      return client;
    },
  };
}
