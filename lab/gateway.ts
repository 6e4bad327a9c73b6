import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DropConnection, LabError, messageOf } from './errors.ts';
import { flattenHeaders } from './forward.ts';
import type { Principals } from './principals.ts';
import { createRouter, type Router } from './router.ts';
import { readSignature } from './signature.ts';
import type { Forward, LabLog, LabRequest, LabResponse, LabRoute, ServiceOverlay } from './types.ts';
import { webRefusal, withoutCors } from './web-guard.ts';

/** One step on the way of every AWS request, whatever its service: counts it, delays it, breaks it. */
export type Layer = (request: LabRequest, next: Forward) => Promise<LabResponse>;

export interface GatewayOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly forward: Forward;
  readonly principals: Principals;
  /** By signing name. */
  readonly overlays: Readonly<Record<string, ServiceOverlay>>;
  /** The first one sees the request first. */
  readonly layers: readonly Layer[];
  readonly routes: readonly LabRoute[];
  readonly log: LabLog;
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** Twice the largest direct upload of a Lambda package, and then some. */
const BODY_LIMIT = 256 * 1024 * 1024;

class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) {
      throw new BodyTooLarge(`The request body is larger than ${BODY_LIMIT} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(outgoing: ServerResponse, { status, headers: answered, body }: LabResponse): void {
  const headers = withoutCors(answered);
  const head = outgoing.req.method === 'HEAD';
  outgoing.writeHead(status, head ? headers : { ...headers, 'content-length': String(body.length) });
  outgoing.end(head ? undefined : body);
}

function answerProblem(outgoing: ServerResponse, status: number, message: string): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify({ __type: 'LabFailure', message }));
  answer(outgoing, { status, headers: { 'content-type': 'application/json' }, body });
}

/** All layers, then the overlay of the service, or moto. */
function throughLayers({ layers, overlays, forward, principals }: GatewayOptions): Forward {
  return layers.reduceRight<Forward>(
    (next, layer) => (request) => layer(request, next),
    async (request) => {
      const response = await (overlays[request.service]?.handle(request, forward) ?? forward(request));
      principals.learn(request, response);
      return response;
    },
  );
}

/** @throws {LabError} when the port is taken. @returns the port. */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new LabError(
              `Port ${port} on 127.0.0.1 is in use. Choose another with --port, or leave it out for a free one.`,
              { cause: error },
            )
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Answers HTTP requests: the lab's own paths by its routes, everything else as AWS. */
class Endpoint {
  readonly #principals: Principals;
  readonly #router: Router;
  readonly #toAws: Forward;
  readonly #log: LabLog;
  /** The lab answers by this port only. */
  port: number;
  #stopping = false;

  constructor(options: GatewayOptions) {
    this.#principals = options.principals;
    this.#router = createRouter([
      ...options.routes,
      ...Object.values(options.overlays).flatMap(({ routes = [] }) => routes),
    ]);
    this.#toAws = throughLayers(options);
    this.#log = options.log;
    this.port = options.port;
  }

  /** What fails from now on is told to nobody. */
  stop(): void {
    this.#stopping = true;
  }

  async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      await this.#serve(incoming, outgoing);
    } catch (error) {
      if (error instanceof DropConnection) {
        outgoing.destroy();
      } else if (error instanceof BodyTooLarge) {
        answerProblem(outgoing, 413, error.message);
      } else {
        this.#tell(incoming, error);
        answerProblem(outgoing, 500, messageOf(error));
      }
    }
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [path = '/', query = ''] = splitOnce(incoming.url ?? '/', '?');
    const method = incoming.method ?? 'GET';
    const refusal = webRefusal(incoming.headers, this.port);
    if (refusal !== undefined) {
      // The body is not read: it may be large, and is nobody's business.
      incoming.resume();
      answerProblem(outgoing, 403, refusal);
      return;
    }
    const body = await readBody(incoming);
    answer(
      outgoing,
      path.startsWith('/_lab/')
        ? await this.#router({ method, path, query, body })
        : await this.#toAws(this.#signed(incoming, { method, path, query, body })),
    );
  }

  /** What a request to AWS says by its signature. */
  #signed(
    { headers }: IncomingMessage,
    received: Pick<LabRequest, 'method' | 'path' | 'query' | 'body'>,
  ): LabRequest {
    const signature = readSignature(headers, received.query);
    const accessKeyId = signature?.accessKeyId ?? 'anonymous';
    const region = signature?.region ?? 'us-east-1';
    const principal = this.#principals.of(accessKeyId, region);
    return {
      ...received,
      headers: flattenHeaders(headers),
      service: signature?.service ?? 'unknown',
      region,
      accountId: principal.accountId,
      accessKeyId,
      principal,
    };
  }

  /** Requests that were under way when the lab was told to stop cannot be answered, and nobody waits for them. */
  #tell({ method, url }: IncomingMessage, error: unknown): void {
    if (!this.#stopping) {
      this.#log('the lab could not answer a request', {
        request: `${method} ${url}`,
        error: error instanceof Error ? (error.stack ?? error.message) : error,
      });
    }
  }
}

/**
 * The endpoint: AWS to its callers, and `/_lab/...` for whoever steers the lab. Closed to web pages.
 * @throws {LabError} when the port is taken.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const endpoint = new Endpoint(options);
  const server = createServer((incoming, outgoing) => void endpoint.handle(incoming, outgoing));
  server.requestTimeout = 0;
  endpoint.port = await listen(server, options.port);
  return {
    url: `http://127.0.0.1:${endpoint.port}`,
    stop: () => {
      endpoint.stop();
      return new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      });
    },
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + separator.length)];
}
