import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createFaults, FAULT_KINDS, type FaultKind, type Faults } from '../../faults.ts';
import { type Gateway, startGateway } from '../../gateway.ts';
import { createPrincipals } from '../../principals.ts';
import type { LabResponse } from '../../types.ts';
import { ec2Request, session } from './requests.ts';

const DONE: LabResponse = {
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from('<DescribeTagsResponse><tagSet/></DescribeTagsResponse>'),
};

describe('the choice of a fault', () => {
  const create = ec2Request({ Action: 'CreateRoute', RouteTableId: 'rtb-0123456789abcdef0' });

  it('hits as often as asked, then never again', () => {
    const faults = createFaults();
    faults.add({ service: 'ec2', action: 'CreateRoute', kind: 'throttle', times: 2 });

    expect([1, 2, 3].map(() => faults.next(create)?.kind)).toEqual(['throttle', 'throttle', undefined]);
    expect(faults.all()).toEqual([]);
  });

  it('hits only the service, the action, the text and the caller that were named', () => {
    const faults = createFaults();
    faults.add({ service: 'ssm', action: '*', kind: 'denied' });
    faults.add({ service: 'ec2', action: 'DeleteRoute', kind: 'denied' });
    faults.add({ service: 'ec2', action: '*', kind: 'denied', match: 'rtb-0fedcba9876543210' });
    faults.add({ service: '*', action: 'CreateRoute', kind: 'denied', principal: 'assumed-role/sync/' });

    expect(faults.next(create)).toBeUndefined();
    expect(faults.next({ ...create, principal: session('one') })?.kind).toBe('denied');
  });

  it('hits only the Region that was named', () => {
    const faults = createFaults();
    faults.add({ service: 'ec2', action: '*', kind: 'denied', region: 'eu-west-1' });

    expect(faults.next({ ...create, region: 'us-east-1' })).toBeUndefined();
    expect(faults.next({ ...create, region: 'eu-west-1' })?.kind).toBe('denied');
  });

  it('finds text that is percent-encoded on the way', () => {
    const faults = createFaults();
    faults.add({ service: '*', action: '*', kind: 'denied', match: '10.2.0.0/16' });

    expect(faults.next(ec2Request({ DestinationCidrBlock: '10.2.0.0/16' }))).toBeDefined();
  });

  it('takes faults in the order in which they were added', () => {
    const faults = createFaults();
    faults.add({ service: '*', action: '*', kind: 'throttle' });
    faults.add({ service: '*', action: '*', kind: 'error500' });

    expect([faults.next(create)?.kind, faults.next(create)?.kind]).toEqual(['throttle', 'error500']);
  });

  it('forgets one fault, or all', () => {
    const faults = createFaults();
    const first = faults.add({ service: '*', action: '*', kind: 'throttle' });
    faults.add({ service: '*', action: '*', kind: 'error500' });

    faults.clear(first.id);
    const kind = faults.all().map((fault) => fault.kind);
    faults.clear();

    expect(kind).toEqual(['error500']);
    expect(faults.next(create)).toBeUndefined();
  });
});

