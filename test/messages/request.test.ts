import { requestNotification } from '../../lib/messages/request.ts';
import { decide } from '../../lib/policy/decide.ts';
import { OWN, PEER, peering, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';

const local = vpc('vpc-11111111', ['10.1.0.0/16']);
const remote = vpc('vpc-22222222', ['10.2.0.0/16', '2001:db8:2::/56'], { accountId: PEER });
const request = {
  ...peering('pcx-11112222', remote, local, { status: 'pending-acceptance' }),
  expiresAt: new Date('2026-03-08T12:00:00Z'),
};

function decided(rules: readonly Record<string, unknown>[]) {
  const { requester, accepter } = request;
  return decide(
    {
      peering: request,
      region: REGION,
      direction: 'inbound',
      local: accepter,
      remote: requester,
      localTags: {},
    },
    policyOf({ rules }),
    { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, obstacles: () => [] },
  );
}

const rule = (effect: string, accounts: readonly string[]) => ({
  name: `the-${effect}`,
  effect,
  remote: { accounts },
});

describe('the message about a request', () => {
  it.each([
    ['accept', 'accepted', 'delete-vpc-peering-connection'],
    ['reject', 'rejected', 'requested once more'],
    ['hold', 'held', 'accept-vpc-peering-connection'],
  ])(
    'says who asked, for which VPCs and CIDRs, what was decided and why, and what to type: %s',
    (effect, done, next) => {
      const { subject, message } = requestNotification(request, decided([rule(effect, [PEER])]), 'enforce');
      expect(subject).toBe(`VPC peering pcx-11112222 ${done}: ${PEER} -> vpc-11111111`);
      for (const part of [
        `Account ${PEER} asked`,
        `was ${done} (rule the-${effect})`,
        'vpc-22222222',
        '10.2.0.0/16, 2001:db8:2::/56',
        `vpc-11111111 in account ${OWN}, ${REGION}, CIDRs not visible`,
        '2026-03-08T12:00:00.000Z',
        'Why:',
        next,
      ]) {
        expect(message).toContain(part);
      }
    },
  );

  it('says of every rule why it did not match, where none did', () => {
    const rules = [rule('accept', [STRANGER]), rule('reject', ['444444444444'])];
    const { message } = requestNotification(request, decided(rules), 'enforce');
    expect(message).toContain('no rule of the policy matches');
    expect(message).toMatch(/rule the-accept: .*333333333333/);
    expect(message).toMatch(/rule the-reject: .*444444444444/);
  });

  it('says in mode observe what would have been done, and that nothing was', () => {
    const { subject, message } = requestNotification(request, decided([rule('accept', [PEER])]), 'observe');
    expect(subject).toContain('would be accepted');
    expect(message).toContain('nothing was done');
  });

  const facts = [
    '',
    'Peering:   pcx-11112222',
    `Requester: vpc-22222222 in account ${PEER}, ${REGION}, 10.2.0.0/16, 2001:db8:2::/56`,
    `Accepter: vpc-11111111 in account ${OWN}, ${REGION}, CIDRs not visible`,
  ];
  const command = (verb: string) =>
    `  aws ec2 ${verb}-vpc-peering-connection --vpc-peering-connection-id pcx-11112222 --region ${REGION}`;

  it.each([
    ['accept', 'accepted', ['To end the peering:', command('delete')]],
    [
      'reject',
      'rejected',
      [
        'A rejected request cannot be taken up again. If it should have been accepted, change the policy, deploy it,',
        'and have it requested once more.',
      ],
    ],
    [
      'hold',
      'held',
      [
        'To accept it:',
        command('accept'),
        'To reject it:',
        command('reject'),
        'To have requests like it decided for you, add or change a rule in peering-policy.yml and deploy.',
      ],
    ],
  ])('is laid out to be read at a glance: %s', (effect, done, next) => {
    // The other rule does not match, which says nothing about a request that a rule decided.
    const decision = decided([rule(effect, [PEER]), { ...rule('hold', [STRANGER]), name: 'other' }]);
    expect(requestNotification(request, decision, 'enforce').message.split('\n')).toEqual([
      `Account ${PEER} asked to peer with vpc-11111111. The request was ${done} (rule the-${effect}).`,
      ...facts,
      'Expires:   2026-03-08T12:00:00.000Z',
      '',
      'Why:',
      ...decision.reasons.map((reason) => `  - ${reason}`),
      '',
      ...next,
    ]);
  });

  it('is laid out like it in mode observe, and names no expiry where EC2 names none', () => {
    const { expiresAt: _, ...lasting } = request;
    const decision = decided([rule('accept', [PEER])]);
    expect(requestNotification(lasting, decision, 'observe').message.split('\n')).toEqual([
      `Account ${PEER} asked to peer with vpc-11111111. The request would be accepted (rule the-accept).`,
      ...facts,
      '',
      'Why:',
      ...decision.reasons.map((reason) => `  - ${reason}`),
      '',
      'The policy says mode: observe, so nothing was done. With mode: enforce it would be.',
      '',
      'To end the peering:',
      command('delete'),
    ]);
  });

  it('shows a hundred reasons and counts the others', () => {
    const decision = decided([rule('accept', [PEER])]);
    const lines = (count: number) => {
      const reasons = Array.from({ length: count }, (_, index) => `reason ${index}`);
      return requestNotification(request, { ...decision, reasons }, 'enforce')
        .message.split('\n')
        .filter((line) => line.startsWith('  - '));
    };
    expect(lines(100)).toHaveLength(100);
    expect(lines(102)).toHaveLength(101);
    expect(lines(102).slice(99)).toEqual(['  - reason 99', '  - and 2 more; the log has all of them.']);
  });
});
