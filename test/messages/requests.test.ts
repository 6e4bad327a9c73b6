import { requestDigest } from '../../lib/messages/request-digest.ts';
import { reminderNotification, requestNotification } from '../../lib/messages/requests.ts';
import type { Peering } from '../../lib/model/peering.ts';
import { decide } from '../../lib/policy/decide.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { OWN, PEER, peering, policyOf, REGION } from '../support/fixtures.ts';
import { local, nameOf, others, remote, rule, SUGGESTED, viewOf } from './with-another-account.ts';

const request: Peering = {
  ...peering('pcx-11112222', remote, local, { status: 'pending-acceptance' }),
  expiresAt: new Date('2026-03-08T12:00:00Z'),
};
const now = new Date('2026-03-02T11:00:00Z');

function decided(policy: Policy, of: Peering = request) {
  const facts = { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, obstacles: () => [] };
  return decide(viewOf(of), policy, facts);
}

describe('the message about a request', () => {
  it('that no rule matches says what an acceptance by hand would do, and which rule would route it', () => {
    const { subject, message } = requestNotification(request, decided(others), {
      policy: others,
      now,
      nameOf,
    });
    expect(subject).toBe(`VPC peering pcx-11112222 held: ${PEER} -> vpc-11111111`);
    expect(message.split('\n').slice(0, 5)).toEqual([
      `Account ${PEER} asked to peer with vpc-11111111 (prod-core). The request was held (no rule of the policy matches).`,
      '',
      'Peering:   pcx-11112222',
      `Requester: vpc-22222222 in account ${PEER}, ${REGION}, 10.2.0.0/16, 2001:db8:2::/56`,
      `Accepter:  vpc-11111111 (prod-core) in account ${OWN}, ${REGION}, CIDRs not visible`,
    ]);
    expect(message).toContain('\nExpires:   2026-03-08 12:00 UTC, in 6 days\n');
    expect(message).toContain('If you accept it by hand, nothing is routed: no rule matches it.');
    expect(message).toContain(`\n\n${SUGGESTED}\n\n`);
    expect(message).toMatch(/rule the-accept: .*333333333333/);
    expect(message).toContain('aws ec2 accept-vpc-peering-connection');
    expect(message).toMatch(/peering accept pcx-\w+ --as RULE\n/);
    expect(message).toMatch(/peering reject pcx-\w+\n/);
  });

  it('that a hold rule matches says what is routed once a person accepts it', () => {
    const policy = policyOf({ rules: [rule('hold', { routes: { destinations: ['10.2.4.0/22'] } })] });
    const { message } = requestNotification(request, decided(policy), { policy, now });
    expect(message).toContain(
      'If you accept it by hand, rule the-hold routes it: 10.2.4.0/22, in each route table',
    );
    expect(message).not.toContain('- name:');
  });

  it('that is held because of what is in the way says that this stays unrouted', () => {
    const policy = policyOf({ rules: [rule('accept')] });
    const facts = { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs };
    const decision = decide(viewOf(request), policy, {
      ...facts,
      obstacles: () => ['10.2.0.0/16 goes to tgw-1.'],
    });
    const { message } = requestNotification(request, decision, { policy, now });
    expect(message).toContain('If you accept it by hand, rule the-accept routes it: 10.2.0.0/16');
    expect(message).toContain('What stands in the way, as named above, stays unrouted');
  });

  it('that peering accept refuses does not advise it, and says what has to go first', () => {
    const policy = policyOf({ rules: [rule('accept')] });
    const why = '10.2.0.0/16 overlaps 10.2.0.0/16, which already goes to tgw-1, in rtb-1.';
    const told = (sentence: string) =>
      requestNotification(
        request,
        { ...decided(policy), decision: 'hold', reasons: [why] },
        {
          policy,
          now,
          byHand: { kind: 'refused', why: [sentence] },
        },
      ).message;
    for (const sentence of [why, 'No room.']) {
      const message = told(sentence);
      expect(message).not.toMatch(/^ {2}peering accept/m);
      expect(message).toContain('As things stand peering accept refuses it.');
      expect(message).toContain('If it is accepted by AWS alone, rule the-accept routes it');
      expect(message).toMatch(/peering reject pcx-\w+\n/);
    }
    expect(told('No room.')).toContain('It is refused, too, because:\n  - No room.');
    expect(told(why)).not.toContain('It is refused, too');
  });

  it('beside a peering of the same VPCs says to reject it, as neither the product nor AWS would accept it', () => {
    const policy = policyOf({ rules: [rule('accept')] });
    const facts = { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, obstacles: () => [] };
    const decision = decide(viewOf(request), policy, {
      ...facts,
      peeredAlready: { peeringId: 'pcx-99990000', how: 'live' },
    });
    const byHand = { kind: 'refused', why: decision.guardrails ?? [] } as const;
    const { message } = requestNotification(request, decision, { policy, now, byHand });
    const [, steps = ''] = message.split('\n\nNobody can accept it while pcx-99990000 is there');
    expect(steps).toContain('\nTo reject it:\n  peering reject pcx-11112222\n');
    expect(steps).toContain('aws ec2 delete-vpc-peering-connection --vpc-peering-connection-id pcx-99990000');
    expect(message).not.toMatch(/accept-vpc-peering-connection|peering accept|accepted by AWS alone/);
    const digest = requestDigest(
      [
        { peering: request, decision, byHand },
        { peering: { ...request, peeringId: 'pcx-33334444' }, decision: decided(others) },
      ],
      { policy, now, accountId: OWN },
    );
    expect(digest.message).toContain('Reject 1 of them, whose VPCs are peered already: pcx-11112222.');
  });

  it('that a guardrail keeps back advises what AWS accepts all the same last, with what follows from it', () => {
    const policy = policyOf({ rules: [rule('accept')] });
    const why = '10.2.0.0/16 goes to tgw-1.';
    const decision = decide(viewOf(request), policy, {
      accountId: OWN,
      activePeerings: 0,
      localCidrs: local.cidrs,
      obstacles: () => [why],
    });
    const { message } = requestNotification(request, decision, {
      policy,
      now,
      byHand: { kind: 'refused', why: [why] },
    });
    expect(message).toMatch(
      /peering reject pcx-\w+\nAWS alone accepts it all the same, and heeds nothing of what is named under Why: .* stays\nunrouted, and is told as drift until it is settled\. .*\n {2}aws ec2 accept/,
    );
    expect(message).not.toContain('where a rule that matches then routes it');
  });

  const AUDIT = { by: 'ann', because: 'audit', since: now.getTime() / 1000 - 60 };

  it.each([
    ['mode: observe', { mode: 'observe' }, undefined, /aws ec2 reject-vpc-peering-connection/],
    ['a freeze', {}, AUDIT, /peering thaw --region us-east-1\n {2}peering reject pcx-/],
  ] as const)(
    'that nothing answers, for %s, names no command that refuses, alone and among others',
    (_, keys, frozen, reject) => {
      const policy = policyOf({ ...keys, rules: [rule('hold')] });
      const facts = { accountId: OWN, activePeerings: 0, localCidrs: local.cidrs, obstacles: () => [] };
      const decision = decide(viewOf(request), policy, {
        ...facts,
        ...(frozen === undefined ? {} : { frozen }),
      });
      const byHand = { kind: 'refused', why: ['Nothing is answered.'] } as const;
      const { message } = requestNotification(request, decision, { policy, now, byHand });
      expect(message).toMatch(reject);
      expect(message).toMatch(/by AWS alone; nothing is routed (while|until)/);
      expect(message).not.toMatch(/To reject it:|^ {2}peering accept/m);
      const several = [{ peering: request, decision, byHand }];
      const digest = requestDigest(several, { policy, accountId: OWN, now }).message;
      expect(digest).not.toMatch(/^ {2}peering (accept|reject)/m);
      expect(digest).toContain('nothing is routed meanwhile');
      expect(digest).toContain('aws ec2 reject-vpc-peering-connection');
    },
  );

  it('that no rule matches names the rules that peering accept takes', () => {
    const { message } = requestNotification(request, decided(others), {
      policy: others,
      now,
      byHand: { kind: 'choose', rules: ['the-accept'] },
    });
    expect(message).toContain('RULE being one of the-accept:\n  peering accept pcx-11112222 --as RULE');
  });

  it('of which it is unknown whether a rule matches promises nothing', () => {
    const policy = policyOf({ rules: [rule('accept', { remote: { accountTags: { Team: 'net' } } })] });
    const { message } = requestNotification(request, decided(policy), { policy, now });
    expect(message).toContain('nothing is routed as long as it is unknown whether rule the-accept matches');
    expect(message).not.toContain('- name:');
  });

  it.each([
    ['accept', 'was accepted', 'delete-vpc-peering-connection'],
    ['reject', 'was rejected', 'requested once more'],
  ])('that is answered says what to type: %s', (effect, done, next) => {
    const policy = policyOf({ rules: [rule(effect)] });
    const { message } = requestNotification(request, decided(policy), { policy, now });
    expect(message).toContain(`The request ${done} (rule the-${effect}).`);
    expect(message).toContain(next);
  });

  it('that is accepted or rejected expires no more', () => {
    for (const [effect, mode, expires] of [
      ['accept', 'enforce', false],
      ['reject', 'enforce', false],
      ['accept', 'observe', true],
      ['hold', 'enforce', true],
    ] as const) {
      const policy = policyOf({ mode, rules: [rule(effect)] });
      const { message } = requestNotification(request, decided(policy), { policy, now });
      expect(message.includes('Expires:')).toBe(expires);
    }
  });

  it('links to the console, and names who asked where an event says so', () => {
    const { message } = requestNotification(request, decided(others), {
      policy: others,
      now,
      askedBy: 'arn:aws:iam::111111111111:user/ada',
    });
    expect(message).toContain('\nAsked by:  arn:aws:iam::111111111111:user/ada\n');
    expect(message).toContain(
      '\nConsole:   https://us-east-1.console.aws.amazon.com/vpcconsole/home?region=us-east-1#PeeringConnectionDetails:VpcPeeringConnectionId=pcx-11112222\n',
    );
  });

  it.each(['accept', 'reject', 'hold'])('says in mode observe what would have been done: %s', (effect) => {
    const policy = policyOf({ mode: 'observe', rules: [rule(effect)] });
    const { subject, message } = requestNotification(request, decided(policy), { policy, now });
    expect(subject).toContain(' would be ');
    expect(message).toContain('nothing was done');
    expect(message).not.toContain('To end the peering');
    expect(message).not.toContain('once more');
  });

  it('names the CIDRs of the own VPC, which EC2 hides in a request', () => {
    const cidrsOf = (id: string) => (id === 'vpc-11111111' ? ['10.1.0.0/16'] : undefined);
    const { message } = requestNotification(request, decided(others), { policy: others, now, cidrsOf });
    expect(message).toContain(`vpc-11111111 in account ${OWN}, ${REGION}, 10.1.0.0/16\n`);
  });

  it('names the peering as people do behind its id, in the subject only where all of it fits', () => {
    const called = (Name: string) =>
      requestNotification({ ...request, tags: { Name } }, decided(others), { policy: others, now });
    const { subject, message } = called('core-to-\npeer');
    expect(subject).toBe(`VPC peering pcx-11112222 (core-to-\\u{a}peer) held: ${PEER} -> vpc-11111111`);
    expect(message).toContain('\nPeering:   pcx-11112222 (core-to-\\u{a}peer)\n');
    const long = 'core-to-peer-'.repeat(6);
    expect(called(long).subject).toBe(`VPC peering pcx-11112222 held: ${PEER} -> vpc-11111111`);
    expect(called(long).message).toContain(`\nPeering:   pcx-11112222 (${long})\n`);
  });

  it('names no time where EC2 names none, or none that can be read', () => {
    const { expiresAt: _, ...lasting } = request;
    expect(requestNotification(lasting, decided(others), { policy: others, now }).message).not.toContain(
      'Expires:',
    );
    const odd = { ...request, expiresAt: new Date(Number.NaN) };
    expect(requestNotification(odd, decided(others), { policy: others, now }).message).toContain(
      'Expires:   an unknown time\n',
    );
  });
});

