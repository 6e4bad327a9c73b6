import { decide } from '../../lib/policy/decide.ts';
import { requestNotification } from '../../lib/report/request-notification.ts';
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
    { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, routedDestinations: [] },
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
});
