import { reviewPolicy } from '../../lib/policy/review.ts';
import { OWN, PEER, policyOf } from '../support/fixtures.ts';

function remarks(rules: readonly Record<string, unknown>[], parts: Record<string, unknown> = {}) {
  return reviewPolicy(policyOf({ rules, ...parts })).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

const SELF = { accounts: ['self'] };
const accept = (parts: Record<string, unknown> = {}, name = 'b') => ({
  name,
  effect: 'accept',
  remote: SELF,
  ...parts,
});
const hold = (parts: Record<string, unknown> = {}, name = 'a') => ({ name, effect: 'hold', ...parts });

/** What is said of two rules of which the second may take requests from the first. */
function between(first: Record<string, unknown>, second: Record<string, unknown>): string {
  const [remark = 'nothing'] = remarks([first, second]).filter((each) => /wins/.test(each));
  return remark;
}

describe('two rules of different effect', () => {
  const local = (parts: Record<string, unknown>) => ({ local: parts });
  const remote = (parts: Record<string, unknown>) => ({ remote: { ...SELF, ...parts } });
  const OU = 'ou-ab12-11111111';

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['one of several VPCs', local({ vpcs: ['vpc-1*', 'vpc-2*'] }), local({ vpcs: ['vpc-9*', 'vpc-2a*'] })],
    [
      'one of several Regions',
      local({ regions: ['eu-*', 'us-*'] }),
      local({ regions: ['ap-*', 'us-east-1'] }),
    ],
    [
      'a part of a block',
      local({ cidrs: ['10.1.0.0/16', '10.2.0.0/16'] }),
      local({ cidrs: ['172.16.0.0/12', '10.2.128.0/17'] }),
    ],
    [
      'one of several tags',
      local({ tags: { E: ['a', 'prod*'] } }),
      local({ tags: { E: ['b', 'production'] } }),
    ],
    [
      'one of several VPCs there',
      remote({ vpcs: ['vpc-1*', 'vpc-2*'] }),
      remote({ vpcs: ['vpc-9*', 'vpc-2a*'] }),
    ],
    [
      'one of several Regions there',
      remote({ regions: ['eu-*', 'us-*'] }),
      remote({ regions: ['ap-*', 'us-east-1'] }),
    ],
    [
      'a part of a block there',
      remote({ cidrs: ['10.1.0.0/16', '10.2.0.0/16'] }),
      remote({ cidrs: ['172.16.0.0/12', '10.2.128.0/17'] }),
    ],
    [
      'one of several accounts',
      { remote: { accounts: ['self', PEER] } },
      { remote: { accounts: ['333333333333', PEER] } },
    ],
    ['this account, which an account pattern may mean', remote({}), { remote: { accounts: ['1*'] } }],
    [
      'this account, which an account pattern of the other may mean',
      { remote: { accounts: ['1*'] } },
      remote({}),
    ],
    [
      'accounts of organizational units, which may be in each other',
      remote({ organizationalUnits: [OU] }),
      remote({ organizationalUnits: ['ou-cd34-22222222'] }),
    ],
    [
      'one of several account tags',
      remote({ accountTags: { Team: ['a', 'net'] } }),
      remote({ accountTags: { Team: ['b', 'n*'] } }),
    ],
  ])('can match the same peering by %s', (_, first, second) => {
    // A direction that only the second one names keeps it from covering the first.
    expect(between(accept(first), hold({ ...second, direction: 'inbound' }))).toBe(
      'rules.0: rule b (accept) can match the same peering as a (hold); there the more restrictive rule wins',
    );
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['local VPCs', local({ vpcs: ['vpc-1*'] }), local({ vpcs: ['vpc-2*'] })],
    ['remote VPCs', remote({ vpcs: ['vpc-1*'] }), remote({ vpcs: ['vpc-2*'] })],
    ['local Regions', local({ regions: ['us-*'] }), local({ regions: ['eu-*'] })],
    ['remote Regions', remote({ regions: ['us-*'] }), remote({ regions: ['eu-*'] })],
    ['local CIDRs', local({ cidrs: ['10.1.0.0/16'] }), local({ cidrs: ['10.2.0.0/16'] })],
    ['remote CIDRs', remote({ cidrs: ['10.1.0.0/16'] }), remote({ cidrs: ['10.2.0.0/16'] })],
    ['accounts', { remote: { accounts: [PEER] } }, { remote: { accounts: ['333333333333', '4*'] } }],
    ['this account and another', remote({}), { remote: { accounts: [PEER] } }],
    ['another account and this', { remote: { accounts: [PEER] } }, remote({})],
    ['account tags', remote({ accountTags: { Team: 'a' } }), remote({ accountTags: { Team: 'b' } })],
    ['directions', { direction: 'outbound' }, { direction: 'inbound' }],
  ])('never match the same peering where they name different %s', (_, first, second) => {
    expect(between(accept(first), hold(second))).toBe('nothing');
  });

  it('are told from rules of which one always wins', () => {
    const never =
      'rules.0: rule b (accept) never wins: rule a (hold) matches everything that it matches, and is more restrictive';
    const narrow = { cidrs: ['10.1.0.0/16'], vpcs: ['vpc-1*'], regions: ['us-east-1'] };
    const wide = { cidrs: ['192.168.0.0/16', '10.0.0.0/8'], vpcs: ['vpc-*'], regions: ['eu-*', 'us-*'] };
    expect(between(accept(local(narrow)), hold(local(wide)))).toBe(never);
    expect(between(accept(remote(narrow)), hold({ remote: wide }))).toBe(never);
    expect(
      between(accept(remote({ organizationalUnits: [OU] })), hold({ remote: { organizationalUnits: [OU] } })),
    ).toBe(never);
    expect(
      between(
        accept(remote({ accountTags: { T: 'a' } })),
        hold({ remote: { accountTags: { T: ['a', 'b'] } } }),
      ),
    ).toBe(never);
    // Not everything of it.
    for (const part of Object.keys(narrow)) {
      const half = {
        [part]: [...narrow[part as keyof typeof narrow], part === 'cidrs' ? '11.0.0.0/8' : 'x*'],
      };
      if (part !== 'vpcs') {
        expect(between(accept(local(half)), hold(local(wide)))).toContain('can match the same peering');
      }
      expect(between(accept(), hold(local({ [part]: wide[part as keyof typeof wide] })))).toContain(
        'can match',
      );
    }
    expect(between(accept(remote({})), hold({ remote: { organizationalUnits: [OU] } }))).toContain(
      'can match',
    );
    expect(between(accept(remote({})), hold({ remote: { accountTags: { T: 'a' } } }))).toContain('can match');
  });

  it('name ten of many rules that they can meet, and count the others', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        hold({ local: { tags: { [`T${index}`]: 'x' } } }, `h${String(index).padStart(2, '0')}`),
      );
    const meeting = (count: number) =>
      remarks([accept({}, 'z'), ...many(count)]).find((each) => each.startsWith('rules.0: rule z')) ?? '';
    const ten = Array.from({ length: 10 }, (_, index) => `h0${index} (hold)`).join(', ');
    expect(meeting(10)).toContain(`same peering as ${ten}; there`);
    expect(meeting(12)).toContain(`same peering as ${ten} and 2 more; there`);
  });
});

