import { classifyAwsError, isRetryable } from '../../lib/model/aws-error.ts';
import { awsError } from '../support/memory-ec2.ts';

describe('classifyAwsError', () => {
  it.each([
    ['RequestLimitExceeded', 'throttled'],
    ['ThrottlingException', 'throttled'],
    ['InternalError', 'transient'],
    ['ECONNRESET', 'transient'],
    ['TimeoutError', 'transient'],
    ['InvalidRouteTableID.NotFound', 'not-found'],
    ['InvalidRouteTableId.NotFound', 'not-found'],
    ['INVALIDVPCPEERINGCONNECTIONID.NOTFOUND', 'not-found'],
    ['UnauthorizedOperation', 'denied'],
    ['AccessDeniedException', 'denied'],
    ['RouteAlreadyExists', 'conflict'],
    ['InvalidStateTransition', 'conflict'],
    ['InvalidVpcPeeringConnectionState.DnsHostnamesDisabled', 'conflict'],
    ['OperationNotPermitted', 'conflict'],
    ['RouteLimitExceeded', 'limit'],
    ['VpcPeeringConnectionsPerVpcLimitExceeded', 'limit'],
    ['InvalidParameterValue', 'invalid'],
    ['InvalidVpcId.Malformed', 'invalid'],
    ['ProvisionedThroughputExceededException', 'throttled'],
    ['TransactionConflictException', 'transient'],
    ['ResourceNotFoundException', 'not-found'],
    ['ConditionalCheckFailedException', 'conflict'],
    ['ResourceInUseException', 'conflict'],
    ['ItemCollectionSizeLimitExceededException', 'limit'],
    ['ValidationException', 'invalid'],
    ['SomethingNew', 'unknown'],
  ])('reads %s as %s', (code, kind) => {
    expect(classifyAwsError(awsError(code, 'text'))).toEqual({ kind, code, message: 'text' });
  });

  it('prefers the code of the service over the name of the error class', () => {
    const error = Object.assign(new Error('slow'), {
      name: 'EC2ServiceException',
      Code: 'RequestLimitExceeded',
    });
    expect(classifyAwsError(error).kind).toBe('throttled');
  });

  it.each([
    [503, 'transient'],
    [429, 'throttled'],
    [403, 'denied'],
    [400, 'unknown'],
  ])('judges an unknown code by HTTP status %d', (status, kind) => {
    expect(classifyAwsError(awsError('SomethingNew', 'text', status)).kind).toBe(kind);
  });

  it('looks into the cause of an error that says nothing by itself', () => {
    const error = new Error('request failed', {
      cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    });
    expect(classifyAwsError(error)).toEqual({ kind: 'transient', code: 'ECONNRESET', message: 'reset' });
  });

  it('survives circular causes and things that are no errors', () => {
    const circular = new Error('round');
    circular.cause = circular;
    expect(classifyAwsError(circular).kind).toBe('unknown');
    expect(classifyAwsError('a string')).toEqual({ kind: 'unknown', code: 'Unknown', message: 'a string' });
    expect(classifyAwsError(undefined).kind).toBe('unknown');
    expect(classifyAwsError(null).kind).toBe('unknown');
  });
});

describe('isRetryable', () => {
  it.each([
    ['RequestLimitExceeded', true],
    ['InternalError', true],
    ['UnauthorizedOperation', false],
    ['InvalidRouteTableID.NotFound', false],
    ['RouteAlreadyExists', false],
    ['SomethingNew', false],
  ])('says of %s: %s', (code, retryable) => {
    expect(isRetryable(classifyAwsError(awsError(code, 'text')))).toBe(retryable);
  });
});