describe('the reminder', () => {
  const soon = new Date('2026-03-07T12:30:00Z');

  it('says how long there is left, and all that the first message said', () => {
    const { subject, message } = reminderNotification(request, decided(others), {
      policy: others,
      now: soon,
    });
    expect(subject).toBe(`Expires soon: VPC peering pcx-11112222 held: ${PEER} -> vpc-11111111`);
    expect(message).toMatch(/^This request expires in 23 hours\. Then it can no longer be accepted/);
    expect(message).toContain('It is still held');
    expect(message).toContain(SUGGESTED);
  });

  it.each([
    ['accept', 'AcceptVpcPeeringConnection'],
    ['reject', 'RejectVpcPeeringConnection'],
  ])('says why the answer could not be given, and never that it was: %s', (effect, call) => {
    const policy = policyOf({ rules: [rule(effect)] });
    const failed = { call, code: 'UnauthorizedOperation', message: 'with an explicit deny' };
    const { subject, message } = reminderNotification(request, decided(policy), {
      policy,
      now: soon,
      failed,
    });
    expect(subject).toContain(`not ${effect}ed`);
    expect(message).toContain(
      `The policy says ${effect}, but AWS refuses ${call} with UnauthorizedOperation: with an explicit deny`,
    );
    expect(message).toContain(`The request is not ${effect}ed`);
    expect(message).not.toContain('was accepted');
    expect(message).toContain('To accept it and have it routed:');
    expect(message).not.toContain('add or change a rule');
  });

  it('of a request that is merely open says no more than that', () => {
    const policy = policyOf({ rules: [rule('accept')] });
    const { message } = reminderNotification(request, decided(policy), { policy, now: soon });
    expect(message).toContain('It is still open.');
    expect(message).not.toContain('was accepted');
    const observe = policyOf({ mode: 'observe', rules: [rule('accept')] });
    expect(reminderNotification(request, decided(observe), { policy: observe, now: soon }).message).toContain(
      'would be accepted',
    );
  });
});

describe('the message about several requests', () => {
  const digest = (...kinds: readonly ('possible' | 'refused')[]) => {
    const policy = policyOf({ rules: [rule('hold')] });
    const of = kinds.map((kind) => ({
      peering: request,
      decision: decided(policy),
      byHand:
        kind === 'possible' ? { kind, rule: 'the-hold' } : { kind, why: ['10.2.0.0/16 goes to tgw-1.'] },
    }));
    return requestDigest(of, { policy, accountId: OWN, now }).message;
  };

  it.each([
    ['all that it names', ['possible', 'possible'], /^ {2}peering accept PEERING$/m, /refuses/],
    ['some', ['possible', 'refused'], /1 of them peering accept refuses/, /each of them/],
    ['none', ['refused', 'refused'], /peering accept refuses each of them/, /^ {2}peering accept/m],
  ] as const)('advises peering accept where it takes %s', (_, kinds, says, not) => {
    expect(digest(...kinds)).toMatch(says);
    expect(digest(...kinds)).not.toMatch(not);
  });
});
