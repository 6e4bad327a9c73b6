import { closest, distance } from 'fastest-levenshtein';
import { protocolOf } from './action.ts';
import { readForm } from './ec2/form.ts';
import { type AwsError, errorAnswer } from './error-answer.ts';
import { LabError } from './errors.ts';
import type { Layer } from './gateway.ts';
import { isRegion, regionNames } from './partitions.ts';
import { BadRequest } from './router.ts';
import { DEFAULT_ACCOUNT_ID, type LabRequest, type LabResponse, type LabRoute } from './types.ts';

/**
 * The Region that a person names for a stack, or the default.
 * @throws {LabError} when AWS has no such Region, as far as this version knows.
 */
export function homeRegion(named = 'us-east-1'): string {
  if (!isRegion(named)) {
    const nearest = closest(named, [...regionNames()]);
    const meant = distance(named, nearest) <= nearest.length / 3 ? ` Did you mean ${nearest}?` : '';
    throw new LabError(`There is no Region ${JSON.stringify(named)}.${meant}`);
  }
  return named;
}

/** Which Regions an account has enabled: all of them, until one is switched off. */
export interface EnabledRegions {
  readonly layer: Layer;
  readonly routes: readonly LabRoute[];
}

const INVALID_TOKEN = 'The security token included in the request is invalid.';

/** How a service of a Region that the account has not enabled refuses every call. */
function refusal(request: LabRequest): AwsError {
  switch (protocolOf(request)) {
    case 'ec2':
      return {
        status: 401,
        code: 'AuthFailure',
        message: 'AWS was not able to validate the provided access credentials',
      };
    case 'query':
      return { status: 403, code: 'InvalidClientTokenId', message: INVALID_TOKEN };
    case 'rest-xml':
      return { status: 400, code: 'InvalidToken', message: INVALID_TOKEN };
    case 'rest-json':
      return { status: 403, code: 'UnrecognizedClientException', message: INVALID_TOKEN };
    default:
      return { status: 400, code: 'UnrecognizedClientException', message: INVALID_TOKEN };
  }
}

/** moto knows which Regions have to be opted into, not which ones an account has. */
function withOptInStatus(
  response: LabResponse,
  { off, show }: { readonly off: ReadonlySet<string>; readonly show: 'all' | 'enabled' },
): LabResponse {
  const body = response.body.toString().replace(/<item>(?:(?!<\/item>)[\s\S])*<\/item>\s*/g, (item) => {
    const name = /<regionName>([^<]+)</.exec(item)?.[1];
    if (name === undefined) {
      return item;
    }
    if (off.has(name)) {
      return show === 'all' ? item.replace(/<optInStatus>[^<]*</, '<optInStatus>not-opted-in<') : '';
    }
    return item.replace('<optInStatus>not-opted-in<', '<optInStatus>opted-in<');
  });
  return { ...response, body: Buffer.from(body) };
}

export function createEnabledRegions(): EnabledRegions {
  /** By account. */
  const switchedOff = new Map<string, Set<string>>();

  const offIn = (accountId: string): Set<string> => {
    const off = switchedOff.get(accountId) ?? new Set();
    switchedOff.set(accountId, off);
    return off;
  };

  return {
    async layer(request, next) {
      const off = switchedOff.get(request.accountId);
      if (off?.has(request.region)) {
        return errorAnswer(request, refusal(request));
      }
      const response = await next(request);
      if (request.service !== 'ec2' || response.status !== 200) {
        return response;
      }
      const form = readForm(request);
      return form.action === 'DescribeRegions'
        ? withOptInStatus(response, {
            off: off ?? new Set(),
            show: form.get('AllRegions') === 'true' ? 'all' : 'enabled',
          })
        : response;
    },
    routes: [
      {
        method: 'GET',
        path: '/_lab/regions',
        handle: () =>
          [...switchedOff].flatMap(([accountId, regions]) =>
            [...regions].map((region) => ({ accountId, region, optInStatus: 'not-opted-in' })),
          ),
      },
      {
        method: 'PUT',
        path: '/_lab/regions/*',
        handle({ name, query, body }) {
          const optInStatus =
            typeof body === 'object' && body !== null
              ? (body as Record<string, unknown>).optInStatus
              : undefined;
          if (optInStatus !== 'opted-in' && optInStatus !== 'not-opted-in') {
            throw new BadRequest(
              'PUT /_lab/regions/<region> takes {"optInStatus": "opted-in"} or {"optInStatus": "not-opted-in"}.',
            );
          }
          const accountId = query.get('account') ?? DEFAULT_ACCOUNT_ID;
          if (optInStatus === 'opted-in') {
            offIn(accountId).delete(name);
          } else {
            offIn(accountId).add(name);
          }
          return { accountId, region: name, optInStatus };
        },
      },
    ],
  };
}
