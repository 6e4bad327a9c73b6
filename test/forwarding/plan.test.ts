import fc from 'fast-check';
import { pingDocumentName } from '../../lib/connectivity/ping-document.ts';
import { desiredForwarding, type ForwardingContext } from '../../lib/forwarding/desired.ts';
import { planForwarding, planForwardingRemoval } from '../../lib/forwarding/plan.ts';
import { OWN, policyOf } from '../support/fixtures.ts';
import {
  applyToMemory,
  createMemoryRegion,
  forwardingInPlaceIn,
  type MemoryRegion,
} from '../support/memory-forwarding.ts';

const context: ForwardingContext = {
  policy: policyOf({ regions: ['us-east-1', 'eu-west-1'] }),
  stage: 'prod',
  accountId: OWN,
  homeBusArn: `arn:aws:events:us-east-1:${OWN}:event-bus/vpc-peering-autopilot-prod`,
  forwarderRoleArn: `arn:aws:iam::${OWN}:role/vpc-peering-autopilot/prod/forwarder`,
};
const wanted = desiredForwarding(context, 'eu-west-1');
const observing = desiredForwarding(
  { ...context, policy: policyOf({ mode: 'observe', regions: ['us-east-1', 'eu-west-1'] }) },
  'eu-west-1',
);

function keep(region: MemoryRegion, desired = wanted): string[] {
  const changes = planForwarding(desired, forwardingInPlaceIn(region));
  for (const change of changes) {
    applyToMemory(region, change);
  }
  return changes.map(({ action }) => action);
}

function clear(region: MemoryRegion): void {
  for (const change of planForwardingRemoval(forwardingInPlaceIn(region), pingDocumentName('prod'))) {
    applyToMemory(region, change);
  }
}

/** What a person, or an older version of the product, may have left of a Region. */
const damage = fc.constantFrom<(region: MemoryRegion) => void>(
  (region) => region.rules.clear(),
  (region) => delete region.queue,
  (region) => delete region.document,
  (region) => {
    if (region.queue !== undefined) region.queue = { ...region.queue, policy: '' };
  },
  (region) => {
    if (region.document !== undefined) region.document = { content: '{"schemaVersion":"2.2"}' };
  },
  ...wanted.rules.flatMap(({ name }) => [
    (region: MemoryRegion) => void region.rules.delete(name),
    (region: MemoryRegion) => {
      const rule = region.rules.get(name);
      if (rule !== undefined) region.rules.set(name, { ...rule, state: 'disabled' });
    },
    (region: MemoryRegion) => {
      const rule = region.rules.get(name);
      if (rule !== undefined) region.rules.set(name, { ...rule, pattern: '{"source":["aws.s3"]}' });
    },
    (region: MemoryRegion) => {
      const rule = region.rules.get(name);
      if (rule !== undefined) {
        const elsewhere = { id: 'someone', arn: 'arn:aws:sns:eu-west-1:111111111111:mine' };
        region.rules.set(name, { ...rule, targets: [...rule.targets, elsewhere] });
      }
    },
    (region: MemoryRegion) => {
      const rule = region.rules.get(name);
      if (rule !== undefined) region.rules.set(name, { ...rule, targets: [] });
    },
  ]),
  (region) => {
    const name = 'vpc-peering-autopilot.prod.of-an-older-version';
    const targets = [{ id: 'home-bus', arn: context.homeBusArn }];
    region.rules.set(name, { name, description: '', pattern: '{}', state: 'enabled', targets });
  },
);

