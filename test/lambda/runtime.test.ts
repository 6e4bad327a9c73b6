import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { RetryableFailure, throwIfRetryable } from '../../lib/lambda/retryable-failure.ts';
import { createRuntime } from '../../lib/lambda/runtime.ts';
import type { Invocation } from '../../lib/lambda/shell.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { OWN, PEER, policyOf, REGION } from '../support/fixtures.ts';
import { asLambdaProcess } from '../support/lambda-process.ts';

const context = {
  awsRequestId: '8e7b3b2c',
  invokedFunctionArn: `arn:aws:lambda:${REGION}:${OWN}:function:vpc-peering-autopilot-prod-sync-routes`,
  getRemainingTimeInMillis: () => 42_000,
} as Context;

const lines = asLambdaProcess();

const accepted = {
  source: 'vpc-peering-autopilot',
  'detail-type': 'Peering Accepted',
  account: OWN,
  region: REGION,
  detail: { accountId: OWN, region: REGION, peeringId: 'pcx-11112222' },
};

function handler(work: (hint: Hint, invocation: Invocation) => Promise<unknown> = async (hint) => hint) {
  const worked = jest.fn(work);
  return { worked, handle: createRuntime(policyOf(), () => ({})).onHint(worked) };
}

describe('an event that leads somewhere', () => {
  it('is handed on as a hint, with the account that Lambda says, and its summary is returned', async () => {
    const { handle, worked } = handler();
    expect(await handle(accepted, context)).toMatchObject({ kind: 'peering', peeringId: 'pcx-11112222' });
    expect(worked.mock.calls[0]?.[1]).toMatchObject({ accountId: OWN, managedRegions: [REGION] });
    expect(worked.mock.calls[0]?.[1].millisecondsLeft()).toBe(42_000);
  });

  it('makes the function fail where the work does, so that Lambda tries it again', async () => {
    const { handle } = handler(async () => {
      throw new RetryableFailure(['CreateRoute failed for now']);
    });
    await expect(handle(accepted, context)).rejects.toThrow('CreateRoute failed for now');
  });
});

const failedCall = {
  source: 'aws.ec2',
  'detail-type': 'AWS API Call via CloudTrail',
  account: OWN,
  region: REGION,
  detail: {
    eventName: 'CreateVpcPeeringConnection',
    errorCode: 'Client.UnauthorizedOperation',
    requestParameters: { vpcId: 'vpc-11111111' },
    responseElements: null,
  },
};

describe('an event that leads nowhere', () => {
  it.each<[string, unknown, string]>([
    ['a failed call', failedCall, 'Client.UnauthorizedOperation'],
    ['a malformed one', { ...accepted, detail: 'no object' }, 'names no Region'],
    ['nothing', undefined, 'unknown'],
    ['of a foreign account', { ...accepted, account: PEER }, PEER],
    ['of a Region that is not managed', { ...accepted, detail: { region: 'mars-1' } }, 'mars-1'],
  ])('is logged with its reason, counted, and not tried again: %s', async (_what, event, reason) => {
    const { handle, worked } = handler();
    expect(await handle(event, context)).toEqual({ dropped: expect.stringContaining(reason) });
    expect(worked).not.toHaveBeenCalled();
    expect(lines()).toContainEqual(
      expect.objectContaining({ message: 'event dropped', reason: expect.stringContaining(reason) }),
    );
    expect(lines()).toContainEqual(
      expect.objectContaining({ EventsDropped: expect.anything(), _aws: expect.anything() }),
    );
  });
});

describe('metrics', () => {
  it('are written even where the work fails', async () => {
    const { handle } = handler(async (_hint, { journal }) => {
      journal.metric('RouteDrift', 2);
      throw new Error('lost its way');
    });
    await expect(handle(accepted, context)).rejects.toThrow('lost its way');
    expect(lines()).toContainEqual(expect.objectContaining({ RouteDrift: expect.anything() }));
  });

  it('that count none are not published, so that nothing is paid for them', async () => {
    const { handle } = handler(async (_hint, { journal }) => {
      journal.metric('RouteDrift', 0);
      journal.metric('PacketLoss', 0, 'percent');
    });
    await handle(accepted, context);
    const named = lines().flatMap((line) => Object.keys(line));
    expect(named).toContain('PacketLoss');
    expect(named).not.toContain('RouteDrift');
  });

  it('that an alarm waits for are published, none or not', async () => {
    const { handle } = handler(async (_hint, { journal }) => {
      journal.steadyMetric('PeeringsUnreachable', 0);
    });
    await handle(accepted, context);
    expect(lines().flatMap((line) => Object.keys(line))).toContain('PeeringsUnreachable');
  });
});

describe('failures of a pass', () => {
  it('are tried again only if one may pass', () => {
    expect(() => throwIfRetryable([])).not.toThrow();
    expect(() => throwIfRetryable([{ reason: 'not permitted', retry: false }])).not.toThrow();
    expect(() =>
      throwIfRetryable([
        { reason: 'not permitted', retry: false },
        { reason: 'slow down', retry: true },
      ]),
    ).toThrow(new RetryableFailure(['slow down']).message);
  });
});

describe('a schedule that a deployment starts too', () => {
  /** Calls the function as CloudFormation does. @returns what CloudFormation is answered. */
  async function deployed(
    RequestType: 'Create' | 'Update' | 'Delete',
    work: () => Promise<unknown>,
  ): Promise<unknown> {
    const answers: unknown[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      request.on('end', () => {
        answers.push(JSON.parse(text));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const event = {
      RequestType,
      ResponseURL: `http://127.0.0.1:${port}/answer`,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'SweepStarted',
    };
    try {
      await createRuntime(policyOf(), () => ({})).onScheduleOrDeployment(work)(event, context);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    return answers[0];
  }

  it('does its work when the policy changes, and not when the stack is made or goes', async () => {
    const work = jest.fn(async () => ({}));
    for (const request of ['Create', 'Delete'] as const) {
      expect(await deployed(request, work)).toMatchObject({ Status: 'SUCCESS' });
    }
    expect(work).not.toHaveBeenCalled();
    expect(await deployed('Update', work)).toMatchObject({ Status: 'SUCCESS' });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('fails no deployment by work that fails, and says so in its log', async () => {
    const answer = await deployed('Update', async () => {
      throw new Error('PutEvents came to nothing');
    });
    expect(answer).toMatchObject({ Status: 'SUCCESS' });
    expect(lines()).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'not done at the deployment',
        reason: expect.stringContaining('PutEvents came to nothing'),
      }),
    );
  });
});
