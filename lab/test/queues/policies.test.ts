import { eventBridgeRefusal } from '../../queue-policies.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:q.fifo';
const RULE = {
  arn: 'arn:aws:events:us-east-1:123456789012:rule/bus/r',
  accountId: '123456789012',
  region: 'us-east-1',
};
const ALLOW = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: QUEUE,
};

function refusal(...Statement: readonly unknown[]): string | undefined {
  return eventBridgeRefusal({ arn: QUEUE, policy: JSON.stringify({ Statement }) }, RULE);
}

describe('the policy of a queue lets a rule send', () => {
  it.each([
    ['by its service', ALLOW],
    ['by everybody', { ...ALLOW, Principal: '*' }],
    ['with every action', { ...ALLOW, Action: 'SQS:*' }],
    ['by its ARN', { ...ALLOW, Condition: { ArnEquals: { 'aws:SourceArn': [`${RULE.arn}2`, RULE.arn] } } }],
    [
      'by a pattern',
      { ...ALLOW, Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:events:*:*:rule/bus/*' } } },
    ],
    ['by its account', { ...ALLOW, Condition: { StringEquals: { 'aws:SourceAccount': RULE.accountId } } }],
  ])('%s', (_how, statement) => {
    expect(refusal(statement)).toBeUndefined();
  });
});

describe('the policy of a queue does not let a rule send', () => {
  it.each([
    ['of another ARN', { ...ALLOW, Condition: { ArnEquals: { 'aws:SourceArn': `${RULE.arn}2` } } }],
    ['when another service is named', { ...ALLOW, Principal: { Service: ['sns.amazonaws.com'] } }],
    ['when an account is named', { ...ALLOW, Principal: { AWS: RULE.accountId } }],
    ['when another queue is named', { ...ALLOW, Resource: `${QUEUE}2` }],
    ['when another action is named', { ...ALLOW, Action: 'sqs:ReceiveMessage' }],
  ])('%s', (_how, statement) => {
    expect(refusal(statement)).toBe(
      `The policy of ${QUEUE} does not let events.amazonaws.com send for ${RULE.arn}; add a statement with this aws:SourceArn to an AWS::SQS::QueuePolicy.`,
    );
  });

  it('without a policy', () => {
    expect(eventBridgeRefusal({ arn: QUEUE }, RULE)).toContain('does not let events.amazonaws.com send');
  });

  it('when another statement denies it', () => {
    expect(refusal(ALLOW, { ...ALLOW, Effect: 'Deny', Principal: '*' })).toBe(
      `The policy of ${QUEUE} denies events.amazonaws.com sqs:SendMessage for ${RULE.arn}.`,
    );
  });

  it('when the lab does not know a condition', () => {
    expect(refusal({ ...ALLOW, Condition: { DateLessThan: { 'aws:CurrentTime': 'x' } } })).toContain(
      'could not be evaluated, so it allows nothing: The lab does not know the condition operator DateLessThan',
    );
  });

  it('unless a denial is for what is not encrypted', () => {
    const insecure = { Bool: { 'aws:SecureTransport': 'false' } };
    expect(refusal(ALLOW, { ...ALLOW, Effect: 'Deny', Principal: '*', Condition: insecure })).toBeUndefined();
  });
});
