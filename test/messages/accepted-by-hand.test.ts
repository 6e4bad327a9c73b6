import {
  type AcceptedByHand,
  type AcceptedSide,
  acceptedByHandNotification,
} from '../../lib/messages/accepted-by-hand.ts';
import type { Finding } from '../../lib/model/finding.ts';
import type { Peering, PeeringView } from '../../lib/model/peering.ts';
import { decide } from '../../lib/policy/decide.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { OWN, PEER, peering, policyOf, REGION, vpc } from '../support/fixtures.ts';
import { local, nameOf, others, remote, rule, SUGGESTED, viewOf } from './with-another-account.ts';

const live: Peering = peering('pcx-11112222', remote, local);

function sideOf(view: PeeringView, policy: Policy, counts: Partial<AcceptedSide> = {}): AcceptedSide {
  const facts = { accountId: OWN, activePeerings: 0, localCidrs: view.local.cidrs };
  return { view, decision: decide(view, policy, facts), wanted: 1, made: 1, open: [], ...counts };
}

describe('the message about a request that a person accepted', () => {
  function told(policy: Policy, of: Peering = live, parts: Partial<AcceptedByHand> = {}) {
    return acceptedByHandNotification({
      peering: of,
      sides: [sideOf(viewOf(of), policy)],
      actor: 'arn:aws:iam::111111111111:user/ann',
      notJudged: [],
      policy,
      accountId: OWN,
      nameOf,
      ...parts,
    });
  }

  it('says who, that nothing is routed, and which rule would', () => {
    const { subject, message } = told(others);
    expect(subject).toBe(`VPC peering pcx-11112222 accepted by hand in ${OWN}: not routed`);
    expect(message).toContain(
      'pcx-11112222 (vpc-22222222 - vpc-11111111 (prod-core)) was accepted by arn:aws:iam::111111111111:user/ann, not by the product.',
    );
    expect(message).toContain('What follows: nothing is routed: no rule matches it.');
    expect(message).toContain(SUGGESTED);
    expect(message).toContain('aws ec2 delete-vpc-peering-connection');
  });

  it('names the peering as people do, in subject and text', () => {
    const { subject, message } = told(others, { ...live, tags: { Name: 'peer-to-core' } });
    expect(subject).toBe(`VPC peering pcx-11112222 (peer-to-core) accepted by hand in ${OWN}: not routed`);
    expect(message).toContain('\nPeering:   pcx-11112222 (peer-to-core)\n');
  });

  it.each([
    [
      'a hold rule routes it',
      policyOf({ rules: [rule('hold')] }),
      'rule the-hold routes it: 10.2.0.0/16',
      'Nothing to do.',
    ],
    [
      'a rule rejects it',
      policyOf({ rules: [rule('reject')] }),
      'rule the-reject rejects it',
      'The product ends no peering.',
    ],
    [
      'the mode is observe',
      policyOf({ mode: 'observe', rules: [rule('hold')] }),
      'the policy says mode: observe',
      'What stands in the way',
    ],
    [
      'no address is asked for',
      policyOf({ rules: [rule('hold', { routes: { destinations: ['192.168.0.0/16'] } })] }),
      'none of its addresses can be routed',
      'What stands in the way',
    ],
    [
      'it is unknown',
      policyOf({ rules: [rule('accept', { remote: { accountTags: { Team: 'net' } } })] }),
      'unknown whether rule the-accept matches',
      'What stands in the way',
    ],
  ])('says what follows where %s', (_, policy, follows, next) => {
    const { message } = told(policy);
    expect(message).toContain(follows);
    expect(message).toContain(next);
    expect(message).not.toContain('- name:');
  });

  it('promises nothing where the addresses cannot be seen, and proposes no rule for an id that is none', () => {
    const hidden = { ...live, requester: { ...live.requester, cidrs: [] } };
    expect(told(policyOf({ rules: [rule('hold')] }), hidden).message).toContain(
      'something about it cannot be read',
    );
    const odd = { ...live, requester: { ...live.requester, accountId: 'x' } };
    expect(told(others, odd).message).toContain('add a rule for it to peering-policy.yml');
  });
});

