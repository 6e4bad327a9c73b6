import type { Context } from 'aws-lambda';
import type { Receipts } from '../../lib/aws/receipts.ts';
import { createQueueRuntime } from '../../lib/lambda/queue-runtime.ts';
import { MOST_RECEIVES } from '../../lib/lambda/receive.ts';
import { RetryableFailure } from '../../lib/lambda/retryable-failure.ts';
import { classifyAwsError } from '../../lib/model/aws-error.ts';
import type { Hint } from '../../lib/model/hint.ts';
import { OWN, policyOf, REGION } from '../support/fixtures.ts';
import { asLambdaProcess } from '../support/lambda-process.ts';
import { createMemoryAws } from '../support/memory-aws.ts';

const TIMEOUT_MS = 120_000;
const VISIBILITY_MS = 6 * TIMEOUT_MS;
const NOW = Date.parse('2026-03-01T12:00:00Z');

const context = {
  awsRequestId: '8e7b3b2c',
  invokedFunctionArn: `arn:aws:lambda:${REGION}:${OWN}:function:vpc-peering-autopilot-prod-accept-requests`,
  getRemainingTimeInMillis: () => TIMEOUT_MS - (Date.now() - NOW),
} as Context;

const lines = asLambdaProcess({ now: NOW });

const accepted = {
  source: 'vpc-peering-autopilot',
  'detail-type': 'Peering Accepted',
  account: OWN,
  region: REGION,
  detail: { accountId: OWN, region: REGION, peeringId: 'pcx-11112222' },
};

const failedCall = {
  source: 'aws.ec2',
  'detail-type': 'AWS API Call via CloudTrail',
  account: OWN,
  region: REGION,
  detail: { eventName: 'CreateVpcPeeringConnection', errorCode: 'Client.UnauthorizedOperation' },
};

const aws = () => createMemoryAws({ peerings: [], vpcs: [], tables: [] });

/** All that a function with a queue has. Unless a test says otherwise SQS takes every handle. */
function portsOf(hide: Receipts['hide'] = async () => new Map()) {
  const { writer, memory, bus, peerBuses, topic } = aws();
  return { writer, memory, bus, peerBuses, topic, receipts: { hide } };
}

describe('events that come together from a queue', () => {
  const batch = (...events: readonly unknown[]) => ({
    Records: events.map((event) => ({ eventSource: 'aws:sqs', body: JSON.stringify(event) })),
  });
  const elsewhere = { ...accepted, detail: { ...accepted.detail, region: 'eu-west-1' } };

  function handlerOfMany(work: (region: string, hints: readonly Hint[]) => Promise<unknown>) {
    const worked = jest.fn(work);
    const policy = policyOf({ regions: [REGION, 'eu-west-1'] });
    return { worked, handle: createQueueRuntime(policy, () => portsOf()).onHints(worked) };
  }

  it('are worked on by Region, each Region once', async () => {
    const { handle, worked } = handlerOfMany(async (region, hints) => `${region} ${hints.length}`);
    const other = { ...accepted, detail: { ...accepted.detail, peeringId: 'pcx-33334444' } };
    expect(await handle(batch(accepted, elsewhere, other), context)).toEqual({
      results: [`${REGION} 2`, 'eu-west-1 1'],
      dropped: [],
    });
    expect(worked.mock.calls[0]?.[1]).toMatchObject([
      { peeringId: 'pcx-11112222' },
      { peeringId: 'pcx-33334444' },
    ]);
  });

  it('are dropped one by one where they lead nowhere, and do not keep the others from being worked on', async () => {
    const { handle } = handlerOfMany(async (region) => region);
    const unreadable = { eventSource: 'aws:sqs', body: '{"half' };
    const { Records } = batch(accepted, failedCall);
    expect(await handle({ Records: [unreadable, null, {}, ...Records] }, context)).toEqual({
      results: [REGION],
      dropped: [
        expect.any(String),
        expect.any(String),
        expect.any(String),
        expect.stringContaining('Client.UnauthorizedOperation'),
      ],
    });
    expect(lines()).toContainEqual(expect.objectContaining({ message: 'event dropped' }));
  });

  it('make the function fail when one Region fails, after the others were worked on', async () => {
    const { handle, worked } = handlerOfMany(async (region) => {
      if (region === REGION) throw new RetryableFailure(['CreateRoute failed for now']);
    });
    await expect(handle(batch(accepted, elsewhere), context)).rejects.toThrow('CreateRoute failed for now');
    expect(worked.mock.calls.map(([region]) => region)).toEqual([REGION, 'eu-west-1']);
  });

  it('name every Region that fails', async () => {
    const { handle } = handlerOfMany(async (region) => {
      throw new Error(`${region} is down`);
    });
    await expect(handle(batch(accepted, elsewhere), context)).rejects.toThrow(
      `${REGION} is down | eu-west-1 is down`,
    );
  });

  it('may be a single event that a person sends without a queue', async () => {
    const { handle } = handlerOfMany(async (region, hints) => [region, hints.length]);
    expect(await handle(accepted, context)).toEqual({ results: [[REGION, 1]], dropped: [] });
  });
});

