import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  answerCloudFormation,
  isCustomResourceEvent,
  readRegionsChange,
} from '../../lib/lambda/custom-resource.ts';

interface Received {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Readonly<Record<string, string>>;
}

let server: Server;
let received: Received[];
/** What the bucket answers, one status after the other; then 200. */
let statuses: number[];

beforeEach(async () => {
  received = [];
  statuses = [];
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { method, headers } = request;
      received.push({ method, contentType: headers['content-type'], body: JSON.parse(text) });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

function event(parts: Record<string, unknown> = {}) {
  const { port } = server.address() as AddressInfo;
  const made: unknown = {
    RequestType: 'Update',
    ResponseURL: `http://127.0.0.1:${port}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'EventForwarding',
    PhysicalResourceId: 'forwarding',
    ResourceProperties: { Regions: ['us-east-1', 'eu-west-1'] },
    OldResourceProperties: { Regions: ['us-east-1', 'ap-east-1'] },
    ...parts,
  };
  if (!isCustomResourceEvent(made)) throw new Error('no event of CloudFormation');
  return made;
}

const context = { getRemainingTimeInMillis: () => 60_000, logStreamName: '2026/03/01/[1]abc' };

describe('an event of CloudFormation', () => {
  it('says which Regions are managed, and which were', () => {
    expect(readRegionsChange(event())).toEqual({
      request: 'Update',
      regions: ['us-east-1', 'eu-west-1'],
      before: ['us-east-1', 'ap-east-1'],
    });
  });

  it.each([
    ['no list', 'eu-west-1', []],
    ['something that is no Region', ['eu-west-1', '../x', 7, null, 'eu-west-1.evil.example'], ['eu-west-1']],
    ['nothing', undefined, []],
  ])('with %s for Regions names only Regions', (_what, Regions, regions) => {
    expect(readRegionsChange(event({ ResourceProperties: { Regions } })).regions).toEqual(regions);
  });

  it.each([null, 'text', {}, { RequestType: 'Update' }, { RequestType: 'Drop', ResponseURL: 'http://x' }])(
    'is not mistaken for %j',
    (other) => {
      expect(isCustomResourceEvent(other)).toBe(false);
    },
  );
});

describe('CloudFormation', () => {
  it('is told of success, with the ids that it asked with and no content type', async () => {
    await answerCloudFormation(event(), context, async () => undefined);
    expect(received).toEqual([
      {
        method: 'PUT',
        contentType: undefined,
        body: {
          Status: 'SUCCESS',
          PhysicalResourceId: 'forwarding',
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'EventForwarding',
        },
      },
    ]);
  });

  it('gets the same physical id at every creation, so that nothing is ever replaced', async () => {
    const { PhysicalResourceId: _left, ...created } = event({ RequestType: 'Create' });
    await answerCloudFormation(created, context, async () => undefined);
    await answerCloudFormation(created, context, async () => 'failed');
    expect(new Set(received.map(({ body }) => body.PhysicalResourceId)).size).toBe(1);
    expect(received[0]?.body.PhysicalResourceId).toMatch(/\S/);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['says why it failed', async () => 'eu-west-1 said no'],
    [
      'throws',
      async () => {
        throw new Error('eu-west-1 said no');
      },
    ],
  ])('is told of the failure when the work %s', async (_how, work) => {
    await answerCloudFormation(event(), context, work);
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/eu-west-1 said no.*2026\/03\/01/),
    });
  });

  it('is told before the function runs out of time', async () => {
    const soon = { ...context, getRemainingTimeInMillis: () => 10_050 };
    await answerCloudFormation(event(), soon, () => new Promise(() => undefined));
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('time') });
  });

  it('takes an answer of 4,096 bytes, so a long reason is cut', async () => {
    await answerCloudFormation(event(), context, async () => 'x'.repeat(100_000));
    expect(JSON.stringify(received[0]?.body).length).toBeLessThan(4096);
  });

  it('is answered again when its bucket was not to be reached', async () => {
    statuses = [503, 503];
    await answerCloudFormation(event(), context, async () => undefined);
    expect(received).toHaveLength(3);
  });

  it('that cannot be answered makes the function fail, so that its log and its alarm say so', async () => {
    statuses = [403, 403, 403];
    await expect(answerCloudFormation(event(), context, async () => undefined)).rejects.toThrow('403');
  });
});
