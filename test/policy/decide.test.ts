import fc from 'fast-check';
import type { PeeringSide, PeeringStatus, PeeringView } from '../../lib/model/peering.ts';
import { decide } from '../../lib/policy/decide.ts';
import { decidePeering } from '../../lib/policy/decide-peering.ts';
import type { Decision, DecisionFacts, ViewWithFacts } from '../../lib/policy/decision.ts';
import type { Policy } from '../../lib/policy/schema.ts';
import { anyText } from '../support/any-text.ts';
import { OWN, PEER, policyOf, REGION, STRANGER } from '../support/fixtures.ts';
import { runs } from '../support/runs.ts';

const LOCAL: PeeringSide = {
  accountId: OWN,
  region: REGION,
  vpcId: 'vpc-00000000000000001',
  cidrs: [],
};

const REMOTE: PeeringSide = {
  accountId: PEER,
  region: 'eu-west-1',
  vpcId: 'vpc-00000000000000002',
  cidrs: ['10.64.0.0/16'],
};

interface ViewParts {
  readonly status?: PeeringStatus;
  readonly direction?: 'inbound' | 'outbound';
  readonly local?: Partial<PeeringSide>;
  readonly remote?: Partial<PeeringSide>;
  /** `null`: the tags could not be read. */
  readonly localTags?: Readonly<Record<string, string>> | null;
}

function viewOf(parts: ViewParts = {}): PeeringView {
  const { status = 'pending-acceptance', direction = 'inbound', localTags = { Environment: 'prod' } } = parts;
  const local = { ...LOCAL, ...parts.local };
  const remote = { ...REMOTE, ...parts.remote };
  return {
    peering: {
      peeringId: 'pcx-00000000000000001',
      status,
      statusMessage: status,
      requester: direction === 'inbound' ? remote : local,
      accepter: direction === 'inbound' ? local : remote,
      tags: {},
    },
    region: local.region,
    direction,
    local,
    remote,
    ...(localTags === null ? {} : { localTags }),
  };
}

const FACTS = {
  accountId: OWN,
  activePeerings: 3,
  localCidrs: ['10.1.0.0/16'],
  obstacles: () => [],
} as const satisfies DecisionFacts;

type RuleParts = Readonly<Record<string, unknown>>;

const ACCEPT = { name: 'peers', effect: 'accept', remote: { accounts: [PEER] } };

function policyWith(rules: readonly RuleParts[], guardrails: RuleParts = {}): Policy {
  return policyOf({ rules, guardrails });
}

function mismatchesOf(decision: Decision, rule: string): readonly string[] {
  return decision.rules.find((outcome) => outcome.rule === rule)?.mismatches ?? [];
}

describe('selectors', () => {
  it('accept what an accept rule matches, and name the rule', () => {
    expect(decide(viewOf(), policyWith([ACCEPT]), FACTS)).toEqual({
      decision: 'accept',
      rule: 'peers',
      effect: 'accept',
      reasons: ['Rule peers matches and has the effect accept.'],
      rules: [{ rule: 'peers', effect: 'accept', matched: true, mismatches: [], unknowns: [] }],
      routableCidrs: ['10.64.0.0/16'],
      managed: false,
    });
  });

  it('hold what no rule matches', () => {
    const decision = decide(viewOf({ remote: { accountId: STRANGER } }), policyWith([ACCEPT]), FACTS);
    expect(decision).toMatchObject({ decision: 'hold', routableCidrs: [], managed: false });
    expect(decision.rule).toBeUndefined();
    expect(decision.reasons).toEqual(['No rule matches, and what no rule matches is held.']);
  });

  it.each<[string, RuleParts, string]>([
    [
      'account',
      { remote: { accounts: ['self', '210987654321'] } },
      `remote account ${PEER} is not in remote.accounts [self, 210987654321]`,
    ],
    [
      'remote Region',
      { remote: { accounts: ['*'], regions: ['us-*', 'ap-*'] } },
      'remote Region eu-west-1 is not in remote.regions [us-*, ap-*]',
    ],
    [
      'remote VPC',
      { remote: { accounts: ['*'], vpcs: ['vpc-0a*'] } },
      'remote VPC vpc-00000000000000002 is not in remote.vpcs [vpc-0a*]',
    ],
    [
      'remote CIDRs',
      { remote: { accounts: ['*'], cidrs: ['10.65.0.0/16', '172.16.0.0/12'] } },
      '10.64.0.0/16 of remote VPC vpc-00000000000000002 is outside remote.cidrs [10.65.0.0/16, 172.16.0.0/12]',
    ],
    [
      'local VPC',
      { local: { vpcs: ['vpc-0fedcba9876543210'] } },
      'local VPC vpc-00000000000000001 is not in local.vpcs [vpc-0fedcba9876543210]',
    ],
    [
      'local account',
      { local: { accounts: [PEER, STRANGER] } },
      `local account ${OWN} is not in local.accounts [${PEER}, ${STRANGER}]`,
    ],
    [
      'local Region',
      { local: { regions: ['eu-*'] } },
      'local Region us-east-1 is not in local.regions [eu-*]',
    ],
    [
      'local CIDRs',
      { local: { cidrs: ['10.2.0.0/16'] } },
      '10.1.0.0/16 of local VPC vpc-00000000000000001 is outside local.cidrs [10.2.0.0/16]',
    ],
    [
      'tag value',
      { local: { tags: { Environment: ['test', 'dev*'] } } },
      'tag Environment of local VPC vpc-00000000000000001 is "prod", which is not in local.tags.Environment [test, dev*]',
    ],
    [
      'missing tag',
      { local: { tags: { Team: '*' } } },
      'local VPC vpc-00000000000000001 has no tag Team, and local.tags.Team [*] asks for it',
    ],
    ['direction', { direction: 'outbound' }, 'the request is inbound, and direction asks for outbound'],
    [
      'organizational unit',
      { remote: { organizationalUnits: ['ou-ab12-cdef3456'] } },
      `remote account ${PEER} is in [r-ab12, ou-ab12-00000000], not in remote.organizationalUnits [ou-ab12-cdef3456]`,
    ],
    [
      'account tag',
      { remote: { accountTags: { Team: 'net' } } },
      `tag Team of remote account ${PEER} is "web", which is not in remote.accountTags.Team [net]`,
    ],
  ])('say what was expected and what was found: %s', (_, parts, mismatch) => {
    const facts = {
      ...FACTS,
      organization: { organizationalUnits: ['r-ab12', 'ou-ab12-00000000'], accountTags: { Team: 'web' } },
    };
    const decision = decide(viewOf(), policyWith([{ ...ACCEPT, ...parts }]), facts);
    expect(mismatchesOf(decision, 'peers')).toEqual([mismatch]);
    expect(decision.decision).toBe('hold');
  });

  it.each<[string, RuleParts]>([
    ['self', { remote: { accounts: ['self'] } }],
    ['patterns', { remote: { accounts: ['1111*'], regions: ['*-west-*'], vpcs: ['vpc-*2'] } }],
    ['one of several accounts', { local: { accounts: [PEER, OWN] } }],
    ['one of several values', { local: { tags: { Environment: ['test', 'pr*'] }, cidrs: ['10.0.0.0/8'] } }],
    [
      'organizational units and account tags',
      { remote: { organizationalUnits: ['ou-ab12-cdef3456'], accountTags: { Team: 'n*' } } },
    ],
  ])('match %s', (_, parts) => {
    const facts = {
      ...FACTS,
      organization: { organizationalUnits: ['r-ab12', 'ou-ab12-cdef3456'], accountTags: { Team: 'net' } },
    };
    const view = viewOf({ remote: { accountId: OWN } });
    const rule = { ...ACCEPT, remote: { accounts: ['self'] }, direction: 'inbound', ...parts };
    expect(decide(view, policyWith([rule]), facts).decision).toBe('accept');
  });

  it('list every mismatch, not only the first', () => {
    const rule = { ...ACCEPT, direction: 'outbound', remote: { accounts: ['self'], regions: ['us-*'] } };
    expect(mismatchesOf(decide(viewOf(), policyWith([rule]), FACTS), 'peers')).toHaveLength(3);
  });

  it('need every CIDR of a request inside', () => {
    const rule = { ...ACCEPT, remote: { accounts: [PEER], cidrs: ['10.64.0.0/10'] } };
    const view = viewOf({ remote: { cidrs: ['10.64.0.0/16', '172.16.0.0/16'] } });
    const decision = decide(view, policyWith([rule]), FACTS);
    expect(decision.decision).toBe('hold');
    expect(mismatchesOf(decision, 'peers')[0]).toContain('172.16.0.0/16 of remote VPC');
  });

  it('take IPv6 blocks like IPv4 blocks', () => {
    const rule = { ...ACCEPT, remote: { accounts: [PEER], cidrs: ['10.64.0.0/10', '2001:db8::/32'] } };
    const inside = viewOf({ remote: { cidrs: ['10.64.0.0/16', '2001:DB8:0:ff00::/56'] } });
    expect(decide(inside, policyWith([rule]), FACTS)).toMatchObject({
      decision: 'accept',
      routableCidrs: ['10.64.0.0/16', '2001:db8:0:ff00::/56'],
    });
    const outside = viewOf({ remote: { cidrs: ['10.64.0.0/16', '2001:db9::/56'] } });
    expect(decide(outside, policyWith([rule]), FACTS).decision).toBe('hold');
  });

  it('do not find tags that only every object has', () => {
    const rule = { ...ACCEPT, local: { tags: { constructor: '*' } } };
    expect(decide(viewOf(), policyWith([rule]), FACTS).decision).toBe('hold');
  });
});

