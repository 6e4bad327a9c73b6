import { type DriftContext, driftNotification } from '../../lib/messages/findings.ts';
import { FINDING_KINDS, type Finding, type FindingKind } from '../../lib/model/finding.ts';
import type { HeldBy } from '../../lib/model/held-by.ts';
import { OWN, REGION } from '../support/fixtures.ts';

const DETAIL = 'rtb-1 in us-east-1 should route 10.64.0.0/16 to pcx-1 (rule peers), but has no such route.';

function finding(kind: FindingKind, parts: Partial<Finding> = {}): Finding {
  return {
    kind,
    region: REGION,
    routeTableId: 'rtb-1',
    destination: '10.64.0.0/16',
    peeringId: 'pcx-1',
    detail: DETAIL,
    repairable: false,
    ...parts,
  };
}

function repairable(heldBy?: HeldBy): Finding {
  return finding('missing', { repairable: true, ...(heldBy === undefined ? {} : { heldBy }) });
}

const context: DriftContext = { accountId: OWN };
const BEING_REPAIRED =
  'Being repaired; nothing to do. Should AWS refuse the change, a message "AWS refuses …" follows, with what to do.';

describe('the drift message', () => {
  it('says where, what was expected and found, who changed it, what happens, and how to look closer', () => {
    const names = new Map([
      ['rtb-1', 'private-a'],
      ['vpc-1', 'prod-core'],
    ]);
    const { subject, message } = driftNotification([repairable()], {
      ...context,
      nameOf: (id) => names.get(id),
      vpcOf: () => 'vpc-1',
      changedBy: () => 'arn:aws:iam::111111111111:user/eve\nforged line',
    });
    expect(subject).toBe('Route drift in 111111111111 (us-east-1): 1 missing in rtb-1 (private-a)');
    expect(message.split('\n')).toEqual([
      '1 finding in account 111111111111: 1 being repaired.',
      '',
      'missing: rtb-1 (private-a) of vpc-1 (prod-core): 10.64.0.0/16',
      `  ${DETAIL}`,
      '  Changed by: arn:aws:iam::111111111111:user/eve\\u{a}forged line',
      `  ${BEING_REPAIRED}`,
      '  Look closer: aws ec2 describe-route-tables --region us-east-1 --route-table-ids rtb-1',
      '  With all the others: peering drift',
      '  Console: https://us-east-1.console.aws.amazon.com/vpcconsole/home?region=us-east-1#RouteTableDetails:RouteTableId=rtb-1',
      '',
    ]);
  });

  it('names a peering that a finding is about as a whole as people do', () => {
    const { routeTableId: _, destination: __, ...whole } = finding('one-sided');
    const { message } = driftNotification([whole], {
      ...context,
      nameOf: (id) => (id === 'pcx-1' ? 'core-to-peer' : undefined),
    });
    expect(message).toContain('\none-sided: pcx-1 (core-to-peer)\n');
  });

  it.each([
    ['observe', 'mode: observe'],
    ['repair-off', 'Run "peering apply"'],
    ['contested', 'Find out what changes the table'],
    ['mass-delete', 'raise guardrails.maxDeletesPercent'],
    ['gap', 'another change has to come first'],
  ] as const)(
    'says of a repair that is held by %s what to do, not that it is being made',
    (heldBy, words) => {
      const { message } = driftNotification([repairable(heldBy)], context);
      expect(message).toContain(words);
      expect(message).not.toContain('eing repaired');
      expect(message).toMatch(/^1 finding in account 111111111111: 1 left to you\.\n/);
    },
  );

  it.each([
    ['acceptance', 'Once it is, this follows by itself'],
    ['rejection', 'goes once that is done'],
    ['activation', 'before it is active'],
  ] as const)(
    'leaves to nobody what is held by to be repaired once a request is answered or a peering active: it follows by itself, and no alarm rings',
    (heldBy, words) => {
      const told = driftNotification([repairable(heldBy)], context);
      expect(told.message).toContain(words);
      expect(told.message).toMatch(
        /^1 finding in account 111111111111: 1 to be repaired once a request is answered or a peering active\.\n/,
      );
      expect(told).toMatchObject({ severity: 'notice' });
      expect(told).not.toHaveProperty('alarm');
    },
  );

  it('tells a contested route once, as contested, and another one of the same table for itself', () => {
    const at = { routeTableId: 'rtb-1', destination: '10.64.0.0/16', peeringId: 'pcx-1' };
    const held = { repairable: true, heldBy: 'contested' } as const;
    const { subject, message } = driftNotification(
      [
        finding('missing', { ...at, ...held }),
        finding('contested', at),
        finding('missing', { ...at, destination: '10.65.0.0/16', repairable: true }),
      ],
      context,
    );
    expect(subject).toMatch(/: 1 missing, 1 contested in rtb-1$/);
    expect(message).toMatch(/^2 findings in account 111111111111: 1 left to you, 1 being repaired\.\n/);
    expect(message.match(/^(missing|contested): /gm)).toEqual(['contested: ', 'missing: ']);
  });

  it('says of every kind that is not repairable what a person has to do', () => {
    const texts = FINDING_KINDS.map((kind) => {
      const { message } = driftNotification([finding(kind)], context);
      expect(message).not.toContain('eing repaired');
      return message.split('\n')[4];
    });
    expect(texts.every((text) => text !== undefined && text.length > 40)).toBe(true);
    expect(new Set(texts).size).toBe(FINDING_KINDS.length);
  });

  it.each([
    ['stale', ['Left in place', 'If its peering lives'], ['if it shall stay, let a rule']],
    ['unexpected', ['Left as it is'], ['not known as a route of the product']],
    ['untagged', ['whose tag names the rule'], ['does not opt in', 'shall keep its routes']],
    // What helps, and on what condition, is in the finding.
    ['blackhole', ['EC2 drops what it gets'], ['writes it anew']],
    ['one-sided', ['Answers have no way back'], ['Nothing to repair']],
    // A wider route carries other traffic as well, and where only a claim is in the way there is none.
    ['conflict', ['in one of the ways named above'], ['remove the other route']],
    ['dns-resolution', ['with its next sweep'], ['the product then sets the option']],
  ] as const)('says of %s nothing that is not so of each of them', (kind, words, never) => {
    const { message } = driftNotification([finding(kind)], context);
    for (const each of words) expect(message).toContain(each);
    for (const each of never) expect(message).not.toContain(each);
  });

  it('never says that a held change is being repaired, whatever the kind', () => {
    for (const kind of FINDING_KINDS) {
      const { message } = driftNotification(
        [finding(kind, { repairable: true, heldBy: 'observe' })],
        context,
      );
      expect(message).not.toContain(BEING_REPAIRED);
      expect(driftNotification([finding(kind, { repairable: true })], context).message).toContain(
        BEING_REPAIRED,
      );
    }
  });

  it('says of what AWS keeps refusing that it is tried, not that it is being repaired', () => {
    const refused = ({ destination }: Finding) =>
      destination === '10.64.0.0/16' ? { call: 'CreateRoute', code: 'UnauthorizedOperation' } : undefined;
    const { message } = driftNotification([repairable()], { ...context, refused });
    expect(message).toMatch(/^1 finding in account 111111111111: 1 left to you\.\n/);
    expect(message).toContain(
      'Tried at each sweep, but AWS has refused CreateRoute in this table within the last day (UnauthorizedOperation), as people were told',
    );
    expect(message).not.toContain('eing repaired');
    expect(driftNotification([repairable('gap')], { ...context, refused }).message).toContain(
      'another change',
    );
    const mixed = [1, 2, 3, 4].map((each) => ({ ...repairable(), destination: `10.${each}.0.0/16` }));
    const apart = driftNotification([...mixed, repairable()], { ...context, refused }).message;
    expect(apart).toContain('5 findings in account 111111111111: 1 left to you, 4 being repaired.');
  });

  it('says how many routes a plan would delete, where that is known', () => {
    const massDelete = { deletes: 40, ownRoutes: 50 };
    for (const told of [finding('mass-delete'), repairable('mass-delete')]) {
      const { message } = driftNotification([told], { ...context, massDelete });
      expect(message).toContain('would delete 40 of the 50 routes that are its own');
      expect(message).toContain('"peering plan"');
      expect(message).toContain('"peering apply"');
    }
    expect(driftNotification([finding('mass-delete')], context).message).toContain('an unusual share');
  });

  it('tells first what is left to people, kinds in the order of the docs', () => {
    const { subject, message } = driftNotification(
      [
        repairable(),
        finding('conflict', { region: 'us-west-2' }),
        finding('blackhole', { destination: '10.65.0.0/16' }),
      ],
      context,
    );
    expect(subject).toBe(
      'Route drift in 111111111111 (us-east-1, us-west-2): 1 missing, 1 blackhole, 1 conflict in rtb-1',
    );
    const paragraphs = message.split('\n\n').map((paragraph) => paragraph.split('\n', 1)[0]);
    expect(paragraphs).toEqual([
      '3 findings in account 111111111111: 2 left to you, 1 being repaired.',
      'blackhole: rtb-1: 10.65.0.0/16',
      'conflict: rtb-1: 10.64.0.0/16',
      'missing: rtb-1: 10.64.0.0/16',
    ]);
  });

  it('tells three that are alike one by one', () => {
    const { message } = driftNotification([repairable(), repairable(), repairable()], context);
    expect(message.split('\n\n')).toHaveLength(4);
    expect(message).not.toContain('among them');
  });

  it('tells 200 routes of one peering as one, with the first of them and who changed them', () => {
    const findings = Array.from({ length: 200 }, (_, index) =>
      finding('missing', { repairable: true, destination: `10.64.${index}.0/24` }),
    );
    const { message } = driftNotification(findings, {
      ...context,
      changedBy: ({ destination }) => (destination === '10.64.7.0/24' ? 'terraform' : undefined),
    });
    expect(message.split('\n')).toEqual([
      '200 findings in account 111111111111: 200 being repaired.',
      '',
      'missing: 200 routes of pcx-1 in us-east-1, among them',
      '  - rtb-1: 10.64.0.0/24',
      '  - rtb-1: 10.64.1.0/24',
      '  - rtb-1: 10.64.2.0/24',
      '  - and 197 more',
      `  Of the first: ${DETAIL}`,
      '  Changed by: terraform',
      `  ${BEING_REPAIRED}`,
      '  Look closer: peering drift',
      '',
    ]);
  });

  it.each([
    ['kind', { kind: 'blackhole' }],
    ['Region', { region: 'eu-west-1' }],
    ['peering', { peeringId: 'pcx-2' }],
    ['outcome', { heldBy: 'gap' }],
  ] as const)('tells apart what is of another %s', (_, other) => {
    const alike = Array.from({ length: 4 }, () => repairable());
    const { message } = driftNotification([...alike, { ...repairable(), ...other }], context);
    expect(message.split('\n\n')).toHaveLength(3);
  });

  it('names kind and detail alone where neither a table nor a peering is concerned', () => {
    const bare: Finding = { kind: 'conflict', region: REGION, detail: 'Something else.', repairable: false };
    const alone = driftNotification([bare], context).message.split('\n');
    expect(alone.slice(2, 4)).toEqual(['conflict', '  Something else.']);
    expect(alone[5]).toBe('  Look closer: peering drift');
    const together = driftNotification([bare, bare, bare, bare], context).message;
    expect(together).toContain('conflict: 4 findings in us-east-1, among them\n  - Something else.\n');
  });

  it('names the peering and points to it where no table is concerned', () => {
    const { routeTableId: _, destination: __, ...about } = finding('active-but-not-allowed');
    const { message } = driftNotification([about], context);
    expect(message).toContain('active-but-not-allowed: pcx-1\n');
    expect(message).toContain('--vpc-peering-connection-ids pcx-1');
  });

  it('stays short enough to be sent, however much there is', () => {
    const findings = Array.from({ length: 1000 }, (_, index) =>
      finding('missing', { region: `region-${index}`, detail: 'x'.repeat(3000) }),
    );
    const { subject, message } = driftNotification(findings, context);
    expect(subject).toMatch(/^Route drift in 111111111111 \(region-0, .*\.\.\.$/);
    expect(subject).toHaveLength(100);
    expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
    expect(message).toContain('and 950 more: run "peering drift" to see all.');
  });

  it.each([
    [
      'the number of tables where there are several',
      ['rtb-1', 'rtb-2', 'rtb-1'],
      'core',
      '3 missing in 2 route tables',
    ],
    ['the id alone where SNS would cut the name off', ['rtb-1'], 'n'.repeat(60), '1 missing in rtb-1'],
    ['no table where it has no room', [`rtb-${'1'.repeat(60)}`], 'core', '1 missing'],
  ] as const)('has %s in its subject', (_what, tables, name, end) => {
    const findings = tables.map((routeTableId, index) =>
      finding('missing', { routeTableId, destination: `10.${index}.0.0/16` }),
    );
    const { subject } = driftNotification(findings, { ...context, nameOf: () => name });
    expect(subject).toBe(`Route drift in 111111111111 (us-east-1): ${end}`);
  });

  it('says so where there is nothing', () => {
    const { subject, message } = driftNotification([], context);
    expect(subject).toBe('Route drift in 111111111111 (): none');
    expect(message).toBe('0 findings in account 111111111111: nothing to do.\n');
  });
});
