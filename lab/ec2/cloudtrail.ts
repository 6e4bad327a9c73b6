import { randomUUID } from 'node:crypto';
import type { LabPrincipal, LabRequest, LabResponse, NewEvent } from '../types.ts';
import { errorIn, parseAnswer, text } from './xml.ts';

/**
 * The event that CloudTrail makes of an EC2 call, in the shape that recorded events have: names in camelCase, lists as
 * `{items: [...]}`, no `responseElements` for a call that failed.
 */

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function scalar(text: string): Json {
  return text === 'true' ? true : text === 'false' ? false : text;
}

/** A parameter's value, or what hangs below it: `Tag.1.Key` is below `Tag`, then `1`, then `Key`. */
type Branch = string | Map<string, Branch>;

function branchesOf(form: URLSearchParams): Map<string, Branch> {
  const root = new Map<string, Branch>();
  for (const [name, value] of form) {
    const steps = name.split('.');
    const leaf = steps.pop() ?? name;
    let at = root;
    for (const step of steps) {
      const below = at.get(step);
      const next = below instanceof Map ? below : new Map<string, Branch>();
      at.set(step, next);
      at = next;
    }
    at.set(leaf, value);
  }
  return root;
}

/** `ResourceId` is written as `resourcesSet`, `Tag` as `tagSet`. */
function listName(name: string): string {
  const camel = camelCase(name);
  return camel.endsWith('Id') ? `${camel.slice(0, -'Id'.length)}sSet` : `${camel}Set`;
}

function isList(branch: Map<string, Branch>): boolean {
  return [...branch.keys()].every((key) => /^\d+$/.test(key));
}

/** Lists inside a list are plain: `tagSpecificationSet: {items: [{resourceType, tags: [{key, value}]}]}`. */
function fromBranches(branches: Map<string, Branch>, depth: 'top' | 'inner'): JsonObject {
  const entries = [...branches].map(([name, branch]): [string, Json] => {
    if (typeof branch === 'string') {
      return [camelCase(name), scalar(branch)];
    }
    if (!isList(branch)) {
      return [camelCase(name), fromBranches(branch, 'inner')];
    }
    const items = [...branch]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, item]) =>
        typeof item !== 'string'
          ? fromBranches(item, 'inner')
          : depth === 'top'
            ? { [camelCase(name)]: item }
            : item,
      );
    return depth === 'top' ? [listName(name), { items }] : [`${camelCase(name)}s`, items];
  });
  return Object.fromEntries(entries);
}

function requestParameters(form: URLSearchParams): JsonObject {
  const branches = branchesOf(form);
  branches.delete('Action');
  branches.delete('Version');
  return fromBranches(branches, 'top');
}

function fromXml(name: string, value: unknown): Json {
  if (Array.isArray(value)) {
    return value.map((each) => fromXml(name, each));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    const isItems = entries.length === 1 && entries[0]?.[0] === 'item';
    return isItems
      ? { items: fromXml('item', entries[0]?.[1]) }
      : Object.fromEntries(
          entries.map(([child, content]) => [
            child === 'return' ? '_return' : child,
            fromXml(child, content),
          ]),
        );
  }
  const text = String(value ?? '');
  if (text === '' && name.endsWith('Set')) {
    return {};
  }
  // Every time in these answers that matters here: CloudTrail gives it in milliseconds.
  return name === 'expirationTime' ? Date.parse(text) : scalar(text);
}

function userIdentity(principal: LabPrincipal, now: Date): JsonObject {
  const { type, arn, accountId, accessKeyId } = principal;
  if (type === 'Root') {
    return { type, principalId: accountId, arn, accountId, accessKeyId };
  }
  const { sessionIssuerArn, sessionName } = principal;
  const userName = sessionIssuerArn.slice(sessionIssuerArn.lastIndexOf('/') + 1);
  const principalId = `AROA${Buffer.from(sessionIssuerArn).toString('hex').toUpperCase().slice(-16)}`;
  return {
    type,
    principalId: `${principalId}:${sessionName}`,
    arn,
    accountId,
    accessKeyId,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId, arn: sessionIssuerArn, accountId, userName },
      attributes: { creationDate: wholeSeconds(now), mfaAuthenticated: 'false' },
    },
  };
}

function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** `AWS API Call via CloudTrail` for one answered EC2 call. */
export function cloudTrailEvent(
  request: LabRequest,
  form: URLSearchParams,
  response: LabResponse,
  now: Date,
): NewEvent {
  const error = response.status >= 400 ? errorIn(response) : undefined;
  const answer = parseAnswer(response);
  return {
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.ec2',
    detail: {
      eventVersion: '1.10',
      userIdentity: userIdentity(request.principal, now),
      eventTime: wholeSeconds(now),
      eventSource: 'ec2.amazonaws.com',
      eventName: form.get('Action') ?? '',
      awsRegion: request.region,
      sourceIPAddress: '127.0.0.1',
      userAgent: request.headers['user-agent'] ?? 'unknown',
      ...(error === undefined
        ? {}
        : {
            errorCode: `${error.status < 500 ? 'Client' : 'Server'}.${error.code}`,
            errorMessage: error.message,
          }),
      requestParameters: requestParameters(form),
      responseElements: error === undefined ? fromXml('', answer) : null,
      // The one that the caller was given.
      requestID: text(answer, 'requestId') ?? text(answer, 'RequestID') ?? randomUUID(),
      eventID: randomUUID(),
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: request.accountId,
      eventCategory: 'Management',
    },
  };
}