describe('what a Region needs to have its events carried home', () => {
  it('is there after one run, whatever was there before, and then nothing is left to do', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(damage, { maxLength: 8 }), (kept, damages) => {
        const region = createMemoryRegion();
        if (kept) keep(region);
        for (const harm of damages) harm(region);
        keep(region);
        expect(keep(region)).toEqual([]);
        expect([...region.rules.keys()].sort()).toEqual(wanted.rules.map(({ name }) => name).sort());
        for (const { targets, state } of region.rules.values()) {
          expect([state, targets.map(({ arn }) => arn)]).toEqual(['enabled', [context.homeBusArn]]);
        }
      }),
    );
  });

  it('leaves nothing behind when it is taken away, whatever was there before', () => {
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 8 }), (damages) => {
        const region = createMemoryRegion();
        keep(region);
        for (const harm of damages) harm(region);
        clear(region);
        expect(forwardingInPlaceIn(region)).toEqual({ rules: [] });
      }),
    );
  });

  it('has its queue before the rules that name it, and loses it after them', () => {
    const region = createMemoryRegion();
    expect(keep(region)[0]).toBe('create-queue');
    const removal = planForwardingRemoval(forwardingInPlaceIn(region), pingDocumentName('prod'));
    expect(removal.at(-1)?.action).toBe('delete-queue');
  });

  it('has a queue that takes events of its own rules only', () => {
    expect(wanted.queue?.policy).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: `arn:aws:sqs:eu-west-1:${OWN}:vpc-peering-autopilot-prod-forwarding`,
          Condition: {
            ArnLike: { 'aws:SourceArn': `arn:aws:events:eu-west-1:${OWN}:rule/vpc-peering-autopilot.prod.*` },
          },
        },
        { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
    });
  });

  it('follows the partition of the account', () => {
    const isolated = {
      ...context,
      homeBusArn: `arn:aws-iso:events:us-iso-east-1:${OWN}:event-bus/x`,
      forwarderRoleArn: `arn:aws-iso:iam::${OWN}:role/forwarder`,
    };
    const { rules, queue } = desiredForwarding(isolated, 'us-iso-west-1');
    expect(rules[0]?.target.deadLetterArn).toMatch(/^arn:aws-iso:sqs:us-iso-west-1:/);
    expect(JSON.stringify(rules)).toContain(`arn:aws-iso:iam::${OWN}:role/vpc-peering-autopilot/`);
    expect(JSON.stringify([rules, queue])).not.toContain('arn:aws:');
  });

  it('has no ping document while the policy observes, and one that is there stays until the Region is left', () => {
    const region = createMemoryRegion();
    expect(keep(region, observing)).not.toContain('create-document');
    expect(region.document).toBeUndefined();
    keep(region);
    expect(keep(region, observing)).toEqual([]);
    expect(region.document).toBeDefined();
    clear(region);
    expect(region.document).toBeUndefined();
  });

  it.each(['prod', 'prod-2', 'p'])('has names that no other stage begins with: %s', (stage) => {
    const { rules } = desiredForwarding({ ...context, stage }, 'eu-west-1');
    const others = ['prod', 'prod-2', 'p'].filter((other) => other !== stage);
    for (const other of others) {
      expect(rules.filter(({ name }) => name.startsWith(`vpc-peering-autopilot.${other}.`))).toEqual([]);
    }
    // EventBridge API reference, PutRule: a name has at most 64 characters.
    expect(Math.max(...rules.map(({ name }) => name.length))).toBeLessThanOrEqual(64);
  });
});

