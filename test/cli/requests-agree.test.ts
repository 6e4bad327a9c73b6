import { freezeNote } from '../../lib/model/freeze.ts';
import { NOTHING_REMEMBERED, type RegionMemory } from '../../lib/model/memory.ts';
import type { Peering, Vpc } from '../../lib/model/peering.ts';
import { inventory, PEER, PREFIX, peering, REGION, STRANGER, table, vpc } from '../support/fixtures.ts';
import { PLAN_NOW } from '../support/plan-of.ts';
import { saidOf } from './support/views.ts';

jest.mock('../../cli/source/open.ts', () => jest.requireActual('./support/views.ts'));
jest.mock('../../cli/read.ts', () => jest.requireActual('./support/views.ts'));

/** What is said of requests: the same by every verb. */

const PCX = 'pcx-00000001';
const a = vpc('vpc-0000000a', ['10.1.0.0/16']);
const b = vpc('vpc-0000000b', ['10.2.0.0/16']);
const theirs = vpc('vpc-0000000d', ['10.4.0.0/16'], { accountId: PEER });
const strangers = vpc('vpc-0000000e', ['10.5.0.0/16'], { accountId: STRANGER });
const farAway = vpc('vpc-0000000f', ['10.6.0.0/16'], { region: 'eu-west-1' });

function asked(requester: Vpc, accepter: Vpc, id = PCX): Peering {
  return peering(id, requester, accepter, { status: 'pending-acceptance' });
}

function said(...peerings: readonly Peering[]) {
  return saidBy({}, NOTHING_REMEMBERED, peerings);
}

/** @param keys of the policy, beside its rules. */
function saidBy(
  keys: Readonly<Record<string, unknown>>,
  memory: RegionMemory,
  peerings: readonly Peering[],
  effect: 'accept' | 'hold' | 'reject' = 'accept',
) {
  const rules = [{ name: 'peers', effect, remote: { accounts: ['self', PEER] } }];
  return saidOf({
    inventory: inventory({
      vpcs: [a, b],
      peerings,
      tables: [a, b].map((each) => table(`rtb-${each.vpcId.slice(4)}`, each, [], { optIn: '*' })),
    }),
    policy: { version: 1, tagPrefix: PREFIX, regions: [REGION], rules, ...keys },
    memory,
    now: PLAN_NOW,
  });
}

describe('how many requests wait for a person', () => {
  it.each<[string, readonly Peering[], number]>([
    ['an own request that another account answers', [asked(a, theirs)], 0],
    ['a request that the functions accept', [asked(theirs, a)], 0],
    ['a request between two own VPCs that the functions accept', [asked(a, b)], 0],
    ['a request that is held', [asked(strangers, a)], 1],
    ['one of each', [asked(a, theirs), asked(b, a, 'pcx-00000002'), asked(strangers, a, 'pcx-00000003')], 1],
    ['an own request to a Region that is not managed', [asked(a, farAway)], 1],
  ])('is the same number everywhere: %s', async (_, peerings, count) => {
    const { plan, status, requests, page, json } = await said(...peerings);
    expect(page).toContain(`waiting: ${count} `);
    expect(requests.stdout).toContain(`Requests that wait: ${count} for a person here`);
    expect(requests.code).toBe(count === 0 ? 0 : 2);
    const waiting = json.status.views.filter(({ health }) => health === 'waiting');
    expect(new Set(waiting.map(({ peeringId }) => peeringId)).size).toBe(count);
    expect(status.stdout.includes(`${count} waiting`)).toBe(count > 0);
    expect(plan.stdout.includes(`${count} request waits for a person.`)).toBe(count > 0);
  });
});

describe('what there is to do about a request between two VPCs that are peered already', () => {
  const toDo = async (...peerings: readonly Peering[]) => {
    const { requests } = await said(...peerings);
    return requests.stdout.split('\n').flatMap((line) => /^ {2}To do +(.*)/.exec(line)?.[1] ?? []);
  };

  it('is to reject it, where this account answers it', async () => {
    expect(await toDo(peering('pcx-00000009', a, b), asked(b, a))).toEqual([
      'peering reject pcx-00000001: its VPCs are peered by pcx-00000009, and AWS allows one peering between two VPCs. Or delete pcx-00000009 first, if this one shall take its place',
    ]);
    expect(await toDo(asked(a, b), asked(b, a, 'pcx-00000002'))).toContain(
      'peering reject pcx-00000002: its VPCs are about to be peered by pcx-00000001, and AWS allows one peering between two VPCs. Or delete pcx-00000001 first, if this one shall take its place',
    );
  });

  it('is to delete it, where another account answers it', async () => {
    expect(await toDo(peering('pcx-00000009', theirs, a), asked(a, theirs))).toEqual([
      `aws ec2 delete-vpc-peering-connection --vpc-peering-connection-id pcx-00000001 --region ${REGION}: its VPCs are peered by pcx-00000009, and AWS allows one peering between two VPCs. Or delete pcx-00000009 first, if this one shall take its place`,
    ]);
  });

  it('is to reject it, where nothing of the product answers', async () => {
    const [first] = await toDo(peering('pcx-00000009', farAway, a), asked(a, farAway));
    expect(first).toMatch(/^aws ec2 reject-vpc-peering-connection .* eu-west-1: its VPCs are peered by/);
  });
});

