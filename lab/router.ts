import { LabError, messageOf } from './errors.ts';
import type { LabResponse, LabRoute } from './types.ts';

/** Thrown by a route: the caller's mistake. */
export class BadRequest extends LabError {
  readonly status: number;

  constructor(message: string, options: { readonly status?: number } = {}) {
    super(message);
    this.status = options.status ?? 400;
  }
}

export type Router = (request: {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
}) => Promise<LabResponse>;

function json(status: number, value: unknown): LabResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(`${JSON.stringify(value ?? {}, undefined, 2)}\n`),
  };
}

function nameIn(pattern: string, path: string): string | undefined {
  if (!pattern.endsWith('/*')) {
    return pattern === path ? '' : undefined;
  }
  const parent = pattern.slice(0, -1);
  return path.startsWith(parent) ? decodeURIComponent(path.slice(parent.length)) : undefined;
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) {
    return undefined;
  }
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new BadRequest(`The body is not JSON: ${messageOf(error)}`);
  }
}

/** Answers the lab's own paths with JSON; problems as `{error}`. */
export function createRouter(routes: readonly LabRoute[]): Router {
  return async ({ method, path, query, body }) => {
    for (const route of routes) {
      const name = nameIn(route.path, path);
      if (name !== undefined && route.method === method) {
        try {
          return json(
            200,
            await route.handle({ name, query: new URLSearchParams(query), body: parseBody(body) }),
          );
        } catch (error) {
          if (error instanceof BadRequest) {
            return json(error.status, { error: error.message });
          }
          throw error;
        }
      }
    }
    return json(404, {
      error: `The lab has no ${method} ${path}.`,
      paths: routes.map((route) => `${route.method} ${route.path}`),
    });
  };
}