describe('what is put right', () => {
  const whole = () => {
    const region = createMemoryRegion();
    keep(region);
    return forwardingInPlaceIn(region);
  };
  const [first] = wanted.rules;
  if (first === undefined) {
    throw new Error('a Region is listened to by a rule');
  }
  const { name } = first;
  /** The changes for the first rule where it is seen with these parts. */
  const withRule = (parts: object) => {
    const inPlace = whole();
    return planForwarding(wanted, {
      ...inPlace,
      rules: inPlace.rules.map((rule) => (rule.name === name ? { ...rule, ...parts } : rule)),
    });
  };
  const target = (parts: object) => [{ ...first.target, ...parts }];
  const putRule = { action: 'put-rule', rule: first };
  const putTarget = { action: 'put-target', rule: name, target: first.target };

  it.each<[string, object, unknown[]]>([
    ['a rule that is off', { state: 'disabled' }, [putRule]],
    ['another description', { description: 'Mine.' }, [putRule]],
    ['another pattern', { pattern: '{"source":["aws.s3"]}' }, [putRule]],
    ['a pattern that cannot be read', { pattern: 'rubbish' }, [putRule]],
    ['no target', { targets: [] }, [putTarget]],
    ['a target elsewhere', { targets: target({ arn: 'arn:aws:sns:x' }) }, [putTarget]],
    ['a target under another role', { targets: target({ roleArn: 'arn:aws:iam::1:role/x' }) }, [putTarget]],
    ['a target with another queue', { targets: target({ deadLetterArn: 'arn:aws:sqs:x' }) }, [putTarget]],
    [
      'a target beside ours',
      { targets: [{ id: 'mine', arn: 'arn:aws:sns:x' }, ...target({}), { id: 'too', arn: 'arn:aws:sns:y' }] },
      [{ action: 'remove-targets', rule: name, ids: ['mine', 'too'] }],
    ],
    ['nothing, where all is well', {}, []],
    [
      'nothing, where the pattern is laid out otherwise',
      { pattern: JSON.stringify(first.pattern, null, 2) },
      [],
    ],
  ])('is %s', (_, parts, changes) => {
    expect(withRule(parts)).toEqual(changes);
  });

  it('is the policy of the queue, and the document', () => {
    const inPlace = whole();
    if (inPlace.queue === undefined || wanted.document === undefined) {
      throw new Error('a Region has a queue and, when probes run there, a document');
    }
    const policy = JSON.stringify(wanted.queue?.policy);
    for (const other of ['', 'rubbish', '{}']) {
      expect(planForwarding(wanted, { ...inPlace, queue: { ...inPlace.queue, policy: other } })).toEqual([
        { action: 'set-queue-policy', url: inPlace.queue.url, policy },
      ]);
      expect(planForwarding(wanted, { ...inPlace, document: { content: other } })).toEqual([
        { action: 'update-document', ...wanted.document },
      ]);
    }
  });

  it('is a Region of which nothing of ours is there', () => {
    expect(planForwarding(wanted, { rules: [] }).slice(0, 2)).toEqual([
      {
        action: 'create-queue',
        name: wanted.queue?.name,
        policy: JSON.stringify(wanted.queue?.policy),
      },
      { action: 'create-document', ...wanted.document },
    ]);
  });

  it('is, in a Region that is left, what is there and no more', () => {
    expect(planForwardingRemoval({ rules: [] }, 'document')).toEqual([]);
    const rule = { name: 'a', description: '', pattern: '{}', state: 'enabled' as const };
    expect(
      planForwardingRemoval(
        {
          rules: [
            { ...rule, targets: [] },
            {
              ...rule,
              name: 'b',
              targets: [
                { id: 'one', arn: 'arn:x' },
                { id: 'two', arn: 'arn:y' },
              ],
            },
          ],
          queue: { url: 'https://queue', policy: '', undelivered: 0 },
          document: { content: '{}' },
        },
        'document',
      ),
    ).toEqual([
      { action: 'delete-rule', rule: 'a' },
      { action: 'remove-targets', rule: 'b', ids: ['one', 'two'] },
      { action: 'delete-rule', rule: 'b' },
      { action: 'delete-document', name: 'document' },
      { action: 'delete-queue', url: 'https://queue' },
    ]);
  });
});

describe('where EventBridge carries no events between Regions', () => {
  const GOV = { home: 'us-gov-west-1', other: 'us-gov-east-1', partition: 'aws-us-gov' };
  const CHINA = { home: 'cn-north-1', other: 'cn-northwest-1', partition: 'aws-cn' };
  const stayingIn = ({ home, other, partition }: typeof GOV) =>
    desiredForwarding(
      {
        ...context,
        policy: policyOf({ regions: [home, other] }),
        homeBusArn: `arn:${partition}:events:${home}:${OWN}:event-bus/vpc-peering-autopilot-prod`,
      },
      other,
    );

  it.each([GOV, CHINA])('only the ping document is wanted: $partition', (place) => {
    const region = createMemoryRegion();
    expect(keep(region, stayingIn(place))).toEqual(['create-document']);
    expect(keep(region, stayingIn(place))).toEqual([]);
    expect(region).toEqual({ rules: new Map(), document: expect.anything() });
  });

  it('what an older version put there goes, the queue after the rules that name it', () => {
    const region = createMemoryRegion();
    keep(region);
    const changes = keep(region, stayingIn(GOV));
    expect(changes.at(-1)).toBe('delete-queue');
    expect(region).toEqual({ rules: new Map(), document: expect.anything() });
  });

  it('rules are wanted all the same in a partition of which that is not known', () => {
    const sovereign = { home: 'eusc-de-east-1', other: 'eusc-de-east-1', partition: 'aws-eusc' };
    expect(stayingIn(sovereign).rules).toHaveLength(wanted.rules.length);
  });
});