describe('a fault, seen by a client', () => {
  let faults: Faults;
  let gateway: Gateway;
  let performed: number;
  /** Access keys whose processes were ended. */
  let ended: string[];

  beforeEach(async () => {
    ended = [];
    faults = createFaults({
      endProcess(accessKeyId) {
        expect(performed).toBe(0);
        ended.push(accessKeyId);
      },
    });
    performed = 0;
    gateway = await startGateway({
      port: 0,
      principals: createPrincipals(),
      overlays: {},
      layers: [faults.layer],
      routes: faults.routes,
      log: () => {},
      async forward() {
        performed += 1;
        return DONE;
      },
    });
  });

  afterEach(() => gateway.stop());

  const config = () => ({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });

  async function post(body: unknown): Promise<Response> {
    return fetch(`${gateway.url}/_lab/faults`, { method: 'POST', body: JSON.stringify(body) });
  }

  const describeTags = () => new EC2Client(config()).send(new DescribeTagsCommand({}));

  it.each([
    ['throttle', 'RequestLimitExceeded', 503],
    ['error500', 'InternalError', 500],
    ['denied', 'UnauthorizedOperation', 403],
    ['not-found', 'InvalidParameterValue', 400],
  ] as const)('%s is EC2 answering %s', async (kind, name, httpStatusCode) => {
    faults.add({ service: 'ec2', action: 'DescribeTags', kind });

    await expect(describeTags()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(performed).toBe(0);
    await expect(describeTags()).resolves.toMatchObject({ Tags: [] });
  });

  it.each([
    ['reset-before', 0],
    ['reset-after', 1],
  ] as const)('%s loses the connection after %d performed calls', async (kind, calls) => {
    faults.add({ service: 'ec2', action: 'DescribeTags', kind });

    await expect(describeTags()).rejects.toThrow('socket hang up');
    expect(performed).toBe(calls);
  });

  it('slow answers all the same', async () => {
    faults.add({ service: 'ec2', action: '*', kind: 'slow', delayMs: 1 });

    await expect(describeTags()).resolves.toMatchObject({ Tags: [] });
  });

  it('outlived is performed after the process of the caller was ended', async () => {
    faults.add({ service: 'ec2', action: '*', kind: 'outlived', delayMs: 1 });

    await expect(describeTags()).resolves.toMatchObject({ Tags: [] });
    expect(ended).toEqual(['test']);
    expect(performed).toBe(1);
  });

  it('not-found names the id that the call is about', async () => {
    faults.add({ service: 'ec2', action: '*', kind: 'not-found' });

    await expect(
      new EC2Client(config()).send(
        new DescribeTagsCommand({
          Filters: [{ Name: 'resource-id', Values: ['pcx-0123456789abcdef0'] }],
        }),
      ),
    ).rejects.toMatchObject({
      name: 'InvalidVpcPeeringConnectionID.NotFound',
      message: "The ID 'pcx-0123456789abcdef0' does not exist",
    });
  });

  const others: Readonly<Record<string, () => Promise<unknown>>> = {
    ssm: () => new SSMClient(config()).send(new GetParameterCommand({ Name: 'x' })),
    sns: () => new SNSClient(config()).send(new PublishCommand({ TopicArn: 'arn:x', Message: 'm' })),
    lambda: () => new LambdaClient(config()).send(new GetFunctionCommand({ FunctionName: 'x' })),
    s3: () =>
      new S3Client({ ...config(), forcePathStyle: true }).send(
        new GetObjectCommand({ Bucket: 'b', Key: 'k' }),
      ),
    monitoring: () => new CloudWatchClient(config()).send(new DescribeAlarmsCommand({})),
  };

  it.each([
    ['ssm', 'throttle', 'ThrottlingException'],
    ['ssm', 'denied', 'AccessDeniedException'],
    ['ssm', 'not-found', 'ResourceNotFoundException'],
    ['sns', 'throttle', 'Throttling'],
    ['sns', 'denied', 'AccessDenied'],
    ['lambda', 'throttle', 'TooManyRequestsException'],
    ['lambda', 'not-found', 'ResourceNotFoundException'],
    ['s3', 'throttle', 'SlowDown'],
    ['s3', 'error500', 'InternalError'],
    ['monitoring', 'throttle', 'ThrottlingException'],
    ['monitoring', 'error500', 'InternalError'],
  ] as const)('is read by the client of %s: %s is %s', async (service, kind, name) => {
    faults.add({ service, action: '*', kind });

    await expect(others[service]?.()).rejects.toMatchObject({ name });
  });

  it('is asked for, listed and taken back over HTTP', async () => {
    const added = await post({ service: 'ec2', action: 'DescribeTags', kind: 'throttle', times: 3 });
    const listed = await fetch(`${gateway.url}/_lab/faults`);
    await fetch(`${gateway.url}/_lab/faults`, { method: 'DELETE' });

    expect(added.status).toBe(200);
    expect(await listed.json()).toMatchObject([{ action: 'DescribeTags', kind: 'throttle', times: 3 }]);
    await expect(describeTags()).resolves.toBeDefined();
  });

  it.each<[unknown, string]>([
    [{ kind: 'explode' }, `one of ${FAULT_KINDS.join(', ')}`],
    [{ kind: 'slow' satisfies FaultKind, delay: 5 }, 'no field delay'],
    [{ kind: 'slow' satisfies FaultKind, times: '3' }, '"times" of a fault is a number from 0 on'],
    [undefined, '"kind" of a fault is one of'],
  ])('%j is refused with the reason', async (body, reason) => {
    const answer = await post(body);

    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toContain(reason);
  });
});