describe('CIDR selectors of rules that keep out', () => {
  const keepOut = (effect: 'hold' | 'reject') =>
    policyWith([
      { name: 'anybody', effect: 'accept', remote: { accounts: ['*'] } },
      { name: 'never', effect, remote: { cidrs: ['10.66.0.0/16'] } },
    ]);

  it.each(['hold', 'reject'] as const)('%s also when only one of several CIDRs is concerned', (effect) => {
    const view = viewOf({ remote: { cidrs: ['10.66.1.0/24', '172.16.0.0/16'] } });
    expect(decide(view, keepOut(effect), FACTS)).toMatchObject({ decision: effect, rule: 'never' });
  });

  it.each(['hold', 'reject'] as const)('%s also when a CIDR is wider than the selector', (effect) => {
    const view = viewOf({ remote: { cidrs: ['10.64.0.0/10'] } });
    expect(decide(view, keepOut(effect), FACTS)).toMatchObject({ decision: effect, rule: 'never' });
  });

  it('let pass what does not overlap', () => {
    const view = viewOf({ remote: { cidrs: ['10.67.0.0/16'] } });
    expect(decide(view, keepOut('reject'), FACTS)).toMatchObject({ decision: 'accept', rule: 'anybody' });
  });
});

describe('precedence', () => {
  const hold = { name: 'ask', effect: 'hold' };
  const reject = { name: 'never', effect: 'reject' };

  it('lets reject win over hold, and hold over accept, and says over what', () => {
    expect(decide(viewOf(), policyWith([ACCEPT, hold, reject]), FACTS)).toMatchObject({
      decision: 'reject',
      rule: 'never',
      effect: 'reject',
      reasons: [
        'Rule never matches and has the effect reject; it is more restrictive than ask (hold), peers (accept), which also match.',
      ],
      routableCidrs: [],
    });
    expect(decide(viewOf(), policyWith([ACCEPT, hold]), FACTS)).toMatchObject({
      decision: 'hold',
      rule: 'ask',
      effect: 'hold',
    });
  });

  it('breaks ties by name', () => {
    const rules = ['b', 'a', 'c'].map((name) => ({ ...ACCEPT, name }));
    expect(decide(viewOf(), policyWith(rules), FACTS).rule).toBe('a');
  });
});

