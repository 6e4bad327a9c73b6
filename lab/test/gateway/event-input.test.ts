import { renderInput, valueAt } from '../../event-input.ts';
import type { EventBridgeEvent } from '../../types.ts';

const event: EventBridgeEvent = {
  version: '0',
  id: 'e-1',
  'detail-type': 'Greeting',
  source: 'test',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: ['arn:one', 'arn:two'],
  detail: { who: 'Ada "A" L.', items: [{ id: 7 }], empty: null },
};
const rule = { name: 'greet', arn: 'arn:aws:events:us-east-1:123456789012:rule/greet' };

describe('the input of a target', () => {
  it('is the event itself unless something else is said', () => {
    expect(JSON.parse(renderInput({ Id: 't', Arn: 'a' }, event, rule))).toEqual(event);
  });

  it('is a constant', () => {
    expect(renderInput({ Id: 't', Arn: 'a', Input: '{"x":1}' }, event, rule)).toBe('{"x":1}');
  });

  it('is a part of the event', () => {
    expect(renderInput({ Id: 't', Arn: 'a', InputPath: '$.detail.items[0]' }, event, rule)).toBe('{"id":7}');
    expect(renderInput({ Id: 't', Arn: 'a', InputPath: '$.detail.none' }, event, rule)).toBe('null');
  });

  it('is a template, with values inside and outside of strings', () => {
    const InputTransformer = {
      InputPathsMap: {
        who: '$.detail.who',
        first: '$.resources[0]',
        items: '$.detail.items',
        none: '$.detail.none',
      },
      InputTemplate:
        '{"text": "for <who>, not <none>", "first": <first>, "items": <items>, "rule": <aws.events.rule-name>, "other": "<unknown>"}',
    };
    expect(JSON.parse(renderInput({ Id: 't', Arn: 'a', InputTransformer }, event, rule))).toEqual({
      text: 'for Ada "A" L., not ',
      first: 'arn:one',
      items: [{ id: 7 }],
      rule: 'greet',
      other: '<unknown>',
    });
  });

  it('says which path it cannot read', () => {
    expect(() => valueAt(event, '$..who')).toThrow('"$..who"');
  });
});
