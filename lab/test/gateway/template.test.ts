import { type DeployedStack, resolveValue } from '../../template.ts';

const stack: DeployedStack = {
  accountId: '123456789012',
  region: 'eu-west-1',
  stackName: 'app',
  stackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/app/1',
  parameters: { Stage: 'prod' },
  resources: {
    Topic: { type: 'AWS::SNS::Topic', physicalId: 'arn:aws:sns:eu-west-1:123456789012:topic' },
    Queue: { type: 'AWS::SQS::Queue', physicalId: 'https://sqs.eu-west-1.amazonaws.com/123456789012/queue' },
    Run: { type: 'AWS::Lambda::Function', physicalId: 'app-run' },
  },
};

describe('template functions', () => {
  it.each([
    [{ Ref: 'Stage' }, 'prod'],
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ Ref: 'Run' }, 'app-run'],
    [{ 'Fn::GetAtt': ['Run', 'Arn'] }, 'arn:aws:lambda:eu-west-1:123456789012:function:app-run'],
    [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn:aws:sqs:eu-west-1:123456789012:queue'],
    [{ 'Fn::GetAtt': ['Queue', 'QueueName'] }, 'queue'],
    [
      { 'Fn::Sub': '${Stage}-${Run.Arn}-${!Kept}' },
      'prod-arn:aws:lambda:eu-west-1:123456789012:function:app-run-${Kept}',
    ],
    [
      { 'Fn::Sub': ['${A}/${Stage}', { A: { Ref: 'Topic' } }] },
      'arn:aws:sns:eu-west-1:123456789012:topic/prod',
    ],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Stage' }]] }, 'a-prod'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
    [
      { List: [{ Ref: 'Stage' }], Number: 1 },
      { List: ['prod'], Number: 1 },
    ],
  ])('%j', (value, expected) => {
    expect(resolveValue(value, stack)).toEqual(expected);
  });

  it('names what it cannot resolve', () => {
    expect(() => resolveValue({ Ref: 'Nobody' }, stack)).toThrow('"Nobody"');
    expect(() => resolveValue({ 'Fn::GetAtt': ['Run', 'Colour'] }, stack)).toThrow('Run.Colour');
    expect(() => resolveValue({ 'Fn::Cidr': [] }, stack)).toThrow('Fn::Cidr');
  });
});