describe('two rules of the same effect', () => {
  it('go by name where one covers the other', () => {
    expect(between(hold({ direction: 'inbound' }, 'b'), hold({}, 'a'))).toBe(
      'rules.0: rule b (hold) never wins: rule a (hold) matches everything that it matches, and comes first by name',
    );
  });
});

describe('selectors that nothing satisfies', () => {
  it('name Regions none of which is managed', () => {
    const unmanaged = hold({ local: { regions: ['eu-*', 'ap-*'] } });
    expect(remarks([unmanaged], { regions: ['us-east-1', 'us-west-2'] })).toEqual([
      "rules.0.local.regions: rule a never matches: none of these Regions is in the policy's regions [us-east-1, us-west-2]",
    ]);
    expect(remarks([unmanaged], { regions: ['us-east-1', 'eu-west-1'] })).toEqual([]);
    expect(remarks([unmanaged], { regions: [] })).toEqual([]);
  });

  it('name accounts none of which the policy is for, where that is known', () => {
    const policy = policyOf({ rules: [hold({ local: { accounts: [PEER] } }), hold({}, 'b')] });
    const remarked = (accountId?: string) =>
      reviewPolicy(policy, accountId).filter(({ message }) => message.includes('never matches'));
    expect(remarked(OWN)).toEqual([
      {
        path: ['rules', 0, 'local', 'accounts'],
        message: `rule a never matches in account ${OWN}, which is not in local.accounts [${PEER}]`,
      },
    ]);
    expect(remarked(PEER)).toEqual([]);
    expect(remarked()).toEqual([]);
  });

  it('never meet those of other accounts', () => {
    const inAccount = (accountId: string) => ({ local: { accounts: [accountId] } });
    expect(between(accept(inAccount(OWN)), hold(inAccount(PEER)))).toBe('nothing');
    expect(between(accept(inAccount(OWN)), hold(inAccount(OWN)))).toMatch(/never wins/);
  });

  it('name VPC ids that are none', () => {
    const message = 'matches no VPC: an id has 8 or 17 hexadecimal digits after vpc-';
    const vpcs = ['vpc-12345678', 'vpc-123', 'vpc-1*', 'vpc-0123456789abcdef0'];
    expect(remarks([hold({ local: { vpcs }, remote: { vpcs } })])).toEqual([
      `rules.0.local.vpcs.1: vpc-123 ${message}`,
      `rules.0.remote.vpcs.1: vpc-123 ${message}`,
    ]);
  });

  const inside = (parts: Record<string, unknown>) =>
    remarks([
      accept({ remote: { ...SELF, cidrs: ['10.1.0.0/16', '10.2.0.0/16', '2001:db8::/56'] }, ...parts }),
    ]);

  it('name destinations that lie outside the CIDRs of the rule', () => {
    expect(inside({ routes: { destinations: ['10.2.5.0/24', '10.3.0.0/16', '10.0.0.0/8'] } })).toEqual([
      'rules.0.routes.destinations.1: 10.3.0.0/16 is never routed: it lies outside remote.cidrs of rule b',
    ]);
    expect(remarks([accept({ routes: { destinations: ['10.3.0.0/16'] } })])).toEqual([]);
  });

  it('name targets that lie outside the CIDRs of the rule', () => {
    const targets = [
      '10.1.0.0',
      '10.2.255.255',
      '10.3.0.0',
      '10.0.255.255',
      '2001:db8::1',
      '2001:db9::1',
      '0.0.0.1',
    ];
    expect(inside({ probe: { targets } })).toEqual(
      [2, 3, 5, 6].map(
        (index) =>
          `rules.0.probe.targets.${index}: ${targets[index]} is never pinged: it lies outside remote.cidrs of rule b`,
      ),
    );
    expect(remarks([accept({ probe: { targets } })])).toEqual([]);
  });
});

