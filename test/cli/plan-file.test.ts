import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import type { PlanFile } from '../../cli/plan-file/content.ts';
import { differencesBetween } from '../../cli/plan-file/differences.ts';
import { commandOfFile, valid } from './support/command.ts';
import { id, OWN, POLICY, writeAnswers, writeNetwork } from './support/network.ts';

/** A plan as a file: what `plan --out` writes, and what `apply FILE` refuses before it asks AWS anything. */

const peering = commandOfFile();

beforeAll(() => {
  writeFileSync(peering.inDirectory('peering-policy.yml'), POLICY);
  writeNetwork(peering.inDirectory('net'));
});

async function planFile(name: string, ...more: readonly string[]) {
  const ended = await peering.run(['plan', '--snapshot', 'net', '--out', name, ...more]);
  const text = readFileSync(peering.inDirectory(name), 'utf8');
  return { ...ended, plan: valid('plan-file', text) as PlanFile };
}

describe('plan --out', () => {
  it('writes what would be done and what that rests on, and says so beside the plan', async () => {
    const { code, stdout, stderr, plan } = await planFile('plan.json');
    expect(code).toBe(2);
    expect(stdout).toContain('To do: 1 request to accept');
    expect(stderr).toContain('note: The plan is in plan.json. Carry it out with: peering apply plan.json');
    expect(plan).toMatchObject({
      accountId: OWN,
      stage: 'prod',
      policy: { file: 'peering-policy.yml', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
      regions: ['eu-west-1', 'us-east-1'],
      only: { regions: [], vpcs: [] },
      requests: [
        {
          peeringId: id('pcx', 2),
          answer: 'accept',
          rule: 'own-vpcs',
          requester: { vpcId: id('vpc', 2), cidrs: ['10.2.0.0/16'] },
        },
      ],
    });
  });

  it('has the changes of plan --json, each with the route that it finds there', async () => {
    const { stdout, plan } = await planFile('same.json', '--json');
    const { changes } = valid('plan', stdout) as { readonly changes: readonly object[] };
    expect(changes.length).toBeGreaterThan(3);
    expect(plan.changes.map(({ seen: _, ...change }) => change)).toEqual(changes);
    expect(plan.changes.every(({ action, seen }) => (action === 'create') === (seen === null))).toBe(true);
  });

  it('keeps what --region and --vpc selected', async () => {
    const { plan } = await planFile('one.json', '--vpc', id('vpc', 5), '--region', 'eu-west-1');
    expect(plan.only).toEqual({ regions: ['eu-west-1'], vpcs: [id('vpc', 5)] });
    expect(plan.regions).toEqual(['eu-west-1', 'us-east-1']);
    expect(plan.changes.map(({ routeTableId }) => routeTableId)).toEqual([id('rtb', 5)]);
    expect(plan.requests).toEqual([]);
  });

  it('lets nobody but its owner read the file, also where a readable plan stood there', async () => {
    await planFile('private.json');
    const path = peering.inDirectory('private.json');
    writeFileSync(peering.inDirectory('open.json'), readFileSync(path), { mode: 0o644 });
    const before = statSync(peering.inDirectory('open.json')).mode & 0o777;
    await planFile('open.json');
    expect(before).toBe(0o644);
    expect([path, peering.inDirectory('open.json')].map((each) => statSync(each).mode & 0o777)).toEqual([
      0o600, 0o600,
    ]);
  });

  it.each([
    ['another JSON file', 'other.json', '{"kind": "else"}'],
    ['a text', 'notes.txt', 'not for machines'],
    ['an empty file', 'empty.json', ''],
  ])('leaves %s as it is, and says so', async (_what, name, content) => {
    writeFileSync(peering.inDirectory(name), content);
    const { code, stdout, stderr } = await peering.run(['plan', '--snapshot', 'net', '--out', name]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${name} is there already and is no plan of peering`);
    expect(readFileSync(peering.inDirectory(name), 'utf8')).toBe(content);
  });

  it('follows no link, not even one to a plan', async () => {
    await planFile('target.json');
    symlinkSync('target.json', peering.inDirectory('link.json'));
    const { code, stderr } = await peering.run(['plan', '--snapshot', 'net', '--out', 'link.json']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('link.json is there already')]);
  });

  it('is of one account', async () => {
    for (const account of [OWN, '222222222222']) {
      for (const region of ['us-east-1', 'eu-west-1']) {
        writeAnswers(peering.inDirectory('two', 'accounts', account, region), {
          VpcPeeringConnections: [],
          RouteTables: [],
        });
      }
    }
    const both = ['plan', '--snapshot', 'two', '--out', 'both.json'];
    const { code, stderr } = await peering.run(both);
    expect([code, stderr]).toEqual([1, expect.stringContaining('A plan file is of one account')]);
    expect((await peering.run([...both, '--account', OWN])).code).toBe(0);
  });
});

describe('apply FILE, before anything is asked of AWS', () => {
  const DAY_MS = 86_400_000;
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

  async function apply(name: string, ...more: readonly string[]) {
    return peering.run(['apply', name, '--yes', ...more]);
  }

  let plan: PlanFile;
  beforeAll(async () => {
    ({ plan } = await planFile('base.json'));
  });

  async function altered(name: string, change: (plan: PlanFile) => object) {
    writeFileSync(peering.inDirectory(name), JSON.stringify(change(plan)));
    return apply(name);
  }

  it.each([
    ['is not there', 'none.json', undefined, /none\.json cannot be read: there is no such file/],
    ['is a directory', 'net', undefined, /net cannot be read: it is a directory/],
    ['is no JSON', 'cut.json', '{"kind": "peering-pl', /cut\.json is no valid JSON; it may be cut off/],
    ['is something else', 'else.json', '[1, 2]', /else\.json is no plan of peering/],
    [
      'is what plan --json prints',
      'printed.json',
      '{"decisions": [], "changes": []}',
      /is no plan of peering/,
    ],
  ])('refuses a file that %s', async (_what, name, content, says) => {
    if (content !== undefined) writeFileSync(peering.inDirectory(name), content);
    const { code, stdout, stderr } = await apply(name);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('refuses another format, more than a plan has, and what is no account', async () => {
    const later = await altered('a.json', (plan) => ({ ...plan, formatVersion: 2 }));
    expect(later).toMatchObject({ code: 1, stderr: expect.stringContaining('has format 2') });
    const more = await altered('b.json', (plan) => ({ ...plan, force: true }));
    expect(more).toMatchObject({ code: 1, stderr: expect.stringContaining('no plan as peering writes one') });
    const whose = await altered('c.json', (plan) => ({ ...plan, accountId: '1\u001b[31m' }));
    expect(whose).toMatchObject({ code: 1, stderr: expect.stringContaining('accountId') });
    expect(whose.stderr).not.toContain('\u001b');
  });

  it('refuses a plan of more than seven days, and one that has yet to be made', async () => {
    const old = await altered('old.json', (plan) => ({ ...plan, madeAt: daysAgo(7.1) }));
    expect(old.stderr).toContain('old.json was made 7 days ago; a plan holds for 7 days');
    const ahead = await altered('ahead.json', (plan) => ({ ...plan, madeAt: daysAgo(-1) }));
    expect(ahead.stderr).toContain('which has yet to come');
    const never = await altered('never.json', (plan) => ({ ...plan, madeAt: '2026-13-45T99:99:99Z' }));
    expect(never.stderr).toContain('madeAt: this is no time');
    // That one is asked of AWS, for which there are no credentials here.
    const young = await altered('young.json', (plan) => ({ ...plan, madeAt: daysAgo(6.9) }));
    expect(young.stderr).toContain('No AWS credentials');
  });

  it('takes no options that the file has already', async () => {
    for (const option of [
      ['--region', 'us-east-1'],
      ['--vpc', id('vpc', 1)],
    ]) {
      const { code, stderr } = await apply('base.json', ...option);
      expect([code, stderr]).toEqual([1, expect.stringContaining(`${option[0]} is in base.json already`)]);
    }
  });
});

describe('what differs between a file and now', () => {
  let plan: PlanFile;
  beforeAll(async () => {
    ({ plan } = await planFile('base.json'));
  });

  const first = <Item>(items: readonly Item[]): Item => {
    const [item] = items;
    if (item === undefined) throw new Error('There is one.');
    return item;
  };

  it('is nothing where the same would be done, whatever the time, the reasons and the order', () => {
    const again: PlanFile = {
      ...plan,
      madeAt: '2020-01-01T00:00:00Z',
      madeBy: 'later',
      policy: { ...plan.policy, file: 'moved.yml' },
      changes: plan.changes.map((change) => ({ ...change, reason: 'said otherwise' })).toReversed(),
    };
    expect(differencesBetween(plan, again)).toEqual([]);
  });

  it('names what is new, what is gone and what is another one', () => {
    const change = first(plan.changes);
    const place = `${change.destination} in ${change.routeTableId} (${change.region})`;
    const without: PlanFile = { ...plan, changes: plan.changes.slice(1) };
    expect(differencesBetween(without, plan)).toEqual([
      {
        kind: 'added',
        says: expect.stringMatching(`^${place.replace(/[().]/g, '\\$&')}: action create, peering`),
      },
    ]);
    expect(differencesBetween(plan, without)).toMatchObject([{ kind: 'gone' }]);
    const elsewhere: PlanFile = { ...plan, changes: [{ ...change, peeringId: 'pcx-9' }, ...without.changes] };
    expect(differencesBetween(plan, elsewhere)).toEqual([
      { kind: 'differs', says: `${place}: peering pcx-9, was ${change.peeringId}` },
    ]);
  });

  it('counts a request whose requester, CIDRs, rule or answer is another one', () => {
    const request = first(plan.requests);
    const others: readonly Partial<typeof request>[] = [
      { answer: 'reject' },
      { rule: null },
      { requester: { ...request.requester, cidrs: ['10.0.0.0/8'] } },
      { requester: { ...request.requester, accountId: '999999999999' } },
    ];
    for (const other of others) {
      const now: PlanFile = { ...plan, requests: [{ ...request, ...other }] };
      expect(differencesBetween(plan, now)).toMatchObject([{ kind: 'differs' }]);
    }
  });

  it('counts another policy, stage, Region and selection', () => {
    const others: readonly Partial<PlanFile>[] = [
      { policy: { ...plan.policy, fingerprint: '0' } },
      { stage: 'dev' },
      { regions: ['us-east-1'] },
      { only: { regions: [], vpcs: [id('vpc', 1)] } },
    ];
    for (const other of others) {
      expect(differencesBetween(plan, { ...plan, ...other })).toMatchObject([{ kind: 'differs' }]);
    }
  });

  it('is never nothing where a file asks for more, for less or for something else', () => {
    const change = fc.record({
      action: fc.constantFrom('create' as const, 'replace' as const, 'delete' as const),
      routeTableId: fc.constantFrom('rtb-1', 'rtb-2'),
      destination: fc.constantFrom('10.1.0.0/16', '10.2.0.0/16'),
      peeringId: fc.constantFrom('pcx-1', 'pcx-2'),
      heldBy: fc.constantFrom(null, 'mass-delete' as const, 'repair-off' as const),
      seen: fc.constantFrom(
        null,
        { target: 'pcx-1', state: 'active' },
        { target: 'pcx-1', state: 'blackhole' },
      ),
    });
    const changes = fc.array(change, { maxLength: 5 }).map((some): PlanFile['changes'] =>
      some.map((each) => ({
        ...each,
        accountId: OWN,
        region: 'us-east-1',
        rule: null,
        reason: '',
        after: null,
      })),
    );
    const sorted = (some: PlanFile['changes']) => some.map((each) => JSON.stringify(each)).sort();
    fc.assert(
      fc.property(changes, changes, (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        const differences = differencesBetween({ ...plan, changes: a }, { ...plan, changes: b });
        // Two things done to one place may be told in another order than they were written; never is a difference lost.
        expect(differences.length > 0 || same).toBe(true);
      }),
    );
  });
});
