import { createCallCounts } from '../../calls.ts';
import { REGION } from '../../testing/ec2-lab.ts';
import type { LabRequest, LabResponse } from '../../types.ts';
import { ACCOUNT, ec2Request, labRequest, session } from './requests.ts';

const answered =
  (status: number) =>
  async (_request: LabRequest): Promise<LabResponse> => ({ status, headers: {}, body: Buffer.alloc(0) });

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

describe('call counts', () => {
  it('count by service, action, role and Region, whatever the session', async () => {
    const counts = createCallCounts();
    const create = { Action: 'CreateRoute' };

    await counts.layer(ec2Request(create, { principal: session('one') }), answered(200));
    await counts.layer(ec2Request(create, { principal: session('two') }), answered(400));
    await counts.layer(ec2Request(create, { region: 'eu-west-1' }), answered(200));
    await counts.layer(
      labRequest({ service: 'ssm', headers: { 'x-amz-target': 'AmazonSSM.SendCommand' } }),
      answered(200),
    );

    const root = `arn:aws:iam::${ACCOUNT}:root`;
    const role = `arn:aws:iam::${ACCOUNT}:role/my-stack/prod/sync`;
    expect(counts.all()).toEqual([
      { service: 'ec2', action: 'CreateRoute', principal: role, region: REGION, count: 2, failed: 1 },
      { service: 'ec2', action: 'CreateRoute', principal: root, region: 'eu-west-1', count: 1, failed: 0 },
      { service: 'ssm', action: 'SendCommand', principal: root, region: REGION, count: 1, failed: 0 },
    ]);
  });

  it('count a call that gets no answer as failed', async () => {
    const counts = createCallCounts();

    await expect(
      counts.layer(ec2Request({ Action: 'CreateRoute' }), () => Promise.reject(new Error('dropped'))),
    ).rejects.toThrow('dropped');

    expect(counts.all()).toMatchObject([{ action: 'CreateRoute', count: 1, failed: 1 }]);
  });

  it('start anew after a reset', async () => {
    const counts = createCallCounts();
    await counts.layer(ec2Request({ Action: 'CreateRoute' }), answered(200));

    counts.reset();

    expect(counts.all()).toEqual([]);
  });

  it.each([
    ['lambda', { method: 'POST', path: '/2015-03-31/functions/sweep/invocations' }, 'Invoke'],
    ['s3', { method: 'GET', path: '/bucket/some/key.zip' }, 'GetObject'],
    ['sns', { body: Buffer.from('Action=Publish&Message=x'), headers: FORM }, 'Publish'],
    [
      'monitoring',
      {
        path: '/service/GraniteServiceVersion20100801/operation/PutMetricAlarm',
        headers: { 'smithy-protocol': 'rpc-v2-cbor' },
      },
      'PutMetricAlarm',
    ],
    ['iot', { method: 'GET', path: '/things' }, 'GET /things'],
  ])('know the operation of a request to %s', async (service, request, action) => {
    const counts = createCallCounts();

    await counts.layer(labRequest({ service, ...request }), answered(200));

    expect(counts.all()).toMatchObject([{ service, action }]);
  });
});
