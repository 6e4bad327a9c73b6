import { randomUUID } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import type { LabRequest, LabResponse, NewEvent } from '../types.ts';

/**
 * The event that CloudTrail makes of an EC2 call, in the shape that recorded events have: names in camelCase, lists as
 * `{items: [...]}`, no `responseElements` for a call that failed.
 */

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === 'item',
});

function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** EC2's XML lists are elements that hold nothing but `item`s. */
function fromXml(value: unknown): Json {
  if (Array.isArray(value)) {
    return value.map(fromXml);
  }
  if (typeof value !== 'object' || value === null) {
    return value === 'true' ? true : value === 'false' ? false : value === undefined ? null : String(value);
  }
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === 'item' && Array.isArray(only[1])) {
    return { items: only[1].map(fromXml) };
  }
  return Object.fromEntries(
    entries.map(([name, child]) => [name === 'return' ? '_return' : name, fromXml(child)]),
  );
}

function responseElements(eventName: string, body: string): Json {
  const { requestId, ...elements } = (parser.parse(body)[`${eventName}Response`] ?? {}) as Record<
    string,
    unknown
  >;
  const json = fromXml({ ...elements, ...(requestId === undefined ? {} : { requestId }) }) as {
    [key: string]: Json;
  };
  const peering = json.vpcPeeringConnection;
  if (typeof peering === 'object' && peering !== null && !Array.isArray(peering)) {
    const expires = peering.expirationTime;
    if (typeof expires === 'string') {
      peering.expirationTime = Date.parse(expires);
    }
    const accepter = peering.accepterVpcInfo;
    if (
      eventName === 'CreateVpcPeeringConnection' &&
      typeof accepter === 'object' &&
      accepter !== null &&
      !Array.isArray(accepter)
    ) {
      peering.accepterVpcInfo = {
        ownerId: accepter.ownerId ?? null,
        vpcId: accepter.vpcId ?? null,
        ...(accepter.region === undefined ? {} : { region: accepter.region }),
      };
    }
  }
  return json;
}

function errorOf(body: string): { readonly code: string; readonly message: string } {
  const error = parser.parse(body).Response?.Errors?.Error ?? {};
  return { code: String(error.Code ?? 'InternalError'), message: String(error.Message ?? '') };
}

/** `ResourceId.1=…&Tag.1.Key=…` as CloudTrail writes it: `resourcesSet` and `tagSet`; everything else by its own name. */
function requestParameters(form: URLSearchParams): { [key: string]: Json } {
  const parameters: { [key: string]: Json } = {};
  const resources: Json[] = [];
  const tags = new Map<string, { [key: string]: Json }>();
  for (const [name, value] of form) {
    const [first = '', index = '', part = ''] = name.split('.');
    if (first === 'Action' || first === 'Version') {
      continue;
    }
    if (first === 'ResourceId' && index !== '') {
      resources.push({ resourceId: value });
    } else if (first === 'Tag' && index !== '') {
      const tag = tags.get(index) ?? {};
      tag[camelCase(part)] = value;
      tags.set(index, tag);
    } else if (index === '') {
      parameters[camelCase(first)] = value === 'true' ? true : value === 'false' ? false : value;
    }
  }
  return {
    ...parameters,
    ...(resources.length > 0 ? { resourcesSet: { items: resources } } : {}),
    ...(tags.size > 0 ? { tagSet: { items: [...tags.values()] } } : {}),
  };
}

function userIdentity({ principal }: LabRequest): { [key: string]: Json } {
  const { type, arn, accountId, accessKeyId } = principal;
  if (type === 'Root') {
    return { type, principalId: accountId, arn, accountId, accessKeyId };
  }
  const { sessionIssuerArn } = principal;
  return {
    type,
    arn,
    accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        arn: sessionIssuerArn,
        accountId,
        userName: sessionIssuerArn.slice(sessionIssuerArn.lastIndexOf('/') + 1),
      },
    },
  };
}

export function cloudTrailEvent(
  request: LabRequest,
  form: URLSearchParams,
  response: LabResponse,
  now: Date,
): NewEvent {
  const eventName = form.get('Action') ?? '';
  const failed = response.status >= 400;
  const body = response.body.toString('utf8');
  const error = failed ? errorOf(body) : undefined;
  return {
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.ec2',
    detail: {
      eventVersion: '1.10',
      userIdentity: userIdentity(request),
      eventTime: `${now.toISOString().slice(0, 19)}Z`,
      eventSource: 'ec2.amazonaws.com',
      eventName,
      awsRegion: request.region,
      sourceIPAddress: '127.0.0.1',
      userAgent: request.headers['user-agent'] ?? 'unknown',
      ...(error === undefined ? {} : { errorCode: `Client.${error.code}`, errorMessage: error.message }),
      requestParameters: requestParameters(form),
      responseElements: failed ? null : responseElements(eventName, body),
      requestID: randomUUID(),
      eventID: randomUUID(),
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: request.accountId,
      eventCategory: 'Management',
    },
  };
}