interface Receive {
  readonly receives?: number;
  /** Milliseconds before the invocation begins. */
  readonly firstReceived?: number;
}

/** A batch as Lambda hands it over, one message for each. */
function received(...messages: readonly Receive[]) {
  return {
    Records: messages.map(({ receives = 1, firstReceived = 50 }, index) => ({
      eventSource: 'aws:sqs',
      receiptHandle: `handle-${index}`,
      body: JSON.stringify(accepted),
      attributes: {
        ApproximateReceiveCount: String(receives),
        ApproximateFirstReceiveTimestamp: String(NOW - firstReceived),
      },
    })),
  };
}

const refusing =
  (...handles: readonly string[]): Receipts['hide'] =>
  async (given) =>
    new Map(
      given
        .filter((handle) => handles.includes(handle))
        .map((handle) => [handle, 'InvalidParameterValue: The receipt handle has expired']),
    );

type Work = Parameters<ReturnType<typeof createQueueRuntime<ReturnType<typeof portsOf>>>['onHints']>[0];

function queued(work: Work = async () => 'done', hide?: Receipts['hide']) {
  const hidden = jest.fn(hide ?? (async () => new Map()));
  const ports = portsOf(hidden);
  const worked = jest.fn(work);
  const { onHints } = createQueueRuntime(policyOf(), () => ports);
  return { hidden, worked, handle: onHints(worked) };
}

describe('a batch that Lambda hands over right after the receive', () => {
  it('is worked on without asking SQS: the visibility timeout outlasts the function', async () => {
    const { handle, hidden, worked } = queued();
    await handle(received({}, {}), context);
    expect(worked).toHaveBeenCalledTimes(1);
    expect(hidden).not.toHaveBeenCalled();
  });

  it('is so too when it comes again soon after it failed', async () => {
    const { handle, hidden } = queued();
    await handle(received({ receives: 2, firstReceived: 130_000 }), context);
    expect(hidden).not.toHaveBeenCalled();
  });
});

describe('a batch that Lambda held for long', () => {
  const HELD = { firstReceived: VISIBILITY_MS - TIMEOUT_MS - 29_000 };

  it('is hidden anew, for the whole visibility timeout, before anything is done', async () => {
    const order: string[] = [];
    const { handle, hidden } = queued(
      async () => order.push('work'),
      async () => {
        order.push('hide');
        return new Map();
      },
    );
    await handle(received(HELD, HELD), context);
    expect(order).toEqual(['hide', 'work']);
    expect(hidden.mock.calls).toEqual([[['handle-0', 'handle-1'], VISIBILITY_MS / 1000]]);
  });

  it('is so because of its oldest message', async () => {
    const { handle, hidden } = queued();
    await handle(received({}, HELD), context);
    expect(hidden).toHaveBeenCalledTimes(1);
  });

  it('is so when SQS does not say when it was received', async () => {
    const { handle, hidden } = queued();
    const [record] = received({}).Records;
    await handle({ Records: [{ ...record, attributes: {} }] }, context);
    expect(hidden).toHaveBeenCalledTimes(1);
  });

  it('is left alone when its receive has ended, and said to be', async () => {
    const { handle, hidden, worked } = queued(undefined, refusing('handle-0', 'handle-1'));
    await expect(handle(received(HELD, HELD), context)).rejects.toThrow(
      /^These 2 events were left alone: Lambda held them longer than the queue hides them, .*The receipt handle has expired.*raise its quota/,
    );
    expect(worked).not.toHaveBeenCalled();
    expect(hidden).toHaveBeenCalledTimes(1);
  });

  it('gives back the messages that would be its own, when others are not', async () => {
    const { handle, hidden, worked } = queued(undefined, refusing('handle-0'));
    await expect(handle(received(HELD, HELD), context)).rejects.toThrow('left alone');
    expect(worked).not.toHaveBeenCalled();
    expect(hidden.mock.calls[1]).toEqual([['handle-1'], 10]);
  });

  it('is left alone when SQS cannot be asked', async () => {
    const { handle, worked } = queued(undefined, async () => {
      throw new Error('SQS is down');
    });
    await expect(handle(received(HELD), context)).rejects.toThrow('SQS is down');
    expect(worked).not.toHaveBeenCalled();
  });
});

