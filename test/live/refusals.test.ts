import { AwsCallError } from '../../lib/aws/call-error.ts';
import { masked } from '../../live/mask.ts';
import { NotTried } from '../../live/not-tried.ts';
import { refusalOf } from '../../live/refusals.ts';

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

describe('a question that cannot be asked', () => {
  it.each([
    [
      'no credentials',
      awsError('CredentialsProviderError', 'Could not load'),
      /no AWS credentials/,
      /sso login/,
    ],
    ['expired credentials', awsError('ExpiredToken', 'expired'), /have expired/, /sso login/],
    [
      'a Region that is not enabled',
      new AwsCallError('GetCallerIdentity', 'af-south-1', 'it', awsError('InvalidClientTokenId', 'invalid')),
      /not valid in af-south-1/,
      /Enable af-south-1/,
    ],
    [
      'a Region without an address',
      Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }),
      /No address of AWS is known for af-south-1/,
      /name of the Region/,
    ],
    [
      'a denied call',
      awsError(
        'AccessDenied',
        'User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sqs:createqueue on resource: x',
      ),
      /^sqs:createqueue is denied to the caller\.$/,
      /AWS_PROFILE/,
    ],
    [
      'a call that a service control policy denies',
      awsError(
        'AccessDenied',
        'User: arn:aws:iam::123456789012:user/alice is not authorized to perform: ec2:CreateVpc with an explicit deny in a service control policy',
      ),
      /^ec2:CreateVpc is denied by a service control policy\.$/,
      /where it is allowed/,
    ],
    ['a quota', awsError('VpcLimitExceeded', 'The maximum'), /quota is used up/, /Make room/],
    ['a throttle', awsError('RequestLimitExceeded', 'slow down'), /did not answer/, /later/],
    ['something missing', new NotTried('It needs a stack.', 'Deploy it.'), /needs a stack/, /Deploy it/],
    ['anything else', awsError('Strange', 'never seen'), /Strange: never seen/, /--debug/],
  ])('says of %s what is wrong and what to do', (_, error, why, remedy) => {
    const refusal = refusalOf(error, 'af-south-1');
    expect(refusal.why).toMatch(why);
    expect(refusal.remedy).toMatch(remedy);
    expect(`${refusal.why} ${refusal.remedy}`).not.toMatch(/\n/);
  });
});

describe('what is sent to others', () => {
  it.each([
    ['account 123456789012, us-east-1', 'account <account>, us-east-1'],
    [
      'arn:aws:sts::123456789012:assumed-role/Admin/alice@example.com, then',
      'arn:aws:sts::<account>:<principal>, then',
    ],
    ['arn:aws-cn:iam::123456789012:user/alice', 'arn:aws-cn:iam::<account>:<principal>'],
    ['arn:aws:sqs:us-east-1:123456789012:queue', 'arn:aws:sqs:us-east-1:<account>:queue'],
    ['vpc-0123456789abcdef0 at 1764380000000', 'vpc-0123456789abcdef0 at 1764380000000'],
  ])('%s', (text, expected) => {
    expect(masked(text)).toBe(expected);
  });
});