describe('selectors that select more than they seem to', () => {
  it('name accounts that anybody may own, unless the rule asks for the organization too', () => {
    const accounts = ['self', '*', '**', '1*', '*1'];
    expect(remarks([accept({ remote: { accounts } })])).toEqual([
      'rules.0.remote.accounts.1: rule b accepts requests of any AWS account in the world',
      'rules.0.remote.accounts.2: rule b accepts requests of any AWS account in the world',
      'rules.0.remote.accounts.3: rule b accepts requests of every AWS account like 1*, whoever owns it',
      'rules.0.remote.accounts.4: rule b accepts requests of every AWS account like *1, whoever owns it',
    ]);
    for (const asked of [{ organizationalUnits: ['ou-ab12-11111111'] }, { accountTags: { Team: 'net' } }]) {
      expect(remarks([accept({ remote: { accounts, ...asked } })], { organization: {} })).toEqual([]);
    }
    expect(remarks([hold({ remote: { accounts } })])).toEqual([]);
  });

  it('name blocks that are every address', () => {
    const cidrs = ['10.0.0.0/8', '0.0.0.0/0'];
    expect(remarks([accept({ local: { cidrs }, remote: { ...SELF, cidrs: ['::/0'] } })])).toEqual([
      'rules.0.local.cidrs.1: 0.0.0.0/0 in rule b is every address there is',
      'rules.0.remote.cidrs.0: ::/0 in rule b is every address there is',
    ]);
  });
});

describe('a rule that selects by organization', () => {
  it('needs a role to look it up with, outside some accounts', () => {
    const message =
      "rules.1.remote: rule b selects by organization, and organization.role names no role to look it up with; without one it holds, except in the management account or a delegated administrator's (write organization: {} there)";
    for (const asked of [{ organizationalUnits: ['ou-ab12-11111111'] }, { accountTags: { Team: 'net' } }]) {
      const rules = [
        hold({ direction: 'outbound' }),
        accept({ direction: 'inbound', remote: { ...SELF, ...asked } }),
      ];
      expect(remarks(rules)).toEqual([message]);
      expect(remarks(rules, { organization: {} })).toEqual([]);
    }
  });
});

