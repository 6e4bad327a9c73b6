import { randomUUID } from 'node:crypto';
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import type { LabResponse } from '../types.ts';
import { Ec2Error } from './errors.ts';

/** EC2's answers as trees. A list is an element of nothing but `item`s; an empty element is the empty text. */

export interface XmlNode {
  [name: string]: Xml | Xml[];
}

export type Xml = string | XmlNode;

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  // Tag values may begin or end with a space.
  trimValues: false,
  isArray: (name) => name === 'item',
});

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: false });

function isNode(value: unknown): value is XmlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  const found = node?.[name];
  return isNode(found) ? found : undefined;
}

/** `undefined` when there is no such element, or nothing in it. */
export function text(node: XmlNode | undefined, name: string): string | undefined {
  const found = node?.[name];
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The items of the list of that name. */
export function items(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  const found = child(node, name)?.item;
  return Array.isArray(found) ? found.filter(isNode) : [];
}

export function list(nodes: readonly XmlNode[]): Xml {
  return nodes.length === 0 ? '' : { item: [...nodes] };
}

export function tagSet(tags: Readonly<Record<string, string>>): Xml {
  return list(Object.entries(tags).map(([key, value]) => ({ key, value })));
}

/** Key and value pairs of the tag list of that name. */
export function tagsIn(node: XmlNode | undefined, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    items(node, name).map((tag) => [text(tag, 'key') ?? '', text(tag, 'value') ?? '']),
  );
}

/** What is inside the answer's one element, `<…Response>`. */
export function parseAnswer({ body }: Pick<LabResponse, 'body'>): XmlNode {
  const parsed: unknown = parser.parse(body);
  const [answer] = isNode(parsed) ? Object.values(parsed) : [];
  return isNode(answer) ? answer : {};
}

/** The error that an answer with a status of 400 or more holds. */
export function errorIn(response: Pick<LabResponse, 'status' | 'body'>): Ec2Error {
  const error = child(child(parseAnswer(response), 'Errors'), 'Error');
  return new Ec2Error(text(error, 'Code') ?? 'InternalError', text(error, 'Message') ?? '', {
    status: response.status,
  });
}

function xmlResponse(status: number, requestId: string, tree: XmlNode): LabResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId },
    body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${builder.build(tree)}`),
  };
}

/** A successful answer; it gets a request id unless it has one. */
export function answer(action: string, content: XmlNode): LabResponse {
  const requestId = text(content, 'requestId') ?? randomUUID();
  return xmlResponse(200, requestId, {
    [`${action}Response`]: { '@xmlns': NAMESPACE, requestId, ...content },
  });
}

export function refusal({ code, message, status }: Ec2Error): LabResponse {
  const requestId = randomUUID();
  return xmlResponse(status, requestId, {
    Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId },
  });
}
