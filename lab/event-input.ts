import type { Target } from '@aws-sdk/client-eventbridge';
import type { EventBridgeEvent } from './types.ts';

/** What a target receives: the event, a part of it, a constant, or a text made of its parts. */

/** The part at `$`, `$.detail`, `$.resources[0]`, `$.detail.items[1].id`; `undefined` when the event has none. */
export function valueAt(event: unknown, path: string): unknown {
  if (!/^\$(\.[\w-]+|\[\d+\])*$/.test(path)) {
    throw new Error(`The lab cannot read the path "${path}": it knows $, names after a dot and [0].`);
  }
  let value = event;
  for (const [, name, index] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name ?? index ?? ''];
  }
  return value;
}

export interface RuleName {
  readonly name: string;
  readonly arn: string;
}

function transform(
  { InputPathsMap = {}, InputTemplate = '' }: NonNullable<Target['InputTransformer']>,
  event: EventBridgeEvent,
  rule: RuleName,
): string {
  const variables: Record<string, unknown> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': event.time,
    'aws.events.event.json': event,
    'aws.events.event': { ...event, detail: undefined },
  };
  for (const [name, path] of Object.entries(InputPathsMap)) {
    variables[name] = valueAt(event, path);
  }
  let text = '';
  let insideString = false;
  for (let index = 0; index < InputTemplate.length; index++) {
    const character = InputTemplate.charAt(index);
    const name = character === '<' ? /^<([\w.-]+)>/.exec(InputTemplate.slice(index))?.[1] : undefined;
    if (name !== undefined && name in variables) {
      const value = variables[name] ?? '';
      const json = JSON.stringify(value);
      // Inside a JSON string a value stands without its own quotes.
      text += insideString
        ? typeof value === 'string'
          ? json.slice(1, -1)
          : JSON.stringify(json).slice(1, -1)
        : json;
      index += name.length + 1;
    } else {
      if (character === '"' && InputTemplate.charAt(index - 1) !== '\\') {
        insideString = !insideString;
      }
      text += character;
    }
  }
  return text;
}

/** @returns the text that the target receives; JSON, unless its template makes something else. */
export function renderInput(target: Target, event: EventBridgeEvent, rule: RuleName): string {
  if (target.InputTransformer !== undefined) {
    return transform(target.InputTransformer, event, rule);
  }
  if (target.Input !== undefined && target.Input !== '') {
    return target.Input;
  }
  return JSON.stringify(target.InputPath ? valueAt(event, target.InputPath) : event) ?? 'null';
}