describe('a batch that fails', () => {
  const failing: Work = async () => {
    throw new RetryableFailure(['CreateRoute failed for now']);
  };

  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 80],
    [MOST_RECEIVES, 0],
  ])('for the %ith time comes again after %i s', async (receives, seconds) => {
    const { handle, hidden } = queued(failing);
    await expect(handle(received({ receives }, {}), context)).rejects.toThrow('CreateRoute failed for now');
    expect(hidden.mock.calls).toEqual([[['handle-0', 'handle-1'], seconds]]);
    expect(lines()).toContainEqual(expect.objectContaining({ message: 'batch given back', seconds }));
  });

  it.each<[string, Receipts['hide']]>([
    ['refuses', refusing('handle-0')],
    [
      'does not answer',
      async () => {
        throw new Error('SQS is down');
      },
    ],
  ])('fails for its own reason also when SQS %s', async (_how, hide) => {
    const { handle } = queued(failing, hide);
    await expect(handle(received({}), context)).rejects.toThrow('CreateRoute failed for now');
    expect(lines()).toContainEqual(expect.objectContaining({ message: 'batch not given back' }));
  });

  it('that a person sent is not given back', async () => {
    const { handle, hidden } = queued(failing);
    await expect(handle(accepted, context)).rejects.toThrow('CreateRoute failed for now');
    expect(hidden).not.toHaveBeenCalled();
  });
});

describe('the time that is left', () => {
  it('is what Lambda leaves, and the receive outlasts it', async () => {
    const lefts: number[] = [];
    const { handle } = queued(async (_region, _hints, { millisecondsLeft }) => {
      lefts.push(millisecondsLeft());
      jest.advanceTimersByTime(100_000);
      lefts.push(millisecondsLeft());
    });
    await handle(received({}), context);
    expect(lefts).toEqual([120_000, 20_000]);
  });

  it('ends with the receive, where an invocation goes on for longer than Lambda lets it', async () => {
    const { handle } = queued(async (_region, _hints, { millisecondsLeft, writer }) => {
      jest.advanceTimersByTime(VISIBILITY_MS - 30_051);
      expect(millisecondsLeft()).toBeLessThanOrEqual(1);
      await writer.tag(REGION, 'pcx-11112222', {});
      jest.advanceTimersByTime(2);
      await writer.tag(REGION, 'pcx-11112222', {});
    });
    await expect(handle(received({}), context)).rejects.toThrow(
      'Nothing more is done for these events: they may have been handed out again.',
    );
  });
});

describe('work that goes on after its invocation', () => {
  const PEERING_TO_REQUEST = {
    vpcId: 'vpc-1',
    peer: { vpcId: 'vpc-2', accountId: OWN, region: REGION },
    tags: {},
  };
  type Invocation = Parameters<Work>[2];
  const CHANGES: readonly [string, (invocation: Invocation) => Promise<unknown>][] = [
    ['accepts nothing', ({ writer }) => writer.acceptPeering(REGION, 'pcx-11112222')],
    ['rejects nothing', ({ writer }) => writer.rejectPeering(REGION, 'pcx-11112222')],
    ['requests nothing', ({ writer }) => writer.requestPeering(REGION, PEERING_TO_REQUEST)],
    ['deletes no peering', ({ writer }) => writer.deletePeering(REGION, 'pcx-11112222')],
    ['tags nothing', ({ writer }) => writer.tag(REGION, 'pcx-11112222', {})],
    ['creates no route', ({ writer }) => writer.createRoute(REGION, 'rtb-1', '10.0.0.0/8', 'pcx-1')],
    ['replaces no route', ({ writer }) => writer.replaceRoute(REGION, 'rtb-1', '10.0.0.0/8', 'pcx-1')],
    ['deletes no route', ({ writer }) => writer.deleteRoute(REGION, 'rtb-1', '10.0.0.0/8')],
    ['sets no option', ({ writer }) => writer.setDnsResolution(REGION, 'pcx-1', ['accepter'])],
    ['remembers nothing', ({ memory }) => memory.update(REGION, [])],
    ['tells the own bus nothing', ({ bus }) => bus.publish([])],
    [
      'tells no other account',
      ({ peerBuses, accountId }) =>
        peerBuses.publishTo(accountId, {
          type: 'Routes Synced',
          detail: { accountId, region: REGION, peeringId: 'pcx-1' },
        }),
    ],
    [
      'tells people nothing',
      ({ topic }) => topic.notify({ severity: 'notice', subject: 'late', message: 'late' }),
    ],
  ];

  it.each(CHANGES)('%s', async (_what, change) => {
    let left: Invocation | undefined;
    const { handle } = queued(async (_region, _hints, invocation) => {
      left = invocation;
      await change(invocation);
    });
    await handle(received({}), context);
    expect(left).toBeDefined();
    const error = await change(left as Invocation).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ReceiveEnded' });
    // A pass takes it for something that passes, and tells nobody to do anything about it.
    expect(classifyAwsError(error).kind).toBe('transient');
  });
});
