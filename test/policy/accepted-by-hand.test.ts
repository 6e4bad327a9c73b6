import type { Acceptance } from '../../lib/model/acceptance.ts';
import { acceptanceNote, acceptanceOf } from '../../lib/model/acceptance.ts';
import type { PeeringView } from '../../lib/model/peering.ts';
import { decide } from '../../lib/policy/decide.ts';
import type { DecisionFacts } from '../../lib/policy/decision.ts';
import { OWN, peering, policyOf, REGION, STRANGER, vpc } from '../support/fixtures.ts';

/** What the policy makes of a peering that a person accepted as one of its rules. */

const HERE = vpc('vpc-a', ['10.1.0.0/16']);
const THERE = vpc('vpc-s', ['10.9.0.0/16'], { accountId: STRANGER });
const AT = Date.parse('2026-11-28T12:00:00.000Z') / 1000;

const chosen = (rule: string): Acceptance => ({
  rule,
  by: 'arn:aws:iam::111111111111:user/ann',
  how: 'chosen',
  at: AT,
});

function view(status: 'active' | 'pending-acceptance', remote = THERE): PeeringView {
  const made = peering('pcx-1', remote, HERE, { status });
  return {
    peering: made,
    region: REGION,
    direction: 'inbound',
    local: made.accepter,
    remote: made.requester,
  };
}

const PEERS = { name: 'peers', effect: 'accept', remote: { accounts: ['222222222222'] } };

function judged(
  facts: Pick<DecisionFacts, 'accepted' | 'acceptedUnreadable' | 'proposed'>,
  status: 'active' | 'pending-acceptance' = 'active',
  rules: readonly object[] = [PEERS],
  remote = THERE,
) {
  return decide(view(status, remote), policyOf({ rules }), {
    accountId: OWN,
    localCidrs: HERE.cidrs,
    activePeerings: 0,
    obstacles: () => [],
    ...facts,
  });
}

it('manages a live peering as if the chosen rule matched, and says who chose it', () => {
  expect(judged({ accepted: chosen('peers') })).toMatchObject({
    decision: 'accept',
    rule: 'peers',
    managed: true,
    routableCidrs: ['10.9.0.0/16'],
    reasons: ['Accepted by arn:aws:iam::111111111111:user/ann as rule peers (2026-11-28T12:00:00.000Z).'],
  });
});

it('decides nothing of a live peering that no rule matches, while nobody can read as which rule a person accepted it', () => {
  const decision = judged({ acceptedUnreadable: true });
  expect(decision).toMatchObject({ undecidable: true, managed: false });
  expect(decision.reasons.at(-1)).toBe(
    'A person accepted pcx-1, and what the registry has of it cannot be read, so its rule is not known. Write a rule that matches it, and deploy.',
  );
  const matching = { ...PEERS, remote: { accounts: [STRANGER] } };
  expect(judged({ acceptedUnreadable: true }, 'active', [matching])).toMatchObject({
    decision: 'accept',
    managed: true,
  });
});

it('accepts no request because of what is remembered of it', () => {
  expect(judged({ accepted: chosen('peers') }, 'pending-acceptance')).toMatchObject({ decision: 'hold' });
});

it('judges a request as if it were so while a person looks at what would follow', () => {
  expect(judged({ proposed: chosen('peers') }, 'pending-acceptance')).toMatchObject({
    decision: 'accept',
    rule: 'peers',
  });
});

it('lets a rule that rejects win over the choice', () => {
  const reject = { name: 'strangers', effect: 'reject', remote: { accounts: [STRANGER] } };
  const decision = judged({ accepted: chosen('peers') }, 'active', [PEERS, reject]);
  expect(decision).toMatchObject({ decision: 'reject', rule: 'strangers', managed: false });
  expect(decision.reasons.join(' ')).toContain('Rule strangers is what counts now.');
});

it('takes a rule that has come to reject for nobody’s choice', () => {
  const decision = judged({ accepted: chosen('peers') }, 'active', [{ ...PEERS, effect: 'reject' }]);
  expect(decision).toMatchObject({ managed: false });
  expect(decision.reasons.join(' ')).toContain('no longer has it as a rule that accepts or holds');
});

it('manages nothing for a rule that is gone, and says so', () => {
  const decision = judged({ accepted: chosen('gone') });
  expect(decision).toMatchObject({ managed: false });
  expect(decision.reasons.join(' ')).toContain('no longer has it');
});

it('routes no address that overlaps the local VPC, whoever accepted it', () => {
  const overlapping = vpc('vpc-s', ['10.1.128.0/17', '10.9.0.0/16'], { accountId: STRANGER });
  expect(judged({ accepted: chosen('peers') }, 'active', [PEERS], overlapping)).toMatchObject({
    managed: true,
    routableCidrs: ['10.9.0.0/16'],
    leftOut: [expect.stringContaining('overlaps 10.1.0.0/16')],
  });
});

it('leaves it to the selectors of a rule that matched by itself', () => {
  const accepted = { ...chosen('peers'), how: 'matched' } as const;
  const decision = judged({ accepted });
  expect(decision).toMatchObject({ managed: false });
  expect(decision.reasons.join(' ')).toContain('It no longer matches.');
});

describe('the note of it', () => {
  const noteOf = (acceptance: Acceptance) => {
    const note = acceptanceNote('pcx-1', acceptance);
    if (note.kind !== 'note') throw new Error('It is a note.');
    return new Map([[note.key, { value: note.value, at: note.at }]]);
  };

  it('is read as it was written', () => {
    expect(acceptanceOf(noteOf(chosen('peers')), 'pcx-1')).toEqual(chosen('peers'));
    expect(acceptanceOf(noteOf(chosen('peers')), 'pcx-2')).toBeUndefined();
  });

  it.each(['', '[]', 'null', '{"rule":"peers"}', '{"rule":"peers","by":"ann","how":"forged"}'])(
    'is nothing where it holds %j',
    (value) => {
      const [key = ''] = noteOf(chosen('peers')).keys();
      expect(acceptanceOf(new Map([[key, { value, at: AT }]]), 'pcx-1')).toBeUndefined();
    },
  );
});
