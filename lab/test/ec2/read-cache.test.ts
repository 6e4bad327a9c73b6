import { createReadCache, throughCache } from '../../ec2/read-cache.ts';
import type { LabResponse } from '../../types.ts';

/** A moto that numbers its answers. */
function asked() {
  const cache = createReadCache();
  let answers = 0;
  const say = (status = 200): LabResponse => {
    answers += 1;
    return { status, headers: {}, body: Buffer.from(String(answers)) };
  };
  const request = (form: string, region = 'us-east-1') => ({
    accountId: '123456789012',
    region,
    query: '',
    body: Buffer.from(form),
  });
  return {
    cache,
    say,
    request,
    async ask(form: string, region?: string, status?: number): Promise<string> {
      const { body } = await cache.through(request(form, region), async () => say(status));
      return body.toString();
    },
  };
}

describe('reads of EC2', () => {
  it('are asked for once, for each place and each choice of parameters', async () => {
    const { ask } = asked();
    expect(await ask('Action=DescribeVpcs')).toBe('1');
    expect(await ask('Action=DescribeVpcs')).toBe('1');
    expect(await ask('Action=DescribeVpcs', 'eu-west-1')).toBe('2');
    expect(await ask('Action=DescribeVpcs&VpcId.1=vpc-1')).toBe('3');
    expect(await ask('Action=DescribeVpcs')).toBe('1');
  });

  it.each([
    ['Action=CreateRoute&RouteTableId=rtb-1', ['DescribeRouteTables']],
    ['Action=DeleteRoute&RouteTableId=rtb-1', ['DescribeRouteTables']],
    ['Action=AcceptVpcPeeringConnection', ['DescribeTags', 'DescribeVpcPeeringConnections']],
    ['Action=CreateTags&ResourceId.1=pcx-1&Tag.1.Key=a', ['DescribeTags', 'DescribeVpcPeeringConnections']],
    [
      'Action=CreateTags&ResourceId.1=pcx-1&ResourceId.2=vpc-1&Tag.1.Key=a',
      ['DescribeRouteTables', 'DescribeTags', 'DescribeVpcPeeringConnections', 'DescribeVpcs'],
    ],
    [
      'Action=CreateVpc',
      ['DescribeRouteTables', 'DescribeTags', 'DescribeVpcPeeringConnections', 'DescribeVpcs'],
    ],
    ['Action=DescribeImages', []],
  ])('are asked for again after %s if it may change them', async (write, changed) => {
    const { ask } = asked();
    const reads = ['DescribeRouteTables', 'DescribeTags', 'DescribeVpcPeeringConnections', 'DescribeVpcs'];
    const before = new Map<string, string>();
    for (const action of reads) before.set(action, await ask(`Action=${action}`));
    await ask(write);
    const again: string[] = [];
    for (const action of reads) {
      if ((await ask(`Action=${action}`)) !== before.get(action)) again.push(action);
    }
    expect(again).toEqual(changed);
  });

  it('are not kept when they fail, nor when a write ends after they began', async () => {
    const { ask, cache, request, say } = asked();
    expect(await ask('Action=DescribeVpcs', undefined, 503)).toBe('1');
    expect(await ask('Action=DescribeVpcs')).toBe('2');
    const broken = cache.through(request('Action=DescribeSubnets'), async () => {
      throw new Error('reset');
    });
    await expect(broken).rejects.toThrow('reset');
    expect(await ask('Action=DescribeSubnets')).toBe('3');

    let finish = (_: LabResponse): void => undefined;
    const write = cache.through(
      request('Action=CreateVpc'),
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    expect(await ask('Action=DescribeVpcs')).toBe('2');
    finish(say());
    await write;
    expect(await ask('Action=DescribeVpcs')).toBe('5');
  });

  it('are asked for again once something else may have changed them', async () => {
    const { ask, cache } = asked();
    expect(await ask('Action=DescribeVpcs')).toBe('1');
    cache.clear();
    expect(await ask('Action=DescribeVpcs')).toBe('2');
  });

  it('of the lab itself share the answers; other services have none', async () => {
    const { ask, cache, say } = asked();
    const call = throughCache(cache, async () => say());
    const place = { accountId: '123456789012', region: 'us-east-1' };
    expect(await ask('Action=DescribeVpcs')).toBe('1');
    const { body } = await call({ service: 'ec2', ...place, body: 'Action=DescribeVpcs' });
    expect(body.toString()).toBe('1');
    const other = await call({ service: 'iam', ...place, body: 'Action=DescribeVpcs' });
    expect(other.body.toString()).toBe('2');
  });
});