describe('the message about a request that a person accepted, of which something stays unrouted', () => {
  const hold = policyOf({ rules: [rule('hold', { remote: { accounts: ['self', PEER] } })] });
  const conflict: Finding = {
    kind: 'conflict',
    region: REGION,
    routeTableId: 'rtb-1',
    destination: '10.2.0.0/16',
    peeringId: 'pcx-11112222',
    detail: 'rtb-1 should route 10.2.0.0/16 to pcx-11112222, but routes it to tgw-1.',
    repairable: false,
  };
  const names = new Map([['rtb-1', 'private-a']]);
  const about = {
    peering: live,
    notJudged: [],
    policy: hold,
    accountId: OWN,
    nameOf: (id: string) => names.get(id),
  };
  const one = (counts: Partial<AcceptedSide>, parts: Partial<AcceptedByHand> = {}) =>
    acceptedByHandNotification({ ...about, sides: [sideOf(viewOf(live), hold, counts)], ...parts });
  const subjectOf = (what: string) => `VPC peering pcx-11112222 accepted by hand in ${OWN}: ${what}`;

  it('says routed in part, what stands in the way, where, and what to do', () => {
    const { subject, message } = one({ wanted: 2, made: 1, open: [conflict] });
    expect(subject).toBe(subjectOf('routed in part'));
    expect(message).toContain('What follows: rule the-hold routes it in part (1 of 2 routes): 10.2.0.0/16, ');
    expect(message).toContain(
      `\nWhat is open about it:\n  - conflict: rtb-1 (private-a): 10.2.0.0/16\n    ${conflict.detail}\n    Never overwritten by the product: a person decides`,
    );
    expect(message).toContain(
      'What stands in the way is named above. When that is settled, its routes follow.',
    );
    expect(message).not.toContain('Nothing to do');
  });

  it('says not routed where not one route is made', () => {
    const { subject, message } = one({ wanted: 1, made: 0, open: [conflict] });
    expect(subject).toBe(subjectOf('not routed'));
    expect(message).toContain('rule the-hold matches it, but none of its routes is made');
    expect(message).not.toContain('Nothing to do');
  });

  it('says not routed where no table asks for it, and which tag would', () => {
    const { subject, message } = one({ wanted: 0, made: 0 });
    expect(subject).toBe(subjectOf('not routed'));
    expect(message).toContain(
      'rule the-hold matches it, but nothing is routed: no route table of vpc-11111111 has the tag peering-autopilot:routes with * or the name of the rule.',
    );
    expect(message).not.toContain('Nothing to do');
  });

  it('says routed in part where all routes are made and more specific ones take a part away', () => {
    const { subject, message } = one({ open: [{ ...conflict, kind: 'shadowed' }] });
    expect(subject).toBe(subjectOf('routed in part'));
    expect(message).toContain('routes it in part: ');
  });

  it('says routed, and what is open all the same, where that is no route', () => {
    const { routeTableId: _, destination: __, ...options } = conflict;
    const { subject, message } = one({ open: [{ ...options, kind: 'dns-resolution' }] });
    expect(subject).toBe(subjectOf('routed'));
    expect(message).toContain('  - dns-resolution\n');
    expect(message).not.toContain('Nothing to do');
    expect(message).toContain('What is open is named above, with what to do about it.');
  });

  it('says routed in part where CIDRs are left out', () => {
    const narrow = policyOf({
      rules: [rule('hold', { remote: { accounts: [PEER], cidrs: ['10.2.0.0/16'] } })],
    });
    const { subject, message } = acceptedByHandNotification({
      ...about,
      policy: narrow,
      sides: [sideOf(viewOf(live), narrow)],
    });
    expect(subject).toBe(subjectOf('routed in part'));
    expect(message).toContain('2001:db8:2::/56 of ');
    expect(message).not.toContain('Nothing to do');
  });

  it('names a command where nothing says why routes are not made', () => {
    expect(one({ wanted: 2, made: 1 }).message).toContain(
      '  - "peering plan" says what keeps the other routes',
    );
  });

  it('calls nothing in order that was not judged, or not looked at', () => {
    const judged = one({}, { notJudged: ['The list could not be read.'] });
    expect(judged.message).toContain('  - not judged: The list could not be read.\n');
    expect(judged.message).not.toContain('Nothing to do');
    const far = { ...live.requester, accountId: OWN, region: 'eu-west-1' };
    const unseen = one({}, { unseen: far });
    expect(unseen.subject).toBe(subjectOf('routed from vpc-11111111'));
    expect(unseen.message).toContain('  - not looked at: vpc-22222222 in eu-west-1, the other side, ');
    expect(unseen.message).not.toContain('Nothing to do');
  });

  it('tells of both sides where the account owns both', () => {
    const inside = peering('pcx-11112222', vpc('vpc-33333333', ['10.3.0.0/16']), local);
    const sides = (counts: Partial<AcceptedSide>): AcceptedByHand['sides'] => [
      sideOf(viewOf(inside), hold),
      sideOf(viewOf(inside, 'outbound'), hold, counts),
    ];
    const whole = acceptedByHandNotification({ ...about, peering: inside, sides: sides({}) });
    expect(whole.subject).toBe(subjectOf('routed'));
    expect(whole.message).toContain('Nothing to do.');
    expect(whole.message).toContain(
      'What follows:\n  - vpc-11111111: rule the-hold routes it: 10.3.0.0/16, in each route table whose tag peering-autopilot:routes is * or names the rule.\n' +
        '  - vpc-33333333: rule the-hold routes it: 10.1.0.0/16, ',
    );
    const half = acceptedByHandNotification({
      ...about,
      peering: inside,
      sides: sides({ made: 0, open: [conflict] }),
    });
    expect(half.subject).toBe(subjectOf('routed in part'));
    expect(half.message).toContain(
      '  - vpc-33333333: rule the-hold matches it, but none of its routes is made',
    );
    expect(half.message).toContain('  - conflict: rtb-1 (private-a)');
    expect(half.message).not.toContain('Nothing to do');
    const rest = acceptedByHandNotification({
      ...about,
      policy: others,
      peering: inside,
      sides: [sideOf(viewOf(inside), hold), sideOf(viewOf(inside, 'outbound'), others)],
    });
    expect(rest.subject).toBe(subjectOf('routed in part'));
    expect(rest.message).toContain('  - vpc-33333333: nothing is routed: no rule matches it.');
    expect(rest.message).toContain('add this rule under "rules:"');
  });
});
