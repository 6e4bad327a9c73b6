import { randomUUID } from 'node:crypto';
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import type { LabResponse } from '../types.ts';
import type { CustomResource, StackEvent, StackRecord } from './records.ts';

/** CloudFormation's answers, with what the lab knows of custom resources put into moto's. */

type Member = Record<string, unknown>;

type RecordOf = (stackId: string) => StackRecord | undefined;

const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  isArray: (name) => name === 'member',
});
const builder = new XMLBuilder({ ignoreAttributes: false });

/** Edits the members of one list of an answer. */
function edit(
  response: LabResponse,
  { action, list }: { readonly action: string; readonly list: string },
  change: (members: readonly Member[]) => readonly Member[],
): LabResponse {
  const tree = parser.parse(response.body) as Record<string, Record<string, Record<string, unknown>>>;
  const result = tree[`${action}Response`]?.[`${action}Result`];
  if (result === undefined) {
    return response;
  }
  const found = result[list] as { readonly member?: readonly Member[] } | '' | undefined;
  const members = change(found ? (found.member ?? []) : []);
  result[list] = members.length === 0 ? '' : { member: members };
  return { ...response, body: Buffer.from(builder.build(tree) as string) };
}

/** A stack's template as it was given, in place of the one that moto was handed. */
export function withTemplate(response: LabResponse, templateBody: string): LabResponse {
  const tree = parser.parse(response.body) as Record<string, Record<string, Record<string, unknown>>>;
  const result = tree.GetTemplateResponse?.GetTemplateResult;
  if (result === undefined) {
    return response;
  }
  result.TemplateBody = templateBody;
  return { ...response, body: Buffer.from(builder.build(tree) as string) };
}

/** The state of stacks whose custom resources are not done yet, or failed. */
export function withStackStates(
  response: LabResponse,
  where: { readonly action: string; readonly list: string },
  recordOf: RecordOf,
): LabResponse {
  return edit(response, where, (members) =>
    members.map((member) => {
      const status = recordOf(String(member.StackId))?.status;
      return status === undefined
        ? member
        : {
            ...member,
            StackStatus: status.name,
            ...(status.reason === undefined ? {} : { StackStatusReason: status.reason }),
          };
    }),
  );
}

function eventMember(record: StackRecord, event: StackEvent): Member {
  return {
    StackId: record.stackId,
    EventId: event.id,
    StackName: record.stackName,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.time.toISOString(),
    ResourceStatus: event.status,
    ...(event.reason === undefined ? {} : { ResourceStatusReason: event.reason }),
  };
}

/** Newest first, as CloudFormation lists them. */
export function withEvents(response: LabResponse, record: StackRecord): LabResponse {
  const { hiddenEvents, shownEvents } = record;
  const isShown = (id: string) => !hiddenEvents.has(id) && shownEvents?.has(id) !== false;
  return edit(response, { action: 'DescribeStackEvents', list: 'StackEvents' }, (members) =>
    [
      ...record.events.map((event) => eventMember(record, event)).reverse(),
      ...members.filter(({ EventId }) => isShown(String(EventId))),
    ].sort((a, b) => Date.parse(String(b.Timestamp)) - Date.parse(String(a.Timestamp))),
  );
}

/** The three actions that show a resource do not show the same of it. */
function resourceMember(action: string, record: StackRecord, resource: CustomResource): Member {
  const changed = resource.changed.toISOString();
  return {
    ...(action === 'ListStackResources' ? {} : { StackId: record.stackId, StackName: record.stackName }),
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    ...(action === 'DescribeStackResources' ? { Timestamp: changed } : { LastUpdatedTimestamp: changed }),
    ResourceStatus: resource.status,
  };
}

export function withResources(
  response: LabResponse,
  where: { readonly action: string; readonly list: string; readonly most?: number },
  record: StackRecord,
): LabResponse {
  return edit(response, where, (members) =>
    [
      ...members,
      ...[...record.resources.values()].map((resource) => resourceMember(where.action, record, resource)),
    ].slice(0, where.most),
  );
}

/** An answer of the lab's own. */
export function answer(action: string, result: Readonly<Record<string, unknown>>): LabResponse {
  const tree = {
    [`${action}Response`]: {
      '@_xmlns': 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: randomUUID() },
    },
  };
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: Buffer.from(builder.build(tree) as string),
  };
}

/** `DescribeStackResource` and `DescribeStackResources` of one custom resource. */
export function resourceAnswer(action: string, record: StackRecord, resource: CustomResource): LabResponse {
  const member = resourceMember(action, record, resource);
  return action === 'DescribeStackResource'
    ? answer(action, { StackResourceDetail: member })
    : answer(action, { StackResources: { member: [member] } });
}

export function stackIdIn(response: LabResponse): string | undefined {
  return /<StackId>([^<]+)<\/StackId>/.exec(response.body.toString())?.[1];
}