const NOW_SECONDS = Math.floor(PLAN_NOW.getTime() / 1000);

function noted(key: string, value: string): RegionMemory {
  return { ...NOTHING_REMEMBERED, notes: new Map([[key, { value, at: NOW_SECONDS - 60 }]]) };
}

function frozen(): RegionMemory {
  const note = freezeNote({ by: 'arn:aws:iam::111111111111:user/ann', because: 'audit', since: NOW_SECONDS });
  if (note.kind !== 'note') throw new Error('A freeze is a note.');
  return noted(note.key, note.value);
}

/** All that keeps the functions from answering a request, and what ends it. */
const NOT_ANSWERED = [
  {
    hold: 'mode: observe',
    keys: { mode: 'observe' },
    memory: () => NOTHING_REMEMBERED,
    toDo: /To do +Write mode: enforce .* aws ec2 (accept|reject)-vpc-peering-connection/,
    followed: { keys: {}, memory: () => NOTHING_REMEMBERED },
  },
  {
    hold: 'a freeze',
    keys: {},
    memory: frozen,
    toDo: /To do +peering thaw --region us-east-1 ends the freeze/,
    followed: { keys: {}, memory: () => NOTHING_REMEMBERED },
  },
  {
    hold: 'a freeze and mode: observe',
    keys: { mode: 'observe' },
    memory: frozen,
    toDo: /To do +Write mode: enforce/,
    followed: { keys: {}, memory: () => NOTHING_REMEMBERED },
  },
] as const;

describe.each(NOT_ANSWERED)(
  'a request that nothing answers, for $hold',
  ({ keys, memory, toDo, followed }) => {
    it.each(['accept', 'hold', 'reject'] as const)(
      'waits for a person everywhere, where the rule says %s, until what is advised is done',
      async (effect) => {
        const { status, requests, page, json } = await saidBy(keys, memory(), [asked(theirs, a)], effect);
        expect(requests.stdout).toContain('Requests that wait: 1 for a person here.');
        expect(requests.code).toBe(2);
        expect(page).toContain('waiting: 1 ');
        expect(json.status.views.map(({ health }) => health)).toEqual(['waiting']);
        expect(status.stdout).toContain('waits for a person');
        expect(requests.stdout).toMatch(toDo);
        // The functions don't, and the commands refuse.
        expect(requests.stdout).not.toMatch(/To do +Nothing/);
        expect(requests.stdout).not.toMatch(/peering (accept|reject) pcx/);
        const after = await saidBy(followed.keys, followed.memory(), [asked(theirs, a)], effect);
        expect(after.requests.stdout).toMatch(
          effect === 'hold'
            ? /To do +peering accept pcx-\S+, or peering reject pcx/
            : /To do +Nothing, where the stack runs this policy: its functions (accept|reject) it/,
        );
      },
    );
  },
);

it.each(NOT_ANSWERED)(
  'of a pair that is peered already, for $hold, no command is named that refuses',
  async (held) => {
    const live = peering('pcx-00000009', a, b);
    const { requests } = await saidBy(held.keys, held.memory(), [live, asked(b, a)]);
    expect(requests.stdout).toContain('Requests that wait: 1 for a person here.');
    expect(requests.stdout).toMatch(/To do .*aws ec2 reject-vpc-peering-connection/);
    expect(requests.stdout).not.toMatch(/peering (accept|reject) pcx/);
  },
);

it('waits for a person where AWS refuses the answer to the functions', async () => {
  const memory = noted(`call-failed AcceptVpcPeeringConnection ${PCX}`, 'UnauthorizedOperation');
  const { requests, page, json } = await saidBy({}, memory, [asked(theirs, a)]);
  expect(requests.stdout).toContain('Requests that wait: 1 for a person here.');
  expect(requests.code).toBe(2);
  expect(page).toContain('waiting: 1 ');
  expect(json.status.views[0]).toMatchObject({
    health: 'waiting',
    notes: ['waits for a person: AWS refuses AcceptVpcPeeringConnection (UnauthorizedOperation)'],
  });
});

describe('policy explain of a request whose accepter is not read', () => {
  it('does not say that the policy has no rules, nor that none of them matches', async () => {
    const explained = (await said(asked(a, farAway))).explain.get(PCX)?.stdout ?? '';
    expect(explained).toContain(`${PCX} (pending-acceptance): hold, no rule was looked at\n`);
    expect(explained).toContain(
      'The accepter VPC vpc-0000000f is in eu-west-1, which was not read or is not managed.',
    );
    expect(explained).toContain(
      "None of the policy's rules (1) was looked at: they are judged where the accepter is.",
    );
    expect(explained).not.toContain('has none');
    expect(explained).not.toContain('no rule matches');
  });
});