describe('Regions whose events EventBridge does not carry', () => {
  const about = (regions: readonly string[]) =>
    remarks([accept()], { regions, schedules: { sweep: 'rate(2 minutes)' } });

  it.each([
    [['us-gov-west-1', 'us-gov-east-1'], 'aws-us-gov'],
    [['cn-north-1', 'cn-northwest-1'], 'aws-cn'],
  ])('are warned of: %j', (regions, partition) => {
    expect(about(regions)).toEqual([
      expect.stringMatching(
        `^regions: EventBridge carries no events .* ${partition}: .*sweep: rate\\(2 minutes\\)`,
      ),
    ]);
  });

  it.each([[['us-east-1', 'eu-west-1']], [['us-gov-west-1']], [['eusc-de-east-1']], [[]]])(
    'are not %j',
    (regions) => {
      expect(about(regions)).toEqual([]);
    },
  );
});

describe('an accept rule that selects VPCs of this account by tags', () => {
  const tags = { Environment: 'prod', Team: ['a', 'b'] };
  const remarked = (rule: Record<string, unknown>) => remarks([rule]).filter((each) => /by tags/.test(each));

  it('alone is told of, with the keys whose use has to be limited', () => {
    expect(remarked(accept({ local: { tags } }))).toEqual([
      'rules.0.local.tags: rule b selects VPCs of this account by tags alone, so whoever may tag a VPC decides which of ' +
        'them accept requests; limit who may set Environment, Team (docs/policy.md shows a service control policy), or ' +
        'name local.cidrs or local.vpcs too',
    ]);
    for (const all of [{ regions: ['us-east-1'] }, { vpcs: ['*'] }, { cidrs: ['0.0.0.0/0'] }]) {
      expect(remarked(accept({ local: { tags, ...all } }))).toHaveLength(1);
    }
  });

  it.each([
    ['its id is named too', accept({ local: { tags, vpcs: ['vpc-0123456789abcdef0'] } })],
    ['its addresses are named too', accept({ local: { tags, cidrs: ['10.0.0.0/16'] } })],
    ['no tag is asked for', accept({ local: { regions: ['us-east-1'] } })],
    ['the rule accepts nothing', hold({ local: { tags } })],
  ])('is not, where %s', (_what, rule) => {
    expect(remarked(rule)).toEqual([]);
  });
});

it('more accounts than IAM can hold are told of', () => {
  const named = (count: number) => ({
    accounts: Array.from({ length: count }, (_, index) => String(400_000_000_000 + index)),
  });
  const said = (count: number) => remarks([accept({ remote: named(count) })]).join();
  expect(said(133)).toBe('');
  expect(said(134)).toContain(
    'rules: the accept rules name more accounts than fit into the policy of a role (133)',
  );
});

describe('times of peerings', () => {
  const about = (parts: Record<string, unknown>) =>
    remarks([accept({ local: { cidrs: ['10.0.0.0/8'] }, ...parts })]).filter((each) =>
      /end|delete/.test(each),
    );

  it('are told of where they count for nothing', () => {
    expect(remarks([{ name: 'no', effect: 'reject', remote: SELF, expireAfter: '90d' }])).toContainEqual(
      'rules.0.expireAfter: rule no rejects, so nothing that it matches ever ends by its expireAfter',
    );
    expect(remarks([{ name: 'no', effect: 'reject', remote: SELF, onExpiry: 'delete' }])).toContainEqual(
      'rules.0.onExpiry: rule no rejects, so nothing that it matches ever ends by its onExpiry',
    );
    expect(about({ expireAfter: '90d', onExpiry: 'keep' })).toEqual([]);
    expect(about({ expireAfter: '8d' })).toEqual([]);
  });

  it('are told of where people hear of the end as soon as it begins', () => {
    expect(about({ expireAfter: '7d' })).toEqual([
      'rules.0.expireAfter: people are told 7 days before a peering ends; with 7d in rule b that is as soon as it is accepted',
    ]);
  });

  it('are told of where a tag has a peering deleted', () => {
    expect(about({ expireAfter: '90d', onExpiry: 'delete' })).toEqual([
      expect.stringContaining('also when the tag peering-autopilot:expires of one says so'),
    ]);
    expect(about({ onExpiry: 'delete' })).toEqual([
      expect.stringContaining('only when the tag peering-autopilot:expires of one says so'),
    ]);
  });
});