describe('what is unknown', () => {
  const tagged = { ...ACCEPT, local: { tags: { Environment: 'prod' } } };

  it('holds a request when the tags that an accept rule asks for cannot be read', () => {
    const decision = decide(viewOf({ localTags: null }), policyWith([tagged]), FACTS);
    expect(decision.decision).toBe('hold');
    expect(decision.rule).toBeUndefined();
    expect(decision.reasons).toEqual([
      'Whether rule peers (an accept rule) matches is unknown: tag Environment of local VPC ' +
        'vpc-00000000000000001 was not read, and local.tags.Environment [prod] asks for it.',
    ]);
  });

  it.each(['hold', 'reject'])('holds a request while a %s rule might apply', (effect) => {
    const rule = { name: 'test', effect, local: { tags: { Environment: 'test' } } };
    const decision = decide(viewOf({ localTags: null }), policyWith([ACCEPT, rule]), FACTS);
    expect(decision).toMatchObject({ decision: 'hold', rule: 'peers', effect: 'accept' });
    expect(decision.reasons.join(' ')).toContain(`rule test (a ${effect} rule) matches is unknown`);
  });

  it('does not matter where another accept rule matches, or a stronger one decides', () => {
    const view = viewOf({ localTags: null });
    expect(decide(view, policyWith([ACCEPT, { ...tagged, name: 'a-tagged' }]), FACTS).decision).toBe(
      'accept',
    );
    const decision = decide(view, policyWith([tagged, { name: 'never', effect: 'reject' }]), FACTS);
    expect(decision.decision).toBe('reject');
  });

  it('does not matter to a rule that another selector rules out', () => {
    const view = viewOf({ localTags: null, remote: { accountId: STRANGER } });
    expect(decide(view, policyWith([tagged]), FACTS).reasons).toEqual([
      'No rule matches, and what no rule matches is held.',
    ]);
  });

  it('holds when organization data cannot be read', () => {
    const rule = {
      ...ACCEPT,
      remote: { organizationalUnits: ['ou-ab12-cdef3456'], accountTags: { T: 'x' } },
    };
    const [outcome] = decide(viewOf(), policyWith([rule]), FACTS).rules;
    expect(outcome?.unknowns).toHaveLength(2);
    expect(outcome?.matched).toBe(false);
  });

  it('says which organizational units could not be read, and why', () => {
    const rule = { ...ACCEPT, remote: { organizationalUnits: ['ou-ab12-cdef3456', 'ou-ab12-cdef3457'] } };
    const unknown = (facts: Partial<DecisionFacts>) =>
      decide(viewOf(), policyWith([rule]), { ...FACTS, ...facts }).rules[0]?.unknowns;
    const asked = 'and remote.organizationalUnits [ou-ab12-cdef3456, ou-ab12-cdef3457] asks for them';
    expect(unknown({})).toEqual([
      `the organizational units of remote account ${PEER} could not be read, ${asked}`,
    ]);
    expect(unknown({ organizationProblem: 'No role.\n' })).toEqual([
      `the organizational units of remote account ${PEER} could not be read (No role.\\u{a}), ${asked}`,
    ]);
  });

  it('names several unknown selectors and rules, and no more than matter', () => {
    const two = { ...ACCEPT, local: { tags: { Environment: 'prod', Team: 'net' } } };
    const tag = (name: string, value: string) =>
      `tag ${name} of local VPC vpc-00000000000000001 was not read, and local.tags.${name} [${value}] asks for it`;
    expect(decide(viewOf({ localTags: null }), policyWith([two]), FACTS).reasons).toEqual([
      `Whether rule peers (an accept rule) matches is unknown: ${tag('Environment', 'prod')}; ${tag('Team', 'net')}.`,
    ]);
  });

  it.each<[string, ViewParts, Partial<DecisionFacts>, RegExp]>([
    [
      'remote CIDRs are not visible',
      { remote: { cidrs: [] } },
      {},
      /The CIDRs of remote VPC .* are not visible\./,
    ],
    ['a remote CIDR cannot be read', { remote: { cidrs: ['10.64.0.0/16', 'x'] } }, {}, /cannot be read: x\./],
    ['local CIDRs are empty', {}, { localCidrs: [] }, /The CIDRs of local VPC .* are not visible\./],
    ['a local CIDR cannot be read', {}, { localCidrs: ['10.1.0.0'] }, /cannot be read: 10\.1\.0\.0\./],
  ])('holds when %s', (_, parts, facts, reason) => {
    const decision = decide(viewOf(parts), policyWith([ACCEPT]), { ...FACTS, ...facts });
    expect(decision).toMatchObject({ decision: 'hold', rule: 'peers', routableCidrs: [] });
    expect(decision.reasons.join(' ')).toMatch(reason);
  });

  it.each([
    ['one CIDR is outside for certain', ['172.16.0.0/16', 'junk'], 'pending-acceptance', 'mismatch'],
    ['one is inside and one cannot be read', ['10.64.0.0/16', 'junk'], 'pending-acceptance', 'unknown'],
    ['one inside is enough', ['10.64.0.0/16', 'junk'], 'active', 'match'],
    ['none is inside for certain', ['172.16.0.0/16', 'junk'], 'active', 'unknown'],
  ] as const)('concludes no more from CIDRs than they say: %s', (_, cidrs, status, expected) => {
    const rule = { ...ACCEPT, remote: { accounts: [PEER], cidrs: ['10.64.0.0/10'] } };
    const [outcome] = decide(viewOf({ status, remote: { cidrs } }), policyWith([rule]), FACTS).rules;
    expect(outcome).toMatchObject({
      matched: expected === 'match',
      mismatches: expected === 'mismatch' ? [expect.stringContaining('172.16.0.0/16')] : [],
      unknowns: expected === 'unknown' ? [expect.stringContaining('cannot be read: junk')] : [],
    });
  });

  it.each<[keyof DecisionFacts, RegExp]>([
    ['localCidrs', /The CIDRs of local VPC .* are not visible\./],
    ['activePeerings', /How many active peerings local VPC .* is not known, as not one of its route tables/],
    ['obstacles', /Not one route table of local VPC .* is among those that were read/],
  ])('holds without the fact %s', (fact, reason) => {
    const { [fact]: _, ...facts } = FACTS as DecisionFacts;
    const decision = decide(viewOf(), policyWith([ACCEPT]), { accountId: OWN, ...facts });
    expect(decision.decision).toBe('hold');
    expect(decision.reasons.join(' ')).toMatch(reason);
  });
});

