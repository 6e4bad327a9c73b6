import type { LabRequest } from './types.ts';

/** Operations of the services that tell them by method and path, and some by a word of the query. */
const BY_PATH: Readonly<
  Record<string, readonly (readonly [method: string, path: RegExp, action: string, asked?: string])[]>
> = {
  lambda: [
    ['POST', /\/functions\/[^/]+\/invocations\/?$/, 'Invoke'],
    ['GET', /\/functions\/?$/, 'ListFunctions'],
    ['POST', /\/functions\/?$/, 'CreateFunction'],
    ['GET', /\/functions\/[^/]+\/?$/, 'GetFunction'],
    ['DELETE', /\/functions\/[^/]+\/?$/, 'DeleteFunction'],
    ['PUT', /\/functions\/[^/]+\/code\/?$/, 'UpdateFunctionCode'],
    ['GET', /\/functions\/[^/]+\/configuration\/?$/, 'GetFunctionConfiguration'],
    ['PUT', /\/functions\/[^/]+\/configuration\/?$/, 'UpdateFunctionConfiguration'],
    ['GET', /\/event-source-mappings\/?$/, 'ListEventSourceMappings'],
    ['POST', /\/event-source-mappings\/?$/, 'CreateEventSourceMapping'],
    ['GET', /\/event-source-mappings\/[^/]+\/?$/, 'GetEventSourceMapping'],
    ['PUT', /\/event-source-mappings\/[^/]+\/?$/, 'UpdateEventSourceMapping'],
    ['DELETE', /\/event-source-mappings\/[^/]+\/?$/, 'DeleteEventSourceMapping'],
  ],
  s3: [
    ['GET', /^\/[^/]+\/.+/, 'GetObject'],
    ['PUT', /^\/[^/]+\/.+/, 'PutObject'],
    ['HEAD', /^\/[^/]+\/.+/, 'HeadObject'],
    ['DELETE', /^\/[^/]+\/.+/, 'DeleteObject'],
    ['GET', /^\/[^/]+\/?$/, 'GetPublicAccessBlock', 'publicAccessBlock'],
    ['GET', /^\/[^/]+\/?$/, 'ListObjects'],
    ['POST', /^\/[^/]+\/?$/, 'DeleteObjects'],
    ['PUT', /^\/[^/]+\/?$/, 'CreateBucket'],
    ['HEAD', /^\/[^/]+\/?$/, 'HeadBucket'],
  ],
};

/** How a service's requests and errors are written. */
export type Protocol = 'ec2' | 'query' | 'json' | 'cbor' | 'rest-json' | 'rest-xml';

export function protocolOf({ service, headers }: LabRequest): Protocol {
  if (service === 'ec2') {
    return 'ec2';
  }
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') {
    return 'cbor';
  }
  if (headers['x-amz-target'] !== undefined) {
    return 'json';
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return 'query';
  }
  return service === 's3' ? 'rest-xml' : 'rest-json';
}

/** The API operation of a request, such as `CreateRoute`; `<method> <path>` where the lab does not know its name. */
export function actionOf(request: LabRequest): string {
  const { service, method, path, query, headers, body } = request;
  switch (protocolOf(request)) {
    case 'ec2':
    case 'query':
      return (
        new URLSearchParams(body.toString()).get('Action') ??
        new URLSearchParams(query).get('Action') ??
        `${method} ${path}`
      );
    case 'json':
      return headers['x-amz-target']?.split('.').at(-1) ?? '';
    case 'cbor':
      return path.split('/').at(-1) ?? '';
    default:
      return (
        BY_PATH[service]?.find(
          ([verb, pattern, , asked]) =>
            verb === method &&
            pattern.test(path) &&
            (asked === undefined || new URLSearchParams(query).has(asked)),
        )?.[2] ?? `${method} ${path}`
      );
  }
}