describe('a rule that routes subnets by tags', () => {
  const routes = { destinations: { subnetTags: { Tier: 'shared' } } };

  it('is told of where it is for VPCs of others, whose subnets this account does not see', () => {
    expect(remarks([accept({ remote: { accounts: ['self', PEER] }, routes })])).toEqual([
      `rules.0.routes.destinations.subnetTags: rule b routes subnets by tags, also of VPCs of ${PEER}: an account sees ` +
        'subnets of another one only if they are shared with it, and only tags that it set itself; where it sees none, ' +
        'the rule holds and routes nothing',
    ]);
  });

  it('is told of where it says not whose', () => {
    expect(remarks([hold({ routes })]).join()).toContain('also of VPCs of any account');
  });

  it('is as meant inside one account', () => {
    expect(remarks([accept({ routes })])).toEqual([]);
  });
});

describe('connect and mesh', () => {
  const connect = [{ name: 'shared', hub: { tags: { Role: 'hub' } }, spokes: { tags: { Role: 'spoke' } } }];
  const elsewhere = [{ ...connect[0], spokes: { tags: { Role: 'spoke' }, accounts: [PEER] } }];

  it.each([
    ['connect', { connect }, 'connect.0'],
    ['mesh', { mesh: { tags: { Mesh: 'core' } } }, 'mesh'],
  ])('warn where no rule accepts requests of this account: %s', (_name, parts, path) => {
    const rules = [hold({ remote: SELF })];
    expect(remarks(rules, parts)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^${path}: peerings inside this account are requested, and no rule accepts`),
      ),
    );
    expect(remarks([accept()], parts)).toEqual([]);
  });

  it('do not where all spokes are of other accounts, which accept by their own rules', () => {
    expect(remarks([hold({ remote: SELF })], { connect: elsewhere })).toEqual([]);
  });

  it('are missed where maxRequests limits nothing', () => {
    expect(remarks([accept()], { guardrails: { maxRequests: 5 } })).toEqual([
      'guardrails.maxRequests: there is neither connect nor mesh, so nothing is requested whatever maxRequests says',
    ]);
  });
});

describe('a rule that routes nothing', () => {
  const routing = (routes: Record<string, unknown>, cidrs: readonly string[] = []) =>
    remarks([accept({ remote: { ...SELF, cidrs }, routes })]).filter((each) =>
      each.includes('routes nothing'),
    );

  it('is told: an empty list of destinations, and excluded blocks that leave none', () => {
    expect(routing({ destinations: [] })).toEqual([expect.stringContaining('leave it out if all is meant')]);
    expect(routing({ exclude: ['10.0.0.0/7'] }, ['10.0.0.0/8'])).toEqual([
      'rules.0.routes.exclude: rule b routes nothing: routes.exclude takes out all that remote.cidrs selects',
    ]);
    // Two that cover it together.
    expect(
      routing({ destinations: ['10.1.0.0/16'], exclude: ['10.1.0.0/17', '10.1.128.0/17'] }),
    ).toHaveLength(1);
  });

  it('is not told where something is left, or where nobody knows what the other VPC has', () => {
    expect(routing({ exclude: ['10.0.0.0/9'] }, ['10.0.0.0/8'])).toEqual([]);
    expect(routing({ exclude: ['10.0.0.0/8'] })).toEqual([]);
    expect(routing({ destinations: { subnetTags: { Tier: 'shared' } }, exclude: ['10.0.0.0/8'] })).toEqual(
      [],
    );
    expect(
      remarks([{ name: 'r', effect: 'reject', routes: { destinations: [] } }]).filter((each) =>
        each.includes('routes nothing'),
      ),
    ).toEqual([]);
  });
});

it('blanks at the end of tags are told, wherever tags select', () => {
  const told = remarks(
    [
      accept({ local: { tags: { 'Environment ': ['prod'] }, vpcs: ['vpc-1*'] } }),
      accept({ routes: { destinations: { subnetTags: { Tier: ' shared' } } } }, 'c'),
    ],
    { mesh: { tags: { Net: 'core ' } } },
  ).filter((each) => each.includes('a blank'));
  expect(told).toEqual([
    'rules.0.local.tags.Environment : "Environment " in rule b begins or ends with a blank, which is a part of the tag; if "Environment" is meant, take it out',
    expect.stringContaining('rules.1.routes.destinations.subnetTags.Tier: " shared" in rule c'),
    expect.stringContaining('mesh.tags.Net: "core " in the mesh'),
  ]);
});