describe('guardrails on requests', () => {
  it('freeze accepts nothing', () => {
    const decision = decide(viewOf(), policyWith([ACCEPT], { freeze: true }), FACTS);
    expect(decision).toMatchObject({ decision: 'hold', effect: 'accept' });
    expect(decision.reasons).toContain(
      'The policy is frozen (guardrails.freeze: true): nothing is accepted.',
    );
  });

  it('freeze leaves rejections alone', () => {
    const policy = policyWith([{ name: 'never', effect: 'reject' }], { freeze: true });
    expect(decide(viewOf(), policy, FACTS).decision).toBe('reject');
  });

  it.each([
    [44, 'accept'],
    [45, 'hold'],
    [50, 'hold'],
    [Number.NaN, 'hold'],
  ])('the quota keeps its headroom: %d of 50 active is %s', (activePeerings, expected) => {
    expect(decide(viewOf(), policyWith([ACCEPT]), { ...FACTS, activePeerings }).decision).toBe(expected);
  });

  it('the quota holds even without headroom once it is used up', () => {
    const policy = policyWith([ACCEPT], { quotaHeadroom: 0, peeringsPerVpc: 4 });
    expect(decide(viewOf(), policy, { ...FACTS, activePeerings: 3 }).decision).toBe('accept');
    const decision = decide(viewOf(), policy, { ...FACTS, activePeerings: 4 });
    expect(decision.decision).toBe('hold');
    expect(decision.reasons.at(-1)).toBe(
      'Local VPC vpc-00000000000000001 has 4 active peerings of 4 (guardrails.peeringsPerVpc); one more would leave ' +
        '-1, and guardrails.quotaHeadroom asks for 0.',
    );
  });

  /** Facts whose obstacles are always the same sentences, and what was asked of them. */
  function facing(...sentences: readonly string[]) {
    const asked: string[] = [];
    const obstacles: DecisionFacts['obstacles'] = (rule, destinations) => {
      asked.push(`${rule.name}: ${destinations.map(({ text }) => text).join(', ')}`);
      return sentences;
    };
    return { asked, facts: { ...FACTS, obstacles } };
  }

  it('obstacles to its routes hold a request, in their own words', () => {
    const { facts } = facing('10.64.0.0/16 is taken.', 'So is the rest.');
    const decision = decide(viewOf(), policyWith([ACCEPT]), facts);
    expect(decision).toMatchObject({ decision: 'hold', rule: 'peers', effect: 'accept' });
    expect(decision.reasons.slice(1)).toEqual(['10.64.0.0/16 is taken.', 'So is the rest.']);
    expect(decide(viewOf(), policyWith([ACCEPT]), facing().facts).decision).toBe('accept');
  });

  it('obstacles are looked for where the rule that wins would route, and nowhere else', () => {
    const rule = {
      ...ACCEPT,
      routes: { destinations: ['10.64.0.0/17', '10.65.0.0/16', '10.1.0.0/16'], exclude: ['10.64.0.0/18'] },
    };
    const view = viewOf({ remote: { cidrs: ['10.64.0.0/16', '10.1.128.0/17', '172.16.0.0/12'] } });
    const { asked, facts } = facing();
    decide(view, policyWith([rule, { ...ACCEPT, name: 'z-last' }]), facts);
    // 10.1.128.0/17 overlaps the local VPC and would not be routed to begin with.
    expect(asked).toEqual(['peers: 10.64.64.0/18']);
  });

  it('obstacles are looked for where the rule would route that counts once the request is accepted', () => {
    // As a request it has a CIDR outside; of a live peering one inside is enough, and then the name that sorts first wins.
    const later = {
      name: 'a-later',
      effect: 'accept',
      remote: { accounts: [PEER], cidrs: ['10.64.0.0/16'] },
    };
    const now = { ...ACCEPT, routes: { destinations: ['172.29.0.0/24'] } };
    const view = viewOf({ remote: { cidrs: ['10.64.0.0/16', '172.29.0.0/16'] } });
    const { asked, facts } = facing('Taken.');
    const decision = decide(view, policyWith([later, now]), facts);
    expect(asked).toEqual(['a-later: 10.64.0.0/16']);
    expect(decision).toMatchObject({ decision: 'hold', rule: 'peers', routableCidrs: ['10.64.0.0/16'] });
    expect(decision.reasons).toEqual([
      'Rule peers matches and has the effect accept.',
      'Once it is accepted, rule a-later routes it: of a live peering one CIDR inside remote.cidrs is enough, and this rule goes first.',
      'Taken.',
    ]);
  });

  it('addresses that the rule would not route that counts once it is accepted hold nothing', () => {
    const later = {
      name: 'a-later',
      effect: 'accept',
      remote: { accounts: [PEER], cidrs: ['10.64.0.0/16'] },
    };
    const view = viewOf({ remote: { cidrs: ['10.64.0.0/16', '172.16.0.0/12'] } });
    const guardrails = { maxRemotePrefix: { ipv4: 16 } };
    expect(decide(view, policyWith([ACCEPT], guardrails), FACTS).decision).toBe('hold');
    expect(decide(view, policyWith([later, ACCEPT], guardrails), FACTS).decision).toBe('accept');
    expect(
      decide(view, policyWith([{ ...later, name: 'z-later' }, ACCEPT], guardrails), FACTS).decision,
    ).toBe('hold');
  });

  it('obstacles to a request that a hold rule matches are told too: a person may accept it', () => {
    const { asked, facts } = facing('Taken.');
    const decision = decide(viewOf(), policyWith([{ name: 'ask', effect: 'hold' }]), facts);
    expect(asked).toEqual(['ask: 10.64.0.0/16']);
    expect(decision.reasons).toContain('Taken.');
  });

  it.each<[string, ViewParts, readonly RuleParts[]]>([
    ['no rule matches', {}, []],
    ['a rule rejects it', {}, [{ name: 'never', effect: 'reject' }]],
    ['it is live', { status: 'active' }, [ACCEPT]],
    ['it is dead', { status: 'expired' }, [ACCEPT]],
  ])('obstacles are not looked for where %s', (_, parts, rules) => {
    const { asked, facts } = facing('Taken.');
    const { reasons } = decide(viewOf(parts), policyWith(rules), facts);
    expect(asked).toEqual([]);
    expect(reasons).not.toContain('Taken.');
  });

  it('tables that could not be read hold a request only where a rule would route it', () => {
    const { obstacles: _, ...facts } = FACTS;
    const unread = /Not one route table of local VPC .* is among those that were read/;
    expect(decide(viewOf(), policyWith([]), facts).reasons.join(' ')).not.toMatch(unread);
    const decision = decide(viewOf(), policyWith([ACCEPT]), facts);
    expect(decision.decision).toBe('hold');
    expect(decision.reasons.at(-1)).toBe(
      'Not one route table of local VPC vpc-00000000000000001 is among those that were read, so conflicting routes cannot be ruled out.',
    );
  });

  it('are all reported, for requests held by a rule or by none as well', () => {
    const facts = { ...facing('Taken.').facts, activePeerings: 49 };
    const guardrails = { freeze: true, maxRemotePrefix: { ipv4: 20 } };
    const told = (rules: readonly RuleParts[]) =>
      decide(viewOf(), policyWith(rules, guardrails), facts).reasons.slice(1);
    const whatever = [
      expect.stringContaining('10.64.0.0/16 of remote VPC vpc-00000000000000002 is wider than /20'),
      expect.stringContaining('The policy is frozen'),
      expect.stringContaining('has 49 active peerings of 50'),
    ];
    expect(told([ACCEPT])).toEqual([...whatever, 'Taken.']);
    expect(told([{ name: 'ask', effect: 'hold' }])).toEqual([...whatever, 'Taken.']);
    expect(told([])).toEqual(whatever);
  });
});

describe('guardrails on addresses', () => {
  it.each<[string, readonly string[], RegExp]>([
    [
      'overlap with the local VPC',
      ['10.1.128.0/17'],
      /overlaps 10\.1\.0\.0\/16 of local VPC .* cannot be routed/,
    ],
    [
      'are wider than allowed',
      ['8.0.0.0/7'],
      /wider than \/8, which guardrails\.maxRemotePrefix\.ipv4 allows/,
    ],
    [
      'are wider than allowed in IPv6',
      ['2000::/16'],
      /wider than \/32, which guardrails\.maxRemotePrefix\.ipv6/,
    ],
    ['EC2 keeps to itself', ['169.254.168.0/24'], /overlaps 169\.254\.168\.0\/22, which EC2 keeps/],
    ['EC2 keeps to itself in IPv6', ['fd00:ec2::/48'], /overlaps fd00:ec2::\/32, which EC2 keeps/],
  ])('hold a request with CIDRs that %s, and leave them out of a live peering', (_, cidrs, reason) => {
    const request = decide(viewOf({ remote: { cidrs } }), policyWith([ACCEPT]), FACTS);
    expect(request).toMatchObject({ decision: 'hold', rule: 'peers', routableCidrs: [] });
    expect(request.reasons.join(' ')).toMatch(reason);

    const remote = { cidrs: ['10.64.0.0/16', ...cidrs] };
    const live = decide(viewOf({ status: 'active', remote }), policyWith([ACCEPT]), FACTS);
    expect(live).toMatchObject({ decision: 'accept', managed: true, routableCidrs: ['10.64.0.0/16'] });
    expect(live.reasons.join(' ')).toMatch(reason);
  });

  it('compare all CIDRs with all CIDRs', () => {
    const facts = { ...FACTS, localCidrs: ['10.1.0.0/16', '100.64.0.0/16', '2001:db8::/56'] };
    const view = viewOf({ remote: { cidrs: ['10.64.0.0/16', '2001:db8:0:80::/57'] } });
    expect(decide(view, policyWith([ACCEPT]), facts).reasons[1]).toContain('overlaps 2001:db8::/56');
  });
});

