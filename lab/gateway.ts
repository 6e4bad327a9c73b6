import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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

/**
 * The endpoint: AWS to its callers, and `/_lab/...` for whoever steers the lab. Closed to web pages.
 * @throws {LabError} when the port is taken.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const router: Router = createRouter([
    ...options.routes,
    ...Object.values(options.overlays).flatMap(({ routes = [] }) => routes),
  ]);

  const toOverlay: Forward = (request) => {
    const overlay = options.overlays[request.service];
    return overlay ? overlay.handle(request, options.forward) : options.forward(request);
  };
  const handle = options.layers.reduceRight<Forward>(
    (next, layer) => (request) => layer(request, next),
    async (request) => {
      const response = await toOverlay(request);
      options.principals.learn(request, response);
      return response;
    },
  );

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [path = '/', query = ''] = splitOnce(incoming.url ?? '/', '?');
    const method = incoming.method ?? 'GET';
    const refusal = webRefusal(incoming.headers, port);
    if (refusal !== undefined) {
      // The body is not read: it may be large, and is nobody's business.
      incoming.resume();
      answerProblem(outgoing, 403, refusal);
      return;
    }
    const body = await readBody(incoming);
    if (path.startsWith('/_lab/')) {
      answer(outgoing, await router({ method, path, query, body }));
      return;
    }
    const signature = readSignature(incoming.headers, query);
    const accessKeyId = signature?.accessKeyId ?? 'anonymous';
    const region = signature?.region ?? 'us-east-1';
    const principal = options.principals.of(accessKeyId, region);
    answer(
      outgoing,
      await handle({
        method,
        path,
        query,
        headers: flattenHeaders(incoming.headers),
        body,
        service: signature?.service ?? 'unknown',
        region,
        accountId: principal.accountId,
        accessKeyId,
        principal,
      }),
    );
  }

  let stopping = false;
  let port = options.port;
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      if (error instanceof DropConnection) {
        outgoing.destroy();
      } else if (error instanceof BodyTooLarge) {
        answerProblem(outgoing, 413, error.message);
      } else {
        // Requests that were under way when the lab was told to stop cannot be answered, and nobody waits for them.
        if (!stopping) {
          options.log('the lab could not answer a request', {
            request: `${incoming.method} ${incoming.url}`,
            error: error instanceof Error ? (error.stack ?? error.message) : error,
          });
        }
        answerProblem(outgoing, 500, messageOf(error));
      }
    });
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new LabError(
              `Port ${options.port} on 127.0.0.1 is in use. Choose another with --port, or leave it out for a free one.`,
              { cause: error },
            )
          : error,
      ),
    );
    server.listen(options.port, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      stopping = true;
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