describe('a range of the peer that software on an instance takes for itself', () => {
  const warning = (cidr: string, range: string, user: string) =>
    `Warning: ${cidr} of remote VPC vpc-00000000000000002 overlaps ${range}, which ${user} uses by default: an instance of local VPC vpc-00000000000000001 where that runs may keep packets to the peer for itself.`;

  it.each([
    ['172.17.4.0/24', '172.17.0.0/16', 'Docker (so Cloud9 and SageMaker, too)'],
    ['172.16.0.0/12', '172.17.0.0/16', 'Docker (so Cloud9 and SageMaker, too)'],
    ['198.19.0.0/16', '198.19.0.0/16', 'WorkSpaces and AppStream (for their management)'],
  ])('%s is warned of in a request, and is no reason to hold', (cidr, range, user) => {
    const view = viewOf({ remote: { cidrs: [cidr] } });
    const { decision, reasons } = decide(view, policyWith([ACCEPT]), FACTS);
    expect(decision).toBe('accept');
    expect(reasons).toContain(warning(cidr, range, user));
  });

  it('is not repeated of a live peering, and not said of other ranges', () => {
    const live = viewOf({ status: 'active', remote: { cidrs: ['172.17.0.0/16'] } });
    for (const view of [live, viewOf()]) {
      expect(decide(view, policyWith([ACCEPT]), FACTS).reasons.join(' ')).not.toContain('Warning');
    }
  });

  it('is warned of on both sides where both are ours', () => {
    const inbound = viewOf({ remote: { accountId: OWN } });
    const outbound = viewOf({
      direction: 'outbound',
      local: { vpcId: 'vpc-00000000000000002', region: 'eu-west-1' },
      remote: { vpcId: 'vpc-00000000000000001', accountId: OWN, region: REGION, cidrs: [] },
    });
    const policy = policyWith([{ ...ACCEPT, remote: { accounts: ['self'] } }]);
    const facts = { ...FACTS, localCidrs: ['172.17.0.0/16'] };
    const { decision, reasons } = decidePeering(
      [
        { view: inbound, facts },
        { view: outbound, facts: { ...FACTS, localCidrs: ['10.64.0.0/16'] } },
      ],
      policy,
    );
    expect(decision).toBe('accept');
    expect(reasons.join(' ')).toContain(
      'Warning: 172.17.0.0/16 of remote VPC vpc-00000000000000001 overlaps 172.17.0.0/16',
    );
  });
});

describe('live peerings', () => {
  const selecting = { ...ACCEPT, remote: { accounts: [PEER], cidrs: ['10.64.0.0/10'] } };

  it.each(['active', 'provisioning'] as const)('are managed under an accept rule: %s', (status) => {
    expect(decide(viewOf({ status }), policyWith([ACCEPT]), FACTS)).toMatchObject({
      decision: 'accept',
      managed: true,
      routableCidrs: ['10.64.0.0/16'],
    });
  });

  it('are managed under a hold rule, because a person accepted them', () => {
    const decision = decide(
      viewOf({ status: 'active' }),
      policyWith([{ name: 'ask', effect: 'hold' }]),
      FACTS,
    );
    expect(decision).toMatchObject({ decision: 'hold', effect: 'hold', managed: true });
    expect(decision.routableCidrs).toEqual(['10.64.0.0/16']);
  });

  it('are not managed under a reject rule or under none', () => {
    const view = viewOf({ status: 'active' });
    expect(decide(view, policyWith([{ name: 'never', effect: 'reject' }]), FACTS)).toMatchObject({
      decision: 'reject',
      managed: false,
    });
    const none = decide(view, policyWith([]), FACTS);
    expect(none).toMatchObject({ decision: 'hold', managed: false });
    expect(none.undecidable).toBeUndefined();
  });

  it('keep what works when the peer adds a CIDR outside the selector', () => {
    const view = viewOf({ status: 'active', remote: { cidrs: ['10.64.0.0/16', '172.16.0.0/16'] } });
    const decision = decide(view, policyWith([selecting]), FACTS);
    expect(decision).toMatchObject({ decision: 'accept', managed: true, routableCidrs: ['10.64.0.0/16'] });
    expect(decision.reasons[1]).toBe(
      '172.16.0.0/16 of remote VPC vpc-00000000000000002 is outside remote.cidrs [10.64.0.0/10] of rule peers.',
    );
  });

  it('need one CIDR inside the selector', () => {
    const view = viewOf({ status: 'active', remote: { cidrs: ['172.16.0.0/16', '172.17.0.0/16'] } });
    const decision = decide(view, policyWith([selecting]), FACTS);
    expect(decision).toMatchObject({ decision: 'hold', managed: false, routableCidrs: [] });
    expect(mismatchesOf(decision, 'peers')).toEqual([
      'no CIDR of remote VPC vpc-00000000000000002 (172.16.0.0/16, 172.17.0.0/16) is inside remote.cidrs [10.64.0.0/10]',
    ]);
  });

  it('are not touched by guardrails on requests', () => {
    const facts = { accountId: OWN, localCidrs: FACTS.localCidrs };
    const policy = policyWith([ACCEPT], { freeze: true, peeringsPerVpc: 1 });
    expect(decide(viewOf({ status: 'active' }), policy, facts)).toMatchObject({
      decision: 'accept',
      managed: true,
    });
  });

  it('stay managed, with nothing to route, when a guardrail forbids every CIDR', () => {
    const policy = policyWith([ACCEPT], { maxRemotePrefix: { ipv4: 24 } });
    const decision = decide(viewOf({ status: 'active' }), policy, FACTS);
    expect(decision).toMatchObject({ decision: 'hold', effect: 'accept', managed: true, routableCidrs: [] });
  });

  it.each<[string, ViewParts, Partial<DecisionFacts>, readonly RuleParts[]]>([
    ['tags', { localTags: null }, {}, [{ ...ACCEPT, local: { tags: { Environment: 'prod' } } }]],
    [
      'tags that a more restrictive rule asks for',
      { localTags: null },
      {},
      [ACCEPT, { name: 'never', effect: 'reject', local: { tags: { Environment: 'test' } } }],
    ],
    [
      'tags that decide which rule routes it',
      { localTags: null },
      {},
      [ACCEPT, { ...ACCEPT, name: 'a-first', local: { tags: { Environment: 'prod' } } }],
    ],
    ['remote CIDRs', { remote: { cidrs: [] } }, {}, [ACCEPT]],
    ['remote CIDRs that the rule selects by', { remote: { cidrs: [] } }, {}, [selecting]],
    ['local CIDRs', {}, { localCidrs: [] }, [ACCEPT]],
  ])('are undecidable without %s, so that nothing is torn down', (_, parts, facts, rules) => {
    const decision = decide(viewOf({ status: 'active', ...parts }), policyWith(rules), {
      ...FACTS,
      ...facts,
    });
    expect(decision).toMatchObject({
      decision: 'hold',
      managed: false,
      undecidable: true,
      routableCidrs: [],
    });
  });

  it('are decided where what is unknown does not matter', () => {
    const later = { ...ACCEPT, name: 'z-last', local: { tags: { Environment: 'prod' } } };
    const view = viewOf({ status: 'active', localTags: null });
    const decision = decide(view, policyWith([ACCEPT, later]), FACTS);
    expect(decision).toMatchObject({ decision: 'accept', rule: 'peers', managed: true });
    expect(decision.undecidable).toBeUndefined();
  });
});

describe('dead peerings', () => {
  it.each(['deleting', 'deleted', 'rejected', 'expired', 'failed'] as const)(
    'are left alone: %s',
    (status) => {
      const decision = decide(viewOf({ status, remote: { cidrs: [] } }), policyWith([ACCEPT]), FACTS);
      expect(decision).toMatchObject({ decision: 'hold', managed: false, routableCidrs: [] });
      expect(decision.reasons).toEqual([
        `pcx-00000000000000001 is ${status}; there is nothing left to decide.`,
      ]);
      expect(decision.undecidable).toBeUndefined();
    },
  );
});

describe('values from outside in reasons', () => {
  it('are printable and short', () => {
    const view = viewOf({ localTags: { Environment: `prod\n\u001b[31m${'x'.repeat(5000)}` } });
    const rule = { ...ACCEPT, local: { tags: { Environment: 'prod' } } };
    const [mismatch = ''] = mismatchesOf(decide(view, policyWith([rule]), FACTS), 'peers');
    expect(mismatch).toContain('prod\\u{a}\\u{1b}[31mxxx');
    expect(mismatch).not.toMatch(/\p{Cc}/u);
    expect(mismatch.length).toBeLessThan(500);
  });
});

describe('decidePeering', () => {
  /** Both views of a pending request between two VPCs of this account. */
  function bothViews(
    tags: { readonly requester?: string; readonly accepter?: string } = {},
  ): ViewWithFacts[] {
    const requester = { ...LOCAL, vpcId: 'vpc-0000000000000000a', cidrs: ['10.7.0.0/16'] };
    const accepter = { ...LOCAL, vpcId: 'vpc-0000000000000000b', cidrs: [] };
    const inbound = viewOf({
      local: accepter,
      remote: requester,
      localTags: { Environment: tags.accepter ?? 'prod' },
    });
    const outbound = viewOf({
      direction: 'outbound',
      local: requester,
      remote: accepter,
      localTags: { Environment: tags.requester ?? 'prod' },
    });
    return [
      { view: outbound, facts: { ...FACTS, localCidrs: ['10.7.0.0/16'] } },
      { view: inbound, facts: { ...FACTS, localCidrs: ['10.8.0.0/16'] } },
    ];
  }

  const own = { name: 'own', effect: 'accept', direction: 'inbound', remote: { accounts: ['self'] } };

  it("goes by the accepter's view; that nothing matches on the other is neutral", () => {
    expect(decidePeering(bothViews(), policyWith([own]))).toMatchObject({ decision: 'accept', rule: 'own' });
    const outboundOnly = { ...own, direction: 'outbound' };
    expect(decidePeering(bothViews(), policyWith([outboundOnly])).decision).toBe('hold');
  });

  it('takes a rule for this account for both sides of it, and one for others for neither', () => {
    const inside = { ...own, direction: 'any', local: { accounts: [OWN] } };
    expect(decidePeering(bothViews(), policyWith([inside])).decision).toBe('accept');
    const elsewhere = { ...inside, local: { accounts: [PEER] } };
    expect(decidePeering(bothViews(), policyWith([elsewhere])).decision).toBe('hold');
    const never = { name: 'never', effect: 'reject', local: { accounts: [PEER] } };
    expect(decidePeering(bothViews(), policyWith([inside, never])).decision).toBe('accept');
  });

  it("is restrained by what is in the way of the rule that routes the requester's side once it is accepted", () => {
    // Of the accepter's two CIDRs one is outside, so that as a request the rule does not match it there.
    const later = {
      name: 'later',
      effect: 'accept',
      direction: 'outbound',
      remote: { accounts: ['self'], cidrs: ['10.8.0.0/16'] },
    };
    const views = bothViews().map(({ view, facts }) =>
      view.direction === 'inbound'
        ? { view, facts: { ...facts, localCidrs: ['10.8.0.0/16', '10.9.0.0/16'] } }
        : {
            view,
            facts: { ...facts, obstacles: (rule: { name: string }) => [`${rule.name} finds it taken.`] },
          },
    );
    const decision = decidePeering(views, policyWith([own, later]));
    expect(decision).toMatchObject({ decision: 'hold', rule: 'own' });
    expect(decision.reasons).toContain(
      "Seen from the requester's side (vpc-0000000000000000a): later finds it taken.",
    );
    expect(decidePeering(views, policyWith([own])).decision).toBe('accept');
  });

  it.each(['hold', 'reject'])("is restrained by a %s rule that matches on the requester's side", (effect) => {
    const rule = { name: 'no-test', effect, local: { tags: { Environment: 'test' } } };
    const decision = decidePeering(bothViews({ requester: 'test' }), policyWith([own, rule]));
    expect(decision).toMatchObject({ decision: effect, rule: 'no-test', effect });
    expect(decision.reasons.at(-1)).toBe(
      `Seen from the requester's side (vpc-0000000000000000a): rule no-test matches and has the effect ${effect}.`,
    );
  });

  it('is restrained while it is unknown whether such a rule matches', () => {
    const rule = {
      name: 'no-test',
      effect: 'reject',
      direction: 'outbound',
      local: { tags: { Environment: 'test' } },
    };
    const views = bothViews().map(({ view, facts }) => {
      const { localTags, ...untagged } = view;
      return view.direction === 'outbound' ? { view: untagged, facts } : { view, facts };
    });
    const decision = decidePeering(views, policyWith([own, rule]));
    expect(decision).toMatchObject({ decision: 'hold', rule: 'own', effect: 'accept' });
    expect(decision.reasons.at(-1)).toContain('whether rule no-test (a reject rule) matches is unknown');
  });

  it("knows the accepter's CIDRs from its own view while the peering does not show them", () => {
    const elsewhere = {
      name: 'x',
      effect: 'reject',
      direction: 'outbound',
      remote: { cidrs: ['172.16.0.0/12'] },
    };
    expect(decidePeering(bothViews(), policyWith([own, elsewhere])).decision).toBe('accept');
    const there = { ...elsewhere, remote: { cidrs: ['10.8.0.0/16'] } };
    expect(decidePeering(bothViews(), policyWith([own, there])).decision).toBe('reject');
  });

  it('does not loosen: an accept on the other side leaves a rejection alone', () => {
    const rule = { name: 'never', effect: 'reject', direction: 'inbound' };
    const policy = policyWith([{ ...own, direction: 'outbound' }, rule]);
    expect(decidePeering(bothViews(), policy).decision).toBe('reject');
  });

  it("holds without the accepter's view", () => {
    const [outbound] = bothViews();
    expect(decidePeering(outbound === undefined ? [] : [outbound], policyWith([own])).decision).toBe('hold');
    expect(decidePeering([], policyWith([own]))).toMatchObject({ decision: 'hold', rules: [] });
  });

  it("says that the accepter's side was not read, and manages nothing", () => {
    expect(decidePeering([], policyWith([own]))).toEqual({
      decision: 'hold',
      reasons: ["The accepter's side was not read in a managed Region of this account."],
      rules: [],
      routableCidrs: [],
      managed: false,
    });
  });

  it("adds nothing to what the accepter's view says where no rule matches on the other side", () => {
    const [, inbound] = bothViews();
    const policy = policyWith([
      own,
      { name: 'no-test', effect: 'hold', local: { tags: { Environment: 'test' } } },
    ]);
    expect(decidePeering(bothViews(), policy)).toEqual(decidePeering(inbound ? [inbound] : [], policy));
  });

  const restraint = (effect: string, name = 'no-test') => ({
    name,
    effect,
    direction: 'outbound',
    local: { tags: { Environment: 'test' } },
  });
  const seen = "Seen from the requester's side (vpc-0000000000000000a): ";
  const owned = 'Rule own matches and has the effect accept.';

  it('routes nothing of what is rejected there, and what it would route of what is held there', () => {
    const decided = (effect: string) =>
      decidePeering(bothViews({ requester: 'test' }), policyWith([own, restraint(effect)]));
    expect(decided('reject')).toMatchObject({
      decision: 'reject',
      routableCidrs: [],
      managed: false,
      reasons: [owned, `${seen}rule no-test matches and has the effect reject.`],
    });
    expect(decided('hold')).toMatchObject({
      decision: 'hold',
      routableCidrs: ['10.7.0.0/16'],
      reasons: [owned, `${seen}rule no-test matches and has the effect hold.`],
    });
  });

  it("names the accepter's rule where the other side restrains no further", () => {
    const decided = (here: string, there: string) =>
      decidePeering(
        bothViews({ requester: 'test' }),
        policyWith([{ ...own, name: 'here', effect: here }, restraint(there, 'there')]),
      );
    expect(decided('reject', 'hold')).toMatchObject({ decision: 'reject', rule: 'here', effect: 'reject' });
    expect(decided('hold', 'hold')).toMatchObject({ decision: 'hold', rule: 'here', effect: 'hold' });
    expect(decided('reject', 'reject')).toMatchObject({ decision: 'reject', rule: 'here' });
    expect(decided('hold', 'reject')).toMatchObject({ decision: 'reject', rule: 'there', effect: 'reject' });
  });

  it("names the other side's rule where none matches on the accepter's", () => {
    const decision = decidePeering(bothViews({ requester: 'test' }), policyWith([restraint('hold')]));
    expect(decision).toMatchObject({ decision: 'hold', rule: 'no-test', effect: 'hold' });
  });

  it('is not restrained by what is unknown of an accept rule, or of one that something else rules out', () => {
    const views = bothViews().map(({ view, facts }) => {
      const { localTags, ...untagged } = view;
      return view.direction === 'outbound' ? { view: untagged, facts } : { view, facts };
    });
    for (const harmless of [
      { ...restraint('accept'), remote: { accounts: ['self'] } },
      { ...restraint('reject'), remote: { accounts: [STRANGER] } },
    ]) {
      expect(decidePeering(views, policyWith([own, harmless]))).toMatchObject({
        decision: 'accept',
        reasons: [owned],
      });
    }
    const two = { ...restraint('hold'), local: { tags: { Environment: 'test', Team: 'x' } } };
    expect(decidePeering(views, policyWith([own, two])).reasons).toEqual([
      owned,
      `${seen}whether rule no-test (a hold rule) matches is unknown: tag Environment of local VPC vpc-0000000000000000a was not read, and local.tags.Environment [test] asks for it; tag Team of local VPC vpc-0000000000000000a was not read, and local.tags.Team [x] asks for it.`,
    ]);
  });

  it('goes by the CIDRs that the peering shows, where it shows them', () => {
    const rule = { name: 'x', effect: 'reject', direction: 'outbound', remote: { cidrs: ['10.8.0.0/16'] } };
    const shown = (cidrs: readonly string[], localCidrs: readonly string[] | undefined) =>
      bothViews().map(({ view, facts }) => {
        const { localCidrs: _, ...rest } = facts;
        return view.direction === 'outbound'
          ? { view: { ...view, remote: { ...view.remote, cidrs } }, facts }
          : { view, facts: localCidrs === undefined ? rest : { ...rest, localCidrs } };
      });
    const decided = (...args: Parameters<typeof shown>) =>
      decidePeering(shown(...args), policyWith([own, rule])).decision;
    expect(decided(['10.9.0.0/16'], ['10.8.0.0/16'])).toBe('accept');
    expect(decided(['10.8.0.0/16'], ['10.9.0.0/16'])).toBe('reject');
    expect(decided([], undefined)).toBe('hold');
  });

  it('does not depend on the order of the views', () => {
    const rule = { name: 'no-test', effect: 'hold', local: { tags: { Environment: 'test' } } };
    const views = bothViews({ requester: 'test' });
    const policy = policyWith([own, rule]);
    expect(decidePeering(views.toReversed(), policy)).toEqual(decidePeering(views, policy));
  });
});

describe('properties', () => {
  const rules = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      effect: fc.constantFrom('accept', 'accept', 'hold', 'reject'),
      direction: fc.constantFrom('any', 'any', 'inbound', 'outbound'),
      local: fc.record({
        accounts: fc.constantFrom([], [], [OWN], [PEER, OWN], [STRANGER]),
        tags: fc.constantFrom(
          {},
          {},
          { Environment: 'prod' },
          { Environment: ['test', 'p*'] },
          { Team: 'net' },
        ),
        cidrs: fc.constantFrom([], [], ['10.0.0.0/8'], ['172.16.0.0/12']),
        regions: fc.constantFrom([], ['us-*'], ['eu-*']),
      }),
      remote: fc.record({
        accounts: fc.constantFrom(['*'], ['self'], [PEER], ['2*', 'self']),
        cidrs: fc.constantFrom([], [], ['10.64.0.0/10'], ['10.64.0.0/16', '2001:db8::/32'], ['0.0.0.0/0']),
        regions: fc.constantFrom([], ['eu-*']),
        organizationalUnits: fc.constantFrom([], [], ['ou-ab12-cdef3456']),
      }),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  );
  const guardrails = fc.record({
    freeze: fc.constantFrom(false, false, false, true),
    widerRoutes: fc.constantFrom('hold', 'allow'),
    quotaHeadroom: fc.constantFrom(0, 5),
  });
  const views = fc
    .record({
      status: fc.constantFrom<PeeringStatus>(
        'pending-acceptance',
        'pending-acceptance',
        'active',
        'provisioning',
        'deleted',
      ),
      direction: fc.constantFrom<'inbound' | 'outbound'>('inbound', 'outbound'),
      remote: fc.record({
        accountId: fc.constantFrom(OWN, PEER, STRANGER),
        cidrs: fc.subarray([
          '10.64.0.0/16',
          '10.65.0.0/16',
          '2001:db8::/56',
          '10.1.0.0/20',
          '8.0.0.0/6',
          'junk',
        ]),
      }),
      localTags: fc.constantFrom(null, {}, { Environment: 'prod' }, { Environment: 'test', Team: 'net' }),
    })
    .map(viewOf);
  const factsArbitrary: fc.Arbitrary<DecisionFacts> = fc.record(
    {
      accountId: fc.constant(OWN),
      activePeerings: fc.constantFrom(0, 10, 44, 45, 50),
      localCidrs: fc.constantFrom(['10.1.0.0/16'], ['10.2.0.0/16', '172.16.0.0/16']),
      obstacles: fc.constantFrom<NonNullable<DecisionFacts['obstacles']>>(
        () => [],
        () => ['Taken.'],
        (_, destinations) => destinations.filter(({ prefix }) => prefix > 16).map(({ text }) => `${text}.`),
        ({ name }) => (name < 'c' ? ['Taken.'] : []),
      ),
      organization: fc.constantFrom(
        { organizationalUnits: ['ou-ab12-cdef3456'], accountTags: {} },
        { organizationalUnits: ['r-ab12'], accountTags: {} },
      ),
    },
    { requiredKeys: ['accountId'] },
  );
  const RUNS = { numRuns: runs(600) };

  it('a decision does not depend on the order of the rules', () => {
    const shuffled = rules.chain((given) =>
      fc.record({
        given: fc.constant(given),
        other: fc.shuffledSubarray(given, { minLength: given.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, guardrails, views, factsArbitrary, ({ given, other }, limits, view, facts) => {
        const byName = (decision: Decision) => ({
          ...decision,
          rules: decision.rules.toSorted((a, b) => (a.rule < b.rule ? -1 : 1)),
        });
        expect(byName(decide(view, policyWith(other, limits), facts))).toEqual(
          byName(decide(view, policyWith(given, limits), facts)),
        );
      }),
      RUNS,
    );
  });

  it('a rule for other accounts alone decides nothing, whatever its effect and the peering', () => {
    fc.assert(
      fc.property(rules, rules, guardrails, views, factsArbitrary, (given, more, limits, view, facts) => {
        const foreign = more.map((rule) => ({
          ...rule,
          name: `more-${rule.name}`,
          local: { ...rule.local, accounts: [PEER, STRANGER] },
        }));
        const before = decide(view, policyWith(given, limits), facts);
        const after = decide(view, policyWith([...given, ...foreign], limits), facts);
        expect({ ...after, rules: after.rules.slice(0, given.length) }).toEqual(before);
        expect(after.rules.slice(given.length).every(({ matched }) => !matched)).toBe(true);
        expect(decide(view, policyWith(foreign, limits), facts).decision).toBe('hold');
      }),
      RUNS,
    );
  });

  it('one more hold or reject rule never leads to an acceptance', () => {
    fc.assert(
      fc.property(rules, rules, guardrails, views, factsArbitrary, (given, more, limits, view, facts) => {
        const before = decide(view, policyWith(given, limits), facts);
        const restrictive = more
          .filter(({ effect }) => effect !== 'accept')
          .map((rule) => ({ ...rule, name: `more-${rule.name}` }));
        const after = decide(view, policyWith([...given, ...restrictive], limits), facts);
        if (before.decision !== 'accept') {
          expect(after.decision).not.toBe('accept');
        }
        if (before.decision === 'reject') {
          expect(after.decision).toBe('reject');
        }
      }),
      RUNS,
    );
  });

  it('knowing less never leads to an acceptance, and never tears down what is managed', () => {
    const facets = [
      'activePeerings',
      'localCidrs',
      'obstacles',
      'organization',
      'localTags',
      'cidrs',
    ] as const;
    fc.assert(
      fc.property(
        rules,
        guardrails,
        views,
        factsArbitrary,
        fc.subarray([...facets]),
        (given, limits, view, facts, lost) => {
          const policy = policyWith(given, limits);
          const before = decide(view, policy, facts);
          const { localTags, ...untagged } = view;
          const unread: PeeringView = lost.includes('localTags') ? untagged : view;
          const blind = lost.includes('cidrs')
            ? { ...unread, remote: { ...view.remote, cidrs: [] } }
            : unread;
          const known = Object.fromEntries(
            Object.entries(facts).filter(([fact]) => !lost.some((facet) => facet === fact)),
          );
          const after = decide(blind, policy, { ...known, accountId: OWN });
          if (before.decision !== 'accept') {
            expect(after.decision).not.toBe('accept');
          }
          if (before.managed) {
            expect(after.managed || after.undecidable).toBe(true);
          }
        },
      ),
      RUNS,
    );
  });

  it('accepts only what a rule with the effect accept matches, with every CIDR routable', () => {
    fc.assert(
      fc.property(rules, guardrails, views, factsArbitrary, (given, limits, view, facts) => {
        const policy = policyWith(given, limits);
        const decision = decide(view, policy, facts);
        const { obstacles, ...data } = facts;
        const copied = { ...structuredClone(data), ...(obstacles === undefined ? {} : { obstacles }) };
        expect(decide(structuredClone(view), structuredClone(policy), copied)).toEqual(decision);
        expect(decision.reasons.length).toBeGreaterThan(0);
        expect(decision.rules.map(({ rule }) => rule)).toEqual(given.map(({ name }) => name));
        const winner = decision.rules.find(({ rule }) => rule === decision.rule);
        expect(winner === undefined ? undefined : winner.matched).toBe(
          decision.rule === undefined ? undefined : true,
        );
        if (decision.decision === 'accept') {
          expect(decision.effect).toBe('accept');
          expect(decision.rules.some(({ effect, matched }) => matched && effect !== 'accept')).toBe(false);
          if (view.peering.status === 'pending-acceptance') {
            const live = { ...view, peering: { ...view.peering, status: 'active' as const } };
            const onceLive = decide(live, policy, facts);
            expect(onceLive.undecidable ? view.remote.cidrs : onceLive.routableCidrs).toEqual(
              decision.routableCidrs,
            );
            expect(limits.freeze).toBe(false);
          } else {
            expect(decision.managed).toBe(true);
          }
        }
        for (const cidr of decision.routableCidrs) {
          expect(view.remote.cidrs).toContain(cidr);
        }
        if (decision.managed) {
          expect(['accept', 'hold']).toContain(decision.effect);
          expect(['active', 'provisioning']).toContain(view.peering.status);
        }
      }),
      RUNS,
    );
  });

  it('never throws on whatever EC2 may show', () => {
    const texts = anyText({ maxLength: 20 });
    fc.assert(
      fc.property(
        rules,
        fc.array(texts, { maxLength: 3 }),
        fc.array(texts, { maxLength: 3 }),
        fc.dictionary(texts, texts),
        (given, remote, local, localTags) => {
          const view = viewOf({ remote: { cidrs: remote, accountId: remote[0] ?? PEER }, localTags });
          const decision = decide(view, policyWith(given), { ...FACTS, localCidrs: local });
          expect(decision.reasons.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        },
      ),
      RUNS,
    );
  });
});
